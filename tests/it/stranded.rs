//! Nothing is stranded, whatever goes wrong and whenever whoever decides is killed: a rollout ends promoted or rolled back, by
//! whoever comes next or by ECS itself, and no traffic goes where nobody answers.

use crate::stand::{Stand, fast, graph, stack};
use aws_smithy_runtime_api::client::http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use trueup::core::event::Outcome;
use trueup::core::rollout::observation::{Reading, Status};
use trueup::core::stack::Stack;
use trueup::engine::rollout::conduct::End;
use trueup::engine::rollout::observe::observe;
use trueup::ops::rollout::live;
use trueup::sandbox::rollouts::{RolloutFault, Rollouts, Variants};
use trueup::sandbox::{Sandbox, Speed};

/// A process that dies with its next request once it has sent so many. The last one arrives, or is lost on its way.
#[derive(Debug, Clone)]
struct Mortal {
    sandbox: Sandbox,
    left: Arc<AtomicI64>,
    arrives: bool,
    dead: Arc<Notify>,
}

#[derive(Debug)]
struct Connector {
    process: Mortal,
    inner: SharedHttpConnector,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Mortal { left, arrives, dead, .. } = self.process.clone();
        let reply = match left.fetch_sub(1, Ordering::SeqCst) {
            1.. => return self.inner.call(request),
            0 if arrives => Some(self.inner.call(request)),
            _ => None,
        };
        HttpConnectorFuture::new(async move {
            if let Some(reply) = reply {
                drop(reply.await);
            }
            dead.notify_one();
            std::future::pending().await
        })
    }
}

impl HttpClient for Mortal {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(Connector { process: self.clone(), inner: self.sandbox.http_connector(settings, components) })
    }
}

fn shop(version: &str, strategy: &str) -> Stack {
    stack(
        &format!(
            "[stack]\nname = \"shop\"\nregion = \"eu-central-1\"\n[network]\nnat = \"none\"\n[service.web]\nimage = \"nginx:{version}\"\nport = 8080\ntasks = 2\n[service.web.rollout]\nstrategy = \"{strategy}\"\ndwell_minutes = 5\nbake_minutes = 10\ngate_minutes = 600\n[service.web.rollout.migrate]\nexpand = [\"true\"]\ncontract = [\"true\"]\n"
        ),
        None,
        &[],
    )
}

/// ECS forgets stopped tasks within an hour: on a busy machine no look may take as long.
const SLOW: f64 = 300.0;

/// One case: how traffic moves, what is wrong with the new version or with AWS, and after how many requests the first process dies.
#[derive(Debug, Clone)]
struct Case {
    strategy: &'static str,
    rollout_fault: &'static str,
    call_fault: &'static str,
    dies_after: i64,
    arrives: bool,
    /// Whoever comes next, or nobody.
    next: Next,
    variants: Variants,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Next {
    /// The same apply once more.
    Apply,
    /// `trueup rollout watch`.
    Watch,
    Nobody,
}

const STRATEGIES: [&str; 3] = ["canary", "linear", "all-at-once"];
const FAULTS: [&str; 9] = ["", "", "errors:30%", "crash_loop:1", "image_pull", "unhealthy", "slow_start:x3", "latency:x20", "capacity"];
const CALLS: [&str; 5] = ["", "", "throttle:*:20%", "drop:mutating:30%", "stale:*:20%"];

/// Cases from a number, without a clock or chance: each is the same in each run.
fn case(number: u64) -> Case {
    let mut state = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x5851_F42D_4C95_7F2D;
    let mut pick = |most: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % u64::try_from(most).unwrap()).unwrap()
    };
    Case {
        strategy: STRATEGIES[pick(STRATEGIES.len())],
        rollout_fault: FAULTS[pick(FAULTS.len())],
        call_fault: CALLS[pick(CALLS.len())],
        dies_after: i64::try_from(pick(160)).unwrap(),
        arrives: pick(2) == 0,
        next: [Next::Apply, Next::Watch, Next::Nobody][pick(3)],
        variants: Variants::all().nth(pick(64)).unwrap(),
    }
}

