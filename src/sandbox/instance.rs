//! One sandbox: an account's world behind AWS's front door.

use super::caller::{self, Caller};
use super::clock::{Clock, LINGERS_FROM, SETTLES_WITHIN, Speed};
use super::codec::{self, HttpRequest, HttpResponse, Target, Wire, faults, route};
use super::edge::{self, CallRecord, Edge};
use super::fault::{FaultKind, FaultRule, Seen};
use super::rollouts::Rollouts;
use super::services::{self, Handler, ecs};
use super::store::{self, Store, StoreError};
use super::world::{Call, Comes, Due, Fault, World};
use super::{model, page, unread, unwrap};
use hyper::Method;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, Instant};

/// A handle on a sandbox; clones share it.
#[derive(Clone)]
pub struct Sandbox {
    inner: Arc<Inner>,
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
    /// The traffic of services, what goes wrong with what they deploy, and the rules of ECS that nobody documents.
    pub rollouts: Rollouts,
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
            rollouts: Rollouts::default(),
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
        set_conditions(&mut world, &options.faults);
        ecs::set_rollouts(&mut world, options.rollouts);
        let edge = Edge::new(options.faults, options.latency, world.seed, log);
        let clock = Clock::begin(world.now, options.speed);
        let session = format!("{} {}", world.seed, world.now);
        let state = State { world, clock, store, before: None, broken: None };
        let inner = Inner {
            state: RwLock::new(state),
            edge: Mutex::new(edge),
            session,
            requests: AtomicU64::new(0),
            held: AtomicBool::new(false),
            mismatches: Mutex::default(),
            changing: Mutex::default(),
        };
        Ok(Sandbox { inner: Arc::new(inner) })
    }

    /// Answers one request at once. A connection that is to be dropped answers 503 here.
    pub fn handle(&self, request: &HttpRequest) -> HttpResponse {
        let reply = self.inner.handle(request);
        reply.response.unwrap_or_else(|| codec::respond(503, "text/plain", "the connection was dropped"))
    }

    /// Answers one request as a network would: after the latency, slowly, or not at all.
    pub async fn call(&self, request: &HttpRequest) -> Result<HttpResponse, Dropped> {
        let latency = self.inner.edge().latency;
        if !latency.is_zero() {
            tokio::time::sleep(latency).await;
        }
        let reply = self.inner.handle(request);
        if reply.held {
            return std::future::pending().await;
        }
        if !reply.delay.is_zero() {
            tokio::time::sleep(reply.delay).await;
        }
        reply.response.ok_or(Dropped)
    }

    /// Refuses a request that is not to be looked at, in the form of the service that it seems to mean.
    pub fn refuse(&self, request: &HttpRequest, fault: &Fault) -> HttpResponse {
        let caller = caller::identify(request, b"").ok();
        early(caller.as_ref(), request, fault, &self.inner.request_id())
    }

    /// Replaces the faults; what the old ones counted is forgotten.
    pub fn set_faults(&self, faults: Vec<FaultRule>) {
        set_conditions(&mut self.inner.alone().world, &faults);
        self.inner.edge().faults = faults;
        self.inner.held.store(false, Ordering::SeqCst);
    }

    /// True from the call on that a `hold` fault has struck; what it does has been done by then.
    pub fn is_held(&self) -> bool {
        self.inner.held.load(Ordering::SeqCst)
    }

    pub fn set_latency(&self, latency: Duration) {
        self.inner.edge().latency = latency;
    }

    /// Lets time pass faster or slower from now on.
    pub fn set_speed(&self, speed: Speed) {
        let mut state = self.inner.alone();
        state.pass_time();
        state.clock = Clock::begin(state.world.now, speed);
    }

    /// Returns the number of calls that came, by `service.Operation`.
    pub fn call_counts(&self) -> BTreeMap<String, u64> {
        self.inner.edge().counts().clone()
    }

    /// The calls so far, in order.
    pub fn calls(&self) -> Vec<CallRecord> {
        self.inner.edge().records().to_vec()
    }

    pub fn forget_calls(&self) {
        self.inner.edge().forget_calls();
    }

    /// Answers of handlers that did not fit their models; each is a defect of the sandbox.
    pub fn mismatches(&self) -> Vec<String> {
        self.inner.mismatches().clone()
    }

    /// The sandbox clock, in milliseconds since the Unix epoch.
    pub fn now(&self) -> i64 {
        self.inner.beside_others().now()
    }

    /// Lets this much sandbox time pass at once, with everything that falls due in it, in its order.
    pub fn advance(&self, time: Duration) -> Result<(), StoreError> {
        self.change(|world| world.advance_to(world.now.saturating_add(i64::try_from(time.as_millis()).unwrap_or(i64::MAX))))
    }

    /// Sets what services' traffic, their deployments and the rules of ECS that nobody documents are like from now on.
    pub fn set_rollouts(&self, rollouts: Rollouts) -> Result<(), StoreError> {
        self.change(|world| ecs::set_rollouts(world, rollouts))
    }

    /// Looks at the world, at the present time, beside whoever else reads.
    pub fn look<T>(&self, look: impl FnOnce(&World) -> T) -> T {
        self.inner.alone().pass_time();
        look(&self.inner.beside_others().world)
    }

    /// Changes the world behind everybody's back, as somebody at the console would.
    pub fn change<T>(&self, change: impl FnOnce(&mut World) -> T) -> Result<T, StoreError> {
        let mut state = self.inner.alone();
        state.pass_time();
        let value = change(&mut state.world);
        state.follow();
        let State { store, world, .. } = &mut *state;
        store.as_mut().map_or(Ok(()), |store| store.save(world))?;
        Ok(value)
    }
}

