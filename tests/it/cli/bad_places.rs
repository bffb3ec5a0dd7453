//! Directories, disks, locks, accounts and credentials that do not play along.

use super::{Desk, SMALL};
use expect_test::expect;
use trueup::core::identity::Scope;
use trueup::engine::store::{Holder, Store, Work};
use trueup::sandbox::{Options, Sandbox};

#[test]
fn a_damaged_sandbox_is_named_and_can_be_reset() {
    let desk = Desk::with(SMALL);
    desk.sandbox(&["apply", "--yes"]).exits(0);
    desk.write(".trueup/sandbox/world.json", "{ half");
    for command in [&["plan", "--sandbox"][..], &["sandbox", "status"], &["sandbox", "serve", "--port", "0"]] {
        let ran = desk.run(command).exits(1);
        assert!(ran.err.contains("the sandbox in .trueup/sandbox is damaged") && ran.err.contains("`trueup sandbox reset`"), "{}", ran.err);
    }
    desk.run(&["sandbox", "reset"]).exits(0);
    assert!(desk.sandbox(&["show"]).exits(0).out.contains("0 resources"));
}

#[test]
fn a_sandbox_that_is_in_use_says_by_whom() {
    let desk = Desk::with(SMALL);
    let held = Sandbox::open(Options { directory: Some(desk.path(".trueup/sandbox")), ..Options::default() }).unwrap();
    for command in [&["plan", "--sandbox"][..], &["sandbox", "reset"]] {
        let ran = desk.run(command).exits(1);
        assert!(ran.err.contains(&format!("is in use by process {}", std::process::id())), "{}", ran.err);
    }
    desk.run(&["sandbox", "status"]).exits(0);
    drop(held);
    desk.sandbox(&["plan"]).exits(0);
}

