//! Takes a picture of the world after every call that was to change it: what a process that is killed there leaves behind.

use aws_smithy_runtime_api::client::http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use std::sync::{Arc, Mutex};
use trueup::sandbox::Sandbox;
use trueup::sandbox::world::World;

#[derive(Debug, Clone)]
pub struct Recorder {
    sandbox: Sandbox,
    /// The number of calls that have been looked at.
    seen: Arc<Mutex<usize>>,
    pictures: Arc<Mutex<Vec<(String, World)>>>,
}

impl Recorder {
    pub fn new(sandbox: Sandbox) -> Self {
        let seen = Arc::new(Mutex::new(sandbox.calls().len()));
        Recorder { sandbox, seen, pictures: Arc::default() }
    }

    /// The pictures so far, each with the operation before it.
    pub fn taken(&self) -> Vec<(String, World)> {
        std::mem::take(&mut self.pictures.lock().unwrap())
    }

    fn picture(&self) {
        let (mut seen, calls) = (self.seen.lock().unwrap(), self.sandbox.calls());
        let fresh = &calls[*seen..];
        *seen = calls.len();
        if let Some(call) = fresh.iter().rfind(|call| call.mutating) {
            let world = self.sandbox.look(World::clone);
            self.pictures.lock().unwrap().push((format!("{}.{}", call.service, call.operation), world));
        }
    }
}

impl HttpClient for Recorder {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(Connector { recorder: self.clone(), inner: self.sandbox.http_connector(settings, components) })
    }
}

#[derive(Debug)]
struct Connector {
    recorder: Recorder,
    inner: SharedHttpConnector,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (recorder, reply) = (self.recorder.clone(), self.inner.call(request));
        HttpConnectorFuture::new(async move {
            let reply = reply.await;
            recorder.picture();
            reply
        })
    }
}
