//! Deployments that shift traffic: BLUE_GREEN, LINEAR and CANARY. New tasks come up beside the old ones, in the other target group of
//! each pair, and the rules' weights move from one to the other, stage by stage.
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/blue-green-deployment-how-it-works.html>
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-linear.html>
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/canary-deployment.html>
//!
//! Everything happens at its own time, whoever looks when: a deployment is played whenever something fell due (`World::advance_to`),
//! and says itself when it wants to be looked at again. What each rule rests on is in the table of docs/sandbox.md.

use super::going_back::{self, Going};
use super::hook::{self, Hooks};
use super::pair::{self, Kind, Pair};
use super::{DEPLOYMENT, SERVICE, failure, record, rolling, trouble};
use crate::rollouts::{Stage, Trouble, Writes};
use crate::services::cloudwatch;
use crate::services::members::{flag, items, number, set, text, texts};
use crate::world::{Call, Comes};
use serde_json::{Value, json};

/// Seconds for which a deployment may stay in a stage, and in a step of a shift, and for which it may last as a whole.
/// Documented: blue-green-deployment-how-it-works.
const STAGE: f64 = 24.0 * 3600.0;
const WHOLE: f64 = 30.0 * 86_400.0;
/// Seconds that a network load balancer takes longer for each shift. Documented: nlb-resources-for-blue-green.
pub const NETWORK: f64 = 600.0;
/// Seconds between two looks at alarms and tasks.
const TICK: f64 = 60.0;
/// The most turns at one moment: more than there are stages and steps.
const TURNS: usize = 256;

/// Readies the record of a deployment that was just begun.
pub fn begin(call: &mut Call<'_>, key: &str, arn: &str, source: Option<&str>) {
    cloudwatch::evaluate(call);
    let ringing = ringing(call, arn);
    let several = call.get(SERVICE, key).is_some_and(|row| items(row, "deployments").len() > 2);
    // Documented: API_ServiceDeployment, "only happens when you start a new service deployment with more than 1 service revision in an ACTIVE state".
    let first = if several || (source.is_none() && others(call, key)) { Stage::ReconcileService } else { Stage::PreScaleUp };
    if let Some(row) = call.get_mut(DEPLOYMENT, arn) {
        set(row, "_source", source.into());
        // Documented: deployment-alarm-failure, alarms that are in ALARM when a deployment starts are ignored while it lasts.
        set(row, "_ignored", ringing.into());
        set(row, "_step", 0.into());
        set(row, "_production", 0.0.into());
        set(row, "_test", 0.0.into());
        set(row, "lifecycleStage", first.name().into());
    }
    if let Some(row) = call.get_mut(SERVICE, key) {
        set(row, "_shifting", arn.into());
    }
}

/// True when something else runs beside the newest revision.
fn others(call: &Call<'_>, key: &str) -> bool {
    call.get(SERVICE, key).is_some_and(|row| items(row, "deployments").len() > 1)
}

/// The deployment that shifts a service's traffic now.
pub fn open(service: &Value) -> Option<String> {
    Some(text(service, "_shifting").to_owned()).filter(|arn| !arn.is_empty())
}

/// Plays a deployment up to the present, and says when it is to be looked at again.
pub fn play(call: &mut Call<'_>, key: &str, arn: &str) {
    let mut next = Next::default();
    for _ in 0..TURNS {
        next = Next::default();
        let record = call.get(DEPLOYMENT, arn).cloned().unwrap_or_default();
        let on = match text(&record, "status") {
            "IN_PROGRESS" | "PENDING" => turn(call, key, arn, &record, &mut next),
            "ROLLBACK_REQUESTED" | "ROLLBACK_IN_PROGRESS" => match going_back::turn(call, key, arn, &record, &mut next) {
                Going::On => true,
                Going::Waits => false,
            },
            _ => false,
        };
        if !on {
            break;
        }
    }
    if call.get(SERVICE, key).is_some_and(|row| text(row, "_shifting") == arn) {
        next.schedule(call, key);
    }
}

