//! The preflight of rollouts over the wire: what would not go well is said before anything is touched.

use crate::stand::{SPEED, Stand, fast, graph, stack};
use aws_sdk_cloudwatch::types::{ComparisonOperator, StateValue, Statistic};
use aws_sdk_elasticloadbalancingv2::types::{Action, ActionTypeEnum, ForwardActionConfig, TargetGroupTuple};
use std::collections::BTreeMap;
use std::time::Duration;
use trueup::core::reason::Refusal;
use trueup::core::rollout::preflight::{Answer, CHECKS, Checked};
use trueup::core::stack::Stack;
use trueup::ops::plan::Planned;
use trueup::ops::preflight::{hold, preflight};
use trueup::sandbox::rollouts::{RolloutFault, Rollouts};
use trueup::sandbox::{Sandbox, Speed};

const CANARY: &str = "strategy = \"canary\"\ndwell_minutes = 5\nbake_minutes = 10\ngate_minutes = 600";

fn shop(image: &str, rollout: &str) -> Stack {
    let text = format!(
        "[stack]\nname = \"shop\"\nregion = \"eu-central-1\"\n[network]\nnat = \"none\"\n[service.web]\nimage = \"{image}\"\nport = 8080\n[service.web.rollout]\n{CANARY}\n{rollout}\n"
    );
    stack(&text, None, &[])
}

async fn up() -> (Stand, Sandbox) {
    let sandbox = fast();
    sandbox.set_speed(Speed::Times(SPEED));
    let old = shop("nginx:1.0", "");
    let stand = Stand::over(sandbox.clone(), &old).await;
    stand.bring(&graph(&old)).await;
    (stand, sandbox)
}

async fn planned(stand: &Stand, wanted: &Stack) -> Planned {
    stand.plan_allowing(&graph(wanted)).await
}

/// The checks of the one service that a plan rolls out.
async fn checks(stand: &Stand, wanted: &Stack) -> Vec<Checked> {
    let plan = planned(stand, wanted).await;
    let found = preflight(&stand.aws, &stand.caller, &plan.sealed, &plan.snapshot).await;
    assert_eq!(found.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["web"]);
    found.into_iter().next().unwrap().checked
}

