//! Commands of rollouts: two never run at once, one that failed is not passed over, and what is owed is said until it is done.

use crate::rollouts::{CANARY, PACE, looks, release, release_of, service, shop, strike, up, up_with};
use crate::stand::{Applied, Stand, fast, graph, text};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::sync::watch;
use trueup::core::address::Pattern;
use trueup::core::event::{Event, Outcome};
use trueup::core::planner::Policy;
use trueup::core::reason::{Note, Refusal};
use trueup::core::rollout::decide::{Order, State};
use trueup::core::rollout::observation::Migration;
use trueup::core::stack::Stack;
use trueup::engine::apply::Options;
use trueup::engine::events::Events;
use trueup::engine::rollout::conduct::End;
use trueup::ops::plan::{Planned, Wish};
use trueup::ops::session::Session;
use trueup::ops::stack::Loaded;
use trueup::pricing::catalog::Catalog;
use trueup::report::progress::Sort;
use trueup::sandbox::rollouts::{Rollouts, Variants};
use trueup::sandbox::{Sandbox, Speed};

fn commands(keys: &str) -> String {
    format!("{CANARY}\n[service.web.rollout.migrate]\n{keys}")
}

static MADE: AtomicU32 = AtomicU32::new(0);

/// The plan as a session makes it, which asks AWS about the commands.
async fn planned(stand: &Stand, new: Stack, retry: &[&str]) -> Planned {
    let loaded = Loaded { graph: graph(&new), stack: new };
    let retry = retry.iter().map(|text| Pattern::parse(text).unwrap()).collect();
    // A plan is applied once: each is of a time of its own.
    let created = MADE.fetch_add(1, Ordering::Relaxed).to_string();
    let policy = Policy { retry, created, allow_delete: vec![Pattern::parse("*").unwrap()], ..Policy::default() };
    let wish = Wish { policy, accepted: None, catalog: Catalog::embedded() };
    let session: &Session = stand;
    session.plan(&loaded, &wish, &Events::new(|_| {})).await.unwrap()
}

/// When each command's task began to run and ended, by the world's clock; those that never began are left out.
fn times(sandbox: &Sandbox) -> Vec<(f64, f64)> {
    sandbox.look(|world| {
        let tasks = world.tables.get("eu-central-1/ecs.task").into_iter().flat_map(|table| table.values());
        let ours = tasks.filter(|task| task["startedBy"].as_str().is_some_and(|by| by.starts_with("trueup-")));
        let times = ours.filter_map(|task| Some((task["startedAt"].as_f64()?, task["stoppedAt"].as_f64().unwrap_or(f64::MAX))));
        times.collect()
    })
}

fn ran(sandbox: &Sandbox) -> u64 {
    sandbox.call_counts().get("ecs.RunTask").copied().unwrap_or(0)
}

async fn tag(stand: &Stand, arn: &str, key: &str, value: &str) {
    let tag = aws_sdk_ecs::types::Tag::builder().key(key).value(value).build();
    stand.aws.ecs.tag_resource().resource_arn(arn).tags(tag).send().await.unwrap();
}

const SLOW: &str = "expand = ['sh', '-c', 'sleep 300; exit 1']";

/// An apply that is left as soon as its command runs.
async fn left_in_its_command(stand: &Stand, plan: &Planned) -> Applied {
    let (leave, cancel) = watch::channel(false);
    let watching = |event: &Event| {
        if let Event::RollingOut { look, .. } = event
            && matches!(look.expand, Migration::Running { .. })
        {
            leave.send_replace(true);
        }
    };
    stand.apply_watched(plan, &Options::new(8, cancel), watching).await
}

#[tokio::test(flavor = "multi_thread")]
async fn no_version_is_planned_or_begun_while_the_command_of_another_one_runs() {
    let (stand, sandbox) = up(CANARY, Variants::default()).await;
    sandbox.set_speed(Speed::Times(60.0));
    let slow = commands(SLOW);
    let later = planned(&stand, shop("3.0", &slow), &[]).await;
    let first = left_in_its_command(&stand, &planned(&stand, shop("2.0", &slow), &[]).await).await;
    assert_eq!((first.outcome, ran(&sandbox)), (Outcome::Interrupted, 1), "{:#?}", first.trouble());

    let refused = planned(&stand, shop("3.0", &slow), &[]).await;
    let [Refusal::Deploying { command: Some(running), .. }] = refused.refusals.as_slice() else { panic!("{:?}", refused.refusals) };
    assert_eq!(running.command, "expand");
    let says = text(&refused);
    assert!(says.contains("aws ecs stop-task --cluster") && says.contains(&running.task), "{says}");
    // Whoever goes on with the version itself is not refused, and its way back has to wait.
    assert_eq!(planned(&stand, shop("2.0", &slow), &[]).await.refusals, []);

    sandbox.set_speed(Speed::Times(PACE));
    let applied = stand.apply(&later).await;
    assert_eq!((applied.outcome, ran(&sandbox)), (Outcome::Partial, 1), "{:#?}", applied.trouble());
    let says = format!("{:?}", applied.trouble());
    assert!(says.contains("AnotherCommand") && says.contains("nothing was run for it"), "{says}");
}

/// Neither sees the other before it has begun its own: the younger one gives way, and is not begun.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_that_begin_at_the_same_moment_one_gives_way() {
    let (one, sandbox) = up(CANARY, Variants::default()).await;
    sandbox.set_speed(Speed::Times(120.0));
    let slow = commands("expand = ['sh', '-c', 'sleep 60; exit 1']");
    let other = Stand::at(sandbox.clone(), &shop("3.0", &slow), 120.0).await;
    let (first, second) = (planned(&one, shop("2.0", &slow), &[]).await, planned(&other, shop("3.0", &slow), &[]).await);
    sandbox.set_faults(vec!["stale:ecs.ListTasks:8".parse().unwrap()]);
    let (first, second) = tokio::join!(one.apply(&first), other.apply(&second));
    let says = [&first, &second].map(|applied| format!("{:?}", applied.trouble()));
    assert_eq!([&first, &second].map(|applied| applied.outcome), [Outcome::Partial, Outcome::Partial], "{says:?}");
    let ends = ["exit code 1", "nothing was run for it"].map(|end| says.iter().filter(|says| says.contains(end)).count());
    assert_eq!((ends, times(&sandbox).len()), ([1, 1], 1), "{says:?}");
}

