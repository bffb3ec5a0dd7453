//! An end that is asked for, as runners of CI ask for it; and credentials that end by themselves.

use super::child::Desk;
use super::operations::{Change, Create, Ground};
use super::place::{Place, STILL};
use std::process::Command;
use std::time::{Duration, Instant};

/// GitHub's runners interrupt a step, terminate it after 7.5 seconds, and kill it after 2.5 more.
/// <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-cancellation>
const RUNNER: Duration = Duration::from_millis(7500);

/// A call that does not come back, and the signal in the middle of it: the run ends by itself before anybody kills it.
#[test]
fn an_interrupted_run_ends_before_a_runner_kills_it_though_a_call_hangs() {
    let ground = Ground::shared(Change);
    for signal in ["-INT", "-TERM"] {
        let place = Place::of(&ground.start);
        let desk = Desk::with(&Change.stack());
        place.fault(&[&format!("hold:{}", ground.calls.len() / 2)]);
        let args = Change.args();
        let mut running = desk.start(&place, &args.iter().map(String::as_str).collect::<Vec<_>>());
        assert!(running.until(|running| running.says("applying ")));
        Change.goes_on(&place);
        assert!(running.until(|_| place.sandbox.is_held()));
        let since = Instant::now();
        assert!(Command::new("kill").args([signal, &running.id()]).status().unwrap().success());
        let ran = running.wait();
        let took = since.elapsed();
        place.sandbox.set_speed(STILL);
        assert_eq!(ran.code, Some(130), "{signal}: {}", ran.all());
        assert!(took < RUNNER, "{signal}: {took:?}");
        assert!(ran.err.contains("Nothing is lost"), "{}", ran.err);
        ground.finishes(&desk, &place).unwrap();
    }
}

/// A second signal waits for nothing.
#[test]
fn a_run_that_is_told_twice_ends_at_once() {
    let ground = Ground::shared(Change);
    let place = Place::of(&ground.start);
    let desk = Desk::with(&Change.stack());
    place.fault(&["hold:2"]);
    let args = Change.args();
    let mut running = desk.start(&place, &args.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(running.until(|_| place.sandbox.is_held()));
    let tell = |signal: &str, id: &str| assert!(Command::new("kill").args([signal, id]).status().unwrap().success());
    tell("-INT", &running.id());
    assert!(running.until(|running| running.says("interrupted:")));
    let since = Instant::now();
    tell("-TERM", &running.id());
    let ran = running.wait();
    assert!(ran.code == Some(130) && since.elapsed() < Duration::from_secs(3), "{:?} {}", since.elapsed(), ran.all());
    place.sandbox.set_speed(STILL);
    ground.finishes(&desk, &place).unwrap();
}

/// Credentials of a process that are renewed before they end: the run does not notice, though AWS refuses each key that is too old.
#[test]
fn credentials_that_expire_half_way_are_renewed_where_the_chain_can() {
    let ground = Ground::shared(Create);
    let place = Place::of(&ground.start);
    let desk = Desk::with(&Create.stack());
    // Each question gets another key, which ends three seconds later: the SDK asks again before it does.
    let script = r#"date +%s%N > key
printf '{"Version":1,"AccessKeyId":"AKIA%s","SecretAccessKey":"x","Expiration":"%s"}' "$(cat key)" "$(date -u -d '+3 seconds' +%Y-%m-%dT%H:%M:%SZ)"
"#;
    std::fs::write(desk.path("keys.sh"), script).unwrap();
    let config = format!("[default]\nregion = us-east-1\ncredential_process = sh {}\n", desk.path("keys.sh").display());
    std::fs::write(desk.path("config"), config).unwrap();
    let config = desk.path("config").display().to_string();
    let desk = desk.var("AWS_CONFIG_FILE", &config).var("PATH", "/usr/bin:/bin");
    place.fault(&["short-keys:6s"]);
    let args = Create.args();
    let mut running = desk.start(&place, &args.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(running.until(|running| running.says("applying ")));
    // Half of it happens; then so much time passes that no key of before is good any more.
    let half = ground.calls.len() / 2;
    Create.goes_on(&place);
    let count = || place.sandbox.calls().iter().filter(|call| call.mutating).count();
    assert!(running.until(|_| count() >= half));
    place.sandbox.set_latency(Duration::from_millis(400));
    let since = Instant::now();
    running.until(|_| since.elapsed() > Duration::from_secs(8));
    place.sandbox.set_latency(Duration::ZERO);
    let ran = running.wait();
    place.sandbox.set_speed(STILL);
    assert_eq!(ran.code, Some(0), "{}", ran.all());
    place.sandbox.set_faults(Vec::new());
    ground.is_well(&desk, &place).unwrap();
}

/// Credentials that nobody renews: the run stops, says so once, and begins nothing more.
#[test]
fn credentials_that_expire_half_way_and_are_not_renewed_stop_the_run() {
    let ground = Ground::shared(Create);
    let place = Place::of(&ground.start);
    let desk = Desk::with(&Create.stack());
    let args = Create.args();
    let mut running = desk.start(&place, &args.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(running.until(|running| running.says("applying ")));
    Create.goes_on(&place);
    let count = || place.sandbox.calls().iter().filter(|call| call.mutating).count();
    assert!(running.until(|_| count() >= ground.calls.len() / 3));
    place.fault(&["expired-credentials"]);
    let ran = running.wait();
    place.sandbox.set_speed(STILL);
    assert_eq!(ran.code, Some(4), "{}", ran.all());
    assert_eq!(ran.err.matches("stopping:").count(), 1, "{}", ran.err);
    ground.finishes(&desk, &place).unwrap();
}
