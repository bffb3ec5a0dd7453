//! One sandbox: an account's world behind AWS's front door.

use super::caller::{self, Caller};
use super::clock::{Clock, SETTLES_WITHIN, Speed};
use super::codec::{self, HttpRequest, HttpResponse, Target, Wire, faults, route};
use super::edge::{self, CallRecord, Edge};
use super::fault::{FaultKind, FaultRule, Seen};
use super::store::{self, Store, StoreError};
use super::world::{Call, Fault, World};
use super::{model, page, services, unwrap};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A handle on a sandbox; clones share it.
#[derive(Clone)]
pub struct Sandbox {
    inner: Arc<Mutex<Inner>>,
}

/// The settings of a sandbox.
#[derive(Debug, Clone)]
pub struct Options {
    /// The directory that its state is kept in; without one, it is kept in memory only.
    pub directory: Option<PathBuf>,
    /// The account of a new sandbox; one that was kept has its own.
    pub account: String,
    /// The seed of a new sandbox's ids.
    pub seed: u64,
    pub speed: Speed,
    /// Milliseconds since the epoch at which a new sandbox begins; now, if unsaid.
    pub begin: Option<i64>,
    pub faults: Vec<FaultRule>,
    /// Added to every call.
    pub latency: Duration,
    /// Sandbox time for which the tagging API goes on showing old tags.
    pub tagging_lag: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            directory: None,
            account: "123456789012".into(),
            seed: 0,
            speed: Speed::default(),
            begin: None,
            faults: Vec::new(),
            latency: Duration::ZERO,
            tagging_lag: Duration::ZERO,
        }
    }
}

/// The connection broke before the reply came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the connection was closed before the reply")]
pub struct Dropped;

impl Sandbox {
    pub fn open(options: Options) -> Result<Self, StoreError> {
        let begin = options.begin.unwrap_or_else(|| jiff::Timestamp::now().as_millisecond());
        let fresh = World::new(&options.account, options.seed, begin);
        let mut log = None;
        let (store, mut world) = match &options.directory {
            Some(directory) => {
                let (store, world) = Store::open(directory, fresh)?;
                log = Some(request_log(directory)?);
                (Some(store), world)
            }
            None => (None, fresh),
        };
        world.tagging_lag = i64::try_from(options.tagging_lag.as_millis()).unwrap_or(i64::MAX / 2);
        let edge = Edge::new(options.faults, options.latency, world.seed, log);
        let clock = Clock::begin(world.now, options.speed);
        let session = format!("{} {}", world.seed, world.now);
        let inner = Inner { world, clock, store, edge, session, requests: 0, mismatches: Vec::new(), before: None, broken: None };
        Ok(Sandbox { inner: Arc::new(Mutex::new(inner)) })
    }

    /// Answers one request at once. A connection that is to be dropped answers 503 here.
    pub fn handle(&self, request: &HttpRequest) -> HttpResponse {
        let reply = self.lock().handle(request);
        reply.response.unwrap_or_else(|| codec::respond(503, "text/plain", "the connection was dropped"))
    }

    /// Answers one request as a network would: after the latency, slowly, or not at all.
    pub async fn call(&self, request: &HttpRequest) -> Result<HttpResponse, Dropped> {
        let latency = self.lock().edge.latency;
        if !latency.is_zero() {
            tokio::time::sleep(latency).await;
        }
        let reply = self.lock().handle(request);
        if !reply.delay.is_zero() {
            tokio::time::sleep(reply.delay).await;
        }
        reply.response.ok_or(Dropped)
    }

    /// Replaces the faults; what the old ones counted is forgotten.
    pub fn set_faults(&self, faults: Vec<FaultRule>) {
        self.lock().edge.faults = faults;
    }

    pub fn set_latency(&self, latency: Duration) {
        self.lock().edge.latency = latency;
    }

    /// Lets time pass faster or slower from now on.
    pub fn set_speed(&self, speed: Speed) {
        let mut inner = self.lock();
        inner.pass_time();
        inner.clock = Clock::begin(inner.world.now, speed);
    }

    /// Returns the number of calls that came, by `service.Operation`.
    pub fn call_counts(&self) -> BTreeMap<String, u64> {
        self.lock().edge.counts().clone()
    }

    /// The calls so far, in order.
    pub fn calls(&self) -> Vec<CallRecord> {
        self.lock().edge.records().to_vec()
    }

