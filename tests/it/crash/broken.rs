//! Calls that fail, or whose answers are lost, while a run goes on; and runs that have to stop.

use super::{Recorded, SMALL, Wanted, all, empty, frozen};
use crate::stand::{Applied, SPEED, Stand, stack, stack_at};
use std::io::{Error, ErrorKind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::watch;
use trueup::core::event::{Event, Outcome};
use trueup::core::reason::Because;
use trueup::engine::apply::Options;
use trueup::engine::store::Journal;
use trueup::ops::plan::Planned;
use trueup::sandbox::{Sandbox, Speed};

fn flagship() -> Wanted {
    Wanted::new(stack_at("stacks/registry.toml", Some("production"), &[]))
}

/// One run from nothing, with faults that begin once the plan is made.
async fn disturbed(wanted: &Wanted, faults: &[String]) -> (Stand, Applied) {
    disturbed_from(empty(), wanted, faults).await
}

/// The same from whatever is there.
async fn disturbed_from(sandbox: Sandbox, wanted: &Wanted, faults: &[String]) -> (Stand, Applied) {
    let (stand, plan) = planned_from(sandbox, wanted).await;
    stand.sandbox.set_faults(faults.iter().map(|fault| fault.parse().unwrap()).collect());
    let applied = stand.apply(&plan).await;
    assert!(stand.sandbox.calls().iter().any(|call| call.fault.is_some()), "{faults:?}");
    stand.sandbox.set_faults(Vec::new());
    (stand, applied)
}

async fn planned(wanted: &Wanted) -> (Stand, Planned) {
    planned_from(empty(), wanted).await
}

async fn planned_from(sandbox: Sandbox, wanted: &Wanted) -> (Stand, Planned) {
    let stand = Stand::over(sandbox, &wanted.stack).await;
    let plan = wanted.plan(&stand).await;
    stand.sandbox.set_speed(Speed::Times(SPEED));
    (stand, plan)
}

/// Returns faults that together meet every call of a recorded run. Each round takes every other call of an operation: between
/// two of them stands the repeat of the first.
fn rounds(run: &Recorded, kind: &str) -> Vec<(String, Vec<String>)> {
    let every_other = |first: usize| {
        let counts = run.counts().into_iter();
        counts.flat_map(move |(name, count)| (0..count).map(move |nth| format!("{kind}:{name}@{}", first + 2 * nth))).collect()
    };
    [1, 2].map(|first| (format!("{kind} at every other call, from the {first}. on"), every_other(first))).to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_fails_or_loses_its_answer_is_made_good_in_the_same_run() {
    let wanted = flagship();
    let run = wanted.recorded(None).await;
    let cases = ["drop", "error-after", "error-before"].into_iter().flat_map(|kind| rounds(&run, kind)).collect::<Vec<_>>();
    let like = Arc::new(run.end);
    all(cases, |faults: Vec<String>| {
        let (wanted, like) = (wanted.clone(), like.clone());
        async move {
            let (stand, applied) = disturbed(&wanted, &faults).await;
            if applied.outcome != Outcome::Complete {
                return Err(format!("{:#?}", applied.trouble()));
            }
            wanted.as_if_undisturbed(&stand, &like).await
        }
    })
    .await;
}

/// A revision of a task definition has no token: the repeat of a call whose answer was lost made a second one.
#[tokio::test(flavor = "multi_thread")]
async fn a_change_whose_answers_are_lost_is_made_once() {
    let made = Wanted::new(stack(SMALL, None, &[])).recorded(None).await.end;
    let sets = ["service.api.memory=1024", "service.api.scale.max=5", "secrets.key.description=new", "database.main.storage=30"];
    let wanted = Wanted::new(stack(SMALL, None, &sets));
    let run = wanted.recorded(Some(&made)).await;
    assert!(run.counts().contains_key("ecs.RegisterTaskDefinition"), "{:?}", run.counts());
    let cases = ["drop", "error-after", "drop-before"].into_iter().map(|kind| rounds(&run, kind).remove(0)).collect::<Vec<_>>();
    let (made, like) = (Arc::new(made), Arc::new(run.end));
    all(cases, |faults: Vec<String>| {
        let (wanted, made, like) = (wanted.clone(), made.clone(), like.clone());
        async move {
            let (stand, applied) = disturbed_from(frozen(&made), &wanted, &faults).await;
            if applied.outcome != Outcome::Complete {
                return Err(format!("{:#?}", applied.trouble()));
            }
            wanted.as_if_undisturbed(&stand, &like).await
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn throttling_and_late_reads_cost_time_and_nothing_else() {
    let wanted = Wanted::new(stack(SMALL, None, &[]));
    let like = Arc::new(wanted.recorded(None).await.end);
    let cases = [
        vec!["throttle:*:25%"],
        vec!["throttle:ec2.*:40", "throttle:iam.*:20", "throttle:rds.*:10"],
        vec!["stale:*:20%"],
        vec!["stale:*:10%", "drop:mutating:10%", "throttle:*:10%"],
    ];
    let cases = cases.map(|faults| (faults.join(" "), faults.into_iter().map(String::from).collect::<Vec<_>>()));
    all(cases, |faults: Vec<String>| {
        let (wanted, like) = (wanted.clone(), like.clone());
        async move {
            let (stand, applied) = disturbed(&wanted, &faults).await;
            match applied.outcome {
                Outcome::Complete => wanted.as_if_undisturbed(&stand, &like).await,
                _ => {
                    let resumed = wanted.resumed(&stand.sandbox, &like).await;
                    resumed.map(drop).map_err(|wrong| format!("{:#?}\nthen {wrong}", applied.trouble()))
                }
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_denied_is_named_and_stops_only_what_needs_it() {
    let wanted = Wanted::new(stack(SMALL, None, &[]));
    let like = Arc::new(wanted.recorded(None).await.end);
    let denied = [
        "ec2.CreateNatGateway",
        "ec2.AuthorizeSecurityGroupIngress",
        "iam.PutRolePolicy",
        "s3.PutBucketPolicy",
        "cloudfront.CreateOriginAccessControl",
        "rds.CreateDBInstance",
        "secretsmanager.CreateSecret",
        "ecs.CreateService",
        "cloudwatch.PutMetricAlarm",
    ];
    all(denied.map(|operation| (operation.to_owned(), operation)), |operation: &'static str| {
        let (wanted, like) = (wanted.clone(), like.clone());
        async move {
            let (stand, applied) = disturbed(&wanted, &[format!("deny:{operation}")]).await;
            let failed = applied.events.iter().filter_map(|event| match event {
                Event::Failed { address, error, hint, .. } => Some((address.clone(), error.clone(), hint.clone().unwrap_or_default())),
                _ => None,
            });
            let failed = failed.collect::<Vec<_>>();
            let action = operation.replacen('.', ":", 1);
            if applied.outcome != Outcome::Partial || failed.is_empty() || !failed.iter().all(|(_, _, hint)| hint.contains(&action)) {
                return Err(format!("{:?} {failed:#?}", applied.outcome));
            }
            for event in &applied.events {
                if let Event::Skipped { because, .. } = event
                    && !failed.iter().any(|(failed, ..)| matches!(because, Because::NotDone { address } if address == failed))
                {
                    return Err(format!("{event:?} for no reason"));
                }
            }
            wanted.resumed(&stand.sandbox, &like).await
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_that_expire_stop_the_run_and_are_said_once() {
    let wanted = Wanted::new(stack(SMALL, None, &[]));
    let like = Arc::new(wanted.recorded(None).await.end);
    let cases = [1, 8, 40, 75].map(|call| (format!("from call {call}"), call));
    all(cases, |call: usize| {
        let (wanted, like) = (wanted.clone(), like.clone());
        async move {
            let (stand, applied) = disturbed(&wanted, &[format!("expired-credentials:*@{call}")]).await;
            let stops = applied.events.iter().filter(|event| matches!(event, Event::Stopping { .. })).count();
            if applied.outcome != Outcome::Partial || stops != 1 || begun_after(&applied, |event| matches!(event, Event::Stopping { .. })) {
                return Err(format!("{:#?}", applied.events));
            }
            wanted.resumed(&stand.sandbox, &like).await
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupt_begins_nothing_new_and_the_next_run_goes_on() {
    let wanted = Wanted::new(stack(SMALL, None, &[]));
    let like = Arc::new(wanted.recorded(None).await.end);
    let cases = [1, 12, 30, 45].map(|done| (format!("after {done} steps"), done));
    all(cases, |done: usize| {
        let (wanted, like) = (wanted.clone(), like.clone());
        async move {
            let (stand, plan) = planned(&wanted).await;
            let (interrupt, cancel) = watch::channel(false);
            let count = AtomicUsize::new(0);
            let applied = stand
                .apply_watched(&plan, &Options::new(16, cancel), |event| {
                    if matches!(event, Event::Done { .. }) && count.fetch_add(1, Ordering::Relaxed) + 1 == done {
                        interrupt.send(true).unwrap();
                    }
                })
                .await;
            if applied.outcome != Outcome::Interrupted || begun_after(&applied, |event| matches!(event, Event::Interrupted { .. })) {
                return Err(format!("{:#?}", applied.events));
            }
            wanted.resumed(&stand.sandbox, &like).await
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_that_cannot_be_written_stops_the_run() {
    let wanted = Wanted::new(stack(SMALL, None, &[]));
    let like = Arc::new(wanted.recorded(None).await.end);
    let cases = [0, 1, 20, 61].map(|lines| (format!("a disk with room for {lines} lines"), lines));
    all(cases, |lines: usize| {
        let (wanted, like) = (wanted.clone(), like.clone());
        async move {
            let (stand, plan) = planned(&wanted).await;
            let mut room = lines;
            let journal = Journal::over(move |_| {
                room = room.checked_sub(1).ok_or_else(|| Error::from(ErrorKind::StorageFull))?;
                Ok(())
            });
            let (_keep, cancel) = watch::channel(false);
            let applied = stand.apply_on(journal, &plan, &Options::new(16, cancel)).await;
            let said = applied.events.iter().any(|event| match event {
                Event::Stopping { because, hint, .. } => matches!(because, Because::Journal { .. }) && hint.is_some(),
                _ => false,
            });
            let begun = applied.events.iter().filter(|event| matches!(event, Event::Began { .. })).count();
            let begun_later = begun_after(&applied, |event| matches!(event, Event::Stopping { .. }));
            if applied.outcome != Outcome::Partial
                || !said
                || begun_later
                || (lines == 0) != (stand.sandbox.calls().iter().all(|call| !call.mutating))
            {
                return Err(format!("{begun} begun, {:#?}", applied.events));
            }
            wanted.resumed(&stand.sandbox, &like).await
        }
    })
    .await;
}

/// True when any step began after an event.
fn begun_after(applied: &Applied, mark: impl Fn(&Event) -> bool) -> bool {
    applied.events.iter().skip_while(|event| !mark(event)).any(|event| matches!(event, Event::Began { .. }))
}