/// The plan that takes over says where the rollout is, and what is left of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_takes_over_says_what_is_left_of_the_rollout() {
    let (stand, sandbox) = up(CANARY, Variants::default()).await;
    let with = commands("contract = ['true']");
    let (leave, cancel) = watch::channel(false);
    let watching = |event: &Event| {
        if let Event::RollingOut { look, .. } = event
            && matches!(look.decision.state, State::Shifting { step: 1, .. })
            && look.gate.is_some()
        {
            leave.send_replace(true);
        }
    };
    let plan = planned(&stand, shop("2.0", &with), &[]).await;
    let left = stand.apply_watched(&plan, &Options::new(8, cancel), watching).await;
    assert_eq!(left.outcome, Outcome::Interrupted, "{:#?}", left.trouble());
    let plan = planned(&stand, shop("2.0", &with), &[]).await;
    let [Note::TakesOver { left, .. }] = plan.notes.as_slice() else { panic!("{}", text(&plan)) };
    let names = left.iter().map(|phase| phase.name.to_string()).collect::<Vec<_>>();
    assert_eq!(names, ["10 % of the traffic", "100 % of the traffic", "old tasks stop", "command after it"]);
    let says = text(&plan).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(says.contains("takes over the rollout") && says.contains("is at 10 % of the traffic"), "{says}");
    assert!(says.contains("100 % for 10 min, command after it;"), "{says}");
    let applied = stand.apply(&plan).await;
    assert_eq!((applied.outcome, ran(&sandbox)), (Outcome::Complete, 1), "{:#?}", applied.trouble());
}