async fn play(case: Case) -> Result<(), String> {
    let sandbox = fast();
    sandbox.set_speed(Speed::Times(SLOW));
    let (old, new) = (shop("1.0", case.strategy), shop("2.0", case.strategy));
    let conditions = |fault: &str| {
        let faults = fault.parse::<RolloutFault>().into_iter().collect();
        Rollouts { faults, variants: case.variants, ..Rollouts::default() }
    };
    sandbox.set_rollouts(conditions("")).unwrap();
    let stand = Stand::at(sandbox.clone(), &old, SLOW).await;
    stand.bring(&graph(&old)).await;
    sandbox.advance(Duration::from_secs(40 * 60)).unwrap();
    sandbox.set_rollouts(conditions(case.rollout_fault)).unwrap();

    let (left, dead) = (Arc::new(AtomicI64::new(i64::MAX)), Arc::new(Notify::new()));
    let process = Mortal { sandbox: sandbox.clone(), left: left.clone(), arrives: case.arrives, dead: dead.clone() };
    let first = Stand::through(process, sandbox.clone(), &old, SLOW).await;
    let plan = first.plan_allowing(&graph(&new)).await;
    left.store(case.dies_after, Ordering::SeqCst);
    sandbox.set_faults(case.call_fault.parse().into_iter().collect());
    let (watching, stop) = watch::channel(false);
    let watcher = tokio::spawn(invariants(sandbox.clone(), new.clone(), stop));
    tokio::select! {
        _ = first.apply(&plan) => {}
        () = dead.notified() => {}
    }
    drop(first);

    let next = Stand::at(sandbox.clone(), &new, SLOW).await;
    match case.next {
        Next::Nobody => {}
        Next::Apply => {
            let plan = next.plan_allowing(&graph(&new)).await;
            let applied = next.apply(&plan).await;
            if ![Outcome::Complete, Outcome::RolledBack, Outcome::Partial].contains(&applied.outcome) {
                return Err(format!("{:?} {:#?}", applied.outcome, applied.trouble()));
            }
        }
        Next::Watch => {
            let node = graph(&new).nodes().find(|node| node.rollout.is_some()).unwrap().clone();
            let service = live(&next, &node).await.map_err(|error| error.to_string())?;
            let end = trueup::ops::rollout::watch(&next, &service, watch::channel(false).1, |_| {}, |_| {}).await;
            match end {
                Ok(End::Reached(look)) if look.decision.state.is_end() => {}
                Ok(end) => return Err(format!("{end:?}")),
                // Nothing had begun when it died.
                Err(error) if error.to_string().contains("no deployment") => {}
                Err(error) => return Err(error.to_string()),
            }
        }
    }
    sandbox.set_faults(Vec::new());
    // Gates are open for ten hours, a stage takes a day at most.
    sandbox.advance(Duration::from_secs(60 * 3600)).unwrap();
    watching.send_replace(true);
    watcher.await.unwrap()?;

    let node = graph(&new).nodes().find(|node| node.rollout.is_some()).unwrap().clone();
    let service = live(&next, &node).await.map_err(|error| error.to_string())?;
    let seen = observe(&next.aws, &service.subject).await.map_err(|error| error.to_string())?;
    let deployment = seen.deployment.ok_or("there is no deployment at all")?;
    let image = deployment.green.images.first().map(|image| image.image.as_str());
    let expected = match deployment.status {
        Status::Successful => true,
        Status::RollbackSuccessful => image == Some("nginx:2.0"),
        _ => false,
    };
    if !expected {
        return Err(format!("it ended as {:?} at {}: {}", deployment.status, deployment.stage, deployment.reason));
    }
    let took_over = deployment.status == Status::Successful && image == Some("nginx:2.0");
    if took_over && ["errors:30%", "crash_loop:1", "image_pull", "unhealthy", "latency:x20", "capacity"].contains(&case.rollout_fault) {
        return Err(format!("a bad version took over: {deployment:#?}"));
    }
    Ok(())
}

/// Looks again and again, by calls of its own, whether the traffic goes where somebody answers.
async fn invariants(sandbox: Sandbox, stack: Stack, mut stop: watch::Receiver<bool>) -> Result<(), String> {
    let stand = Stand::at(sandbox, &stack, SLOW).await;
    let node = graph(&stack).nodes().find(|node| node.rollout.is_some()).unwrap().clone();
    let service = live(&stand, &node).await.map_err(|error| error.to_string())?;
    while !*stop.borrow() {
        let Ok(seen) = observe(&stand.aws, &service.subject).await else { continue };
        if let (Some(weights), Some(deployment)) = (seen.weights.known(), &seen.deployment)
            && deployment.blue.is_some()
        {
            let sum = weights.blue + weights.green;
            if (sum - 100.0).abs() > 1.0 {
                return Err(format!("the weights are {} and {}", weights.blue, weights.green));
            }
            // A look takes a moment, in which a weight may move: what both say is what holds.
            let green = &deployment.green;
            let blind = weights.green > 0.0 && green.weight > 0.0 && green.healthy == Reading::Known(0) && green.running == 0;
            let left_alone = matches!(deployment.status, Status::Pending | Status::InProgress) && blind && deployment.gates.is_empty();
            if left_alone && deployment.stage == "PRE_PRODUCTION_TRAFFIC_SHIFT" {
                return Err(format!("{} % go to a version of which nothing runs: {deployment:#?}", weights.green));
            }
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_millis(150)) => {}
            _ = stop.changed() => {}
        }
    }
    Ok(())
}

/// As many at once as there are processors, so that time does not run away from whoever decides.
#[tokio::test(flavor = "multi_thread")]
async fn every_rollout_ends_promoted_or_rolled_back_wherever_its_controller_dies() {
    let (from, count) = (std::env::var("TRUEUP_CASES_FROM").ok().and_then(|text| text.parse().ok()).unwrap_or(0), 12);
    let mut numbers = from..from + count;
    let mut running = JoinSet::new();
    let mut wrong = Vec::new();
    loop {
        while running.len() < 2
            && let Some(number) = numbers.next()
        {
            running.spawn(async move { (number, play(case(number)).await) });
        }
        match running.join_next().await {
            None => break,
            Some(ended) => {
                let (number, ended) = ended.unwrap();
                wrong.extend(ended.err().map(|why| format!("case {number}, {:?}: {why}", case(number))));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
