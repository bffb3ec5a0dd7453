//! `apply` and `destroy` on the embedded AWS: what is said meanwhile and at the end, and how it ends.

use super::{Desk, Ran, SMALL, undigested};
use expect_test::expect;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStderr, Command};

/// Without what differs from run to run: durations, request ids, digests.
fn steady(text: &str) -> String {
    let mut words = text.split_inclusive([' ', '\n']).map(str::to_owned).collect::<Vec<_>>();
    for at in 1..words.len() {
        let (before, word) = (words[at - 1].trim().to_owned(), words[at].trim_end_matches([' ', '\n', ':', '.', ',']).to_owned());
        if matches!(word.as_str(), "s" | "min") && before.parse::<f64>().is_ok() {
            words[at - 1] = words[at - 1].replace(&before, "N");
        }
        if before == "(request" {
            words[at] = words[at].replace(words[at].trim(), "ID)");
        }
    }
    undigested(&words.concat())
}

#[test]
fn apply_says_what_it_does_in_plain_lines_and_then_has_nothing_to_do() {
    let desk = Desk::with(SMALL);
    // One step at a time, so that the lines have one order.
    let ran = desk.sandbox(&["apply", "--yes", "--parallel", "1"]).exits(0);
    expect![[r#"
        small/default in us-east-1, 123456789012

        resource
          + news    sns.topic          News

        storage.files
          + bucket  s3.bucket  +$0.03

        Plan: 2 to create, 0 unchanged.
        Cost: $0.00 a month now, $0.03 after: +$0.03 ($0.00 to $2.06)

        Outputs
          storage.files  bucket  small-default-storage-files-bucket-123456789012-DIGEST
    "#]]
    .assert_eq(&steady(&ran.out));
    expect![[r#"
        on the embedded AWS, kept in .trueup/sandbox
        applying 2 steps
        [1/2] created  resource.news  N s  arn:aws:sns:us-east-1:123456789012:small-default-resource-news-DIGEST
        [2/2] created  storage.files.bucket  N s  small-default-storage-files-bucket-123456789012-DIGEST

        Done in N s: 2 created.
    "#]]
    .assert_eq(&steady(&ran.err));

    let again = desk.sandbox(&["plan", "--detailed-exitcode"]).exits(0);
    assert!(again.out.contains("No changes. 2 unchanged."), "{}", again.out);
    let again = desk.sandbox(&["apply"]).exits(0);
    assert!(again.out.contains("No changes.") && again.out.contains("Outputs"), "nothing to do, nobody to ask: {}", again.all());

    desk.write("stack.toml", SMALL.replace("News", "Olds"));
    desk.sandbox(&["plan", "--detailed-exitcode"]).exits(2);
    let change = desk.sandbox(&["apply", "--yes"]).exits(0);
    assert!(change.err.contains("1 updated.") && change.out.contains("display_name: News → Olds"), "{}", change.all());
}

#[test]
fn apply_for_machines_is_a_json_line_an_event() {
    let desk = Desk::with(SMALL);
    let ran = desk.sandbox(&["apply", "--yes", "--json"]).exits(0);
    let lines = ran.lines();
    let events = lines.iter().map(|line| line["event"].as_str().unwrap()).collect::<Vec<_>>();
    assert_eq!((events.first(), events.last()), (Some(&"planned"), Some(&"finished")));
    assert_eq!((&lines[0]["version"], lines[0]["plan"]["changes"].as_array().unwrap().len()), (&3.into(), 2));
    let last = lines.last().unwrap();
    assert_eq!((&last["outcome"], &last["failed"]), (&"complete".into(), &0.into()));
    assert!(last["outputs"]["storage.files"]["bucket"].as_str().unwrap().starts_with("small-default-storage-files"), "{last}");
    assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);

    let again = desk.sandbox(&["apply", "--yes", "--json"]).exits(0).lines();
    assert_eq!(again.len(), 2, "{again:?}");
    assert_eq!(again[1]["outputs"], last["outputs"]);
}

#[test]
fn nobody_to_ask_is_not_a_yes() {
    let desk = Desk::with(SMALL);
    for json in [&[][..], &["--json"]] {
        let ran = desk.sandbox(&[&["apply"], json].concat()).exits(64);
        assert!(ran.err.contains("there is nobody to ask") && ran.err.contains("--yes"), "{}", ran.err);
    }
    assert!(desk.sandbox(&["show"]).exits(0).out.contains("0 resources"));
}

#[test]
fn destroy_refuses_what_is_protected_and_takes_all_the_rest() {
    let desk = Desk::with(&SMALL.replace("protect = false\n", ""));
    desk.sandbox(&["apply", "--yes"]).exits(0);
    let refused = desk.sandbox(&["destroy", "--yes"]).exits(3);
    assert!(refused.out.contains("refused[PLAN008]") && refused.out.contains("--allow-delete storage.files.bucket"), "{}", refused.out);
    assert!(desk.sandbox(&["show"]).exits(0).out.contains("2 resources"), "a refused plan does nothing");
    let ran = desk.sandbox(&["destroy", "--yes", "--allow-delete", "storage.files.bucket"]).exits(0);
    assert!(ran.err.contains("2 deleted.") && !ran.out.contains("Outputs"), "{}", ran.all());
    assert!(desk.sandbox(&["show"]).exits(0).out.contains("0 resources"));
    assert!(desk.sandbox(&["destroy", "--yes"]).exits(0).out.contains("Nothing to destroy."));
}

#[test]
fn a_run_that_stops_part_way_says_what_failed_and_what_to_do_and_the_next_goes_on() {
    let desk = Desk::with(&format!("{SMALL}\n[monitoring]\nemails = [\"ops@example.com\"]\n"));
    let ran = desk.sandbox(&["apply", "--yes", "--parallel", "1", "--fault", "deny:sns.CreateTopic"]).exits(4);
    expect![[r#"
        on the embedded AWS, kept in .trueup/sandbox
        applying 4 steps
        [1/4] created  monitoring.dashboard  N s  trueup_small_default_monitoring_dashboard-DIGEST
        [1/4] failed to create monitoring.topic: sns.CreateTopic: AuthorizationError: User: arn:aws:iam::123456789012:user/sandbox is not authorized to perform: sns:CreateTopic because no identity-based policy allows the sns:CreateTopic action (request ID)
        [1/4] failed to create resource.news: sns.CreateTopic: AuthorizationError: User: arn:aws:iam::123456789012:user/sandbox is not authorized to perform: sns:CreateTopic because no identity-based policy allows the sns:CreateTopic action (request ID)
        [2/4] created  storage.files.bucket  N s  small-default-storage-files-bucket-123456789012-DIGEST

        Stopped part-way after N s: 2 created, 2 failed.

          failed to create monitoring.topic, resource.news: sns.CreateTopic: AuthorizationError: User: arn:aws:iam::123456789012:user/sandbox is not authorized to perform: sns:CreateTopic because no identity-based policy allows the sns:CreateTopic action (request ID)
            hint: allow `sns:CreateTopic` for arn:aws:iam::123456789012:user/sandbox

        Nothing is lost: plan and apply again, and it goes on from what is live.
    "#]].assert_eq(&steady(&ran.err));
    assert!(!ran.out.contains("Outputs"), "{}", ran.out);
    let json = desk.sandbox(&["apply", "--yes", "--json", "--fault", "deny:sns.CreateTopic"]).exits(4).lines();
    let last = json.last().unwrap();
    assert_eq!((&last["event"], &last["outcome"]), (&"finished".into(), &"partial".into()));
    let on = desk.sandbox(&["apply", "--yes"]).exits(0);
    assert!(!on.err.contains("storage.files.bucket"), "{}", on.err);
    desk.sandbox(&["plan", "--detailed-exitcode"]).exits(0);
}

/// A stack with something in it that takes its time.
const SLOW: &str = r#"
[stack]
name = "slow"
region = "us-east-1"

[network]
nat = "none"

[cache.main]
engine = "valkey"
class = "cache.t4g.micro"

[resource.after]
kind = "sns.topic"
display_name = "${cache.main.host}"
"#;

/// An apply that is under way.
struct Started {
    child: Child,
    reader: BufReader<ChildStderr>,
    err: String,
}

impl Started {
    fn apply(desk: &Desk, args: &[&str]) -> Self {
        let mut child = desk.spawn(&[&["apply", "--yes", "--sandbox"], args].concat());
        let reader = BufReader::new(child.stderr.take().unwrap());
        Started { child, reader, err: String::new() }
    }
    /// Reads until a line says so.
    fn says(&mut self, words: &str) {
        while !self.err.contains(words) {
            assert!(self.reader.read_line(&mut self.err).unwrap() > 0, "it ended before it said `{words}`:\n{}", self.err);
        }
    }
    fn signal(&self, name: &str) {
        assert!(Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status().unwrap().success());
    }
    fn ended(mut self, desk: &Desk) -> Ran {
        self.reader.read_to_string(&mut self.err).unwrap();
        let output = self.child.wait_with_output().unwrap();
        let ran = desk.tidy(output);
        Ran { err: self.err, ..ran }
    }
}

#[test]
fn an_interrupt_waits_for_calls_but_not_for_aws_and_the_next_run_goes_on() {
    for name in ["INT", "TERM"] {
        let desk = Desk::with(SLOW);
        let mut run = Started::apply(&desk, &["--sandbox-speed", "10"]);
        run.says("creating cache.main.replication-group");
        run.signal(name);
        let ran = run.ended(&desk).exits(130);
        assert!(ran.err.contains("interrupted: waiting for "), "{}", ran.err);
        assert!(ran.err.contains("Interrupted after ") && ran.err.contains("plan and apply again"), "{}", ran.err);
        assert!(!ran.out.contains("Outputs"));
        // A change that AWS is still at is waited for, as slowly as it goes here; so it can be seen.
        let plan = desk.run(&["plan", "--sandbox", "--sandbox-speed", "1"]).exits(0);
        assert!(plan.out.contains("waits while creating"), "{}", plan.out);
        let on = desk.sandbox(&["apply", "--yes"]).exits(0);
        assert!(on.err.contains("created  resource.after"), "{}", on.err);
        assert!(!on.err.contains("created  network.vpc"), "{}", on.err);
        desk.sandbox(&["plan", "--detailed-exitcode"]).exits(0);
    }
}

#[test]
fn a_second_interrupt_waits_for_nothing() {
    let desk = Desk::with(SLOW);
    let mut run = Started::apply(&desk, &["--sandbox-speed", "2000", "--fault", "slow:elasticache.CreateReplicationGroup:600s"]);
    run.says("creating cache.main.replication-group");
    run.signal("INT");
    run.says("press again to stop at once");
    run.signal("INT");
    let ran = run.ended(&desk).exits(130);
    assert!(
        ran.err.ends_with("stopped at once. Nothing is lost: plan and apply again, and it goes on from what is live.\n"),
        "{}",
        ran.err
    );
    desk.sandbox(&["apply", "--yes"]).exits(0);
    desk.sandbox(&["plan", "--detailed-exitcode"]).exits(0);
}
