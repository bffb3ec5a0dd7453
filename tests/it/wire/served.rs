//! The embedded AWS on a port, with boto3 and the binary as its clients: each sees what the other did.

use crate::cli::{Desk, SMALL};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command};
use trueup::testing::python::python;

/// A server on a free port, which ends with the test.
struct Served {
    process: Child,
    endpoint: String,
}

impl Served {
    fn start(desk: &Desk) -> Self {
        let mut process = desk.spawn(&["sandbox", "serve", "--port", "0"]);
        let mut line = String::new();
        BufReader::new(process.stderr.take().unwrap()).read_line(&mut line).unwrap();
        let endpoint = line.trim().rsplit(' ').next().unwrap().to_owned();
        assert!(endpoint.starts_with("http://127.0.0.1:"), "{line}");
        Served { process, endpoint }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn boto3_and_trueup_see_the_same_aws() {
    let Some(python) = python().unwrap_or_else(|why| panic!("{why}")) else { return };
    let home = Desk::new();
    let served = Served::start(&home);
    let desk = Desk::with(SMALL).var("AWS_ENDPOINT_URL", &served.endpoint);
    let desk = desk.var("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE").var("AWS_SECRET_ACCESS_KEY", "example");
    let by_hand = |what: &str| {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wire/by_hand.py");
        let output = Command::new(&python).arg(script).args([&served.endpoint, what]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };

    desk.run(&["apply", "stack.toml", "--yes"]).exits(0);
    let read = by_hand("read");
    let (tags, bucket) = read.trim().split_once('\n').unwrap();
    assert_eq!(tags, "small/default resource.news News");
    assert!(bucket.starts_with("small-default-storage-files-bucket-123456789012-"), "{bucket}");

    by_hand("rename");
    let ran = desk.run(&["plan", "stack.toml", "--detailed-exitcode"]).exits(2);
    assert!(ran.out.contains("display_name: By hand → News") && ran.out.contains("1 to update, 1 unchanged"), "{}", ran.out);
    desk.run(&["apply", "stack.toml", "--yes"]).exits(0);
    assert!(by_hand("read").contains(" News"));

    by_hand("squat");
    let ran = desk.run(&["plan", "stack.toml"]).exits(3);
    assert!(ran.out.contains("[[adopt]]") && ran.out.contains(bucket), "{}", ran.out);
}
