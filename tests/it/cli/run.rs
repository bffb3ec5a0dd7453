//! `trueup run` as a person or a pipeline runs it.

use super::{Desk, Ran};
use std::io::{BufRead, BufReader, Read};
use std::process::Command;

const WORKER: &str = r#"
[stack]
name = "shop"
region = "eu-central-1"

[network]
nat = "none"

[service.worker]
image = "nginx:1.0"

[service.web]
image = "nginx:1.0"
"#;

fn up() -> Desk {
    let desk = Desk::with(WORKER);
    desk.sandbox(&["apply", "--yes"]).exits(0);
    desk
}

impl Desk {
    /// Runs a command in a task, in a hurry.
    fn task(&self, options: &[&str], command: &[&str]) -> Ran {
        self.run(&[&["run", "worker", "--sandbox", "--sandbox-speed", "400"], options, &["--"], command].concat())
    }
}

#[test]
fn its_exit_code_is_the_commands_and_its_output_the_log() {
    let desk = up();
    let ran = desk.task(&["--env-var", "TOKEN=PLANTED"], &["sh", "-c", "echo one; sleep 30; echo \u{1b}[2Jtwo; exit 42"]).exits(42);
    assert_eq!(ran.out, "one\n\\u{1b}[2Jtwo\n");
    assert!(ran.err.contains("started arn:aws:ecs:") && ran.err.contains("ended: exit code 42"), "{}", ran.err);
    assert!(!ran.all().contains("PLANTED"), "{}", ran.all());

    let lines = desk.task(&["--json"], &["sh", "-c", "echo one; exit 1"]).exits(1).lines();
    let last = lines.last().unwrap();
    assert_eq!((&last["event"], &last["outcome"], &last["exit_code"]), (&"ended".into(), &"exited".into(), &1.into()));
    assert!(lines.iter().any(|line| line["event"] == "line" && line["text"] == "one" && line["version"] == 1), "{lines:?}");
}

#[test]
fn a_failure_of_trueup_is_told_from_the_commands() {
    let desk = up();
    let late = desk.task(&["--timeout", "5m"], &["sleep", "80000"]).exits(124);
    assert!(late.err.contains("longer than --timeout allows"), "{}", late.err);
    for (args, why) in [
        (&["run", "wroker", "--", "true"][..], "did you mean `worker`?"),
        (&["run", "worker", "--container", "side", "--", "true"], "there is no container `side`; there are app"),
        (&["run", "worker", "none.toml", "--", "true"], "none.toml"),
        (&["run", "worker", "--fault", "deny:ecs.RunTask", "--", "true"], "allow `ecs:RunTask`"),
    ] {
        let (options, command) = args.split_at(args.len() - 2);
        let ran = desk.run(&[options, &["--sandbox", "--sandbox-speed", "400"], command].concat()).exits(125);
        assert!(ran.err.contains(why), "{why}: {}", ran.err);
    }
    for (args, why) in [
        (&["run", "worker"][..], "COMMAND"),
        (&["run", "worker", "--timeout", "5", "--", "true"], "with its unit"),
        (&["run", "worker", "--timeout", "-5m", "--", "true"], "unexpected argument"),
        (&["run", "worker", "--env-var", "=PLANTED", "--", "true"], "names no environment variable"),
        (&["run", "worker", "--env-var", "UNSET", "--", "true"], "has no value here"),
        (&["run", "worker", "--env-file", "vars", "--", "true"], "line 3 of vars names no environment variable"),
    ] {
        desk.write("vars", "# comment\nGOOD=1\n2BAD=PLANTED\n");
        let ran = desk.run(args).exits(64);
        assert!(ran.err.contains(why) && !ran.err.contains("PLANTED"), "{why}: {}", ran.err);
    }
}

#[test]
fn it_can_be_left_at_once_and_an_interrupt_stops_it() {
    let desk = up();
    let left = desk.task(&["--detach"], &["sleep", "60"]).exits(0);
    assert!(left.out.starts_with("arn:aws:ecs:eu-central-1:") && left.out.lines().count() == 1, "{}", left.out);
    assert!(left.err.contains("its log: aws logs tail "), "{}", left.err);

    let mut child = desk.spawn(&["run", "worker", "--sandbox", "--sandbox-speed", "50", "--", "sleep", "80000"]);
    let mut reader = BufReader::new(child.stderr.take().unwrap());
    let mut err = String::new();
    while !err.contains("it runs") {
        assert!(reader.read_line(&mut err).unwrap() > 0, "{err}");
    }
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    reader.read_to_string(&mut err).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{err}");
    assert!(
        err.contains("ECS was told to stop it") && err.contains("arn:aws:ecs:") && err.contains("stopped: somebody interrupted"),
        "{err}"
    );
}