/// The times at which a deployment is to be looked at again, in seconds since the epoch.
#[derive(Debug, Default)]
pub struct Next {
    times: Vec<(f64, Comes)>,
}

impl Next {
    pub fn at(&mut self, time: f64, comes: Comes) {
        self.times.push((time, comes));
    }

    /// Plans the first look of each sort; what is planned so already stays.
    fn schedule(&self, call: &mut Call<'_>, key: &str) {
        let now = call.now();
        let first = |wanted: Comes| {
            let times = self.times.iter().filter(|(_, comes)| *comes == wanted).map(|(time, _)| time.max(now + 0.001));
            times.reduce(f64::min).map(|time| (time, wanted))
        };
        let wanted: Vec<(f64, Comes)> = [Comes::Settling, Comes::Waiting, Comes::Passing].into_iter().filter_map(first).collect();
        let table = format!("{}/{SERVICE}", call.region);
        let planned: Vec<(i64, Comes)> =
            call.world.due.iter().filter(|due| due.table == table && due.id == key).map(|due| (due.at, due.comes)).collect();
        let same = planned.len() == wanted.len()
            && wanted
                .iter()
                .all(|(time, comes)| planned.iter().any(|(at, known)| known == comes && (*at as f64 / 1000.0 - time).abs() < 0.01));
        if same {
            return;
        }
        call.forget_due(SERVICE, key);
        for (time, comes) in wanted {
            call.wake(SERVICE, key, time - now, comes);
        }
    }
}

/// True when the hooks of a deployment are called. Assumed, both ways: AWS does not say whether they are in a service's first deployment.
fn hooked(call: &Call<'_>, record: &Value) -> bool {
    !record["_source"].is_null() || call.world.rollouts.variants.hooks_in_first
}

/// One turn of a deployment that goes forward; true when there is more to do at once.
fn turn(call: &mut Call<'_>, key: &str, arn: &str, record: &Value, next: &mut Next) -> bool {
    let now = call.now();
    let Some(stage) = Stage::named(text(record, "lifecycleStage")) else { return false };
    let watched = hook::pauses(record) && hooked(call, record);
    let unwell = rolling::replace_unwell(call, key);
    if let Some(reason) = trips(call, key, record) {
        going_back::request(call, key, arn, &reason);
        return true;
    }
    let created = record["createdAt"].as_f64().unwrap_or(now);
    if now >= created + WHOLE {
        going_back::request(call, key, arn, "The service deployment timed out after 30 days.");
        return true;
    }
    next.at(created + WHOLE, Comes::Passing);
    // Where somebody decides, the clock may not run away from them; else a long bake passes as fast as it can.
    if !watched {
        next.at((now / TICK).floor() * TICK + TICK, Comes::Settling);
    } else if unwell || flag(&record["deploymentConfiguration"]["alarms"], "enable") || failure::waits(call, key) {
        next.at((now / TICK).floor() * TICK + TICK, Comes::Passing);
    }
    if !flag(record, "_entered") {
        let step = number(record, "_step").unwrap_or(0);
        if let Some(row) = call.get_mut(DEPLOYMENT, arn) {
            set(row, "_entered", true.into());
        }
        if hooked(call, record) {
            hook::enter(call, arn, stage, step);
        }
        meddle(call, key, arn, stage);
        return true;
    }
    keep(call, key, record, stage);
    match hook::look(call, arn) {
        Hooks::Failed(reason) => {
            going_back::request(call, key, arn, &reason);
            return true;
        }
        Hooks::Waiting { answers, expires } => {
            answers.into_iter().for_each(|time| next.at(time, Comes::Settling));
            expires.into_iter().for_each(|time| next.at(time, Comes::Waiting));
            return false;
        }
        Hooks::Done if record["_hooks_done"].is_null() => {
            if let Some(row) = call.get_mut(DEPLOYMENT, arn) {
                set(row, "_hooks_done", now.into());
            }
            return true;
        }
        Hooks::Done => {}
    }
    match work(call, key, arn, record, stage) {
        Ok(Work::Done) => {
            leave(call, key, arn, record, stage);
            true
        }
        Ok(Work::Waits) => {
            // Assumed: gates and bakes, which have limits of their own, do not count.
            let limit = record["_hooks_done"].as_f64().unwrap_or(now) + STAGE;
            if now >= limit {
                going_back::request(call, key, arn, &format!("The service deployment timed out in the lifecycle stage {}.", stage.name()));
                return true;
            }
            next.at(limit, if watched { Comes::Waiting } else { Comes::Settling });
            false
        }
        Ok(Work::Until(time)) => {
            next.at(time, if watched { Comes::Waiting } else { Comes::Settling });
            false
        }
        Ok(Work::Moves(time)) => {
            next.at(time, Comes::Settling);
            false
        }
        Err(reason) => {
            going_back::request(call, key, arn, &reason);
            true
        }
    }
}