/// Those that fail, and no others.
fn failing(checked: &[Checked]) -> Vec<(u8, &str)> {
    checked.iter().filter(|one| one.result == Answer::Fail).map(|one| (one.number, one.says.as_str())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_whose_rollout_would_not_go_well_is_refused() {
    let (stand, _) = up().await;
    let new = shop("nginx:2.0", "guard = { alarms = [\"web-errors\"] }");
    let plan = planned(&stand, &new).await;
    let found = preflight(&stand.aws, &stand.caller, &plan.sealed, &plan.snapshot).await;
    let mut held = (*plan.sealed).clone();
    hold(&mut held, &found);
    let [Refusal::Preflight { address, checks }] = held.refusals.as_slice() else { panic!("{:?}", held.refusals) };
    assert_eq!((address.as_str(), failing(checks)), ("service.web.service", vec![(10, "there is no alarm `web-errors`")]));
    assert_eq!(held.refusals[0].code(), "PLAN015");
    assert!(stand.check_again(&plan).await.unwrap_err().to_string().contains("there is no alarm `web-errors`"));
    assert!(stand.check_again(&planned(&stand, &shop("nginx:2.0", "")).await).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_well_passes_and_what_rolls_out_nothing_asks_nothing() {
    let (stand, sandbox) = up().await;
    sandbox.advance(Duration::from_secs(600)).unwrap();
    let checked = checks(&stand, &shop("nginx:2.0", "")).await;
    let results = checked.iter().map(|one| (one.number, one.result)).collect::<BTreeMap<_, _>>();
    let skipped = [2, 4, 10, 13];
    for number in 1..=CHECKS {
        let wanted = if skipped.contains(&number) { Answer::Skipped } else { Answer::Ok };
        assert_eq!(results[&number], wanted, "{:?}", checked[usize::from(number) - 1]);
    }
    let plan = planned(&stand, &shop("nginx:1.0", "")).await;
    let before = sandbox.call_counts();
    assert!(preflight(&stand.aws, &stand.caller, &plan.sealed, &plan.snapshot).await.is_empty());
    assert_eq!(sandbox.call_counts(), before);
    assert_eq!(sandbox.mismatches(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_that_is_not_there_or_is_for_another_processor_is_refused() {
    let (stand, _) = up().await;
    stand.aws.ecr.create_repository().repository_name("shop/web").send().await.unwrap();
    let name = format!("{}.dkr.ecr.eu-central-1.amazonaws.com/shop/web", stand.aws.scope.account);
    let image = format!("{name}:2.0");
    let missing = checks(&stand, &shop(&image, "")).await;
    assert_eq!(failing(&missing), [(2, format!("there is no image `{image}`").as_str())]);
    let elsewhere = checks(&stand, &shop(&image.replace("shop/web", "shop/none"), "")).await;
    assert_eq!(failing(&elsewhere).len(), 1, "{elsewhere:?}");

    let push = async |tag: &str, processors: &[&str]| {
        let list = processors.iter().map(|one| serde_json::json!({ "platform": { "os": "linux", "architecture": one } }));
        let manifest = serde_json::json!({
            "schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": list.collect::<Vec<_>>(),
        });
        stand.aws.ecr.put_image().repository_name("shop/web").image_tag(tag).image_manifest(manifest.to_string()).send().await.unwrap();
    };
    push("2.0", &["arm64"]).await;
    let other = checks(&stand, &shop(&image, "")).await;
    assert_eq!(failing(&other), [(2, format!("`{image}` is for linux/arm64, and the tasks run on linux/amd64").as_str())]);
    push("3.0", &["arm64", "amd64"]).await;
    let both = checks(&stand, &shop(&format!("{name}:3.0"), "")).await;
    assert_eq!((failing(&both), both[1].result), (vec![], Answer::Ok));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_quota_of_fargate_has_to_have_room_for_the_new_tasks() {
    let (stand, sandbox) = up().await;
    sandbox.advance(Duration::from_secs(600)).unwrap();
    let new = shop("nginx:2.0", "");
    let capacity = async || {
        let checked = checks(&stand, &new).await;
        (checked[5].result, checked[5].says.clone())
    };
    assert_eq!(capacity().await, (Answer::Ok, "0.25 of 5.75 vCPUs that are left of 6".into()));
    let quota = |vcpus: f64| sandbox.change(|world| world.quotas.insert("L-3032A538".into(), vcpus)).unwrap();
    quota(0.25);
    let says = "0 of 0.25 vCPUs are left in the quota `Fargate On-Demand vCPU resource count`, and 0.25 are needed";
    assert_eq!(capacity().await, (Answer::Fail, says.into()));
    quota(0.5);
    assert_eq!(capacity().await.0, Answer::Ok);
    // An account that runs nothing on Spot has no value of it, and nobody is told again and again.
    let spot = stack(&new.sources[0].text.replace("port = 8080", "port = 8080\nspot = true"), None, &[]);
    let checked = checks(&stand, &spot).await;
    let says = "CloudWatch has no value for `Fargate Spot vCPU resource count` yet: it counts what runs";
    assert_eq!((checked[5].result, checked[5].says.as_str()), (Answer::Skipped, says));
    sandbox.set_faults(vec!["deny:cloudwatch.GetMetricData".parse().unwrap()]);
    assert_eq!(capacity().await.0, Answer::Unknown);
    assert_eq!(sandbox.mismatches(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_that_the_caller_may_not_pass_are_refused_before_anything_is_touched() {
    let (stand, sandbox) = up().await;
    let plan = planned(&stand, &shop("nginx:2.0", "")).await;
    let iam = &stand.aws.iam;
    let trust = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}}"#;
    // The session's ARN does not have the path.
    iam.create_role().role_name("deploy").path("/ci/").assume_role_policy_document(trust).send().await.unwrap();
    let may = async |statements: &str| {
        let document = format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#);
        iam.put_role_policy().role_name("deploy").policy_name("own").policy_document(document).send().await.unwrap();
    };
    let roles = async |caller: &str| {
        let found = preflight(&stand.aws, caller, &plan.sealed, &plan.snapshot).await;
        (found[0].checked[2].result, found[0].checked[2].says.clone())
    };
    let session = format!("arn:aws:sts::{}:assumed-role/deploy/build-7", stand.aws.scope.account);
    let all = r#"{"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"}"#;
    let only =
        |key: &str, value: &str| all.replace("\"*\"}", &format!(r#""*", "Condition": {{"StringEquals": {{"{key}": "{value}"}}}}}}"#));

    let (result, says) = roles(&session).await;
    assert_eq!(result, Answer::Fail);
    assert!(
        says.contains("`role/ci/deploy` may not pass `") && says.ends_with("to ecs-tasks.amazonaws.com: no policy allows it"),
        "{says}"
    );
    // ECS has its own role since the service was made.
    assert!(!says.contains("to ecs.amazonaws.com"), "{says}");
    let denying = r#"{"Effect": "Deny", "Action": "iam:*", "Resource": "arn:aws:iam::*:role/*execution-role*"}"#;
    for (statements, result, says) in [
        (all.to_owned(), Answer::Ok, "may assume"),
        (only("iam:PassedToService", "ecs-tasks.amazonaws.com"), Answer::Ok, "may assume"),
        (only("iam:PassedToService", "ec2.amazonaws.com"), Answer::Fail, "no policy allows it"),
        (format!("{all}, {denying}"), Answer::Fail, "a policy denies it"),
        // The simulator does not know what this asks for, so nobody does.
        (only("aws:PrincipalTag/team", "web"), Answer::Ok, "may assume"),
    ] {
        may(&statements).await;
        let found = roles(&session).await;
        assert!(found.0 == result && found.1.contains(says) | (result == Answer::Ok), "{statements}: {found:?}");
    }
    may(denying).await;
    let account = &stand.aws.scope.account;
    for free in [format!("arn:aws:iam::{account}:root"), format!("arn:aws:sts::{account}:federated-user/x"), stand.caller.clone()] {
        assert_eq!(roles(&free).await.0, Answer::Ok, "{free}");
    }
    for fault in ["deny:iam.SimulatePrincipalPolicy", "throttle:iam.SimulatePrincipalPolicy:always"] {
        sandbox.set_faults(vec![fault.parse().unwrap()]);
        assert_eq!(roles(&session).await.0, Answer::Ok, "{fault}");
    }
    assert_eq!(sandbox.mismatches(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_that_were_changed_by_hand_are_refused() {
    let (stand, _) = up().await;
    let balancers = stand.aws.elbv2.describe_load_balancers().send().await.unwrap().load_balancers.unwrap();
    let listeners = stand.aws.elbv2.describe_listeners().load_balancer_arn(balancers[0].load_balancer_arn().unwrap());
    let listeners = listeners.send().await.unwrap().listeners.unwrap();
    let rules = stand.aws.elbv2.describe_rules().listener_arn(listeners[0].listener_arn().unwrap()).send().await.unwrap().rules.unwrap();
    let rule = rules.iter().find(|rule| rule.priority() == Some("100")).unwrap();
    let production = rule.rule_arn().unwrap();
    let mut pair = rule.actions()[0].forward_config().unwrap().target_groups().to_vec();
    pair.sort_by_key(|group| std::cmp::Reverse(group.weight()));
    let [blue, green] = [0, 1].map(|at: usize| pair[at].target_group_arn().unwrap());
    let lead = async |weights: &[(&str, i32)]| {
        let tuple = |(arn, weight): &(&str, i32)| TargetGroupTuple::builder().target_group_arn(*arn).weight(*weight).build();
        let forward = ForwardActionConfig::builder().set_target_groups(Some(weights.iter().map(tuple).collect())).build();
        let action = Action::builder().r#type(ActionTypeEnum::Forward).forward_config(forward).build();
        stand.aws.elbv2.modify_rule().rule_arn(production).actions(action).send().await.unwrap();
    };
    let new = shop("nginx:2.0", "");
    lead(&[(blue, 0), (green, 100)]).await;
    let moved = checks(&stand, &new).await;
    let numbers = failing(&moved).into_iter().map(|(number, _)| number).collect::<Vec<_>>();
    assert_eq!(numbers, [7, 9], "{moved:?}");
    assert!(moved[8].says.ends_with("has traffic, and no healthy target"), "{:?}", moved[8]);
    lead(&[(blue, 1)]).await;
    let alone = checks(&stand, &new).await;
    let failed = failing(&alone);
    assert_eq!(failed.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [7]);
    assert!(failed[0].1.starts_with("the production rule does not lead to `"), "{failed:?}");
    lead(&[(blue, 1), (green, 0)]).await;
    assert_eq!(failing(&checks(&stand, &new).await), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alarm_that_rings_and_a_metric_that_is_not_there_are_refused() {
    let (stand, _) = up().await;
    let alarm = stand.aws.cloudwatch.put_metric_alarm().alarm_name("web-errors").namespace("Shop").metric_name("Errors");
    let alarm = alarm.statistic(Statistic::Sum).period(60).evaluation_periods(1).threshold(1.0);
    alarm.comparison_operator(ComparisonOperator::GreaterThanThreshold).send().await.unwrap();
    let set = async |state: StateValue| {
        let call = stand.aws.cloudwatch.set_alarm_state().alarm_name("web-errors").state_value(state).state_reason("by hand");
        call.send().await.unwrap();
    };
    let new = shop("nginx:2.0", "guard = { alarms = [\"web-errors\"] }");
    set(StateValue::Alarm).await;
    assert_eq!(failing(&checks(&stand, &new).await), [(10, "`web-errors` is in ALARM")]);
    let metric = "[service.web.rollout.guard.metrics]\nqueue = { namespace = \"Shop\", metric = \"Depth\", above = 5 }";
    let metric = shop("nginx:2.0", metric);
    assert_eq!(failing(&checks(&stand, &metric).await), [(10, "`queue` has had no value for 3 hours")]);
}

/// ECS deploys it alone, and what its guard names is looked for all the same.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_guard_of_a_worker_looks_at_has_to_be_there() {
    let worker = |version: &str, guard: &str| {
        let head = "[stack]\nname = \"shop\"\nregion = \"eu-central-1\"\n[network]\nnat = \"none\"\n[service.web]\n";
        let rollout = "[service.web.rollout]\nstrategy = \"rolling\"\n";
        stack(&format!("{head}image = \"nginx:{version}\"\n{rollout}{guard}"), None, &[])
    };
    let sandbox = fast();
    sandbox.set_speed(Speed::Times(SPEED));
    let stand = Stand::over(sandbox.clone(), &worker("1.0", "")).await;
    stand.bring(&graph(&worker("1.0", ""))).await;
    let queue = "guard = { metrics = { queue = { namespace = \"Shop\", metric = \"Depth\", above = 5 } } }";
    assert_eq!(failing(&checks(&stand, &worker("2.0", queue)).await), [(10, "`queue` has had no value for 3 hours")]);
    let alarm = "guard = { alarms = [\"high\"] }";
    assert_eq!(failing(&checks(&stand, &worker("2.0", alarm)).await), [(10, "there is no alarm `high`")]);
    // One that names nothing makes no further call, and all that does not apply says so.
    let plan = planned(&stand, &worker("2.0", "")).await;
    let before = sandbox.calls().len();
    let found = preflight(&stand.aws, &stand.caller, &plan.sealed, &plan.snapshot).await;
    assert_eq!(sandbox.calls().len(), before);
    let told = found[0].checked.iter().filter(|one| one.result != Answer::Skipped).map(|one| one.number).collect::<Vec<_>>();
    assert_eq!((found.len(), told), (1, vec![14]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_was_never_well_gets_another_version_as_a_first_one() {
    let sandbox = fast();
    sandbox.set_speed(Speed::Times(SPEED));
    let faults = vec!["crash_loop:30".parse::<RolloutFault>().unwrap()];
    sandbox.set_rollouts(Rollouts { faults, ..Rollouts::default() }).unwrap();
    let old = shop("nginx:1.0", "");
    let stand = Stand::over(sandbox.clone(), &old).await;
    let plan = planned(&stand, &old).await;
    let first = preflight(&stand.aws, &stand.caller, &plan.sealed, &plan.snapshot).await;
    let checked = &first[0].checked;
    assert!(checked.iter().all(|one| one.result <= Answer::Ok), "{checked:?}");
    assert_eq!((checked[0].says.as_str(), checked[10].result), ("there is no version yet", Answer::Skipped));
    stand.apply(&plan).await;
    sandbox.advance(Duration::from_secs(48 * 3600)).unwrap();
    let checked = checks(&stand, &shop("nginx:2.0", "")).await;
    let never_up = "no version of it has come up, so there is none to go back to";
    for number in [9, 11, 12] {
        assert_eq!((checked[number - 1].result, checked[number - 1].says.as_str()), (Answer::Skipped, never_up), "{number}");
    }
    assert!(checked.iter().all(|one| one.result <= Answer::Ok), "{checked:?}");
}