    pub fn forget_calls(&self) {
        self.lock().edge.forget_calls();
    }

    /// Answers of handlers that did not fit their models; each is a defect of the sandbox.
    pub fn mismatches(&self) -> Vec<String> {
        self.lock().mismatches.clone()
    }

    /// Looks at the world, at the present time.
    pub fn look<T>(&self, look: impl FnOnce(&World) -> T) -> T {
        let mut inner = self.lock();
        inner.pass_time();
        look(&inner.world)
    }

    /// Changes the world behind everybody's back, as somebody at the console would.
    pub fn change<T>(&self, change: impl FnOnce(&mut World) -> T) -> Result<T, StoreError> {
        let mut inner = self.lock();
        inner.pass_time();
        let value = change(&mut inner.world);
        let Inner { store, world, .. } = &mut *inner;
        store.as_mut().map_or(Ok(()), |store| store.save(world))?;
        Ok(value)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Appends to the log of the last session, unless that has grown large.
fn request_log(directory: &Path) -> Result<std::fs::File, StoreError> {
    const LARGE: u64 = 16 * 1024 * 1024;
    let path = directory.join(store::REQUESTS);
    let large = std::fs::metadata(&path).is_ok_and(|data| data.len() > LARGE);
    let mut options = std::fs::OpenOptions::new();
    let options = if large { options.write(true).truncate(true) } else { options.append(true) };
    options.create(true).open(&path).map_err(|source| StoreError::Io { doing: "open", path, source })
}

struct Inner {
    world: World,
    clock: Clock,
    store: Option<Store>,
    edge: Edge,
    /// Makes request ids differ between sessions on one directory.
    session: String,
    requests: u64,
    mismatches: Vec<String>,
    /// The world as it was before the last change, kept for stale reads alone.
    before: Option<World>,
    /// The reason why the state could not be written; nothing is answered from then on.
    broken: Option<String>,
}

struct Reply {
    /// `None` where the connection drops.
    response: Option<HttpResponse>,
    delay: Duration,
}

impl Inner {
    fn handle(&mut self, request: &HttpRequest) -> Reply {
        let begun = Instant::now();
        self.requests += 1;
        let request_id = self.request_id();
        self.pass_time();
        let whole = |response| Reply { response: Some(response), delay: Duration::ZERO };
        let body = match unwrap::body(request) {
            Ok(body) => body,
            Err(fault) => return whole(early(None, request, &fault, &request_id)),
        };
        let caller = match caller::identify(request, &body) {
            Ok(caller) => caller,
            Err(fault) => return whole(early(None, request, &fault, &request_id)),
        };
        let target = match route::find(caller.model, request, &caller.path, &body) {
            Ok(target) => target,
            Err(fault) => return whole(early(Some(&caller), request, &fault, &request_id)),
        };
        let mutating = edge::mutates(&target.operation.name);
        let seen = Seen { service: target.model.name, operation: &target.operation.name, mutating };
        let fault = self.edge.strike(seen);
        let answer = self.troubled(fault, &caller, &target, request, &body, &request_id);
        let (status, code) = match &answer {
            Ok(response) => (response.status().as_u16(), None),
            Err(fault) => (fault.status, Some(fault.code.clone())),
        };
        let response = answer.unwrap_or_else(|fault| faults::encode(&target, &fault, &request_id));
        self.edge.record(CallRecord {
            time: jiff::Timestamp::now().to_string(),
            service: target.model.name.into(),
            operation: target.operation.name.clone(),
            region: caller.region,
            status,
            code,
            mutating,
            request_id,
            microseconds: u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX),
            fault: fault.map(|fault| format!("{fault:?}")),
        });
        match fault {
            Some(FaultKind::Kill) => std::process::exit(KILLED),
            Some(FaultKind::Drop | FaultKind::DropBefore | FaultKind::Unplug) => Reply { response: None, delay: Duration::ZERO },
            Some(FaultKind::Slow(delay)) => Reply { response: Some(response), delay },
            _ => whole(response),
        }
    }

    /// The answer, with the fault around it that was asked for.
    fn troubled(
        &mut self,
        fault: Option<FaultKind>,
        caller: &Caller,
        target: &Target,
        request: &HttpRequest,
        body: &[u8],
        request_id: &str,
    ) -> Result<HttpResponse, Fault> {
        match fault {
            Some(FaultKind::Throttle) => return Err(edge::throttled(target)),
            Some(FaultKind::ErrorBefore | FaultKind::DropBefore) => return Err(edge::broken(target)),
            Some(FaultKind::ExpiredCredentials) => return Err(edge::expired(target)),
            Some(FaultKind::Deny) => return Err(edge::denied(target, &self.world.account)),
            Some(FaultKind::KillBefore) => std::process::exit(KILLED),
            _ => {}
        }
        if fault == Some(FaultKind::Stale)
            && let Some(mut before) = self.before.clone()
        {
            std::mem::swap(&mut before, &mut self.world);
            let answer = self.answer(caller, target, request, body, request_id);
            self.world = before;
            return answer;
        }
        if self.edge.looks_back() && edge::mutates(&target.operation.name) {
            self.before = Some(self.world.clone());
        }
        let answer = self.answer(caller, target, request, body, request_id);
        self.persist()?;
        if fault == Some(FaultKind::ErrorAfter) { Err(edge::broken(target)) } else { answer }
    }

    fn answer(
        &mut self,
        caller: &Caller,
        target: &Target,
        request: &HttpRequest,
        body: &[u8],
        request_id: &str,
    ) -> Result<HttpResponse, Fault> {
        let (service, operation) = (target.model.name, target.operation.name.as_str());
        let handler = services::handler(service, operation).ok_or_else(|| route::absent(target.model, operation))?;
        let input = codec::decode(target, request, body, request_id)?;
        if service == "ec2" && input.get("DryRun") == Some(&Value::Bool(true)) {
            return Err(Fault::new("DryRunOperation", "Request would have succeeded, but DryRun flag is set.").status(412));
        }
        let before = self.world.begin();
        let mut call = Call { world: &mut self.world, input: &input, service, operation, region: &caller.region };
        let answer = handler(&mut call).and_then(|mut output| page::cut(target, &input, &mut output).map(|()| output));
        if answer.is_err() {
            self.world.take_back(before);
        }
        if edge::mutates(operation) && !edge::carries_data(operation) {
            let code = answer.as_ref().err().map(|fault| fault.code.as_str());
            let mut call = Call { world: &mut self.world, input: &input, service, operation, region: &caller.region };
            services::cloudtrail::record(&mut call, target.model.signing_name(), request_id, code);
        }
        self.fitted(target, &answer?, request_id)
    }

    fn fitted(&mut self, target: &Target, output: &Value, request_id: &str) -> Result<HttpResponse, Fault> {
        codec::encode(target, output, request_id).map_err(|what| {
            let text = format!("{} {}: {what}", target.model.name, target.operation.name);
            self.mismatches.push(text.clone());
            // 501, so that no client hides the defect by trying again.
            Fault::new("SandboxModelMismatch", text).status(501)
        })
    }

    fn persist(&mut self) -> Result<(), Fault> {
        let Some(store) = &mut self.store else {
            self.world.touched.clear();
            return Ok(());
        };
        if self.broken.is_none() {
            self.broken = store.save(&mut self.world).err().map(|error| error.to_string());
        }
        match &self.broken {
            Some(why) => Err(Fault::new("SandboxStateNotWritten", why.clone()).status(501)),
            None => Ok(()),
        }
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
        let digest = Sha256::digest(format!("request {} {}", self.session, self.requests));
        let hex: String = digest[..16].iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
    }
}

/// The exit code of a process that SIGKILL ended, as shells tell it.
const KILLED: i32 = 137;

impl Drop for Inner {
    fn drop(&mut self) {
        self.pass_time();
        if let (Some(store), None) = (&mut self.store, &self.broken) {
            // Nothing but the clock can be lost here; every answered call is written already.
            let _ = store.close(&mut self.world);
        }
    }
}

fn early(caller: Option<&Caller>, request: &HttpRequest, fault: &Fault, request_id: &str) -> HttpResponse {
    let Some(model) = caller.map(|caller| caller.model).or_else(|| model::model("sts")) else {
        return codec::respond(fault.status, "text/plain", fault.message.clone());
    };
    let json = request.headers().contains_key("x-amz-target");
    let wire = if caller.is_none() && json { Wire::Json } else { route::wire(model, request) };
    faults::encode_early(model, wire, fault, request_id)
}
