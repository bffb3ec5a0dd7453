//! The embedded AWS on a port, with boto3 and the binary as its clients: each sees what the other did.

use crate::cli::served::Served;
use crate::cli::{Desk, SMALL};
use std::path::Path;
use std::process::Command;
use trueup::testing::python::python;

#[test]
fn boto3_and_trueup_see_the_same_aws() {
    let Some(python) = python().unwrap_or_else(|why| panic!("{why}")) else { return };
    let home = Desk::with(SMALL);
    let served = Served::start(&home);
    let desk = served.client(&home);
    let by_hand = |what: &str| {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wire/by_hand.py");
        let output = Command::new(&python).arg(script).args([&served.address, what]).output().unwrap();
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
