//! Files through S3 on a port, by the clients that people use: nothing is lost, cut short or put together wrongly.

use std::path::Path;
use std::process::Command;
use trueup::sandbox::{Options, Sandbox, Server};
use trueup::testing::python::python;

#[test]
fn files_go_round_byte_for_byte() {
    let Some(python) = python().unwrap_or_else(|why| panic!("{why}")) else { return };
    let sandbox = Sandbox::open(Options::default()).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = runtime.block_on(Server::bind(sandbox.clone(), 0)).unwrap();
    let address = format!("http://{}", server.address().unwrap());
    runtime.spawn(server.run(std::future::pending()));
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wire/files.py");
    let output = Command::new(python).arg(script).arg(&address).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("boto3"));
    assert_eq!(sandbox.mismatches(), [""; 0]);
}
