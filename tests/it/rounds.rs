//! Round trips: how often a plan waits for AWS. Requests that are sent side by side are one.

use crate::stand::{SPEED, Stand, graph, stack_at};
use aws_smithy_runtime_api::client::http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::oneshot;
use trueup::sandbox::Sandbox;

/// Holds every request back until nothing else is about to be sent, then lets all of them go at once.
#[derive(Debug, Clone)]
struct Lockstep {
    sandbox: Sandbox,
    held: Arc<Mutex<Vec<oneshot::Sender<()>>>>,
}

impl Lockstep {
    fn over(sandbox: Sandbox) -> Self {
        Lockstep { sandbox, held: Arc::default() }
    }

    fn waiting(&self) -> usize {
        self.held.lock().unwrap().len()
    }

    /// Runs some work to its end. Answers what it does, and the operations of each round.
    async fn watch<T>(&self, work: impl Future<Output = T>) -> (T, Vec<Vec<String>>) {
        let (mut work, mut rounds) = (pin!(work), Vec::new());
        loop {
            tokio::select! {
                done = &mut work => return (done, rounds),
                () = self.is_still() => {}
            }
            self.sandbox.forget_calls();
            for held in std::mem::take(&mut *self.held.lock().unwrap()) {
                let _ = held.send(());
            }
            // The answers are there as soon as the requests are let go.
            while self.sandbox.calls().is_empty() {
                tokio::select! {
                    done = &mut work => return (done, rounds),
                    () = tokio::task::yield_now() => {}
                }
            }
            rounds.push(self.sandbox.calls().iter().map(|call| format!("{}.{}", call.service, call.operation)).collect());
        }
    }

    /// Returns once there are requests, and no more of them came while everything else had its turn.
    async fn is_still(&self) {
        let mut before = 0;
        loop {
            tokio::time::sleep(Duration::from_millis(20)).await;
            let now = self.waiting();
            if now > 0 && now == before {
                return;
            }
            before = now;
        }
    }
}

impl HttpClient for Lockstep {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(Connector { lockstep: self.clone(), inner: self.sandbox.http_connector(settings, components) })
    }
}

#[derive(Debug)]
struct Connector {
    lockstep: Lockstep,
    inner: SharedHttpConnector,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (go, gone) = oneshot::channel();
        self.lockstep.held.lock().unwrap().push(go);
        let reply = self.inner.call(request);
        HttpConnectorFuture::new(async move {
            let _ = gone.await;
            reply.await
        })
    }
}

/// Everything runs on one thread, so that nothing is about to be sent while the test has its turn.
#[tokio::test]
async fn a_plan_without_changes_waits_three_times() {
    let stack = stack_at("stacks/registry.toml", Some("production"), &[]);
    let graph = graph(&stack);
    let first = Stand::new(&stack).await;
    first.bring(&graph).await;

    let lockstep = Lockstep::over(first.sandbox.clone());
    let (plan, rounds) = lockstep
        .watch(async {
            let stand = Stand::through(lockstep.clone(), first.sandbox.clone(), &stack, SPEED).await;
            stand.plan(&graph).await
        })
        .await;
    assert!(plan.steps.is_empty());
    assert!(rounds.len() <= 3, "{} rounds: {rounds:#?}", rounds.len());
}
