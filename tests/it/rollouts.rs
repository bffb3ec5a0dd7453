//! Rollouts over the wire, on the embedded AWS: good versions take over, bad ones go back, and whoever leaves strands nothing.
//!
//! The faults of releases that users of other tools have reported, or that AWS documents, and the tests that play them:
//!
//! | | fault | played by |
//! |---|---|---|
//! | 1 | its tasks crash, and ECS counts none as failed | `a_version_that_crashes_goes_back` |
//! | 2 | its image cannot be pulled | `preflight::an_image_that_is_not_there…`, `stranded` (`image_pull`) |
//! | 3 | a rollback is reported as success | each test here that ends with `Outcome::RolledBack` |
//! | 4 | the old version is not well once it is back | `a_rollback_after_which_the_old_version_is_not_well_is_none` |
//! | 5 | a first deployment fails, with nothing to go back to | `preflight::a_service_that_was_never_well…`, `commands::a_first_version_that_never_came_up…` |
//! | 6 | the traffic is on a group without a healthy target | `preflight::rules_that_were_changed_by_hand_are_refused` |
//! | 7 | somebody resets the weights meanwhile | `weights_that_somebody_else_moves_hold_it_until_ecs_goes_back` |
//! | 8 | the target groups do not alternate | `a_good_version_takes_over_step_by_step`, twice in `it_goes_well_however_ecs_plays_it` |
//! | 9 | the rule does not lead to both groups | `preflight::rules_that_were…`, `ecs_own_words_are_shown_where_its_rule_is_wrong` |
//! | 10 | an alarm rings from the beginning | `preflight::an_alarm_that_rings…` |
//! | 11 | metrics and alarms cannot be read | `stranded` (`throttle`), `core: nothing_that_is_missing_promotes` |
//! | 12 | autoscaling has set another count | the sandbox's `somebody_else_writes_meanwhile`; a count of a service that scales is never wanted |
//! | 13 | a gate looks like a hang | `src/report/watch/tests.rs`: the next decision, and the time that the gate has left; `report::rollout: a_gate_says…`: hook, expiry and next commands in `status` |
//! | 14 | a long bake holds the pipeline | `whoever_leaves_at_a_gate_strands_nothing` |
//! | 15 | a task definition in use is deregistered | `a_version_that_went_back_is_not_deployed_again_by_itself` |
//! | 16 | a deployment is not listed yet | `stranded` (`stale`) |
//! | 17 | the strategy changes together with a version | `a_running_service_changes_its_way_of_deploying`: alone, and once nothing is deployed; `commands::ecs_own_words_are_shown_where_a_rolling_deployment_fails_by_a_hook` |
//! | 18 | there is no capacity | `a_command_without_room_is_asked_for_ever_more_slowly`, `tasks_without_room_take_the_version_back` |
//! | 19 | the controller is killed | `stranded` |
//! | 20 | a network load balancer takes ten minutes more a shift | `core: the_ten_minutes_of_a_network_load_balancer_are_no_standstill`; modules make none |

use crate::stand::{Applied, SPEED, Stand, fast, graph, stack};
use std::sync::Mutex;
use tokio::sync::watch;
use trueup::core::address::Pattern;
use trueup::core::event::{Event, Outcome};
use trueup::core::plan::{Action, Plan};
use trueup::core::planner::Policy;
use trueup::core::reason::Refusal;
use trueup::core::rollout::decide::{Hold, Order, State, Why};
use trueup::core::rollout::look::Look;
use trueup::core::rollout::release::Release;
use trueup::core::stack::Stack;
use trueup::engine::apply::Options;
use trueup::engine::events::Events;
use trueup::engine::rollout::conduct::End;
use trueup::ops;
use trueup::ops::plan::Wish;
use trueup::ops::session::Session;
use trueup::ops::stack::Loaded;
use trueup::pricing::catalog::Catalog;
use trueup::sandbox::rollouts::{RolloutFault, Rollouts, Traffic, Variants};
use trueup::sandbox::{Sandbox, Speed};

pub fn shop(version: &str, rollout: &str) -> Stack {
    service(version, &format!("port = 8080\n[service.web.rollout]\n{rollout}\n"))
}

pub fn service(version: &str, keys: &str) -> Stack {
    let network = "[network]\nnat = \"none\"";
    let text =
        format!("[stack]\nname = \"shop\"\nregion = \"eu-central-1\"\n{network}\n[service.web]\nimage = \"nginx:{version}\"\n{keys}");
    stack(&text, None, &[])
}

/// Ten hours are some seconds here: a machine that is busy may take one of them between two looks.
pub const CANARY: &str = "strategy = \"canary\"\ndwell_minutes = 5\nbake_minutes = 10\ngate_minutes = 600";

/// AWS forgets tasks an hour after they have stopped: that is six seconds here.
pub const PACE: f64 = 600.0;

/// A stack that is up, on an embedded AWS with traffic.
pub async fn up(rollout: &str, variants: Variants) -> (Stand, Sandbox) {
    up_with(&shop("1.0", rollout), variants).await
}

pub async fn up_with(old: &Stack, variants: Variants) -> (Stand, Sandbox) {
    let sandbox = fast();
    sandbox.set_speed(Speed::Times(PACE));
    sandbox.set_rollouts(Rollouts { traffic: traffic(), variants, ..Rollouts::default() }).unwrap();
    let stand = Stand::at(sandbox.clone(), old, PACE).await;
    stand.bring(&graph(old)).await;
    // There is something to compare with.
    sandbox.advance(std::time::Duration::from_secs(40 * 60)).unwrap();
    (stand, sandbox)
}

fn traffic() -> std::collections::BTreeMap<String, Traffic> {
    std::collections::BTreeMap::new()
}

pub fn strike(sandbox: &Sandbox, fault: &str, variants: Variants) {
    let faults = vec![fault.parse::<RolloutFault>().unwrap()];
    sandbox.set_rollouts(Rollouts { faults, traffic: traffic(), variants, ..Rollouts::default() }).unwrap();
}

pub async fn release(stand: &Stand, rollout: &str) -> Applied {
    release_of(stand, "2.0", rollout).await
}

pub async fn release_of(stand: &Stand, version: &str, rollout: &str) -> Applied {
    let new = shop(version, rollout);
    let plan = stand.plan_allowing(&graph(&new)).await;
    stand.apply(&plan).await
}

pub fn looks<'a>(applied: &'a Applied) -> Vec<&'a Look> {
    let look = |event: &'a Event| if let Event::RollingOut { look, .. } = event { Some(&**look) } else { None };
    applied.events.iter().filter_map(look).collect()
}

