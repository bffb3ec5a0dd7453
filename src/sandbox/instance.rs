//! One sandbox: an account's world behind AWS's front door.

use super::caller::{self, Caller};
use super::clock::{Clock, SETTLES_WITHIN, Speed};
use super::codec::{self, HttpRequest, HttpResponse, Target, Wire, faults, route};
use super::page;
use super::services;
use super::unwrap;
use super::world::{Call, Fault, World};
use sha2::{Digest, Sha256};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A handle on a sandbox; clones share it.
#[derive(Clone)]
pub struct Sandbox {
    inner: Arc<Mutex<Inner>>,
}

/// How a sandbox is set up.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where its state is kept; in memory only without it.
    pub directory: Option<PathBuf>,
    pub account: String,
    pub seed: u64,
    pub speed: Speed,
    /// Milliseconds since the epoch at which a new sandbox begins.
    pub begin: Option<i64>,
}

impl Default for Options {
    fn default() -> Self {
        Options { directory: None, account: "123456789012".into(), seed: 0, speed: Speed::default(), begin: None }
    }
}

struct Inner {
    world: World,
    clock: Clock,
    requests: u64,
    mismatches: Vec<String>,
}

impl Sandbox {
    pub fn open(options: Options) -> Result<Self, String> {
        let begin = options.begin.unwrap_or_else(|| jiff::Timestamp::now().as_millisecond());
        let world = World::new(&options.account, options.seed, begin);
        let clock = Clock::begin(world.now, options.speed);
        Ok(Sandbox { inner: Arc::new(Mutex::new(Inner { world, clock, requests: 0, mismatches: Vec::new() })) })
    }

    /// Answers one request. Needs no socket and no runtime.
    pub fn handle(&self, request: &HttpRequest) -> HttpResponse {
        self.lock().handle(request)
    }

    /// Answers of handlers that did not fit their models; each is a defect of the sandbox.
    pub fn mismatches(&self) -> Vec<String> {
        self.lock().mismatches.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn handle(&mut self, request: &HttpRequest) -> HttpResponse {
        self.requests += 1;
        let request_id = self.request_id();
        self.pass_time();
        let body = match unwrap::body(request) {
            Ok(body) => body,
            Err(fault) => return early(None, request, &fault, &request_id),
        };
        let caller = match caller::identify(request, &body) {
            Ok(caller) => caller,
            Err(fault) => return early(None, request, &fault, &request_id),
        };
        let target = match route::find(caller.model, request, &caller.path, &body) {
            Ok(target) => target,
            Err(fault) => return early(Some(&caller), request, &fault, &request_id),
        };
        match self.answer(&caller, &target, request, &body, &request_id) {
            Ok(response) => response,
            Err(fault) => faults::encode(&target, &fault, &request_id),
        }
    }

    fn answer(&mut self, caller: &Caller, target: &Target, request: &HttpRequest, body: &[u8], request_id: &str) -> Result<HttpResponse, Fault> {
        let input = codec::decode(target, request, body, request_id)?;
        let (service, operation) = (target.model.name, target.operation.name.as_str());
        let handler = services::handler(service, operation).ok_or_else(|| route::absent(target.model, operation))?;
        let mut call = Call { world: &mut self.world, input: &input, service, operation, region: &caller.region };
        let mut output = handler(&mut call)?;
        self.pass_time();
        page::cut(target, &input, &mut output)?;
        codec::encode(target, &output, request_id).map_err(|what| {
            let text = format!("{service} {operation}: {what}");
            self.mismatches.push(text.clone());
            Fault::new("SandboxModelMismatch", text).status(500)
        })
    }

    fn pass_time(&mut self) {
        let mut now = self.clock.now();
        if self.clock.speed() == Speed::Instant {
            let settled = self.world.due.iter().map(|due| due.at).filter(|at| *at <= self.world.now + SETTLES_WITHIN).max();
            now = now.max(settled.unwrap_or(now));
        }
        self.world.advance_to(now);
    }

    fn request_id(&self) -> String {
        let digest = Sha256::digest(format!("request {} {}", self.world.seed, self.requests));
        let hex: String = digest[..16].iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
    }
}

fn early(caller: Option<&Caller>, request: &HttpRequest, fault: &Fault, request_id: &str) -> HttpResponse {
    let model = caller.map(|caller| caller.model).or_else(|| super::model::model("sts"));
    match model {
        Some(model) => {
            let json = request.headers().contains_key("x-amz-target");
            let wire = if caller.is_none() && json { Wire::Json } else { route::wire(model, request) };
            faults::encode_early(model, wire, fault, request_id)
        }
        None => codec::respond(fault.status, "text/plain", fault.message.clone()),
    }
}
