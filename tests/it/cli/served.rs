//! `sandbox serve`, and `trueup` itself as one of its clients: what a real account would see.

use super::{Desk, SMALL};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command};

/// A server on a free port, which ends with the test.
pub struct Served {
    child: Child,
    pub address: String,
}

impl Served {
    pub fn start(desk: &Desk) -> Self {
        Served::start_at(desk, "100")
    }

    /// Starts one whose time runs that many times as fast.
    pub fn start_at(desk: &Desk, speed: &str) -> Self {
        let mut child = desk.spawn(&["sandbox", "serve", "--port", "0", "--sandbox-dir", "served", "--sandbox-speed", speed]);
        let mut line = String::new();
        BufReader::new(child.stderr.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().rsplit(' ').next().unwrap().to_owned();
        assert!(address.starts_with("http://127.0.0.1:"), "{line}");
        Served { child, address }
    }

    /// A desk with the same stack whose AWS is the server.
    pub fn client(&self, desk: &Desk) -> Desk {
        let client = Desk::with(&desk.read("stack.toml"));
        client.var("AWS_ENDPOINT_URL", &self.address).var("AWS_ACCESS_KEY_ID", "x").var("AWS_SECRET_ACCESS_KEY", "x")
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn trueup_works_over_http_as_it_does_inside() {
    let desk = Desk::with(SMALL);
    let mut served = Served::start(&desk);
    let client = served.client(&desk);
    client.run(&["plan", "--detailed-exitcode"]).exits(2);
    let ran = client.run(&["apply", "--yes"]).exits(0);
    assert!(ran.err.contains("2 created.") && !ran.err.contains("embedded AWS"), "{}", ran.err);
    client.run(&["plan", "--detailed-exitcode"]).exits(0);

    let busy = desk.run(&["plan", "--sandbox", "--sandbox-dir", "served"]).exits(1);
    assert!(busy.err.contains("is in use by process"), "{}", busy.err);
    let port = served.address.rsplit(':').next().unwrap().to_owned();
    let taken = desk.run(&["sandbox", "serve", "--port", &port]).exits(1);
    assert!(taken.err.contains(&format!("failed to listen on port {port}")) && taken.err.contains("hint: choose another"), "{}", taken.err);

    // It ends well when it is asked to, and keeps what it holds.
    assert!(Command::new("kill").args(["-TERM", &served.child.id().to_string()]).status().unwrap().success());
    assert_eq!(served.child.wait().unwrap().code(), Some(0));
    assert!(desk.run(&["show", "--sandbox", "--sandbox-dir", "served"]).exits(0).out.contains("2 resources"));
}