fn why(applied: &Applied) -> Option<&Why> {
    looks(applied).into_iter().find_map(|look| if let Some(Order::Rollback { why, .. }) = &look.decision.order { Some(why) } else { None })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_good_version_takes_over_step_by_step() {
    let (stand, _) = up(CANARY, Variants::default()).await;
    let applied = release(&stand, CANARY).await;
    assert_eq!(applied.outcome, Outcome::Complete, "{:#?}", applied.trouble());
    let weights = looks(&applied).iter().filter_map(|look| Some(look.green.as_ref()?.weight)).collect::<Vec<_>>();
    assert!(weights.is_sorted() && weights.contains(&10.0) && weights.last() == Some(&100.0), "{weights:?}");
    let told = looks(&applied).iter().filter(|look| matches!(look.decision.order, Some(Order::Continue { .. }))).count();
    assert!(told >= 3, "before the first share, after it, and after the bake: {told}");
    stand.settled(&graph(&shop("2.0", CANARY))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_crashes_goes_back() {
    let (stand, sandbox) = up(CANARY, Variants::default()).await;
    strike(&sandbox, "crash_loop:3", Variants::default());
    let applied = release(&stand, CANARY).await;
    assert_eq!(applied.outcome, Outcome::RolledBack, "{:#?}", applied.trouble());
    assert!(matches!(why(&applied), Some(Why::Crashes { tasks }) if tasks.len() >= 3), "{:?}", why(&applied));
    let last = looks(&applied).last().map(|look| look.decision.state.clone());
    assert_eq!(last, Some(State::RolledBack));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_answers_with_errors_goes_back() {
    let (stand, sandbox) = up(CANARY, Variants::default()).await;
    strike(&sandbox, "errors:20%", Variants::default());
    let applied = release(&stand, CANARY).await;
    assert_eq!(applied.outcome, Outcome::RolledBack, "{:#?}", applied.trouble());
    assert!(matches!(why(&applied), Some(Why::Worse { .. })), "{:?}", why(&applied));
    let told = why(&applied).unwrap().to_string();
    assert!(looks(&applied).last().is_some_and(|look| look.reason == told), "{:?}", looks(&applied).last());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reason_that_cannot_be_written_down_holds_no_rollback_up() {
    let (stand, sandbox) = up(CANARY, Variants::default()).await;
    strike(&sandbox, "errors:20%", Variants::default());
    sandbox.set_faults(vec!["deny:ecs.TagResource".parse().unwrap()]);
    let applied = release(&stand, CANARY).await;
    assert_eq!(applied.outcome, Outcome::RolledBack, "{:#?}", applied.trouble());
    assert!(looks(&applied).last().is_some_and(|look| !look.reason.contains("requests failed")), "{:?}", looks(&applied).last());
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_leaves_at_a_gate_strands_nothing() {
    let (stand, sandbox) = up(CANARY, Variants::default()).await;
    let new = shop("2.0", CANARY);
    let plan = stand.plan_allowing(&graph(&new)).await;
    let (leave, cancel) = watch::channel(false);
    let watching = |event: &Event| {
        if let Event::RollingOut { look, .. } = event
            && look.gate.is_some()
        {
            leave.send_replace(true);
        }
    };
    let applied = stand.apply_watched(&plan, &Options::new(8, cancel), watching).await;
    assert_eq!(applied.outcome, Outcome::Interrupted, "{:#?}", applied.trouble());
    // Nobody comes: ECS goes back when the gate's time is over.
    sandbox.advance(std::time::Duration::from_secs(12 * 3600)).unwrap();
    let plan = stand.plan_allowing(&graph(&new)).await;
    let fields = plan.changes.iter().flat_map(|change| &change.fields).map(|field| field.field.to_string()).collect::<Vec<_>>();
    assert!(fields.contains(&"task_definition_arn".to_owned()), "{fields:?}");
    // Whoever tries again gets through.
    let applied = stand.apply(&plan).await;
    assert_eq!(applied.outcome, Outcome::Complete, "{:#?}", applied.trouble());
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_run_once_for_a_version_and_a_failing_one_moves_no_traffic() {
    let commands = |expand: &str| format!("{CANARY}\n[service.web.rollout.migrate]\nexpand = [\"{expand}\"]\ncontract = [\"true\"]");
    let (stand, sandbox) = up(CANARY, Variants::default()).await;
    let ran = || sandbox.call_counts().get("ecs.RunTask").copied().unwrap_or(0);
    let failed = release(&stand, &commands("false")).await;
    assert_eq!(failed.outcome, Outcome::Partial);
    assert!(format!("{:?}", failed.trouble()).contains("no traffic has moved"), "{:#?}", failed.trouble());
    assert_eq!(ran(), 1);
    assert!(looks(&failed).iter().all(|look| look.deployment.is_none()), "{:#?}", looks(&failed));
    // The same version is not tried again by itself: nobody knows what the command has done.
    assert_eq!((release(&stand, &commands("false")).await.outcome, ran()), (Outcome::Partial, 1));

    // A dry run that fails is the end of it.
    let tried = |dry_run: &str| format!("{}\ndry_run = [\"{dry_run}\"]", commands("true"));
    let failed = release_of(&stand, "2.5", &tried("false")).await;
    assert_eq!((failed.outcome, ran()), (Outcome::Partial, 2));
    assert!(format!("{:?}", failed.trouble()).contains("the dry run"), "{:#?}", failed.trouble());
    // One that takes too long is stopped, and the key that allows it more is named.
    let slow = format!("{}\nminutes = 1", commands("sleep 300"));
    let failed = release_of(&stand, "2.7", &slow).await;
    assert_eq!((failed.outcome, ran()), (Outcome::Partial, 3));
    let told = format!("{:?}", failed.trouble());
    assert!(told.contains("after 1 min: `minutes` in [service.web.rollout.migrate]"), "{told}");
    assert_eq!((release_of(&stand, "2.6", &tried("true")).await.outcome, ran()), (Outcome::Complete, 6));

    let new = shop("3.0", &commands("true"));
    let plan = stand.plan_allowing(&graph(&new)).await;
    let applied = stand.apply(&plan).await;
    assert_eq!((applied.outcome, ran()), (Outcome::Complete, 8), "{:#?}", applied.trouble());
    stand.settled(&graph(&new)).await;
    assert_eq!(ran(), 8);
}

/// ECS's documents leave some of its rules open: whichever way they are, a good version takes over and a bad one goes back.
#[tokio::test(flavor = "multi_thread")]
async fn it_goes_well_however_ecs_plays_it() {
    let mut running = tokio::task::JoinSet::new();
    for variants in Variants::all().step_by(7) {
        running.spawn(async move {
            let (stand, sandbox) = up(CANARY, variants).await;
            strike(&sandbox, "errors:30%", variants);
            let bad = release(&stand, CANARY).await;
            assert_eq!(bad.outcome, Outcome::RolledBack, "{variants:?}: {:#?}", bad.trouble());
            sandbox.set_rollouts(Rollouts { variants, ..Rollouts::default() }).unwrap();
            let new = shop("3.0", CANARY);
            let good = stand.apply(&stand.plan_allowing(&graph(&new)).await).await;
            assert_eq!(good.outcome, Outcome::Complete, "{variants:?}: {:#?}", good.trouble());
        });
    }
    running.join_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn equal_shares_and_all_at_once_take_over_as_well() {
    for rollout in [
        "strategy = \"linear\"\npercent = 25\ndwell_minutes = 3\nbake_minutes = 3\ngate_minutes = 600",
        "strategy = \"all-at-once\"\nbake_minutes = 6\ngate_minutes = 600",
    ] {
        let (stand, _) = up(rollout, Variants::default()).await;
        let applied = release(&stand, rollout).await;
        assert_eq!(applied.outcome, Outcome::Complete, "{rollout}: {:#?}", applied.trouble());
        stand.settled(&graph(&shop("2.0", rollout))).await;
    }
}

/// An apply that is watched from its first gate on, and left there.
async fn left_at_a_gate(stand: &Stand, new: &Stack) -> Applied {
    let plan = stand.plan_allowing(&graph(new)).await;
    let (leave, cancel) = watch::channel(false);
    let watching = |event: &Event| {
        if let Event::RollingOut { look, .. } = event
            && look.gate.is_some()
        {
            leave.send_replace(true);
        }
    };
    stand.apply_watched(&plan, &Options::new(8, cancel), watching).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_apply_takes_over_from_one_that_was_killed_at_a_gate() {
    let (stand, _) = up(CANARY, Variants::default()).await;
    let new = shop("2.0", CANARY);
    assert_eq!(left_at_a_gate(&stand, &new).await.outcome, Outcome::Interrupted);
    let plan = stand.plan_allowing(&graph(&new)).await;
    let summary = trueup::report::plan::summary(&plan, 0);
    assert!(summary.contains(" 1 to wait for, "), "{summary}");
    let applied = stand.apply(&plan).await;
    assert_eq!(applied.outcome, Outcome::Complete, "{:#?}", applied.trouble());
    assert_eq!(looks(&applied).last().map(|look| look.decision.state.clone()), Some(State::Promoted));
    let words = trueup::report::progress::plain(&applied.events, PACE, trueup::report::progress::Sort::Apply).pop().unwrap_or_default();
    assert!(words.contains("1 rollout brought to its end"), "{words}");
    stand.settled(&graph(&new)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_deployment_of_somebody_else_is_not_pushed_aside() {
    let (stand, _) = up(CANARY, Variants::default()).await;
    let plan = stand.plan_allowing(&graph(&shop("3.0", CANARY))).await;
    assert_eq!(left_at_a_gate(&stand, &shop("2.0", CANARY)).await.outcome, Outcome::Interrupted);
    // What was planned before the other began is not begun beside it.
    let applied = stand.apply(&plan).await;
    assert_eq!(applied.outcome, Outcome::Partial);
    let trouble = format!("{:?}", applied.trouble());
    assert!(trouble.contains("LIVE001") && trouble.contains("task_definition_arn"), "{:#?}", applied.trouble());
}

/// A server that answers each request by its path, and tells who asked.
async fn server(answer: fn(&str) -> (u16, &'static str)) -> (std::net::SocketAddr, std::sync::Arc<std::sync::Mutex<Vec<String>>>) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let heard = std::sync::Arc::<std::sync::Mutex<Vec<String>>>::default();
    let kept = heard.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut bytes = vec![0; 8192];
            let read = stream.read(&mut bytes).await.unwrap_or(0);
            let head = String::from_utf8_lossy(&bytes[..read]).into_owned();
            let (status, body) = answer(head.split(' ').nth(1).unwrap_or_default());
            kept.lock().unwrap().push(head);
            let reply = format!(
                "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            );
            let _ = stream.write_all(reply.as_bytes()).await;
        }
    });
    (address, heard)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_version_is_checked_before_it_gets_traffic() {
    let rollout = format!(
        "{CANARY}\nnotify = {{ webhook = \"https://example.com/hook\" }}\n[[service.web.rollout.smoke]]\npath = \"/health\"\njson = {{ \"$.state\" = \"ready\" }}"
    );
    let (stand, _) = up(&rollout, Variants::default()).await;
    for (version, good) in [("2.0", true), ("3.0", false)] {
        let (address, heard) = server(if good { |_| (200, "{\"state\": \"ready\"}") } else { |_| (500, "{}") }).await;
        let plan = stand.plan_allowing(&graph(&shop(version, &rollout))).await;
        let via = vec![format!("web={address}").parse().unwrap()];
        let applied = stand.apply_with(&plan, &Options { via, ..Options::new(8, watch::channel(false).1) }).await;
        assert_eq!(applied.outcome, if good { Outcome::Complete } else { Outcome::RolledBack }, "{:#?}", applied.trouble());
        let heard = heard.lock().unwrap().clone();
        assert!(heard.len() == 1 && heard[0].starts_with("GET /health ") && heard[0].contains("x-trueup-test: 1"), "{heard:?}");
        let most = looks(&applied).iter().filter_map(|look| Some(look.green.as_ref()?.weight)).fold(0.0, f64::max);
        assert!(good || most == 0.0, "it had {most} % of the traffic");
        assert!(good || matches!(why(&applied), Some(Why::Smoke { check, .. }) if check == "GET /health"), "{:?}", why(&applied));
        // Nobody outside hears of what is played.
        let notes =
            applied.events.iter().filter(|event| matches!(event, Event::Noted { note, .. } if note.contains("would be told"))).count();
        assert!(notes >= 2, "{:#?}", applied.events);
    }
}

/// The rule leads to one group alone by the time that ECS looks: it goes back, and its own words are what people read.
#[tokio::test(flavor = "multi_thread")]
async fn ecs_own_words_are_shown_where_its_rule_is_wrong() {
    let (stand, sandbox) = up(CANARY, Variants::default()).await;
    let plan = stand.plan_allowing(&graph(&shop("2.0", CANARY))).await;
    let change = |world: &mut trueup::sandbox::world::World| {
        let rules = world.tables.get_mut("eu-central-1/elbv2.rule").unwrap().values_mut();
        let groups = rules.filter_map(|rule| rule.pointer_mut("/Actions/0/ForwardConfig/TargetGroups")?.as_array_mut());
        groups.filter(|groups| groups.len() == 2).for_each(|groups| groups.retain(|group| group["Weight"] != 0));
    };
    sandbox.change(change).unwrap();
    let applied = stand.apply(&plan).await;
    assert_eq!(applied.outcome, Outcome::RolledBack, "{:#?}", applied.trouble());
    let said = "Both targetGroup and alternateTargetGroup must be associated with the productionListenerRule or testListenerRule.";
    assert!(format!("{:?}", applied.trouble()).contains(said), "{:#?}", applied.trouble());
}

/// The health check of the groups changed with the version, and what is back answers it no more.
#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_after_which_the_old_version_is_not_well_is_none() {
    let (stand, sandbox) = up(CANARY, Variants::default()).await;
    let old = sandbox.look(|world| world.tables["eu-central-1/ecs.service_revision"].keys().cloned().collect::<Vec<_>>());
    strike(&sandbox, "errors:20%", Variants::default());
    let plan = stand.plan_allowing(&graph(&shop("2.0", CANARY))).await;
    let fail = |world: &mut trueup::sandbox::world::World| {
        let revisions = world.tables.get_mut("eu-central-1/ecs.service_revision").unwrap();
        old.iter().for_each(|one| revisions.get_mut(one).unwrap()["_faults"] = serde_json::json!(["unhealthy"]));
        let unhealthy = serde_json::json!({ "State": "unhealthy", "Reason": "Target.ResponseCodeMismatch" });
        world.tables.get_mut("eu-central-1/elbv2.target").unwrap().values_mut().for_each(|row| row["TargetHealth"] = unhealthy.clone());
    };
    let watching = |event: &Event| {
        if let Event::RollingOut { look, .. } = event
            && look.decision.state == State::RollingBack
        {
            sandbox.change(fail).unwrap();
        }
    };
    let applied = stand.apply_watched(&plan, &Options::new(8, watch::channel(false).1), watching).await;
    assert_eq!(applied.outcome, Outcome::Partial, "{:#?}", applied.trouble());
    assert!(format!("{:?}", applied.trouble()).contains("it went back, and the old version is not well"), "{:#?}", applied.trouble());
    assert_eq!(looks(&applied).last().map(|look| look.decision.state.clone()), Some(State::RollbackFailed));
}

#[tokio::test(flavor = "multi_thread")]
async fn weights_that_somebody_else_moves_hold_it_until_ecs_goes_back() {
    let rollout = CANARY.replace("600", "60");
    let (stand, sandbox) = up(&rollout, Variants::default()).await;
    strike(&sandbox, "external_writer:weights@POST_PRODUCTION_TRAFFIC_SHIFT", Variants::default());
    let applied = release(&stand, &rollout).await;
    assert_eq!(applied.outcome, Outcome::RolledBack, "{:#?}", applied.trouble());
    let held =
        |look: &&&Look| look.decision.holds.iter().any(|hold| matches!(hold, Hold::WeightsDiffer { wanted: 100.0, live: Some(0.0), .. }));
    let held = looks(&applied).iter().filter(held).map(|look| look.decision.order.clone()).collect::<Vec<_>>();
    assert!(held.len() > 3 && held.iter().all(Option::is_none), "{held:?}");
    let told = format!("{:?}", applied.trouble());
    assert!(told.contains("before the gate closed") && told.contains("the rules give it 0 % of the traffic, and ECS 100 %"), "{told}");
}

/// AWS names the revision of the deployment that was pushed aside as well, and that has never had the traffic.
#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_begun_while_another_is_under_way_is_compared_with_the_version_that_runs() {
    use trueup::ops::rollout::{find, live, look};
    let (stand, sandbox) = up(CANARY, Variants::default()).await;
    strike(&sandbox, "external_writer:update", Variants::default());
    let applied = release(&stand, CANARY).await;
    assert!(format!("{:?}", applied.trouble()).contains("Superseded"), "{:#?}", applied.trouble());
    let pushed_aside = looks(&applied).last().unwrap().blue.clone().unwrap();
    let new = shop("2.0", CANARY);
    let loaded = Loaded { graph: graph(&new), stack: new.clone() };
    let seen = look(&stand, &live(&stand, find(&loaded, Some("web")).unwrap()).await.unwrap()).await.unwrap();
    let (blue, green) = (seen.blue.unwrap(), seen.green.unwrap());
    assert_eq!(blue.task_definition, pushed_aside.task_definition, "the first version");
    assert!(blue.running > 0 && blue.group != green.group, "{blue:?} {green:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn health_that_nobody_may_read_is_not_said_to_be_bad() {
    let (stand, sandbox) = up(CANARY, Variants::default()).await;
    strike(&sandbox, "crash_loop:1", Variants::default());
    sandbox.set_faults(vec!["deny:elbv2.DescribeTargetHealth".parse().unwrap()]);
    let applied = release(&stand, CANARY).await;
    let says = format!("{:?}", applied.trouble());
    assert!(says.contains("RollbackUnseen") && says.contains("DescribeTargetHealth was denied"), "{says}");
    assert!(!says.contains("not well"), "{says}");
}

/// ECS names the hook whose time was up, and people want to know what held it.
#[tokio::test(flavor = "multi_thread")]
async fn a_gate_whose_time_is_up_says_what_held_it() {
    use trueup::ops::rollout::{find, live, look};
    let checked = format!("{CANARY}\n[[service.web.rollout.smoke]]\npath = \"/health\"");
    for (rollout, fault, paused, wanted) in [
        (CANARY, None, true, "somebody has paused it"),
        (CANARY, Some("deny:cloudwatch.GetMetricData"), false, "cloudwatch.GetMetricData was denied"),
        (CANARY, Some("deny:elbv2.DescribeRules"), false, "the rules could not be read: elasticloadbalancing.DescribeRules was denied"),
        (CANARY, Some("throttle:elbv2.DescribeTargetHealth:always"), false, "elasticloadbalancing.DescribeTargetHealth was throttled"),
        (&checked, None, false, "the check `GET /health` was not answered: "),
    ] {
        let (stand, sandbox) = up(rollout, Variants::default()).await;
        let new = shop("2.0", rollout);
        let plan = stand.plan_allowing(&graph(&new)).await;
        let loaded = Loaded { graph: graph(&new), stack: new.clone() };
        let node = find(&loaded, Some("web")).unwrap();
        if paused {
            let arn = live(&stand, node).await.unwrap().arn;
            trueup::engine::rollout::conduct::pause(&stand.aws, &arn).await.unwrap();
        }
        sandbox.set_faults(fault.iter().map(|fault| fault.parse().unwrap()).collect());
        let holds = |look: &Look| look.decision.holds.iter().any(|hold| hold.to_string().contains(wanted));
        // The gate is open for ten hours, and it is of no use to wait for them.
        let watching = |event: &Event| {
            if let Event::RollingOut { look, .. } = event
                && look.gate.is_some()
                && holds(look)
            {
                sandbox.advance(std::time::Duration::from_secs(11 * 3600)).unwrap();
            }
        };
        let via = vec!["web=127.0.0.1:1".parse().unwrap()];
        let options = Options { via, ..Options::new(8, watch::channel(false).1) };
        let applied = stand.apply_watched(&plan, &options, watching).await;
        let told = format!("{:?}", applied.trouble());
        // Who cannot read the rules cannot say either that the old version is well again.
        let blind = fault.is_some_and(|fault| fault.contains("elbv2"));
        assert_eq!(applied.outcome, if blind { Outcome::Partial } else { Outcome::RolledBack }, "{wanted}: {told}");
        assert!(told.contains("nobody told ECS to go on before the gate closed") && told.contains(wanted), "{wanted}: {told}");
        // Whoever asks later, from anywhere, reads the same.
        sandbox.set_faults(Vec::new());
        let later = look(&stand, &live(&stand, node).await.unwrap()).await.unwrap();
        assert!(later.reason.contains("before the gate closed") && later.reason.contains(wanted), "{wanted}: {}", later.reason);
    }
}

/// ECS's circuit breaker says that tasks failed, and the tasks say why.
#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_goes_back_by_itself_shows_what_its_tasks_died_of() {
    const ALONE: &str = "port = 8080\nbake_minutes = 240\n";
    let canary = format!("port = 8080\n[service.web.rollout]\n{CANARY}\n");
    for (keys, fault, wanted) in [
        (canary.as_str(), "image_pull", "CannotPullContainerError"),
        (&canary, "unhealthy", "failed ELB health checks"),
        (ALONE, "image_pull", "CannotPullContainerError"),
        ("", "unhealthy", "failed container health checks"),
    ] {
        let (stand, sandbox) = up_with(&service("1.0", keys), Variants::default()).await;
        strike(&sandbox, fault, Variants::default());
        let new = service("2.0", keys);
        let applied = stand.apply(&stand.plan_allowing(&graph(&new)).await).await;
        let told = format!("{:?}", applied.trouble());
        assert_eq!(applied.outcome, Outcome::RolledBack, "{keys} {fault}: {told}");
        assert!(told.contains("stopped by themselves") && told.contains(wanted), "{keys} {fault}: {told}");
        let loaded = Loaded { graph: graph(&new), stack: new };
        let wish = Wish { policy: Policy::default(), accepted: None, catalog: Catalog::embedded() };
        let plan = stand.draft(&loaded, &wish, &Events::new(|_| {})).await.unwrap().0;
        let [Refusal::RolledBack { reason, .. }] = plan.refusals.as_slice() else { panic!("{:?}", plan.refusals) };
        assert!(reason.contains(wanted), "{keys} {fault}: {reason}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_without_room_is_asked_for_ever_more_slowly() {
    let commands = format!("{CANARY}\n[service.web.rollout.migrate]\nexpand = [\"true\"]");
    let (stand, sandbox) = up(CANARY, Variants::default()).await;
    let asked = || sandbox.call_counts().get("ecs.RunTask").copied().unwrap_or(0);
    strike(&sandbox, "capacity", Variants::default());
    let failed = release(&stand, &commands).await;
    assert_eq!((failed.outcome, asked()), (Outcome::Partial, 9), "{:#?}", failed.trouble());
    assert!(format!("{:?}", failed.trouble()).contains("the command's task was not placed: "), "{:#?}", failed.trouble());
    assert!(looks(&failed).iter().all(|look| look.deployment.is_none()), "no traffic has moved");

    // There is room after a while: it runs once, and the version takes over.
    let tries = Mutex::new(0);
    let watching = |event: &Event| {
        if let Event::RollingOut { look, .. } = event
            && matches!(look.decision.order, Some(Order::Expand))
        {
            let mut tries = tries.lock().unwrap();
            *tries += 1;
            if *tries == 3 {
                sandbox.set_rollouts(Rollouts::default()).unwrap();
            }
        }
    };
    let plan = stand.plan_allowing(&graph(&shop("2.0", &commands))).await;
    let applied = stand.apply_watched(&plan, &Options::new(8, watch::channel(false).1), watching).await;
    assert_eq!((applied.outcome, asked()), (Outcome::Complete, 12), "{:#?}", applied.trouble());
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_without_room_take_the_version_back() {
    let (stand, sandbox) = up(CANARY, Variants::default()).await;
    strike(&sandbox, "capacity", Variants::default());
    let applied = release(&stand, CANARY).await;
    assert_eq!(applied.outcome, Outcome::RolledBack, "{:#?}", applied.trouble());
    assert!(matches!(why(&applied), Some(Why::NoProgress { minutes: 10, running: 0, .. })), "{:?}", why(&applied));
}

fn refusals(plan: &trueup::ops::plan::Planned) -> Vec<&str> {
    plan.refusals.iter().map(Refusal::code).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_is_not_planned_over_another_one_that_is_on_its_way() {
    let (stand, _) = up(CANARY, Variants::default()).await;
    assert_eq!(left_at_a_gate(&stand, &shop("2.0", CANARY)).await.outcome, Outcome::Interrupted);
    assert_eq!(refusals(&stand.plan_allowing(&graph(&shop("3.0", CANARY))).await), ["PLAN014"]);
    assert_eq!(refusals(&stand.plan_allowing(&graph(&shop("2.0", CANARY))).await), [""; 0]);
}

/// A rolling service gets a rollout in steps, and gives it up again: each way ECS takes two calls, and nothing is refused.
#[tokio::test(flavor = "multi_thread")]
async fn a_running_service_changes_its_way_of_deploying() {
    let text = |version: &str, rest: &str| {
        let head = "[stack]\nname = \"shop\"\nregion = \"eu-central-1\"\n[network]\nnat = \"none\"\n[service.web]\nport = 8080\n";
        stack(&format!("{head}image = \"nginx:{version}\"\n{rest}"), None, &[])
    };
    let rolling = "deployment = \"rolling\"\n";
    let canary = format!("[service.web.rollout]\n{CANARY}\n[service.web.rollout.migrate]\nexpand = [\"true\"]\ncontract = [\"true\"]\n");
    // One without a pair, as other tools make it: the pair has to come before the strategy.
    let alone = "deployment = \"rolling\"\n[override.\"service.web.service\"]\nload_balancers = [{ target_group_arn = \"${service.web.target-group.blue.arn}\", container_name = \"app\", container_port = 8080 }]\n";
    let sandbox = fast();
    sandbox.set_speed(Speed::Times(SPEED));
    let first = text("1.0", alone);
    let stand = Stand::over(sandbox.clone(), &first).await;
    stand.bring(&graph(&first)).await;
    sandbox.advance(std::time::Duration::from_secs(40 * 60)).unwrap();
    for (version, rest) in [("1.0", canary.as_str()), ("2.0", &canary), ("2.0", rolling), ("3.0", &canary), ("4.0", ""), ("5.0", rolling)] {
        let new = text(version, rest);
        let plan = stand.plan_allowing(&graph(&new)).await;
        let applied = stand.apply(&plan).await;
        assert_eq!(applied.outcome, Outcome::Complete, "{version} {rest}: {:#?}", applied.trouble());
        stand.settled(&graph(&new)).await;
    }
    // Each version that came with the table had its two commands.
    assert_eq!(sandbox.call_counts().get("ecs.RunTask").copied(), Some(4));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_is_owed_is_run_by_the_next_apply() {
    let commands = format!("{CANARY}\n[service.web.rollout.migrate]\ncontract = [\"true\"]");
    let (stand, sandbox) = up(&commands, Variants::default()).await;
    let ran = || sandbox.call_counts().get("ecs.RunTask").copied().unwrap_or(0);
    let (before, new) = (ran(), shop("2.0", &commands));
    let plan = stand.plan_allowing(&graph(&new)).await;
    let (leave, cancel) = watch::channel(false);
    let watching = |event: &Event| {
        if let Event::RollingOut { look, .. } = event
            && look.decision.state == State::Baking
            && matches!(look.decision.order, Some(Order::Continue { .. }))
        {
            leave.send_replace(true);
        }
    };
    let applied = stand.apply_watched(&plan, &Options::new(8, cancel), watching).await;
    assert_eq!((applied.outcome, ran()), (Outcome::Interrupted, before), "{:#?}", applied.trouble());
    sandbox.advance(std::time::Duration::from_secs(3600)).unwrap();
    let plan = stand.plan_allowing(&graph(&new)).await;
    assert!(crate::stand::text(&plan).contains("runs the command after the new version"), "{}", crate::stand::text(&plan));
    let applied = stand.apply(&plan).await;
    assert_eq!((applied.outcome, ran()), (Outcome::Complete, before + 1), "{:#?}", applied.trouble());
    stand.settled(&graph(&new)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_table_ecs_goes_on_by_itself_and_a_bad_version_is_taken_back() {
    const ALONE: &str = "port = 8080\nbake_minutes = 240\n";
    const WORKER: &str = "";
    const ROLLING: &str = "port = 8080\n[service.web.rollout]\nstrategy = \"rolling\"\n";
    for (keys, fault) in [
        (ALONE, None),
        (WORKER, None),
        (ALONE, Some("errors:20%")),
        (ALONE, Some("crash_loop")),
        (WORKER, Some("crash_loop")),
        (ROLLING, Some("crash_loop")),
        (ROLLING, Some("image_pull")),
    ] {
        let (stand, sandbox) = up_with(&service("1.0", keys), Variants::default()).await;
        if let Some(fault) = fault {
            strike(&sandbox, fault, Variants::default());
        }
        let new = service("2.0", keys);
        let applied = stand.apply(&stand.plan_allowing(&graph(&new)).await).await;
        let wanted = if fault.is_some() { Outcome::RolledBack } else { Outcome::Complete };
        assert_eq!(applied.outcome, wanted, "{keys} {fault:?}: {:#?}", applied.trouble());
        assert!(looks(&applied).iter().all(|look| !matches!(look.decision.order, Some(Order::Continue { .. }))), "it waits for nobody");
        if fault == Some("errors:20%") {
            assert!(matches!(why(&applied), Some(Why::Worse { .. })), "{:?}", why(&applied));
        }
        if fault.is_none() {
            stand.settled(&graph(&new)).await;
        } else {
            let loaded = Loaded { graph: graph(&new), stack: new };
            let wish = Wish { policy: Policy::default(), accepted: None, catalog: Catalog::embedded() };
            let plan = stand.draft(&loaded, &wish, &Events::new(|_| {})).await.unwrap().0;
            assert!(matches!(plan.refusals.as_slice(), [Refusal::RolledBack { .. }]), "{keys} {fault:?}: {:?}", plan.refusals);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_went_back_is_not_deployed_again_by_itself() {
    let (stand, sandbox) = up(CANARY, Variants::default()).await;
    strike(&sandbox, "errors:20%", Variants::default());
    assert_eq!(release(&stand, CANARY).await.outcome, Outcome::RolledBack);
    sandbox.set_rollouts(Rollouts::default()).unwrap();
    let planned = async |version: &str, retry: &[&str]| {
        let new = shop(version, CANARY);
        let loaded = Loaded { graph: graph(&new), stack: new };
        let retry = retry.iter().map(|text| Pattern::parse(text).unwrap()).collect();
        let allow_delete = vec![Pattern::parse("*").unwrap()];
        let policy = Policy { retry, allow_delete, ..Policy::default() };
        let wish = Wish { policy, accepted: None, catalog: Catalog::embedded() };
        stand.draft(&loaded, &wish, &Events::new(|_| {})).await.unwrap().0
    };
    let plan = planned("2.0", &[]).await;
    let [Refusal::RolledBack { address, reason, .. }] = plan.refusals.as_slice() else { panic!("{:?}", plan.refusals) };
    assert!(reason.contains("requests failed"), "the finding, and not AWS's word for it: {reason}");
    assert_eq!((address.as_str(), plan.refusals[0].code()), ("service.web.service", "PLAN013"));
    assert_eq!(planned("2.0", &["service.web.*"]).await.refusals, []);
    // The difference is that to what runs, also where the newest revision is another.
    let images = |plan: &Plan, kind: &str| {
        let fields = plan.changes.iter().filter(|change| change.kind == kind).flat_map(|change| &change.fields);
        let fields = fields.filter(|field| field.field == "containers");
        fields.map(|field| [&field.before, &field.after].map(|value| value[0]["image"].clone())).collect::<Vec<_>>()
    };
    assert_eq!(images(&plan, "ecs.service"), [["nginx:1.0", "nginx:2.0"]]);
    assert_eq!(images(&planned("3.0", &[]).await, "ecs.task_definition"), [["nginx:1.0", "nginx:3.0"]]);
    assert!(images(&planned("1.0", &[]).await, "ecs.task_definition").is_empty());
    // Any other version may come, the old one as well; and no revision is taken away that tasks may run.
    for version in ["3.0", "1.0"] {
        let plan = planned(version, &[]).await;
        assert_eq!(plan.refusals, [], "{version}");
        assert!(!plan.changes.iter().any(|change| change.action == Action::Delete), "{:#?}", plan.changes);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_taken_over_is_taken_back_by_the_version_before() {
    use trueup::ops::rollout::{Back, find, live, rollback, watch as decide_on};
    let (stand, _) = up(CANARY, Variants::default()).await;
    assert_eq!(release(&stand, CANARY).await.outcome, Outcome::Complete);
    let new = shop("2.0", CANARY);
    let loaded = Loaded { graph: graph(&new), stack: new };
    let found = async || live(&stand, find(&loaded, None).unwrap()).await.unwrap();
    let now = found().await;
    assert!(rollback(&stand, &now, Some("web:99"), false).await.unwrap_err().to_string().contains("no earlier version `web:99`"));
    let Back::Again(old) = rollback(&stand, &now, None, false).await.unwrap() else { panic!("no rollout is under way") };
    let end = decide_on(&stand, &now.back_to(&stand, old.clone()), watch::channel(false).1, |_| {}, |_| {}).await.unwrap();
    assert!(matches!(&end, End::Reached(look) if look.decision.state == State::Promoted), "{end:?}");
    assert_eq!(found().await.subject.spec.task_definition_arn, old);
    // The file still asks for the version from which somebody went back.
    let wish = Wish { policy: Policy::default(), accepted: None, catalog: Catalog::embedded() };
    let plan = stand.draft(&loaded, &wish, &Events::new(|_| {})).await.unwrap().0;
    let [Refusal::RolledBack { reason, .. }] = plan.refusals.as_slice() else { panic!("{:?}", plan.refusals) };
    let by_hand = format!("went back to {} by hand", old.rsplit('/').next().unwrap_or_default());
    assert!(reason.contains(&stand.caller) && reason.ends_with(&by_hand), "who, and how: {reason}");
    // Twice back is where one was before that.
    let Back::Again(again) = rollback(&stand, &found().await, None, false).await.unwrap() else { panic!("no rollout is under way") };
    assert_ne!(again, old);
}

/// Whoever asks for the way back while somebody is on it does not turn him round.
#[tokio::test(flavor = "multi_thread")]
async fn who_goes_back_while_somebody_goes_back_joins_him() {
    use trueup::ops::rollout::{Back, find, live, rollback, watch as decide_on};
    let (stand, _) = up(CANARY, Variants::default()).await;
    assert_eq!(release(&stand, CANARY).await.outcome, Outcome::Complete);
    let new = shop("2.0", CANARY);
    let loaded = Loaded { graph: graph(&new), stack: new };
    let found = async || live(&stand, find(&loaded, None).unwrap()).await.unwrap();
    let Back::Again(old) = rollback(&stand, &found().await, None, false).await.unwrap() else { panic!("no rollout is under way") };
    let (leave, cancel) = watch::channel(false);
    let hear = |look: &Look| {
        if look.deployment.is_some() {
            leave.send_replace(true);
        }
    };
    let left = decide_on(&stand, &found().await.back_to(&stand, old.clone()), cancel, hear, |_| {}).await.unwrap();
    assert!(matches!(left, End::Left(_)), "{left:?}");
    let now = found().await;
    assert_eq!(rollback(&stand, &now, None, false).await.unwrap(), Back::Joined(old.clone()));
    assert!(rollback(&stand, &now, Some("1000"), false).await.unwrap_err().to_string().contains("on its way back"));
    // The plan speaks of the deployment alone, and of no weights.
    let wish = Wish { policy: Policy::default(), accepted: None, catalog: Catalog::embedded() };
    let other = Loaded { graph: graph(&shop("3.0", CANARY)), stack: shop("3.0", CANARY) };
    let session: &Session = &stand;
    let plan = session.plan(&other, &wish, &Events::new(|_| {})).await.unwrap();
    assert!(matches!(plan.refusals.as_slice(), [Refusal::Deploying { .. }]), "{:?}", plan.refusals);
    let end = decide_on(&stand, &now.joined(old.clone()), watch::channel(false).1, |_| {}, |_| {}).await.unwrap();
    assert!(matches!(&end, End::Reached(look) if look.decision.state == State::Promoted), "{end:?}");
    assert_eq!(found().await.subject.spec.task_definition_arn, old);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_is_recalled_as_it_was_watched() {
    let (stand, sandbox) = up(CANARY, Variants::default()).await;
    strike(&sandbox, "errors:20%", Variants::default());
    let applied = release(&stand, CANARY).await;
    assert_eq!(applied.outcome, Outcome::RolledBack, "{:#?}", applied.trouble());
    let wanted = graph(&shop("2.0", CANARY));
    let node = wanted.nodes().find(|node| node.rollout.is_some()).unwrap();
    let live = ops::rollout::live(&stand, node).await.unwrap();
    let mut watched = Release::new(ops::rollout::of(&stand, "web"), live.subject.policy.clone());
    looks(&applied).into_iter().for_each(|look| watched.take(look));
    assert_eq!(watched.result, Some(State::RolledBack));
    assert!(watched.minutes.iter().any(|minute| minute.green.known().is_some_and(|green| green.errors > 0)), "{:?}", watched.minutes);
    assert!(watched.images().iter().any(|image| image.image == "nginx:2.0"), "{:?}", watched.green);
    assert!(watched.of.caller.starts_with("arn:"), "{:?}", watched.of);

    let recalled = ops::rollout::recall(&stand, &live, node, None).await.unwrap();
    let states = |release: &Release| release.phases.iter().map(|phase| phase.state.clone()).collect::<Vec<_>>();
    assert_eq!((&recalled.result, &recalled.deployment, &recalled.why), (&watched.result, &watched.deployment, &watched.why));
    assert_eq!(states(&recalled), states(&watched));
    assert!(recalled.minutes.len() >= watched.minutes.len());

    let unknown = ops::rollout::recall(&stand, &live, node, Some("arn:none")).await.unwrap_err();
    assert!(unknown.to_string().contains("AWS knows no deployment `arn:none`"), "{unknown}");
    // Whoever lists them reads why each went back.
    let past = ops::rollout::past(&stand, &live).await.unwrap();
    assert!(past[0].reason.contains("requests failed") && !past[0].live && past[1].live, "{past:?}");
    // The one before it is over, and what is live is not its own any more.
    let before = ops::rollout::past(&stand, &live).await.unwrap().last().map(|past| past.deployment.clone()).unwrap();
    let first = ops::rollout::recall(&stand, &live, node, Some(&before)).await.unwrap();
    assert_eq!((first.deployment, first.result), (Some(before), Some(State::Promoted)));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_takes_over_goes_on_and_says_what_nobody_saw() {
    let (stand, _) = up(CANARY, Variants::default()).await;
    assert_eq!(left_at_a_gate(&stand, &shop("2.0", CANARY)).await.outcome, Outcome::Interrupted);
    let wanted = graph(&shop("2.0", CANARY));
    let node = wanted.nodes().find(|node| node.rollout.is_some()).unwrap();
    let live = ops::rollout::live(&stand, node).await.unwrap();
    let record = Mutex::new(Release::new(ops::rollout::of(&stand, "web"), live.subject.policy.clone()));
    let (_stay, cancel) = watch::channel(false);
    let end = ops::rollout::watch(&stand, &live, cancel, |look| record.lock().unwrap().take(look), |_| {}).await.unwrap();
    assert!(matches!(&end, End::Reached(look) if look.decision.state == State::Promoted), "{end:?}");
    let release = record.into_inner().unwrap();
    assert_eq!((release.phases[0].state.clone(), release.result.clone()), (None, Some(State::Promoted)));
    let times = release.phases.iter().map(|phase| (phase.began, phase.ended)).collect::<Vec<_>>();
    assert!(
        times.windows(2).all(|two| two[0].1 == Some(two[1].0))
            && times.iter().all(|(began, ended)| ended.is_some_and(|ended| ended >= *began)),
        "{times:?}"
    );
}

/// The example as it stands in the repository: its command runs, its checks meet a server that keeps what it is told, and a version
/// that forgets what it was told gets no traffic.
#[tokio::test(flavor = "multi_thread")]
async fn the_example_of_a_canary_is_checked_by_a_real_server() {
    let text = std::fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/canary.toml")).unwrap();
    // A busy machine may take a while between two looks.
    let version =
        |version: &str| stack(&text, None, &[&format!("service.web.image=nginx:{version}"), "service.web.rollout.gate_minutes=600"]);
    let sandbox = fast();
    sandbox.set_speed(Speed::Times(600.0));
    let old = version("1.0");
    let stand = Stand::at(sandbox.clone(), &old, 600.0).await;
    stand.bring(&graph(&old)).await;
    sandbox.advance(std::time::Duration::from_secs(40 * 60)).unwrap();
    fn good(path: &str) -> (u16, &'static str) {
        match path {
            "/health" => (200, "{\"state\": \"ready\"}"),
            "/orders" => (201, "{\"id\": \"a/1\"}"),
            "/orders/a%2F1" => (200, "{\"item\": \"tea\"}"),
            _ => (404, "{}"),
        }
    }
    fn forgets(path: &str) -> (u16, &'static str) {
        if path == "/orders/a%2F1" { (404, "{}") } else { good(path) }
    }
    for (name, answer, outcome) in
        [("2.0", good as fn(&str) -> (u16, &'static str), Outcome::Complete), ("3.0", forgets, Outcome::RolledBack)]
    {
        let (address, heard) = server(answer).await;
        let new = version(name);
        let via = vec![format!("{address}").parse().unwrap()];
        let plan = stand.plan_allowing(&graph(&new)).await;
        let applied = stand.apply_with(&plan, &Options { via, ..Options::new(8, watch::channel(false).1) }).await;
        let held = looks(&applied).into_iter().rev().find(|look| look.gate.is_some()).map(|look| (&look.decision, &look.smoke));
        assert_eq!(applied.outcome, outcome, "{name}: {held:?} {:#?}", applied.trouble());
        let heard = heard.lock().unwrap().clone();
        assert_eq!(heard.len(), 5, "{heard:?}");
        assert!(heard[3].contains("authorization: Bearer ") && !heard[0].contains("authorization"), "{heard:?}");
        let told = format!("{:?}", applied.events);
        let token = heard[3].split("Bearer ").nth(1).unwrap().split("\r\n").next().unwrap();
        assert!(token.len() > 20 && !told.contains(token), "a token is told");
    }
    assert!(sandbox.call_counts().get("ecs.RunTask").is_some_and(|ran| *ran >= 3), "{:?}", sandbox.call_counts().get("ecs.RunTask"));
}

/// The commands of a version, and those that take them back.
fn reversible(expand: &str, rest: &str) -> String {
    format!("{CANARY}\n[service.web.rollout.migrate]\nexpand = [\"{expand}\"]\n{rest}")
}

const BACK: &str = "expand_back = [\"true\"]";

async fn live_of(stand: &Stand, version: &str, rollout: &str) -> ops::rollout::Live {
    let graph = graph(&shop(version, rollout));
    let node = graph.nodes().find(|node| node.rollout.is_some()).unwrap();
    ops::rollout::live(stand, node).await.unwrap()
}

/// The number of tasks that ran to take a command back, whichever calls were made for them.
async fn taken_back(stand: &Stand, live: &ops::rollout::Live) -> usize {
    let mut arns = Vec::new();
    for status in ["RUNNING", "STOPPED"] {
        let call = stand.aws.ecs.list_tasks().cluster(&live.subject.cluster).desired_status(status.into());
        arns.extend(call.send().await.unwrap().task_arns.unwrap_or_default());
    }
    let call = stand.aws.ecs.describe_tasks().cluster(&live.subject.cluster).set_tasks(Some(arns));
    let tasks = call.send().await.unwrap().tasks.unwrap_or_default();
    tasks.iter().filter(|task| task.started_by().is_some_and(|by| by.contains("-back-"))).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_of_a_version_that_went_back_is_taken_back_once_and_runs_again_for_a_retry() {
    use trueup::core::rollout::observation::Migration;
    use trueup::ops::undo::{Command, find_what, run};
    let rollout = reversible("true", BACK);
    let (stand, sandbox) = up(&rollout, Variants::default()).await;
    let ran = || sandbox.call_counts().get("ecs.RunTask").copied().unwrap_or(0);
    strike(&sandbox, "errors:20%", Variants::default());
    let bad = release(&stand, &rollout).await;
    assert_eq!(bad.outcome, Outcome::RolledBack, "{:#?}", bad.trouble());
    assert!(format!("{:?}", bad.trouble()).contains("`trueup rollout undo expand` takes it back"), "{:#?}", bad.trouble());
    sandbox.set_rollouts(Rollouts::default()).unwrap();

    let live = live_of(&stand, "2.0", &rollout).await;
    let look = ops::rollout::look(&stand, &live).await.unwrap();
    assert!(look.stays.is_some_and(|stays| stays.whole && stays.undo), "{look:?}");
    let undo = find_what(&stand, &live, Command::Expand).await.unwrap();
    // The first who asks dies as soon as the task is begun, before it is written down.
    let before = ran();
    let (_stay, cancel) = watch::channel(false);
    tokio::select! {
        end = run(&stand, &live, &undo, cancel) => panic!("{end:?}"),
        () = async { while ran() == before { tokio::task::yield_now().await } } => {}
    }
    // The second finds that task, and hears its end.
    let undo = find_what(&stand, &live, Command::Expand).await.unwrap();
    assert_eq!(run(&stand, &live, &undo, watch::channel(false).1).await.unwrap(), Some(Migration::TakenBack));
    assert_eq!(taken_back(&stand, &live).await, 1);
    assert_eq!(ops::rollout::look(&stand, &live).await.unwrap().stays, None);
    // The version before it needs its own.
    let refused = find_what(&stand, &live, Command::Expand).await.err().unwrap();
    assert!(refused.to_string().contains("runs, and needs what `expand` did for it"), "{refused}");

    let before = ran();
    let applied = release(&stand, &rollout).await;
    assert_eq!((applied.outcome, ran()), (Outcome::Complete, before + 1), "{:#?}", applied.trouble());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_failed_is_taken_back_whatever_gets_lost() {
    use trueup::core::rollout::observation::Migration;
    use trueup::ops::undo::{Command, apart, find_what, run};
    let (without, with) = (reversible("false", ""), reversible("false", BACK));
    let (stand, sandbox) = up(CANARY, Variants::default()).await;
    let failed = release(&stand, &without).await;
    assert_eq!(failed.outcome, Outcome::Partial);
    assert!(format!("{:?}", failed.trouble()).contains("the file has no `expand_back`"), "{:#?}", failed.trouble());
    let live = live_of(&stand, "2.0", &without).await;
    let refused = find_what(&stand, &live, Command::Expand).await.err().unwrap();
    assert!(refused.to_string().contains("no command that takes `expand` back"), "{refused}");

    let live = live_of(&stand, "2.0", &with).await;
    let look = ops::rollout::look(&stand, &live).await.unwrap();
    let aside = apart(&stand, &live, Some(&look)).await.unwrap().expect("its command failed");
    assert!(matches!(aside.expand, Migration::Failed { .. }) && aside.stays.is_some_and(|stays| stays.undo), "{aside:?}");
    let undo = find_what(&stand, &live, Command::Expand).await.unwrap();
    sandbox.set_faults(vec!["drop:ecs.RunTask".parse().unwrap(), "drop:ecs.TagResource".parse().unwrap()]);
    assert_eq!(run(&stand, &live, &undo, watch::channel(false).1).await.unwrap(), Some(Migration::TakenBack));
    assert_eq!(taken_back(&stand, &live).await, 1);
    sandbox.set_faults(Vec::new());
    assert!(apart(&stand, &live, Some(&look)).await.unwrap().is_none());
    // It is no longer known as failed: a mended one runs for the very same version.
    let applied = release(&stand, &reversible("true", BACK)).await;
    assert_eq!(applied.outcome, Outcome::Complete, "{:#?}", applied.trouble());
    let refused = find_what(&stand, &live, Command::Expand).await.err().unwrap();
    assert!(refused.to_string().contains("runs, and needs"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_whose_way_back_got_lost_is_asked_about_and_not_run_again() {
    use trueup::core::rollout::observation::Migration;
    use trueup::ops::undo::{Command, find_what, run, say_how_it_ended};
    let rollout = reversible("false", BACK);
    let (stand, sandbox) = up(CANARY, Variants::default()).await;
    assert_eq!(release(&stand, &rollout).await.outcome, Outcome::Partial);
    let live = live_of(&stand, "2.0", &rollout).await;
    let refused = say_how_it_ended(&stand, &live, Command::Expand, true).await.unwrap_err();
    assert!(refused.to_string().contains("AWS knows how"), "{refused}");
    let undo = find_what(&stand, &live, Command::Expand).await.unwrap();
    let tags = || sandbox.call_counts().get("ecs.TagResource").copied().unwrap_or(0);
    let before = tags();
    let (_stay, cancel) = watch::channel(false);
    tokio::select! {
        end = run(&stand, &live, &undo, cancel) => panic!("{end:?}"),
        () = async { while tags() == before { tokio::task::yield_now().await } } => {}
    }
    // Nobody looks for so long that ECS forgets the task.
    sandbox.advance(std::time::Duration::from_secs(3 * 3600)).unwrap();
    let lost = find_what(&stand, &live, Command::Expand).await.err().unwrap();
    assert!(lost.to_string().contains("nobody can tell how `expand_back` of"), "{lost}");
    let before = sandbox.call_counts().get("ecs.RunTask").copied();
    let applied = release(&stand, &reversible("true", BACK)).await;
    assert_eq!((applied.outcome, sandbox.call_counts().get("ecs.RunTask").copied()), (Outcome::Partial, before));
    say_how_it_ended(&stand, &live, Command::Expand, false).await.unwrap();
    let undo = find_what(&stand, &live, Command::Expand).await.unwrap();
    assert_eq!(run(&stand, &live, &undo, watch::channel(false).1).await.unwrap(), Some(Migration::TakenBack));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_after_a_version_is_taken_back_before_one_goes_back_and_runs_again_with_it() {
    use trueup::core::rollout::observation::Migration;
    use trueup::ops::rollout::{Back, rollback, watch as decide_on};
    use trueup::ops::undo::{Command, find_what, run};
    let rollout = reversible("true", "expand_back = [\"true\"]\ncontract = [\"true\"]\ncontract_back = [\"true\"]");
    let (stand, sandbox) = up(&rollout, Variants::default()).await;
    let ran = || sandbox.call_counts().get("ecs.RunTask").copied().unwrap_or(0);
    assert_eq!(release(&stand, &rollout).await.outcome, Outcome::Complete);
    let live = live_of(&stand, "2.0", &rollout).await;
    let undo = find_what(&stand, &live, Command::Contract).await.unwrap();
    assert_eq!(run(&stand, &live, &undo, watch::channel(false).1).await.unwrap(), Some(Migration::TakenBack));
    // It has been: nobody runs it again while the version is there.
    let look = ops::rollout::look(&stand, &live).await.unwrap();
    assert_eq!((look.decision.state, look.decision.order, look.contract), (State::Promoted, None, Migration::TakenBack));
    stand.settled(&graph(&shop("2.0", &rollout))).await;

    let new = live.subject.spec.task_definition_arn.clone();
    let Back::Again(old) = rollback(&stand, &live, None, false).await.unwrap() else { panic!("no rollout is under way") };
    let before = ran();
    decide_on(&stand, &live.back_to(&stand, old), watch::channel(false).1, |_| {}, |_| {}).await.unwrap();
    assert_eq!(ran(), before, "going back runs no command");
    let live = live_of(&stand, "2.0", &rollout).await;
    let undo = find_what(&stand, &live, Command::Expand).await.unwrap();
    assert!(new.ends_with(undo.version()), "{new} {}", undo.version());
    assert_eq!(run(&stand, &live, &undo, watch::channel(false).1).await.unwrap(), Some(Migration::TakenBack));
    let refused = rollback(&stand, &live, None, false).await.unwrap_err();
    assert!(refused.to_string().contains("was taken back, and going back runs no command"), "{refused}");

    let before = ran();
    let applied = release(&stand, &rollout).await;
    assert_eq!((applied.outcome, ran()), (Outcome::Complete, before + 2), "{:#?}", applied.trouble());
}