enum Work {
    Done,
    /// For tasks and their targets.
    Waits,
    /// For a time in which somebody may decide.
    Until(f64),
    /// For a time in which nobody can do anything.
    Moves(f64),
}

/// The work of a stage, once its hooks are done.
fn work(call: &mut Call<'_>, key: &str, arn: &str, record: &Value, stage: Stage) -> Result<Work, String> {
    let now = call.now();
    let begun = record["_hooks_done"].as_f64().unwrap_or(now);
    let pairs = pairs(call, key, record);
    let slow = if pairs.iter().any(Pair::is_network) { NETWORK } else { 0.0 };
    Ok(match stage {
        Stage::ReconcileService => reconcile(call, key, record)?,
        Stage::PreScaleUp => {
            // Assumed: AWS says that such a deployment is rolled back, not in which stage.
            pairs.iter().try_for_each(|pair| pair.check(call))?;
            Work::Done
        }
        Stage::ScaleUp => {
            if is_up(call, key) {
                Work::Done
            } else {
                Work::Waits
            }
        }
        Stage::TestTrafficShift => {
            let moved = move_once(call, arn, record, &pairs, Kind::Test, 100.0)?;
            if now < moved + slow { Work::Moves(moved + slow) } else { Work::Done }
        }
        Stage::ProductionTrafficShift => {
            let percent = percent(record);
            let waits = record["_moved_at"].is_null() && call.world.rollouts.variants.shift_waits_for_health;
            if waits && !is_up(call, key) {
                return Ok(Work::Waits);
            }
            let moved = move_once(call, arn, record, &pairs, Kind::Production, percent)?;
            let bakes = percent < 100.0 && !call.world.rollouts.variants.step_bake_after_hook;
            let until = moved + slow + if bakes { step_bake(record) } else { 0.0 };
            match () {
                () if now < moved + slow => Work::Moves(moved + slow),
                () if now < until => Work::Until(until),
                () => Work::Done,
            }
        }
        Stage::PreProductionTrafficShift => {
            let bakes = number(record, "_step").unwrap_or(0) > 0 && call.world.rollouts.variants.step_bake_after_hook;
            let until = begun + if bakes { step_bake(record) } else { 0.0 };
            if now < until { Work::Until(until) } else { Work::Done }
        }
        Stage::BakeTime => {
            let minutes = number(&record["deploymentConfiguration"], "bakeTimeInMinutes").unwrap_or(0);
            // Assumed: with nothing beside it, a first deployment has nothing to bake.
            let until = begun + if record["_source"].is_null() { 0.0 } else { minutes as f64 * 60.0 };
            if now < until { Work::Until(until) } else { Work::Done }
        }
        Stage::CleanUp => {
            let target = entry(call, key, text(record, "_target"));
            if rolling::stop_others(call, key, &[text(&target, "id")]) { Work::Done } else { Work::Waits }
        }
        Stage::PostScaleUp | Stage::PostTestTrafficShift | Stage::PostProductionTrafficShift => Work::Done,
    })
}

