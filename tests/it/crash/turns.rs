//! Two runs take turns: a call waits until it is its run's turn, and a run is killed after so many calls.

use aws_smithy_runtime_api::client::http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::Notify;
use trueup::sandbox::Sandbox;

/// A run that says nothing for so long, since it waits or has ended, loses its turn.
const SILENCE: Duration = Duration::from_millis(20);

/// The turns that two runs share.
#[derive(Debug, Clone)]
pub struct Turns {
    state: Arc<Mutex<State>>,
    killed: [Arc<Notify>; 2],
}

#[derive(Debug)]
struct State {
    begun: bool,
    /// The run whose turn it is, how many calls it still has, and when it made the last one.
    turn: usize,
    left: u64,
    last: Instant,
    random: u64,
    /// By run, the calls that it makes before it is killed.
    lives: [usize; 2],
}

impl Turns {
    /// `seed` decides how long each turn is. A run is killed once it has made as many calls as its `lives`.
    pub fn new(seed: u64, lives: [usize; 2]) -> Self {
        let random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let state = State { begun: false, turn: usize::from(seed % 2 == 1), left: 1, last: Instant::now(), random, lives };
        Turns { state: Arc::new(Mutex::new(state)), killed: Default::default() }
    }

    /// Until now, calls go through as they come.
    pub fn begin(&self) {
        self.state.lock().unwrap().begun = true;
    }

    pub fn client(&self, sandbox: &Sandbox, run: usize) -> Client {
        Client { turns: self.clone(), run, sandbox: sandbox.clone() }
    }

    /// Resolves when a run has used up its calls.
    pub async fn killed(&self, run: usize) {
        self.killed[run].notified().await;
    }

    async fn mine(&self, run: usize) {
        loop {
            {
                let state = &mut *self.state.lock().unwrap();
                if !state.begun {
                    return;
                }
                if state.lives[run] == 0 {
                    self.killed[run].notify_one();
                } else if state.turn == run || state.last.elapsed() > SILENCE {
                    if state.turn != run {
                        (state.turn, state.left) = (run, 1);
                    }
                    state.lives[run] -= 1;
                    state.last = Instant::now();
                    state.left -= 1;
                    if state.left == 0 {
                        // https://en.wikipedia.org/wiki/Xorshift
                        state.random ^= state.random << 13;
                        state.random ^= state.random >> 7;
                        state.random ^= state.random << 17;
                        (state.turn, state.left) = (1 - run, 1 + state.random % 12);
                    }
                    return;
                }
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

/// The way of one run to the sandbox.
#[derive(Debug, Clone)]
pub struct Client {
    turns: Turns,
    run: usize,
    sandbox: Sandbox,
}

impl HttpClient for Client {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(Connector { client: self.clone(), inner: self.sandbox.http_connector(settings, components) })
    }
}

#[derive(Debug)]
struct Connector {
    client: Client,
    inner: SharedHttpConnector,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (client, inner) = (self.client.clone(), self.inner.clone());
        HttpConnectorFuture::new(async move {
            client.turns.mine(client.run).await;
            inner.call(request).await
        })
    }
}