#[test]
fn the_sandbox_says_what_it_holds() {
    let desk = Desk::with(SMALL);
    expect![[r#"
        there is no embedded AWS in .trueup/sandbox; `trueup apply --sandbox` makes one
    "#]]
    .assert_eq(&desk.run(&["sandbox", "status"]).exits(0).out);
    assert_eq!(desk.run(&["sandbox", "status", "--json"]).exits(0).json()["account"], serde_json::Value::Null);
    desk.run(&["sandbox", "reset"]).exits(0);
    desk.sandbox(&["apply", "--yes"]).exits(0);
    expect![[r#"
        embedded AWS in .trueup/sandbox, account 123456789012: 2 resources
          global/s3.bucket         1
          us-east-1/sns.topic      1
    "#]]
    .assert_eq(&desk.run(&["sandbox", "status"]).exits(0).out);
    let json = desk.run(&["sandbox", "status", "--json"]).exits(0).json();
    assert_eq!(
        (&json["version"], &json["account"], &json["resources"]["us-east-1/sns.topic"]),
        (&1.into(), &"123456789012".into(), &1.into())
    );
    let switched = |value: &str| Desk::with(SMALL).var("TRUEUP_SANDBOX", value).run(&["plan"]);
    assert!(switched("1").exits(0).err.contains("on the embedded AWS"), "never silently");
    assert!(switched("0").exits(1).err.contains("there are no AWS credentials"));
    // Another place, another world.
    let other = desk.run(&["show", "--sandbox", "--sandbox-dir", "other"]).exits(0);
    assert!(other.out.contains("0 resources") && other.err.contains("kept in other"), "{}", other.all());
}

#[test]
fn one_process_at_a_time_applies_a_stack() {
    let desk = Desk::with(SMALL);
    let scope = Scope { stack: "small".into(), env: "default".into(), account: "123456789012".into(), region: "us-east-1".into() };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let lock = runtime.block_on(Store::new(&desk.path(".trueup"), &scope).lock(Work::Destroy)).unwrap();
    for command in ["apply", "destroy"] {
        let ran = desk.sandbox(&[command, "--yes"]).exits(1);
        let Holder { user, host, process, since, .. } = lock.holder();
        assert_eq!(*process, std::process::id());
        let who = format!(
            "error: {user} on {host} (process {process}) is at work on this stack already, with a destroy since {since}; it holds "
        );
        assert!(ran.err.contains(&who) && ran.err.contains("hint: wait for it to end"), "{}", ran.err);
    }
    // Commands of rollouts refuse with one code, whatever stands in their way.
    desk.write("stack.toml", format!("{SMALL}\n[network]\nnat = \"none\"\n[service.web]\nimage = \"nginx:1\"\n"));
    for command in [["rollout", "undo", "expand", "--yes"].as_slice(), &["rollout", "start", "--yes"]] {
        let ran = desk.sandbox(command).exits(3);
        assert!(ran.err.contains("is at work on this stack already") && ran.err.contains("hint: wait for it to end"), "{}", ran.err);
    }
    desk.write("stack.toml", SMALL);
    // Looking is free, and so is another environment.
    desk.sandbox(&["plan"]).exits(0);
    desk.sandbox(&["apply", "--yes", "--env", "blue"]).exits(0);
    drop(lock);
    desk.sandbox(&["apply", "--yes"]).exits(0);
}

#[test]
fn a_work_directory_that_cannot_be_written_stops_before_anything_is_done() {
    let desk = Desk::with(SMALL);
    desk.write("plain", "");
    let ran = desk.run(&["apply", "--yes", "--sandbox", "--work-dir", "plain"]).exits(1);
    assert!(
        ran.err.contains("failed to make plain/small/default: ") && ran.err.contains("hint: check that the directory is writable"),
        "{}",
        ran.err
    );
    assert!(desk.sandbox(&["show"]).exits(0).out.contains("0 resources"));
    let ran = desk.run(&["plan", "--empty", "--out", "plain/plan.json"]).exits(1);
    assert!(ran.err.contains("failed to write the plan plain/plan.json"), "{}", ran.err);
}

#[test]
fn accounts_credentials_and_rights() {
    let desk = Desk::with(&SMALL.replace("region", "account = \"999999999999\"\nregion"));
    desk.sandbox(&["plan"]).exits(0);
    desk.write("stack.toml", SMALL.replace("region", "account = \"111111111111\"\nregion"));
    let ran = desk.sandbox(&["plan"]).exits(1);
    assert!(ran.err.contains("belongs to account 111111111111, and these credentials to 999999999999"), "{}", ran.err);

    let desk = Desk::with(SMALL);
    let none = desk.run(&["plan"]).exits(1);
    assert!(none.err.contains("there are no AWS credentials") && none.err.contains("hint: sign in"), "{}", none.err);
    let profile = desk.run(&["plan", "--profile", "nobody"]).exits(1);
    assert!(profile.err.contains("there is no profile `nobody` in ~/.aws/config"), "{}", profile.err);
    let expired = desk.sandbox(&["plan", "--fault", "expired-credentials"]).exits(1);
    assert!(expired.err.contains("ExpiredToken") && expired.err.contains("hint: sign in again"), "{}", expired.err);
    let midway = desk.sandbox(&["apply", "--yes", "--fault", "deny:s3.CreateBucket"]).exits(4);
    assert!(midway.err.contains("hint: allow `s3:CreateBucket`"), "{}", midway.err);
}

/// The directory of journals is on a disk that fills up while the plan runs; what AWS holds is kept elsewhere.
#[cfg(unix)]
#[test]
fn a_full_disk_under_the_journal_stops_what_is_new_and_loses_nothing() {
    let mut stack = SMALL.to_owned();
    for number in 0..40 {
        stack += &format!("[resource.topic-{number}]\nkind = \"sns.topic\"\ndisplay_name = \"{number}\"\n");
    }
    let desk = Desk::with(&stack);
    let served = super::served::Served::start(&desk);
    let client = served.client(&desk);
    let mut limited = std::process::Command::new("sh");
    // So many blocks of a file, and no signal when they are full, which is what a full disk is like.
    limited.args(["-c", "trap '' XFSZ; ulimit -f 8; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_trueup"), "apply", "--yes"]);
    limited.current_dir(client.path("")).env_clear().envs(client.vars.iter().cloned()).env("HOME", client.path(""));
    let ran = client.tidy(limited.output().unwrap()).exits(4);
    assert!(ran.err.contains("the journal cannot be written"), "{}", ran.err);
    let on = client.run(&["apply", "--yes"]).exits(0);
    assert!(on.err.contains("created"), "{}", on.err);
    client.run(&["plan", "--detailed-exitcode"]).exits(0);
}