/// Goes on to the next stage, or the next step, or to the end.
fn leave(call: &mut Call<'_>, key: &str, arn: &str, record: &Value, stage: Stage) {
    let mut step = number(record, "_step").unwrap_or(0);
    let next = match stage {
        Stage::ReconcileService => Stage::PreScaleUp,
        Stage::PreScaleUp => Stage::ScaleUp,
        Stage::ScaleUp => Stage::PostScaleUp,
        Stage::PostScaleUp => Stage::TestTrafficShift,
        Stage::TestTrafficShift => Stage::PostTestTrafficShift,
        Stage::PostTestTrafficShift => Stage::PreProductionTrafficShift,
        Stage::PreProductionTrafficShift => Stage::ProductionTrafficShift,
        Stage::ProductionTrafficShift if percent(record) < 100.0 => {
            step += 1;
            Stage::PreProductionTrafficShift
        }
        Stage::ProductionTrafficShift => Stage::PostProductionTrafficShift,
        Stage::PostProductionTrafficShift => Stage::BakeTime,
        Stage::BakeTime => Stage::CleanUp,
        Stage::CleanUp => {
            let id = text(&entry(call, key, text(record, "_target")), "id").to_owned();
            end(call, key);
            rolling::close(call, key, &id);
            return;
        }
    };
    let now = call.now();
    if let Some(row) = call.get_mut(DEPLOYMENT, arn) {
        set(row, "lifecycleStage", next.name().into());
        set(row, "_step", step.into());
        set(row, "_entered", false.into());
        set(row, "_hooks_done", Value::Null);
        set(row, "_moved_at", Value::Null);
        set(row, "updatedAt", now.into());
    }
}

/// No deployment shifts the service's traffic any more.
pub fn end(call: &mut Call<'_>, key: &str) {
    call.forget_due(SERVICE, key);
    if let Some(row) = call.get_mut(SERVICE, key) {
        set(row, "_shifting", Value::Null);
    }
}

/// The percentage of production traffic that green has after the present step.
fn percent(record: &Value) -> f64 {
    let configuration = &record["deploymentConfiguration"];
    let step = number(record, "_step").unwrap_or(0);
    let of = |group: &str, member: &str, default: f64| configuration[group][member].as_f64().unwrap_or(default);
    match text(configuration, "strategy") {
        // Assumed: with nothing beside it, a first deployment has nothing to shift from.
        _ if record["_source"].is_null() => 100.0,
        "CANARY" if step == 0 => of("canaryConfiguration", "canaryPercent", 5.0),
        // Documented for CloudFormation: as many whole steps as fit, then the rest.
        "LINEAR" => {
            let percent = of("linearConfiguration", "stepPercent", 10.0) * (step + 1) as f64;
            if percent > 99.99 { 100.0 } else { (percent * 10.0).round() / 10.0 }
        }
        _ => 100.0,
    }
}

/// Seconds between two steps.
fn step_bake(record: &Value) -> f64 {
    let configuration = &record["deploymentConfiguration"];
    let minutes = match text(configuration, "strategy") {
        "CANARY" => number(&configuration["canaryConfiguration"], "canaryBakeTimeInMinutes").unwrap_or(10),
        "LINEAR" => number(&configuration["linearConfiguration"], "stepBakeTimeInMinutes").unwrap_or(6),
        _ => 0,
    };
    minutes as f64 * 60.0
}

/// The entry of a revision among a service's deployments.
pub fn entry(call: &Call<'_>, key: &str, revision: &str) -> Value {
    let found = call.get(SERVICE, key).and_then(|row| items(row, "deployments").iter().find(|one| text(one, "_revision") == revision));
    found.cloned().unwrap_or_default()
}

