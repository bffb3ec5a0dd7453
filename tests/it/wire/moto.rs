//! moto in a process of its own, which goes when the test does.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use trueup::aws::{Clock, Connection};
use trueup::testing::python::python;

/// A running moto.
pub struct Moto {
    pub endpoint: String,
    python: PathBuf,
    process: Child,
}

impl Moto {
    /// `None` where the wire tests are to be left out; without Python the test fails with one line.
    pub fn start() -> Option<Self> {
        let python = python().unwrap_or_else(|why| panic!("{why}"))?;
        // It serves until its standard input closes, so it ends even with a test that is killed.
        let serve = Command::new(&python).arg(script("moto_server.py")).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut process = serve.unwrap();
        let mut endpoint = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut endpoint).unwrap();
        assert!(endpoint.starts_with("http://"), "moto did not start: {endpoint:?}");
        Some(Moto { endpoint: endpoint.trim().to_owned(), python, process })
    }

    /// Connects as to an account, but for the endpoint.
    pub async fn connect(&self, region: &str, clock: Clock) -> Connection {
        let loader = aws_config::defaults(aws_config::BehaviorVersion::latest())
            .empty_test_environment()
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .credentials_provider(aws_credential_types::Credentials::new("AKIAWIRETEST00000000", "wire", None, None, "test"))
            .endpoint_url(&self.endpoint);
        Connection::load(loader, Some(region), None, clock).await
    }

    /// Returns the number of resources of each kind, as boto3 sees it.
    pub fn count(&self, region: &str) -> BTreeMap<String, i64> {
        let output = Command::new(&self.python).arg(script("count.py")).args([&self.endpoint, region]).output().unwrap();
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wire").join(name)
}