/// What a person reads at the end of an apply.
fn last_words(applied: &Applied) -> String {
    let text = trueup::report::progress::plain(&applied.events, PACE, Sort::Apply).pop().unwrap_or_default();
    anstream::adapter::strip_str(&text).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_whose_command_failed_is_refused_until_somebody_asks_for_it_again() {
    for (keys, name, code, log) in [
        ("expand = ['sh', '-c', 'echo no such table; exit 3']", "expand", "exit code 3", "no such table"),
        ("dry_run = ['false']\nexpand = ['true']", "dry_run", "exit code 1", ""),
    ] {
        let (stand, sandbox) = up(CANARY, Variants::default()).await;
        let failed = release(&stand, &commands(keys)).await;
        assert_eq!((failed.outcome, ran(&sandbox)), (Outcome::Partial, 1), "{:#?}", failed.trouble());
        let words = last_words(&failed);
        assert!(words.contains("No traffic has moved.") && words.contains("--retry") && !words.contains("Nothing is lost"), "{words}");
        // AWS forgets the task, and the plan still says how it ended.
        sandbox.advance(std::time::Duration::from_secs(2 * 3600)).unwrap();
        let refused = planned(&stand, shop("2.0", &commands(keys)), &[]).await;
        let [Refusal::CommandFailed { command, reason, lost: false, .. }] = refused.refusals.as_slice() else {
            panic!("{name}: {:?}", refused.refusals)
        };
        assert_eq!((command.as_str(), refused.refusals[0].code()), (name, "PLAN016"));
        let when = reason.contains(" UTC, task ");
        assert!(when && reason.contains(code) && reason.contains(log), "when, how and why: {reason}");
        assert_eq!(planned(&stand, shop("3.0", &commands(keys)), &[]).await.refusals, [], "another version may come");

        // It runs once more for whoever asks, and no more than once.
        let plan = planned(&stand, shop("2.0", &commands(keys)), &["service.web.*"]).await;
        assert_eq!(plan.refusals, []);
        assert_eq!((stand.apply(&plan).await.outcome, ran(&sandbox)), (Outcome::Partial, 2));
        assert!(matches!(planned(&stand, shop("2.0", &commands(keys)), &[]).await.refusals.as_slice(), [Refusal::CommandFailed { .. }]));
        let plan = planned(&stand, shop("2.0", &commands("expand = ['true']")), &["service.web.*"]).await;
        let applied = stand.apply(&plan).await;
        assert_eq!(applied.outcome, Outcome::Complete, "{name}: {:#?}", applied.trouble());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_of_a_first_version_that_failed_is_refused_retried_and_taken_back() {
    use trueup::ops::rollout::{find, live_or_first};
    use trueup::ops::undo::{Command, find_what, run};
    let with = |expand: &str| commands(&format!("expand = ['sh', '-c', '{expand}']\nexpand_back = ['true']"));
    let (bad, good) = (with("echo no such table; exit 3"), with("true"));
    let sandbox = fast();
    sandbox.set_speed(Speed::Times(PACE));
    let stand = Stand::at(sandbox.clone(), &shop("1.0", &bad), PACE).await;
    let first = planned(&stand, shop("1.0", &bad), &[]).await;
    assert!(text(&first).contains("rolls out: command before it, 100 % for 10 min"), "{}", text(&first));
    let failed = stand.apply(&first).await;
    assert_eq!((failed.outcome, ran(&sandbox)), (Outcome::Partial, 1), "{:#?}", failed.trouble());

    let refused = planned(&stand, shop("1.0", &bad), &[]).await;
    let [Refusal::CommandFailed { command, reason, lost: false, .. }] = refused.refusals.as_slice() else {
        panic!("{:?}", refused.refusals)
    };
    assert!(command == "expand" && reason.contains("exit code 3") && reason.contains("no such table"), "{command}: {reason}");
    assert_eq!(planned(&stand, shop("2.0", &bad), &[]).await.refusals, [], "another version may come");
    let retried = planned(&stand, shop("1.0", &bad), &["service.web.*"]).await;
    assert_eq!(retried.refusals, []);
    assert_eq!((stand.apply(&retried).await.outcome, ran(&sandbox)), (Outcome::Partial, 2), "it runs once more, and no more");

    let new = shop("1.0", &good);
    let loaded = Loaded { graph: graph(&new), stack: new };
    let live = live_or_first(&stand, &loaded, find(&loaded, None).unwrap()).await.unwrap();
    let undo = find_what(&stand, &live, Command::Expand).await.unwrap();
    assert_eq!(run(&stand, &live, &undo, watch::channel(false).1).await.unwrap(), Some(Migration::TakenBack));
    let applied = stand.apply(&planned(&stand, shop("1.0", &good), &[]).await).await;
    assert_eq!((applied.outcome, ran(&sandbox)), (Outcome::Complete, 4), "{:#?}", applied.trouble());
    stand.settled(&graph(&shop("1.0", &good))).await;
}

/// A first version has no service yet whose deployment would show that it is on its way.
#[tokio::test(flavor = "multi_thread")]
async fn no_first_version_is_planned_while_the_command_of_another_one_runs() {
    let sandbox = fast();
    sandbox.set_speed(Speed::Times(60.0));
    let slow = commands(SLOW);
    let stand = Stand::at(sandbox.clone(), &shop("1.0", &slow), PACE).await;
    let left = left_in_its_command(&stand, &planned(&stand, shop("1.0", &slow), &[]).await).await;
    assert_eq!((left.outcome, ran(&sandbox)), (Outcome::Interrupted, 1), "{:#?}", left.trouble());
    let refused = planned(&stand, shop("2.0", &slow), &[]).await;
    assert!(matches!(refused.refusals.as_slice(), [Refusal::Deploying { command: Some(_), .. }]), "{:?}", refused.refusals);
    assert_eq!(planned(&stand, shop("1.0", &slow), &[]).await.refusals, [], "whoever goes on with it is not refused");
}

/// Whoever was killed while it ran, or before its end stood on the service, leaves nothing to wait for.
#[tokio::test(flavor = "multi_thread")]
async fn an_apply_that_was_left_while_the_command_after_ran_is_brought_to_its_end_by_the_next() {
    use trueup::ops::rollout::{find, live};
    let contract = "contract = ['sh', '-c', 'sleep 300']";
    let rolling = format!("port = 8080\n[service.web.rollout]\nstrategy = \"rolling\"\n[service.web.rollout.migrate]\n{contract}\n");
    let gated = format!("port = 8080\n[service.web.rollout]\n{}\n", commands(contract));
    for keys in [gated, rolling] {
        let sandbox = fast();
        sandbox.set_speed(Speed::Times(PACE));
        let stand = Stand::at(sandbox.clone(), &service("1.0", &keys), PACE).await;
        let (leave, cancel) = watch::channel(false);
        let watching = |event: &Event| {
            if let Event::RollingOut { look, .. } = event
                && matches!(look.contract, Migration::Running { .. })
            {
                leave.send_replace(true);
            }
        };
        let plan = planned(&stand, service("1.0", &keys), &[]).await;
        let left = stand.apply_watched(&plan, &Options::new(8, cancel), watching).await;
        assert_eq!((left.outcome, ran(&sandbox)), (Outcome::Interrupted, 1), "{keys}: {:#?}", left.trouble());
        sandbox.advance(Duration::from_secs(600)).unwrap();
        let plan = planned(&stand, service("1.0", &keys), &[]).await;
        let applied = stand.apply(&plan).await;
        assert_eq!((applied.outcome, ran(&sandbox)), (Outcome::Complete, 1), "{keys}: {:#?}", applied.trouble());
        stand.settled(&graph(&service("1.0", &keys))).await;

        // Its end stands on its task definition, and the service still says that it is owed.
        let new = service("1.0", &keys);
        let loaded = Loaded { graph: graph(&new), stack: new };
        let live = live(&stand, find(&loaded, None).unwrap()).await.unwrap();
        tag(&stand, &live.arn, "trueup:contract", &live.subject.spec.task_definition_arn).await;
        let plan = planned(&stand, service("2.0", &keys), &[]).await;
        assert_eq!(plan.refusals, [], "{keys}: another version may come");
        stand.settled(&graph(&service("1.0", &keys))).await;
    }
}

/// ECS knows a token no longer than its task, and an hour: whoever comes later must not ask again.
#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_ecs_was_asked_for_long_ago_is_not_run_again() {
    use trueup::ops::rollout::{find, live};
    use trueup::ops::undo::{Command, say_how_it_ended};
    let (stand, sandbox) = up(CANARY, Variants::default()).await;
    let good = commands("expand = ['sh', '-c', 'sleep 300']");
    sandbox.set_speed(Speed::Times(60.0));
    let left = left_in_its_command(&stand, &planned(&stand, shop("2.0", &good), &[]).await).await;
    assert_eq!((left.outcome, ran(&sandbox)), (Outcome::Interrupted, 1), "{:#?}", left.trouble());
    sandbox.set_speed(Speed::Times(PACE));
    // The answer never came, so the task stands nowhere; and by now nobody knows it.
    let version = looks(&left).iter().find_map(|look| look.awaited.clone()).unwrap().task_definition;
    tag(&stand, &version, "trueup:expand", &format!("sent {}", stand.aws.calls.now().as_second())).await;
    let begun = ran(&sandbox);
    sandbox.advance(Duration::from_secs(3 * 3600)).unwrap();
    let plan = planned(&stand, shop("2.0", &good), &[]).await;
    assert!(matches!(plan.refusals.as_slice(), [Refusal::CommandFailed { .. }]), "{:?}", plan.refusals);
    assert_eq!(ran(&sandbox), begun);
    let new = shop("2.0", &good);
    let loaded = Loaded { graph: graph(&new), stack: new };
    let live = live(&stand, find(&loaded, None).unwrap()).await.unwrap();
    say_how_it_ended(&stand, &live, Command::Expand, true).await.unwrap();
    let applied = stand.apply(&planned(&stand, shop("2.0", &good), &[]).await).await;
    assert_eq!((applied.outcome, ran(&sandbox)), (Outcome::Complete, begun), "{:#?}", applied.trouble());
}

/// Nothing of a first version that never came up runs: what its command did can be taken back.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_first_version_that_never_came_up_has_changed_is_taken_back() {
    use trueup::ops::rollout::{find, live};
    use trueup::ops::undo::{Command, find_what, run};
    let sandbox = fast();
    sandbox.set_speed(Speed::Times(PACE));
    strike(&sandbox, "crash_loop:3", Variants::default());
    let keys = format!("port = 8080\n[service.web.rollout]\n{}\n", commands("expand = ['true']\nexpand_back = ['true']"));
    let new = service("1.0", &keys);
    let stand = Stand::at(sandbox.clone(), &new, PACE).await;
    let failed = stand.apply(&planned(&stand, new.clone(), &[]).await).await;
    assert_eq!((failed.outcome, ran(&sandbox)), (Outcome::Partial, 1), "{:#?}", failed.trouble());
    let loaded = Loaded { graph: graph(&new), stack: new };
    let live = live(&stand, find(&loaded, None).unwrap()).await.unwrap();
    let undo = find_what(&stand, &live, Command::Expand).await.unwrap();
    assert_eq!(run(&stand, &live, &undo, watch::channel(false).1).await.unwrap(), Some(Migration::TakenBack));
}

/// Whichever way it is deployed: ECS waits at no gate there, and the service is not there before its command has run.
#[tokio::test(flavor = "multi_thread")]
async fn the_commands_of_a_first_version_run_around_it() {
    let [gated, _, _, rolling] = ways();
    let worker = rolling.replace("port = 8080\n", "");
    for keys in [gated, rolling, worker] {
        for (migrate, outcome, runs) in [
            ("expand = ['true']\ncontract = ['true']", Outcome::Complete, 2),
            ("expand = ['false']\ncontract = ['true']", Outcome::Partial, 1),
            ("contract = ['false']", Outcome::Partial, 1),
        ] {
            let sandbox = fast();
            sandbox.set_speed(Speed::Times(PACE));
            let new = service("1.0", &format!("{keys}\n[service.web.rollout.migrate]\n{migrate}\n"));
            let stand = Stand::at(sandbox.clone(), &new, PACE).await;
            let plan = planned(&stand, new.clone(), &[]).await;
            assert!(text(&plan).contains("rolls out: "), "{keys}: {}", text(&plan));
            let applied = stand.apply(&plan).await;
            assert_eq!((applied.outcome, ran(&sandbox)), (outcome, runs), "{keys} {migrate}: {:#?}", applied.trouble());
            let plan = planned(&stand, new, &[]).await;
            assert_eq!(plan.leaves_failed() || !plan.refusals.is_empty(), outcome == Outcome::Partial, "{keys} {migrate}: {}", text(&plan));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_after_a_version_that_failed_is_owed_until_it_succeeds() {
    let (stand, sandbox) = up(CANARY, Variants::default()).await;
    let bad = commands("contract = ['sh', '-c', 'echo still locked; exit 4']");
    let failed = release(&stand, &bad).await;
    assert_eq!((failed.outcome, ran(&sandbox)), (Outcome::Partial, 1), "{:#?}", failed.trouble());
    assert!(last_words(&failed).contains("owed until it succeeds"), "{}", last_words(&failed));

    let owes = |plan: &Planned| {
        plan.notes.iter().find_map(|note| if let Note::OwesACommand { state, .. } = note { Some(state.clone()) } else { None })
    };
    let plan = planned(&stand, shop("2.0", &bad), &[]).await;
    let says = owes(&plan).expect("it is owed");
    assert!(says.contains("exit code 4") && says.contains("still locked"), "{says}");
    assert!(plan.steps.is_empty() && plan.refusals.is_empty() && plan.leaves_failed(), "{}", text(&plan));
    assert_eq!(planned(&stand, shop("3.0", &bad), &[]).await.refusals, [], "another version may come");

    let retried = planned(&stand, shop("2.0", &bad), &["service.web.*"]).await;
    assert_eq!((stand.apply(&retried).await.outcome, ran(&sandbox)), (Outcome::Partial, 2), "it is run once more, and no more");
    let good = commands("contract = ['true']");
    let plan = planned(&stand, shop("2.0", &good), &["service.web.*"]).await;
    assert!(text(&plan).contains("runs the command after the new version again"), "{}", text(&plan));
    let applied = stand.apply(&plan).await;
    assert_eq!((applied.outcome, ran(&sandbox)), (Outcome::Complete, 3), "{:#?}", applied.trouble());
    assert!(last_words(&applied).contains(": 1 command run."), "{}", last_words(&applied));
    let plan = planned(&stand, shop("2.0", &good), &[]).await;
    assert!(plan.steps.is_empty() && !plan.leaves_failed(), "{}", text(&plan));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_goes_back_to_before_a_command_that_took_something_away_unasked() {
    use trueup::ops::rollout::{Back, find, live, rollback};
    use trueup::ops::undo::{Command, find_what, run};
    let (stand, sandbox) = up(CANARY, Variants::default()).await;
    let cleans = commands("contract = ['true']\ncontract_back = ['true']");
    let released = release(&stand, &cleans).await;
    assert_eq!((released.outcome, ran(&sandbox)), (Outcome::Complete, 1), "{:#?}", released.trouble());
    let new = shop("2.0", &cleans);
    let loaded = Loaded { graph: graph(&new), stack: new };
    let live = live(&stand, find(&loaded, None).unwrap()).await.unwrap();
    let refused = rollback(&stand, &live, None, false).await.unwrap_err();
    assert!(refused.to_string().contains("`contract` of ") && refused.to_string().contains("may need what it took away"), "{refused}");
    let back = rollback(&stand, &live, None, true).await.unwrap();
    assert!(matches!(&back, Back::Again(_)), "{back:?}");
    let undo = find_what(&stand, &live, Command::Contract).await.unwrap();
    assert_eq!(run(&stand, &live, &undo, watch::channel(false).1).await.unwrap(), Some(Migration::TakenBack));
    assert_eq!(rollback(&stand, &live, None, false).await.unwrap(), back, "what it took away is there again");
}

/// What was run last is taken back first, and whoever looks is told of both.
#[tokio::test(flavor = "multi_thread")]
async fn expand_is_not_taken_back_while_contract_stands() {
    use trueup::ops::rollout::{Back, find, rollback};
    use trueup::ops::undo::{Command, find_what};
    let (stand, _) = up(CANARY, Variants::default()).await;
    let both = commands("expand = ['true']\ncontract = ['true']\nexpand_back = ['true']\ncontract_back = ['true']");
    assert_eq!(release_of(&stand, "2.0", &both).await.outcome, Outcome::Complete);
    let new = shop("2.0", &both);
    let loaded = Loaded { graph: graph(&new), stack: new };
    let live = || async { trueup::ops::rollout::live(&stand, find(&loaded, None).unwrap()).await.unwrap() };
    let Back::Again(again) = rollback(&stand, &live().await, None, true).await.unwrap() else { panic!() };
    let end = trueup::ops::rollout::watch(&stand, &live().await.back_to(&stand, again), watch::channel(false).1, |_| {}, |_| {}).await;
    assert!(matches!(end, Ok(End::Reached(look)) if look.decision.state == State::Promoted));
    let look = trueup::ops::rollout::look(&stand, &live().await).await.unwrap();
    let aside = trueup::ops::undo::apart(&stand, &live().await, Some(&look)).await.unwrap().expect("what it did is there");
    assert!(aside.contract.is_some() && aside.deployed, "{aside:?}");
    let refused = find_what(&stand, &live().await, Command::Expand).await.err().unwrap().to_string();
    assert!(refused.contains("rests on what `expand` did"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_after_a_version_that_failed_is_owed_no_longer_once_it_was_taken_back() {
    use trueup::ops::rollout::{find, live};
    use trueup::ops::undo::{Command, find_what, run};
    let (stand, sandbox) = up(CANARY, Variants::default()).await;
    let bad = commands("contract = ['false']\ncontract_back = ['true']");
    let failed = release(&stand, &bad).await;
    assert_eq!((failed.outcome, ran(&sandbox)), (Outcome::Partial, 1), "{:#?}", failed.trouble());
    assert!(planned(&stand, shop("2.0", &bad), &[]).await.leaves_failed());
    let new = shop("2.0", &bad);
    let loaded = Loaded { graph: graph(&new), stack: new };
    let live = live(&stand, find(&loaded, None).unwrap()).await.unwrap();
    let undo = find_what(&stand, &live, Command::Contract).await.unwrap();
    assert_eq!(run(&stand, &live, &undo, watch::channel(false).1).await.unwrap(), Some(Migration::TakenBack));
    for retry in [&[][..], &["service.web.*"]] {
        let plan = planned(&stand, shop("2.0", &bad), retry).await;
        assert!(plan.steps.is_empty() && !plan.leaves_failed() && plan.refusals.is_empty(), "{retry:?}: {}", text(&plan));
    }
    assert_eq!(ran(&sandbox), 2);
}

/// The ways in which a service is deployed: with gates, alone beside the old tasks, as a worker, and one by one by the table.
fn ways() -> [String; 4] {
    let rolling = "port = 8080\n[service.web.rollout]\nstrategy = \"rolling\"\n";
    [format!("port = 8080\n[service.web.rollout]\n{CANARY}"), "port = 8080\n".into(), String::new(), rolling.into()]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_version_that_never_came_up_is_judged_and_another_one_may_come() {
    let [gated, _, _, rolling] = ways();
    let with_a_command = [gated, rolling].map(|keys| format!("{keys}\n[service.web.rollout.migrate]\ncontract = ['true']\n"));
    for keys in ways().into_iter().chain(with_a_command) {
        let sandbox = fast();
        sandbox.set_speed(Speed::Times(PACE));
        strike(&sandbox, "crash_loop:3", Variants::default());
        let new = service("1.0", &keys);
        let stand = Stand::at(sandbox.clone(), &new, PACE).await;
        let never_up = |applied: &Applied| {
            assert_eq!(applied.outcome, Outcome::Partial, "{keys}: {:#?}", applied.trouble());
            let says = format!("{:?}", applied.trouble());
            assert!(says.contains("NeverUp") && says.contains("exited with 3"), "{keys}: {says}");
            assert!(last_words(applied).contains("apply another version"), "{keys}: {}", last_words(applied));
        };
        never_up(&stand.apply(&planned(&stand, new.clone(), &[]).await).await);
        let plan = planned(&stand, new.clone(), &[]).await;
        let states = plan.notes.iter().filter_map(|note| if let Note::FailedInAws { state, .. } = note { Some(state) } else { None });
        let states = states.collect::<Vec<_>>();
        assert!(
            matches!(states.as_slice(), [state] if state.contains("none to go back to") && state.contains("exited with 3")),
            "{keys}: {states:?} {}",
            text(&plan)
        );
        assert!(plan.steps.is_empty() && plan.leaves_failed() && text(&plan).contains("--retry 'service.web.service'"), "{}", text(&plan));

        // One that is no better is judged as the first was: there still is none to go back to.
        let plan = planned(&stand, service("2.0", &keys), &[]).await;
        assert_eq!(plan.refusals, [], "{keys}");
        let applied = stand.apply(&plan).await;
        never_up(&applied);
        assert!(looks(&applied).iter().all(|look| look.blue.is_none()), "{keys}: a version that never served is nothing to compare with");

        sandbox.set_rollouts(Rollouts::default()).unwrap();
        let good = service("3.0", &keys);
        let plan = planned(&stand, good.clone(), &[]).await;
        assert_eq!(plan.refusals, [], "{keys}");
        let applied = stand.apply(&plan).await;
        assert_eq!(applied.outcome, Outcome::Complete, "{keys}: {:#?}", applied.trouble());
        stand.settled(&graph(&good)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_version_that_never_came_up_is_deployed_again_for_whoever_asks() {
    for keys in ways() {
        let sandbox = fast();
        sandbox.set_speed(Speed::Times(PACE));
        strike(&sandbox, "image_pull", Variants::default());
        let new = service("1.0", &keys);
        let stand = Stand::at(sandbox.clone(), &new, PACE).await;
        let failed = stand.apply(&planned(&stand, new.clone(), &[]).await).await;
        let says = format!("{:?}", failed.trouble());
        assert!(failed.outcome == Outcome::Partial && says.contains("NeverUp"), "{keys}: {says}");
        let words = last_words(&failed);
        assert!(words.contains("apply another version") && !words.contains("Nothing is lost"), "{keys}: {words}");
        assert!(planned(&stand, new.clone(), &[]).await.steps.is_empty(), "{keys}: not by itself");

        let version = runs(&stand, &new).await;
        let again = async || planned(&stand, new.clone(), &["service.web.*"]).await;
        let plan = again().await;
        assert!(plan.refusals.is_empty() && text(&plan).contains("once more"), "{keys}: {}", text(&plan));
        let failed = stand.apply(&plan).await;
        assert!(format!("{:?}", failed.trouble()).contains("NeverUp"), "{keys}: {:#?}", failed.trouble());

        sandbox.set_rollouts(Rollouts::default()).unwrap();
        let applied = stand.apply(&again().await).await;
        assert_eq!((applied.outcome, runs(&stand, &new).await), (Outcome::Complete, version), "{keys}: {:#?}", applied.trouble());
        assert!(again().await.is_empty(), "{keys}: what is well is not deployed again");
    }
}

/// The reason stands on the version itself, for whoever may not list deployments; and what nobody can tell is said.
#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_went_back_is_known_where_deployments_may_not_be_listed() {
    let (stand, sandbox) = up(CANARY, Variants::default()).await;
    strike(&sandbox, "errors:20%", Variants::default());
    let back = stand.apply(&planned(&stand, shop("2.0", CANARY), &[]).await).await;
    assert_eq!(back.outcome, Outcome::RolledBack, "{:#?}", back.trouble());
    sandbox.set_rollouts(Rollouts::default()).unwrap();
    sandbox.set_faults(vec!["deny:ecs.ListServiceDeployments".parse().unwrap()]);
    let plan = planned(&stand, shop("2.0", CANARY), &[]).await;
    let [Refusal::RolledBack { reason, .. }] = plan.refusals.as_slice() else { panic!("{:?}", plan.refusals) };
    assert!(reason.contains("requests failed"), "{reason}");
    let old = runs(&stand, &shop("1.0", CANARY)).await;
    register(&stand, &old, Some("nginx:9.9")).await;
    let other = planned(&stand, shop("3.0", CANARY), &[]).await;
    assert_eq!(other.refusals, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_count_that_somebody_else_sets_meanwhile_fails_no_version() {
    let (stand, sandbox) = up(CANARY, Variants::default()).await;
    strike(&sandbox, "external_writer:count=3@POST_SCALE_UP", Variants::default());
    let applied = release(&stand, CANARY).await;
    assert_eq!(applied.outcome, Outcome::Complete, "{:#?}", applied.trouble());
    let told = |event: &&Event| matches!(event, Event::Noted { note, .. } if note.contains("another `desired_count`"));
    assert_eq!(applied.events.iter().filter(told).count(), 1, "{:#?}", applied.events.last());
}

/// Registers another revision of a family, as pipelines do: with another image, or with the same content.
async fn register(stand: &Stand, version: &str, image: Option<&str>) {
    let ecs = &stand.aws.ecs;
    let own = ecs.describe_task_definition().task_definition(version).send().await.unwrap().task_definition.unwrap();
    let mut container = own.container_definitions()[0].clone();
    container.image = image.map(str::to_owned).or(container.image);
    let call = ecs.register_task_definition().family(own.family().unwrap()).container_definitions(container);
    let call = call.set_cpu(own.cpu.clone()).set_memory(own.memory.clone()).set_network_mode(own.network_mode.clone());
    let call = call.set_execution_role_arn(own.execution_role_arn.clone()).set_task_role_arn(own.task_role_arn.clone());
    let call = call.set_runtime_platform(own.runtime_platform.clone());
    call.set_requires_compatibilities(own.requires_compatibilities.clone()).send().await.unwrap();
}

/// The task definition that the service runs, by its ARN.
async fn runs(stand: &Stand, sample: &Stack) -> String {
    let snapshot = stand.read(&graph(sample)).await;
    snapshot.resources["ecs.service"][0].spec["task_definition_arn"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_went_back_is_known_again_whatever_came_since() {
    for foreign in [false, true] {
        let (stand, sandbox) = up(CANARY, Variants::default()).await;
        strike(&sandbox, "errors:20%", Variants::default());
        let back = stand.apply(&planned(&stand, shop("2.0", CANARY), &[]).await).await;
        assert_eq!(back.outcome, Outcome::RolledBack, "{:#?}", back.trouble());
        sandbox.set_rollouts(Rollouts::default()).unwrap();
        match foreign {
            true => {
                let old = runs(&stand, &shop("1.0", CANARY)).await;
                register(&stand, &old, Some("nginx:9.9")).await;
                // A pipeline registers the bad one once more: that makes it no other version.
                let family = old.strip_suffix(":1").unwrap();
                register(&stand, &format!("{family}:2"), None).await;
            }
            false => {
                let good = stand.apply(&planned(&stand, shop("3.0", CANARY), &[]).await).await;
                assert_eq!(good.outcome, Outcome::Complete, "{:#?}", good.trouble());
            }
        }
        let plan = planned(&stand, shop("2.0", CANARY), &[]).await;
        let [Refusal::RolledBack { version, reason, .. }] = plan.refusals.as_slice() else { panic!("{foreign}: {:?}", plan.refusals) };
        assert!(version.ends_with(":2") && reason.contains("requests failed"), "{foreign}: {version}: {reason}");
        assert_eq!(planned(&stand, shop("4.0", CANARY), &[]).await.refusals, [], "another version may come");

        // Whoever asks for it gets that very revision, and it stays.
        let plan = planned(&stand, shop("2.0", CANARY), &["service.web.*"]).await;
        assert_eq!(plan.refusals, []);
        let applied = stand.apply(&plan).await;
        assert_eq!(applied.outcome, Outcome::Complete, "{foreign}: {:#?}", applied.trouble());
        assert!(runs(&stand, &shop("2.0", CANARY)).await.ends_with(":2"));
        let again = planned(&stand, shop("2.0", CANARY), &[]).await;
        assert!(again.is_empty(), "{foreign}: {}", text(&again));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_ran_for_a_version_is_known_again_whatever_came_since() {
    let fails = commands("expand = ['sh', '-c', 'echo no such table; exit 3']");
    let good = commands("expand = ['true']");
    let (stand, sandbox) = up(CANARY, Variants::default()).await;
    assert_eq!(stand.apply(&planned(&stand, shop("2.0", &fails), &[]).await).await.outcome, Outcome::Partial);
    let applied = stand.apply(&planned(&stand, shop("3.0", &good), &[]).await).await;
    assert_eq!((applied.outcome, ran(&sandbox)), (Outcome::Complete, 2), "{:#?}", applied.trouble());
    let refused = planned(&stand, shop("2.0", &fails), &[]).await;
    let [Refusal::CommandFailed { reason, .. }] = refused.refusals.as_slice() else { panic!("{:?}", refused.refusals) };
    assert!(reason.contains("exit code 3"), "{reason}");
    let plan = planned(&stand, shop("2.0", &fails), &["service.web.*"]).await;
    assert_eq!(plan.refusals, []);
    assert_eq!((stand.apply(&plan).await.outcome, ran(&sandbox)), (Outcome::Partial, 3), "once more, for whoever asks");

    // One that succeeded does not run twice for a version that never took over.
    strike(&sandbox, "errors:20%", Variants::default());
    let back = stand.apply(&planned(&stand, shop("4.0", &good), &[]).await).await;
    assert_eq!((back.outcome, ran(&sandbox)), (Outcome::RolledBack, 4), "{:#?}", back.trouble());
    sandbox.set_rollouts(Rollouts::default()).unwrap();
    assert_eq!(stand.apply(&planned(&stand, shop("5.0", &good), &[]).await).await.outcome, Outcome::Complete);
    let plan = planned(&stand, shop("4.0", &good), &["service.web.*"]).await;
    assert!(matches!(plan.notes.as_slice(), [Note::CommandRan { .. }]) && text(&plan).contains("has run already"), "{}", text(&plan));
    let applied = stand.apply(&plan).await;
    assert_eq!((applied.outcome, ran(&sandbox)), (Outcome::Complete, 5), "{:#?}", applied.trouble());
    // A version that had taken over comes as one of its own: the commands of others have run since.
    let plan = planned(&stand, shop("3.0", &good), &[]).await;
    assert_eq!((plan.refusals.len(), plan.notes.len()), (0, 0), "{}", text(&plan));
    assert_eq!((stand.apply(&plan).await.outcome, ran(&sandbox)), (Outcome::Complete, 6));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_failed_before_a_first_version_is_known_again_whatever_came_since() {
    let fails = commands("expand = ['sh', '-c', 'exit 3']");
    let sandbox = fast();
    sandbox.set_speed(Speed::Times(PACE));
    let stand = Stand::at(sandbox.clone(), &shop("1.0", &fails), PACE).await;
    for version in ["1.0", "2.0"] {
        assert_eq!(stand.apply(&planned(&stand, shop(version, &fails), &[]).await).await.outcome, Outcome::Partial);
    }
    let refused = planned(&stand, shop("1.0", &fails), &[]).await;
    assert!(matches!(refused.refusals.as_slice(), [Refusal::CommandFailed { .. }]), "{:?}", refused.refusals);
    assert_eq!(ran(&sandbox), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_version_that_runs_is_no_change_whatever_revision_is_the_newest() {
    let (stand, sandbox) = up(CANARY, Variants::default()).await;
    let first = shop("1.0", CANARY);
    let old = runs(&stand, &first).await;
    let stays = async |why: &str| {
        let plan = planned(&stand, first.clone(), &[]).await;
        assert!(plan.is_empty() && plan.changes.is_empty(), "{why}: {}", text(&plan));
    };
    strike(&sandbox, "errors:20%", Variants::default());
    assert_eq!(stand.apply(&planned(&stand, shop("2.0", CANARY), &[]).await).await.outcome, Outcome::RolledBack);
    sandbox.set_rollouts(Rollouts::default()).unwrap();
    stays("after a rollback").await;
    register(&stand, &old, Some("nginx:9.9")).await;
    stays("after somebody registered another").await;
    register(&stand, &old, None).await;
    stays("after somebody registered the same").await;

    // A plan that changes something else holds the running revision, also once it is taken up again.
    let more = service("1.0", &format!("port = 8080\ntasks = 3\n[service.web.rollout]\n{CANARY}"));
    let plan = planned(&stand, more.clone(), &[]).await;
    let fields = plan.changes.iter().flat_map(|change| &change.fields).map(|field| field.field.as_ref()).collect::<Vec<_>>();
    assert!(!fields.contains(&"task_definition_arn") && !fields.is_empty(), "{}", text(&plan));
    let recalled = stand.recall(plan.sealed.clone(), &Events::new(|_| {})).await.unwrap();
    let applied = stand.apply(&recalled).await;
    assert_eq!(applied.outcome, Outcome::Complete, "{:#?}", applied.trouble());
    assert_eq!(runs(&stand, &more).await, old);
    let plan = planned(&stand, more, &[]).await;
    assert!(plan.is_empty(), "{}", text(&plan));
}

/// A pipeline registers its next revision while this one is watched.
#[tokio::test(flavor = "multi_thread")]
async fn a_revision_that_somebody_else_registers_meanwhile_fails_no_version() {
    let (stand, _) = up(CANARY, Variants::default()).await;
    let plan = planned(&stand, shop("2.0", CANARY), &[]).await;
    let (tell, mut told) = watch::channel(None::<String>);
    let watching = |event: &Event| {
        if let Event::RollingOut { look, .. } = event
            && look.gate.is_some()
        {
            tell.send_replace(look.task_definition.clone());
        }
    };
    let another = async {
        let version = told.wait_for(Option::is_some).await.unwrap().clone().unwrap();
        register(&stand, &version, Some("nginx:9.9")).await;
    };
    let options = Options::new(8, watch::channel(false).1);
    let (applied, ()) = tokio::join!(stand.apply_watched(&plan, &options, watching), another);
    assert_eq!(applied.outcome, Outcome::Complete, "{:#?}", applied.trouble());
    let told = |event: &&Event| matches!(event, Event::Noted { note, .. } if note.contains("a later revision"));
    assert_eq!(applied.events.iter().filter(told).count(), 1, "{:#?}", applied.events.last());
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_that_lag_are_not_taken_for_the_deployment_of_somebody_else() {
    let (stand, sandbox) = up(CANARY, Variants::default()).await;
    assert_eq!(release(&stand, CANARY).await.outcome, Outcome::Complete);
    let plan = planned(&stand, shop("3.0", CANARY), &[]).await;
    let struck = Mutex::new(0);
    let watching = |event: &Event| {
        if let Event::RollingOut { look, .. } = event
            && look.deployment.is_some()
        {
            let mut struck = struck.lock().unwrap();
            *struck += 1;
            if *struck == 2 {
                sandbox.set_faults(vec!["stale:ecs.*:6".parse().unwrap()]);
            }
        }
    };
    let applied = stand.apply_watched(&plan, &Options::new(8, watch::channel(false).1), watching).await;
    assert_eq!(applied.outcome, Outcome::Complete, "{:#?}", applied.trouble());
}

/// A worker has no load balancer that would name its container.
#[tokio::test(flavor = "multi_thread")]
async fn the_commands_of_a_worker_run_in_its_first_container() {
    let keys =
        |expand: &str| format!("[service.web.rollout]\nstrategy = \"rolling\"\n[service.web.rollout.migrate]\nexpand = [\"{expand}\"]\n");
    let (stand, sandbox) = up_with(&service("1.0", ""), Variants::default()).await;
    for (version, expand, outcome) in [("2.0", "false", Outcome::Partial), ("3.0", "true", Outcome::Complete)] {
        let plan = planned(&stand, service(version, &keys(expand)), &[]).await;
        let applied = stand.apply(&plan).await;
        assert_eq!(applied.outcome, outcome, "{:#?}", applied.trouble());
    }
    assert_eq!(ran(&sandbox), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_leaves_at_a_gate_reads_how_long_it_waits_and_what_goes_on() {
    let (stand, _) = up(CANARY, Variants::default()).await;
    let plan = planned(&stand, shop("2.0", CANARY), &[]).await;
    let (leave, cancel) = watch::channel(false);
    let watching = |event: &Event| {
        if let Event::RollingOut { look, .. } = event
            && look.gate.is_some()
            // Where it is told to go on, it waits there no longer.
            && look.decision.order.is_none()
        {
            leave.send_replace(true);
        }
    };
    let applied = stand.apply_watched(&plan, &Options::new(8, cancel), watching).await;
    assert_eq!(applied.outcome, Outcome::Interrupted);
    let words = last_words(&applied);
    let gate = looks(&applied).into_iter().rev().find_map(|look| look.gate.clone()).unwrap();
    for part in [gate.expires.strftime("%Y-%m-%d %H:%M").to_string().as_str(), "goes back by itself", "rollout watch", "rollout promote"] {
        assert!(words.contains(part), "{part}\n{words}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_leaves_after_somebody_else_told_ecs_to_go_back_is_told_so() {
    let (stand, _) = up(CANARY, Variants::default()).await;
    let (leave, cancel) = watch::channel(false);
    let watching = |event: &Event| {
        if let Event::RollingOut { look, .. } = event
            && let (Some(deployment), Some(gate), None) = (&look.deployment, &look.gate, &look.decision.order)
            && !leave.send_replace(true)
        {
            // Between the look that is told here and the next one.
            let back = trueup::engine::rollout::conduct::go_back(&stand.aws, deployment, Some(&gate.id));
            tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(back)).unwrap();
        }
    };
    let plan = planned(&stand, shop("2.0", CANARY), &[]).await;
    let left = stand.apply_watched(&plan, &Options::new(8, cancel), watching).await;
    let words = last_words(&left);
    assert!(words.contains("ECS goes back") && !words.contains("ECS goes on"), "{:?}: {words}", left.outcome);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_rollback_that_failed_the_state_and_the_commands_are_shown() {
    let (stand, sandbox) = up(CANARY, Variants::default()).await;
    let old = sandbox.look(|world| world.tables["eu-central-1/ecs.service_revision"].keys().cloned().collect::<Vec<_>>());
    strike(&sandbox, "errors:20%", Variants::default());
    let fail = |world: &mut trueup::sandbox::world::World| {
        let revisions = world.tables.get_mut("eu-central-1/ecs.service_revision").unwrap();
        old.iter().for_each(|one| revisions.get_mut(one).unwrap()["_faults"] = serde_json::json!(["unhealthy"]));
        let unhealthy = serde_json::json!({ "State": "unhealthy", "Reason": "Target.ResponseCodeMismatch" });
        world.tables.get_mut("eu-central-1/elbv2.target").unwrap().values_mut().for_each(|row| row["TargetHealth"] = unhealthy.clone());
    };
    let watching = |event: &Event| {
        if let Event::RollingOut { look, .. } = event
            && (look.decision.state == State::RollingBack || matches!(look.decision.order, Some(Order::Rollback { .. })))
        {
            sandbox.change(fail).unwrap();
        }
    };
    let plan = planned(&stand, shop("2.0", CANARY), &[]).await;
    let applied = stand.apply_watched(&plan, &Options::new(8, watch::channel(false).1), watching).await;
    assert_eq!(applied.outcome, Outcome::Partial, "{:#?}", applied.trouble());
    let words = last_words(&applied);
    for part in ["old: ", "new: ", "aws elbv2 describe-target-health --target-group-arn arn:", "aws ecs update-service --cluster "] {
        assert!(words.contains(part), "{part}\n{words}");
    }
    assert!(!words.contains("Nothing is lost"), "{words}");
}

/// ECS fails the deployment by which a service goes back to rolling: its own words are what people read.
#[tokio::test(flavor = "multi_thread")]
async fn ecs_own_words_are_shown_where_a_rolling_deployment_fails_by_a_hook() {
    const SAID: &str = "Service deployment rolled back because of hook execution failure(s) detected.";
    let keys = "port = 8080\ndeployment = \"rolling\"\n";
    let (stand, sandbox) = up(CANARY, Variants::default()).await;
    let plan = planned(&stand, service("2.0", keys), &[]).await;
    // It is to be seen before the embedded AWS is done with it.
    sandbox.set_speed(Speed::Times(20.0));
    let fail = |world: &mut trueup::sandbox::world::World| {
        let open = world.tables.get_mut("eu-central-1/ecs.service_deployment").unwrap().values_mut();
        for row in open.filter(|row| row["status"] == "IN_PROGRESS") {
            row["status"] = "ROLLBACK_SUCCESSFUL".into();
            row["statusReason"] = SAID.into();
        }
    };
    let watching = |event: &Event| {
        if let Event::RollingOut { look, .. } = event
            && look.deployment.is_some()
        {
            sandbox.change(fail).unwrap();
        }
    };
    let applied = stand.apply_watched(&plan, &Options::new(8, watch::channel(false).1), watching).await;
    assert_ne!(applied.outcome, Outcome::Complete);
    assert!(format!("{:?}", applied.trouble()).contains("hook execution failure(s) detected"), "{:#?}", applied.trouble());
    // The strategy goes alone, and the version after it.
    let verbs = plan.steps.iter().filter(|step| step.fields.iter().any(|field| field == "deployment")).map(|step| step.fields.clone());
    assert!(verbs.clone().all(|fields| !fields.contains(&"task_definition_arn".to_owned())), "{:?}", verbs.collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_way_back_waits_for_the_command_of_another_version() {
    use trueup::ops::rollout::{find, live, rollback};
    use trueup::ops::undo::{Command, find_what};
    let (stand, sandbox) = up(CANARY, Variants::default()).await;
    let back = "\nexpand_back = ['true']";
    assert_eq!(release_of(&stand, "2.0", &commands(&format!("expand = ['false']{back}"))).await.outcome, Outcome::Partial);
    sandbox.set_speed(Speed::Times(60.0));
    let slow = shop("3.0", &commands(&format!("{SLOW}{back}")));
    let left = left_in_its_command(&stand, &planned(&stand, slow.clone(), &[]).await).await;
    assert_eq!(left.outcome, Outcome::Interrupted, "{:#?}", left.trouble());
    let loaded = Loaded { graph: graph(&slow), stack: slow };
    let live = live(&stand, find(&loaded, None).unwrap()).await.unwrap();
    let refused = find_what(&stand, &live, Command::Expand).await.err().unwrap().to_string();
    assert!(refused.contains("still runs"), "{refused}");
    // Nor is an earlier version deployed beside it, which the command does not look after.
    let refused = rollback(&stand, &live, None, false).await.err().unwrap().to_string();
    assert!(refused.contains("still runs"), "{refused}");
    sandbox.set_rollouts(Rollouts::default()).unwrap();
}