/// Tells the world of those faults that are states of an account rather than mishaps of a call.
fn set_conditions(world: &mut World, faults: &[FaultRule]) {
    let lags = faults.iter().filter_map(|rule| match rule.kind {
        FaultKind::NewRoles(lag) => i64::try_from(lag.as_millis()).ok(),
        _ => None,
    });
    world.role_lag = lags.max().unwrap_or(0);
    let has = |kind: FaultKind| faults.iter().any(|rule| rule.kind == kind);
    world.fresh_account = has(FaultKind::FreshAccount);
    world.strict_tasks = has(FaultKind::StrictTasks);
}

/// Appends to the log of the last session, unless that has grown large.
fn request_log(directory: &Path) -> Result<std::fs::File, StoreError> {
    const LARGE: u64 = 16 * 1024 * 1024;
    let path = directory.join(store::REQUESTS);
    let large = std::fs::metadata(&path).is_ok_and(|data| data.len() > LARGE);
    let mut options = store::private_file();
    let options = if large { options.write(true).truncate(true) } else { options.append(true) };
    options.create(true).open(&path).map_err(|source| StoreError::Io { doing: "open", path, source })
}

/// Each lock is held for as short as can be: no request is decoded, and no answer encoded, under one.
struct Inner {
    /// Calls that read hold it together, calls that change it alone.
    state: RwLock<State>,
    edge: Mutex<Edge>,
    /// Makes request ids differ between sessions on one directory.
    session: String,
    requests: AtomicU64,
    held: AtomicBool,
    mismatches: Mutex<Vec<String>>,
    /// The operations that read by their names and were seen to change something, as whoever asks for a service moves its tasks along.
    changing: Mutex<BTreeSet<String>>,
}

struct State {
    world: World,
    clock: Clock,
    store: Option<Store>,
    /// The world as it was before the last change, kept for stale reads alone.
    before: Option<World>,
    /// The reason why the state could not be written; nothing is answered from then on.
    broken: Option<String>,
}

/// On a response: the sandbox seconds after which it is given.
#[derive(Clone, Copy)]
struct Waits(f64);

struct Reply {
    /// `None` where the connection drops.
    response: Option<HttpResponse>,
    delay: Duration,
    /// True where nothing is answered as long as the client waits.
    held: bool,
}