pub fn pairs(call: &Call<'_>, key: &str, record: &Value) -> Vec<Pair> {
    call.get(SERVICE, key).map(|row| pair::of(call, row, text(record, "_target"))).unwrap_or_default()
}

/// True when green has all its tasks, and its target groups find them healthy.
fn is_up(call: &Call<'_>, key: &str) -> bool {
    let Some(row) = call.get(SERVICE, key) else { return false };
    let Some(primary) = items(row, "deployments").first() else { return false };
    let counts = super::counts(call, key, Some(text(primary, "id")));
    let desired = number(row, "desiredCount").unwrap_or(0);
    counts.live == desired && counts.healthy >= desired
}

/// Splits a kind of traffic between the revisions, and notes it.
pub fn split(call: &mut Call<'_>, arn: &str, record: &Value, pairs: &[Pair], kind: Kind, percent: f64) -> Result<(), String> {
    let denied = trouble::of(call, text(record, "_target")).contains(&Trouble::RoleDenied);
    for pair in pairs {
        pair.split(call, kind, percent, denied)?;
    }
    let member = if kind == Kind::Test { "_test" } else { "_production" };
    if let Some(row) = call.get_mut(DEPLOYMENT, arn).filter(|row| row[member].as_f64() != Some(percent)) {
        set(row, member, percent.into());
    }
    Ok(())
}

/// Splits a kind of traffic when a stage first comes to it, and answers when that was.
fn move_once(call: &mut Call<'_>, arn: &str, record: &Value, pairs: &[Pair], kind: Kind, percent: f64) -> Result<f64, String> {
    if let Some(moved) = record["_moved_at"].as_f64() {
        return Ok(moved);
    }
    split(call, arn, record, pairs, kind, percent)?;
    let now = call.now();
    if let Some(row) = call.get_mut(DEPLOYMENT, arn) {
        set(row, "_moved_at", now.into());
    }
    Ok(now)
}

/// Assumed: of several revisions, only the one that is gone back to is left, with all production traffic.
fn reconcile(call: &mut Call<'_>, key: &str, record: &Value) -> Result<Work, String> {
    let arn = text(record, "serviceDeploymentArn");
    let source = text(record, "_source");
    if !source.is_empty() {
        split(call, arn, record, &pairs(call, key, record), Kind::Production, 0.0)?;
        split(call, arn, record, &pairs(call, key, record), Kind::Test, 0.0)?;
    }
    let (target, source) = (entry(call, key, text(record, "_target")), entry(call, key, source));
    if !rolling::stop_others(call, key, &[text(&target, "id"), text(&source, "id")]) {
        return Ok(Work::Waits);
    }
    if let Some(row) = call.get_mut(SERVICE, key) {
        let left: Vec<Value> = [target, source].into_iter().filter(|one| !text(one, "id").is_empty()).collect();
        set(row, "deployments", left.into());
    }
    Ok(Work::Done)
}

/// Keeps the revisions at the count that is wanted. Assumed: one that changes meanwhile holds for both.
fn keep(call: &mut Call<'_>, key: &str, record: &Value, stage: Stage) {
    if stage >= Stage::ScaleUp {
        rolling::keep_at(call, key, text(record, "_target"));
    }
    if stage < Stage::CleanUp && !record["_source"].is_null() {
        rolling::keep_at(call, key, text(record, "_source"));
    }
}

