//! The fidelity probe (`tests/wire/probe.py`): boto3 makes the calls of an infrastructure tool against the sandbox.

use serde_json::Value;
use std::collections::BTreeMap;
use std::process::Command;
use trueup::sandbox::{Options, Sandbox, Server, Speed};
use trueup::testing::python;

/// Steps of 468 that must pass.
const ENOUGH: usize = 460;

/// Steps that may fail, each with its reason; docs/sandbox.md repeats them.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    ("ecs blue/green", "StopServiceDeployment known", "with `instant` the deployment is over, and AWS refuses to stop one that is"),
    ("ecs RunTask", "ListTasks startedBy", "with `instant` the task has ended, and AWS lists running ones"),
    ("ecs RunTask", "stopped", "with `instant` the task ended by itself before it could be stopped"),
];

#[test]
fn the_probe_passes() {
    let Some(python) = python::python().unwrap_or_else(|error| panic!("{error}")) else { return };
    let home = tempfile::tempdir().unwrap();
    let options = Options { directory: Some(home.path().join("sandbox")), speed: Speed::Instant, ..Options::default() };
    let sandbox = Sandbox::open(options.clone()).unwrap();
    let results = home.path().join("results.json");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let output = runtime.block_on(async {
        let server = Server::bind(sandbox.clone(), 0).await.unwrap();
        let endpoint = format!("http://{}", server.address().unwrap());
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let serving = tokio::spawn(server.run(async { drop(stopped.await) }));
        let probe = format!("{}/tests/wire/probe.py", env!("CARGO_MANIFEST_DIR"));
        let mut command = Command::new(python);
        command.args([&probe, &endpoint, "sandbox"]).env("PROBE_JSON", &results);
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        drop(stop);
        serving.await.unwrap().unwrap();
        output
    });
    let text = std::fs::read_to_string(&results).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    let steps: BTreeMap<String, Vec<(String, bool, Value)>> = serde_json::from_str(&text).unwrap();
    let passed = steps.values().flatten().filter(|(_, passed, _)| *passed).count();
    let failed =
        steps.iter().flat_map(|(kind, steps)| steps.iter().filter(|(_, passed, _)| !passed).map(move |(step, _, why)| (kind, step, why)));
    let unexpected: Vec<String> = failed
        .filter(|(kind, step, _)| !EXCEPTIONS.iter().any(|(known, named, _)| known == kind && named == step))
        .map(|(kind, step, why)| format!("{kind} :: {step} :: {why}"))
        .collect();
    assert!(unexpected.is_empty(), "{unexpected:#?}");
    assert!(passed >= ENOUGH, "only {passed} steps pass");
    assert_eq!(sandbox.mismatches(), [""; 0]);

    let last = sandbox.look(|world| (world.tables.clone(), world.tags.clone(), world.counter));
    drop(sandbox);
    let again = Sandbox::open(options).unwrap().look(|world| (world.tables.clone(), world.tags.clone(), world.counter));
    assert!(last == again, "what the sandbox keeps differs from what it answers");
}