impl Inner {
    fn alone(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn beside_others(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn edge(&self) -> MutexGuard<'_, Edge> {
        self.edge.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn changing(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn mismatches(&self) -> MutexGuard<'_, Vec<String>> {
        self.mismatches.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn handle(&self, request: &HttpRequest) -> Reply {
        let begun = Instant::now();
        let request_id = self.request_id();
        let whole = |response| Reply { response: Some(response), delay: Duration::ZERO, held: false };
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
        let fault = self.edge().strike(seen);
        let fault = if self.edge().outdated(&caller.key) { Some(FaultKind::ExpiredCredentials) } else { fault };
        let answer = self.troubled(fault, &Asked { caller: &caller, target: &target, request, body: &body, request_id: &request_id });
        let (status, code) = match &answer {
            Ok(response) => (response.status().as_u16(), None),
            Err(fault) => (fault.status, Some(fault.code.clone())),
        };
        let mut response = answer.unwrap_or_else(|fault| faults::encode(&target, &fault, &request_id));
        // AWS's time, which is not that of whoever asks.
        codec::date(&mut response, self.beside_others().now());
        self.edge().record(CallRecord {
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
            Some(FaultKind::Drop | FaultKind::DropBefore | FaultKind::Unplug) => {
                Reply { response: None, delay: Duration::ZERO, held: false }
            }
            Some(FaultKind::Hold | FaultKind::HoldBefore) => {
                self.held.store(true, Ordering::SeqCst);
                Reply { response: None, delay: Duration::ZERO, held: true }
            }
            Some(FaultKind::Slow(delay)) => Reply { response: Some(response), delay, held: false },
            _ => {
                let waits = response.extensions().get::<Waits>().map(|waits| self.beside_others().clock.lasts(waits.0));
                Reply { response: Some(response), delay: waits.unwrap_or(Duration::ZERO), held: false }
            }
        }
    }

    /// The answer, with the fault around it that was asked for.
    fn troubled(&self, fault: Option<FaultKind>, asked: &Asked<'_>) -> Result<HttpResponse, Fault> {
        let target = asked.target;
        match fault {
            Some(FaultKind::Throttle) => return Err(edge::throttled(target)),
            Some(FaultKind::Unavailable) => return Err(edge::unavailable(target)),
            Some(FaultKind::ErrorBefore | FaultKind::DropBefore | FaultKind::HoldBefore) => return Err(edge::broken(target)),
            Some(FaultKind::ExpiredCredentials) => return Err(edge::expired(target)),
            Some(FaultKind::Deny) => return Err(edge::denied(target, &self.beside_others().world.account)),
            Some(FaultKind::KillBefore) => std::process::exit(KILLED),
            _ => {}
        }
        let (service, operation) = (target.model.name, target.operation.name.as_str());
        let handler = services::handler(service, operation).ok_or_else(|| route::absent(target.model, operation))?;
        let input = codec::decode(target, asked.request, asked.body, asked.request_id)?;
        unread::check(service, operation, &input)?;
        if service == "ec2" && input.get("DryRun") == Some(&Value::Bool(true)) {
            return Err(Fault::new("DryRunOperation", "Request would have succeeded, but DryRun flag is set.").status(412));
        }
        let answer = match fault {
            Some(FaultKind::Stale) => self.stale(asked, handler, &input),
            _ if edge::mutates(operation) => self.write(asked, handler, &input),
            _ => self.read(asked, handler, &input),
        };
        let answer = answer.map_err(|fault| if service == "s3" { services::s3::explained(fault, &input) } else { fault });
        let answer = answer.and_then(|output| self.fitted(asked, &output));
        if fault == Some(FaultKind::ErrorAfter) { Err(edge::broken(target)) } else { answer }
    }

    /// Answers a call that changes nothing. One that does change something is made again, alone.
    fn read(&self, asked: &Asked<'_>, handler: Handler, input: &Value) -> Result<Value, Fault> {
        let name = format!("{}.{}", asked.target.model.name, asked.target.operation.name);
        if self.changing().contains(&name) {
            return self.write(asked, handler, input);
        }
        if self.beside_others().is_due() {
            let mut state = self.alone();
            state.pass_time();
            // The answer may tell of what just happened: a deployment's next gate, say.
            state.persist()?;
        }
        let state = self.beside_others();
        state.sound()?;
        let Target { model, operation, .. } = asked.target;
        let mut call = Call::looking(&state.world, state.now(), input, model.name, &operation.name, &asked.caller.region);
        let answer = paged(asked, handler, &mut call);
        if !call.changed() {
            return answer;
        }
        drop(state);
        self.changing().insert(name);
        self.write(asked, handler, input)
    }

    /// Answers a call that may change the world, once that is written.
    fn write(&self, asked: &Asked<'_>, handler: Handler, input: &Value) -> Result<Value, Fault> {
        // Asked for before the lock is held, as no two are ever held together.
        let looks_back = self.edge().looks_back();
        let mut state = self.alone();
        state.pass_time();
        let mutating = edge::mutates(&asked.target.operation.name);
        if looks_back && mutating {
            state.before = Some(state.world.clone());
        }
        let Target { model, operation, .. } = asked.target;
        let before = state.world.begin();
        let mut call = Call::new(&mut state.world, input, model.name, &operation.name, &asked.caller.region);
        let answer = paged(asked, handler, &mut call);
        if answer.as_ref().is_err_and(|fault| !fault.lasting) {
            state.world.take_back(before);
        }
        if mutating && !edge::carries_data(&operation.name) {
            let code = answer.as_ref().err().map(|fault| fault.code.as_str());
            let mut call = Call::new(&mut state.world, input, model.name, &operation.name, &asked.caller.region);
            // <https://docs.aws.amazon.com/autoscaling/application/userguide/logging-using-cloudtrail.html>
            let source = if model.name == "application-autoscaling" { "autoscaling" } else { model.signing_name() };
            services::cloudtrail::record(&mut call, source, &asked.caller.key, asked.request_id, code);
        }
        state.persist()?;
        answer
    }

    /// Answers a read that does not see the last change yet.
    fn stale(&self, asked: &Asked<'_>, handler: Handler, input: &Value) -> Result<Value, Fault> {
        let (before, now) = {
            let state = self.beside_others();
            (state.before.clone(), state.now())
        };
        let Some(mut before) = before else { return self.read(asked, handler, input) };
        before.advance_to(now);
        let Target { model, operation, .. } = asked.target;
        paged(asked, handler, &mut Call::new(&mut before, input, model.name, &operation.name, &asked.caller.region))
    }

    /// The answer on the wire, if it fits its model.
    fn fitted(&self, asked: &Asked<'_>, output: &Value) -> Result<HttpResponse, Fault> {
        let fitted = codec::encode(asked.target, output, asked.request_id).map(|mut response| {
            if let Some(seconds) = output["_wait"].as_f64() {
                response.extensions_mut().insert(Waits(seconds));
            }
            response
        });
        fitted.map_err(|what| {
            let text = format!("{} {}: {what}", asked.target.model.name, asked.target.operation.name);
            self.mismatches().push(text.clone());
            // 501, so that no client hides the defect by trying again.
            Fault::new("SandboxModelMismatch", text).status(501)
        })
    }

    fn request_id(&self) -> String {
        let number = self.requests.fetch_add(1, Ordering::Relaxed) + 1;
        let digest = Sha256::digest(format!("request {} {number}", self.session));
        let hex: String = digest[..16].iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
    }
}

/// A request whose operation is known.
struct Asked<'a> {
    caller: &'a Caller,
    target: &'a Target,
    request: &'a HttpRequest,
    body: &'a [u8],
    request_id: &'a str,
}

/// Returns the handler's answer, cut to a page.
fn paged(asked: &Asked<'_>, handler: Handler, call: &mut Call<'_>) -> Result<Value, Fault> {
    let mut output = handler(call)?;
    page::cut(asked.target, call.input, &mut output)?;
    Ok(output)
}

/// The times that tasks fail between two looks at `instant`: a small service's circuit breaker opens.
const FAILURES: usize = 3;
/// The seconds of its own time that the sandbox may take to play what has happened before its clock stands still for it.
const PLAYED: f64 = 60.0;

impl State {
    /// The sandbox clock, where nothing falls due.
    fn now(&self) -> i64 {
        self.clock.now().max(self.world.now)
    }

    /// The time until which the world has to be brought.
    fn due_until(&self) -> i64 {
        let now = self.now();
        if self.clock.speed() != Speed::Instant {
            return now;
        }
        // Where somebody may decide, the clock stops, and does not run on for what only lingers.
        let waits = self.world.due.iter().filter(|due| due.comes == Comes::Waiting).map(|due| due.at).min();
        let last = (self.world.now + SETTLES_WITHIN).min(waits.map_or(i64::MAX, |at| at - 1));
        let lingers = |due: &Due| waits.is_some() && due.patch.is_none() && due.at > self.world.now + LINGERS_FROM;
        let settled = self.world.due.iter().filter(|due| due.comes == Comes::Settling && due.at <= last && !lingers(due));
        settled.map(|due| due.at).max().map_or(now, |settled| settled.max(now))
    }

    /// True when something is to happen before the next look.
    fn is_due(&self) -> bool {
        let until = self.due_until();
        self.world.due.iter().any(|due| due.at <= until)
    }

    /// Brings the world to the present. At `instant`, what one change brings about settles, too; tasks that fail again and again never
    /// do, so each look plays some of their failures.
    fn pass_time(&mut self) {
        let begun = tokio::time::Instant::now();
        let horizon = self.world.now + SETTLES_WITHIN;
        let failures = if self.clock.speed() == Speed::Instant { FAILURES } else { usize::MAX };
        loop {
            let until = self.due_until().min(self.now().max(horizon));
            let more = self.world.due.iter().any(|due| due.at <= until);
            if self.world.advance_through(until, failures) || !more {
                break;
            }
        }
        // The sandbox plays what has happened before its clock goes on, or it might never catch up.
        if let Speed::Times(times) = self.clock.speed()
            && begun.elapsed().as_secs_f64() * times > PLAYED
        {
            self.clock = Clock::begin(self.world.now, self.clock.speed());
        }
        self.follow();
    }

    /// Lets time go on from where the world is, where that was put ahead of the clock.
    fn follow(&mut self) {
        if self.world.now > self.clock.now() {
            self.clock = Clock::begin(self.world.now, self.clock.speed());
        }
    }

    fn persist(&mut self) -> Result<(), Fault> {
        let Some(store) = &mut self.store else {
            self.world.touched.clear();
            return Ok(());
        };
        if self.broken.is_none() {
            self.broken = store.save(&mut self.world).err().map(|error| error.to_string());
        }
        self.sound()
    }

    /// Refuses to go on once something could not be written.
    fn sound(&self) -> Result<(), Fault> {
        match &self.broken {
            Some(why) => Err(Fault::new("SandboxStateNotWritten", why.clone()).status(501)),
            None => Ok(()),
        }
    }
}

/// The exit code of a process that SIGKILL ended, as shells tell it.
const KILLED: i32 = 137;

impl Drop for State {
    fn drop(&mut self) {
        self.pass_time();
        if let (Some(store), None) = (&mut self.store, &self.broken) {
            // Nothing but the clock can be lost here; every answered call is written already.
            let _ = store.close(&mut self.world);
        }
    }
}

/// The refusal of a request whose service may not be known: then in the form that it seems to speak.
fn early(caller: Option<&Caller>, request: &HttpRequest, fault: &Fault, request_id: &str) -> HttpResponse {
    let has = |header: &str| request.headers().contains_key(header);
    let call = request.method() == Method::POST && request.uri().path() == "/";
    let (name, guess) = match caller {
        _ if has("x-amz-target") => ("sts", Some(Wire::Json)),
        _ if call => ("sts", None),
        // Without a signature it is a browser's or a tool's look at an object; with one, a service that speaks REST.
        _ if has("authorization") => ("scheduler", Some(Wire::RestJson)),
        _ => ("s3", None),
    };
    let Some(model) = caller.map(|caller| caller.model).or_else(|| model::model(name)) else {
        return codec::respond(fault.status, "text/plain", fault.message.clone());
    };
    let wire = guess.filter(|_| caller.is_none()).unwrap_or_else(|| route::wire(model, request));
    match (caller, name, fault.code.as_str()) {
        (None, "s3", "MissingAuthenticationToken") => {
            faults::encode_early(model, wire, &Fault::new("AccessDenied", "Access Denied").status(403), request_id)
        }
        _ => faults::encode_early(model, wire, fault, request_id),
    }
}