/// The reason why a deployment goes back by itself, if there is one.
fn trips(call: &mut Call<'_>, key: &str, record: &Value) -> Option<String> {
    let variants = call.world.rollouts.variants;
    let failed = failure::tally(call, key);
    let threshold = call.get(SERVICE, key).map_or(i64::MAX, failure::threshold);
    let configuration = &record["deploymentConfiguration"];
    let breaker = &configuration["deploymentCircuitBreaker"];
    // Assumed, both ways: AWS's pages contradict each other on breakers and alarms where traffic is shifted.
    if variants.breaker_where_shifted && flag(breaker, "enable") && failed >= threshold {
        return Some(failure::BREAKER.into());
    }
    if variants.alarms_where_shifted && flag(&configuration["alarms"], "enable") {
        let (ignored, arn) = (texts(record, "_ignored"), text(record, "serviceDeploymentArn"));
        let triggered: Vec<String> = ringing(call, arn).into_iter().filter(|name| !ignored.contains(name)).collect();
        if !triggered.is_empty() {
            if let Some(row) = call.get_mut(DEPLOYMENT, arn) {
                set(row, "_triggered", triggered.into());
            }
            return Some(failure::ALARMS.into());
        }
    }
    None
}

/// The alarms of a deployment that are in ALARM.
fn ringing(call: &mut Call<'_>, arn: &str) -> Vec<String> {
    let record = call.get(DEPLOYMENT, arn).cloned().unwrap_or_default();
    let alarms = &record["deploymentConfiguration"]["alarms"];
    if !flag(alarms, "enable") {
        return Vec::new();
    }
    // ECS asks for their states every now and then; here whenever a minute is over.
    if call.now() % TICK < 0.001 {
        cloudwatch::evaluate(call);
    }
    let rings = |name: &String| call.get("cloudwatch.alarm", name).is_some_and(|alarm| text(alarm, "StateValue") == "ALARM");
    texts(alarms, "alarmNames").into_iter().filter(|name| rings(name)).collect()
}

/// Lets happen what the revision's faults say of a stage, once a deployment.
fn meddle(call: &mut Call<'_>, key: &str, arn: &str, stage: Stage) {
    let record = call.get(DEPLOYMENT, arn).cloned().unwrap_or_default();
    let target = text(&record, "_target").to_owned();
    for trouble in trouble::of(call, &target) {
        let again = trouble.clone();
        match trouble {
            Trouble::Alarm { name, stage: at } if at == stage => cloudwatch::ring(call, &cloudwatch::named(call, &name)),
            Trouble::ExternalWriter { writes, stage: at } if at == stage => match writes {
                Writes::Weights => {
                    for pair in pairs(call, key, &record) {
                        // Somebody else's hand needs no role of ECS's.
                        pair.reset(call);
                    }
                }
                Writes::Count(count) => {
                    if let Some(row) = call.get_mut(SERVICE, key) {
                        set(row, "desiredCount", count.into());
                    }
                }
                Writes::Update => {
                    rolling::begin(call, key);
                    let row = call.get(SERVICE, key).cloned().unwrap_or_default();
                    let newest = text(&row["deployments"][0], "_revision").to_owned();
                    trouble::retain(call, &newest, |trouble| !matches!(trouble, Trouble::ExternalWriter { .. }));
                }
            },
            _ => continue,
        }
        trouble::retain(call, &target, |trouble| *trouble != again);
    }
}

/// The deployment as DescribeServiceDeployments answers it, beyond what every one says.
pub fn weights(record: &Value, revision: &str) -> Value {
    let target = text(record, "_target") == revision;
    let of = |member: &str| record[member].as_f64().unwrap_or(0.0);
    // Without a test rule there is no test traffic.
    let share = |green: f64, any: bool| {
        if target {
            green
        } else if any {
            100.0 - green
        } else {
            0.0
        }
    };
    json!({
        "requestedTestTrafficWeight": share(of("_test"), record.get("_test").is_some()),
        "requestedProductionTrafficWeight": share(of("_production"), true),
    })
}

/// Returns the revision that a deployment goes back to, if the service still runs it.
pub fn source(call: &Call<'_>, key: &str) -> Option<String> {
    let good = record::last_good(call, key)?;
    let row = call.get(SERVICE, key)?;
    items(row, "deployments").iter().any(|one| text(one, "_revision") == good).then_some(good)
}
