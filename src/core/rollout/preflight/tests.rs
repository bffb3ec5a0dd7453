use super::checks::NEVER_UP;
use super::facts::{
    Age, Back, Denied, Facts, Fargate, Front, Group, GroupSettings, Image, LogGroup, Named, Role, Room, Rule, Scaling, Secret, Service,
    Subnet, Version,
};
use super::*;
use crate::core::rollout::observation::{AlarmState, Reading};
use crate::core::rollout::policy::{Guard, Shift};
use crate::core::rollout::smoke::Check;
use Answer::{Fail, Ok, Skipped, Unknown};
use Reading::Known;

const BLUE: &str = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/blue/1";
const GREEN: &str = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/green/2";

fn denied<T>() -> Reading<T> {
    Reading::Unknown("AccessDeniedException".into())
}

fn named<T>(name: &str, found: T) -> Vec<Named<T>> {
    vec![Named { name: name.into(), found: Known(found) }]
}

fn unread<T>(name: &str) -> Vec<Named<T>> {
    vec![Named { name: name.into(), found: denied() }]
}

fn policy() -> Policy {
    Policy {
        shift: Shift::Canary { percent: 10.0 },
        dwell: 5,
        bake: 10,
        gate: 60,
        patience: 10,
        crashes: 3,
        smoke: Vec::new(),
        host: None,
        notify: None,
        guard: Guard { confidence: 0.99, least_requests: 50, errors: None, latency: Vec::new(), alarms: Vec::new(), metrics: Vec::new() },
        dry_run: Vec::new(),
        expand: Vec::new(),
        contract: Vec::new(),
        expand_back: Vec::new(),
        contract_back: Vec::new(),
        command_minutes: 15,
        again: None,
        expanded: false,
        contracted: false,
    }
}

fn rule(weights: &[(&str, u32)]) -> Reading<Rule> {
    Known(Rule::There(weights.iter().map(|(arn, weight)| ((*arn).to_owned(), *weight)).collect()))
}

fn settings() -> GroupSettings {
    GroupSettings {
        target_type: "ip".into(),
        vpc: "vpc-1".into(),
        health_port: "traffic-port".into(),
        health: "HTTP /health 200".into(),
        healthy_after: 30,
    }
}

fn version() -> Version {
    let image = Named { name: "nginx:1.0".into(), found: Known(Image::Elsewhere) };
    Version { task_definition: "web:1".into(), active: Known(true), images: vec![image] }
}

/// A service that is well, and a version that may be rolled out.
fn well() -> Facts {
    let group = || Known(Group::There(settings()));
    Facts {
        service: Some(Known(Service { status: "ACTIVE".into(), controller: "ECS".into(), desired: 2, running: 2, open: None })),
        platform: "linux/amd64".into(),
        images: named("web@sha256:0123456789abcdef", Image::There { platforms: vec!["linux/amd64".into(), "linux/arm64".into()] }),
        roles: named(
            "tasks",
            Role::There { trusts: vec!["ecs-tasks.amazonaws.com".into()], wanted: "ecs-tasks.amazonaws.com".into(), denied: None },
        ),
        secrets: named("TOKEN", Secret::There),
        subnets: named("subnet-1", Subnet::There { zone: "eu-central-1a".into(), free: 10, vpc: "vpc-1".into() }),
        tasks: 2,
        task_cpu: 512,
        on_instances: false,
        fargate: fargate(2, Known(Some(Room { quota: 6.0, used: 2.5 }))),
        front: Some(Front {
            container_port: 8080,
            grace: 60,
            pair: [BLUE.into(), GREEN.into()],
            active: Some(BLUE.into()),
            production: rule(&[(BLUE, 1), (GREEN, 0)]),
            test: Some(rule(&[(BLUE, 1), (GREEN, 0)])),
            groups: [group(), group()],
            healthy: [Known(2), Known(0)],
        }),
        alarms: named("errors", AlarmState::Ok),
        metrics: named("queue", Age::Minutes(1)),
        planned: Vec::new(),
        back: Some(Known(Back::To(version()))),
        health_check_changes: false,
        scaling: Some(Scaling { least: 2, most: 10, by_requests: false }),
        log_groups: named("/web", LogGroup::There),
    }
}

type Case = (u8, fn(&mut Policy, &mut Facts), Answer, &'static str);

fn fargate(tasks: u32, room: Reading<Option<Room>>) -> Vec<Fargate> {
    vec![Fargate { quota: "Fargate On-Demand vCPU resource count".into(), tasks, room }]
}

fn may_not_pass(explicit: bool) -> Vec<Named<Role>> {
    let wanted = "ecs-tasks.amazonaws.com".to_owned();
    named("tasks", Role::There { trusts: vec![wanted.clone()], wanted, denied: Some(Denied { to: "role/deploy".into(), explicit }) })
}

fn front(facts: &mut Facts) -> &mut Front {
    facts.front.as_mut().unwrap()
}

fn service(facts: &mut Facts) -> &mut Service {
    let Some(Known(service)) = &mut facts.service else { panic!("a service") };
    service
}

const CASES: &[Case] = &[
    (1, |_, _| {}, Ok, "ACTIVE, 2 of 2 tasks run"),
    (1, |_, facts| facts.service = None, Skipped, "there is no version yet"),
    (1, |_, facts| facts.service = Some(denied()), Unknown, "the service could not be read: AccessDeniedException"),
    (1, |_, facts| service(facts).status = "DRAINING".into(), Fail, "it is DRAINING"),
    (1, |_, facts| service(facts).controller = "CODE_DEPLOY".into(), Fail, "CODE_DEPLOY deploys it, not ECS"),
    (1, |_, facts| service(facts).open = Some("arn:…/shop/web/9f2".into()), Fail, "another deployment is under way: 9f2"),
    (2, |_, _| {}, Ok, "`web@sha256:0123456789ab` is there, for linux/amd64"),
    (
        2,
        |_, facts| facts.images = named("nginx:1.0", Image::Elsewhere),
        Skipped,
        "`nginx:1.0` is in a registry that cannot be asked from here",
    ),
    (2, |_, facts| facts.images = named("web:1", Image::Planned), Skipped, "the repository of `web:1` is made by the plan"),
    (2, |_, facts| facts.images = named("web:1", Image::Missing), Fail, "there is no image `web:1`"),
    (
        2,
        |_, facts| facts.images = named("web:1", Image::There { platforms: Vec::new() }),
        Ok,
        "`web:1` is there; its manifest names no platform",
    ),
    (
        2,
        |_, facts| facts.platform = "linux/s390x".into(),
        Fail,
        "`web@sha256:0123456789abcdef` is for linux/amd64, linux/arm64, and the tasks run on linux/s390x",
    ),
    (2, |_, facts| facts.images = unread("web:1"), Unknown, "`web:1` could not be read: AccessDeniedException"),
    (3, |_, _| {}, Ok, "ecs-tasks.amazonaws.com may assume `tasks`"),
    (3, |_, facts| facts.roles = named("tasks", Role::Missing), Fail, "there is no role `tasks`"),
    (3, |_, facts| facts.roles = named("tasks", Role::Planned), Skipped, "`tasks` is made by the plan"),
    (3, |_, facts| facts.roles = unread("tasks"), Unknown, "`tasks` could not be read: AccessDeniedException"),
    (
        3,
        |_, facts| {
            facts.roles =
                named("ecs", Role::There { trusts: vec!["ec2.amazonaws.com".into()], wanted: "ecs.amazonaws.com".into(), denied: None })
        },
        Fail,
        "ecs.amazonaws.com may not assume `ecs`",
    ),
    (4, |_, _| {}, Ok, "`TOKEN` holds a value"),
    (4, |_, facts| facts.secrets.extend(named("KEY", Secret::There)), Ok, "2 secrets hold a value"),
    (4, |_, facts| facts.secrets.clear(), Skipped, "the task reads no secret"),
    (4, |_, facts| facts.secrets.extend(named("KEY", Secret::Missing)), Fail, "the secret of `KEY` is not there"),
    (
        3,
        |_, facts| facts.roles = may_not_pass(false),
        Fail,
        "`role/deploy` may not pass `tasks` to ecs-tasks.amazonaws.com: no policy allows it",
    ),
    (
        3,
        |_, facts| facts.roles = may_not_pass(true),
        Fail,
        "`role/deploy` may not pass `tasks` to ecs-tasks.amazonaws.com: a policy denies it",
    ),
    (4, |_, facts| facts.secrets = named("KEY", Secret::Deleted), Fail, "the secret of `KEY` is being deleted"),
    (4, |_, facts| facts.secrets = named("KEY", Secret::Empty), Fail, "the secret of `KEY` holds no value"),
    (4, |_, facts| facts.secrets = named("KEY", Secret::Parameter), Skipped, "`KEY` is a parameter of Systems Manager, which is not asked"),
    (4, |_, facts| facts.secrets = unread("KEY"), Unknown, "`KEY` could not be read: AccessDeniedException"),
    (5, |_, _| {}, Ok, "10 free addresses for 2"),
    (5, |_, facts| facts.tasks = 11, Fail, "its subnets have 10 free addresses, and 11 are needed"),
    (
        5,
        |policy, facts| {
            policy.expand = vec!["migrate".into()];
            facts.tasks = 10;
        },
        Fail,
        "its subnets have 10 free addresses, and 11 are needed",
    ),
    (5, |_, facts| facts.subnets.extend(unread("subnet-2")), Unknown, "`subnet-2` could not be read: AccessDeniedException"),
    (5, |_, facts| facts.subnets = named("subnet-9", Subnet::Missing), Fail, "there is no subnet `subnet-9`"),
    (5, |_, facts| facts.subnets = named("network.a", Subnet::Planned), Skipped, "`network.a` is made by the plan"),
    (6, |_, _| {}, Ok, "1 of 3.5 vCPUs that are left of 6"),
    (
        6,
        |_, facts| facts.fargate = fargate(8, Known(Some(Room { quota: 6.0, used: 2.5 }))),
        Fail,
        "3.5 of 6 vCPUs are left in the quota `Fargate On-Demand vCPU resource count`, and 4 are needed",
    ),
    (
        6,
        |policy, facts| {
            facts.fargate = fargate(7, Known(Some(Room { quota: 6.0, used: 2.5 })));
            policy.expand = vec!["migrate".into()];
        },
        Fail,
        "3.5 of 6 vCPUs are left in the quota `Fargate On-Demand vCPU resource count`, and 4 are needed",
    ),
    (6, |_, facts| facts.fargate = fargate(7, Known(Some(Room { quota: 6.0, used: 2.5 }))), Ok, "3.5 of 3.5 vCPUs that are left of 6"),
    (
        6,
        |_, facts| facts.fargate = fargate(1, Known(Some(Room { quota: 6.0, used: 7.0 }))),
        Fail,
        "0 of 6 vCPUs are left in the quota `Fargate On-Demand vCPU resource count`, and 0.5 are needed",
    ),
    (
        6,
        |_, facts| facts.fargate = fargate(2, Known(None)),
        Skipped,
        "CloudWatch has no value for `Fargate On-Demand vCPU resource count` yet: it counts what runs",
    ),
    (
        6,
        |_, facts| facts.fargate = fargate(2, denied()),
        Unknown,
        "the quota `Fargate On-Demand vCPU resource count` could not be read: AccessDeniedException",
    ),
    (
        6,
        |_, facts| {
            facts.on_instances = true;
            facts.fargate.clear();
        },
        Skipped,
        "the room on instances is not asked for",
    ),
    (7, |_, _| {}, Ok, "they lead to both target groups"),
    (7, |_, facts| facts.front = None, Skipped, "its load balancer's part is made by the plan"),
    (7, |_, facts| front(facts).production = rule(&[(BLUE, 1)]), Fail, "the production rule does not lead to `green`"),
    (7, |_, facts| front(facts).production = Known(Rule::Missing), Fail, "the production rule is not there"),
    (7, |_, facts| front(facts).production = denied(), Unknown, "the production rule could not be read: AccessDeniedException"),
    (7, |_, facts| front(facts).test = Some(rule(&[(GREEN, 1)])), Fail, "the test rule does not lead to `blue`"),
    (
        7,
        |_, facts| front(facts).production = rule(&[(BLUE, 1), (GREEN, 0), ("other", 0)]),
        Fail,
        "the production rule also leads to `other`",
    ),
    (
        7,
        |_, facts| front(facts).production = rule(&[(BLUE, 90), (GREEN, 10)]),
        Fail,
        "10 of 100 parts of the traffic do not go to the version of now",
    ),
    (
        7,
        |policy, facts| {
            policy.smoke = vec![serde_json::from_value::<Check>(serde_json::json!({ "path": "/health" })).unwrap()];
            front(facts).test = None;
        },
        Fail,
        "there are smoke checks, and no rule for test traffic",
    ),
    (8, |_, _| {}, Ok, "HTTP /health 200, healthy after 30 s, 60 s of grace"),
    (8, |_, facts| front(facts).groups[1] = Known(Group::Missing), Fail, "there is no target group `green`"),
    (8, |_, facts| front(facts).groups[1] = denied(), Unknown, "`green` could not be read: AccessDeniedException"),
    (
        8,
        |_, facts| front(facts).groups[1] = Known(Group::There(GroupSettings { target_type: "instance".into(), ..settings() })),
        Fail,
        "`green` takes targets of type instance",
    ),
    (
        8,
        |_, facts| front(facts).groups[1] = Known(Group::There(GroupSettings { health_port: "9090".into(), ..settings() })),
        Fail,
        "`green` looks for health at port 9090, and the container listens at 8080",
    ),
    (
        8,
        |_, facts| front(facts).groups[1] = Known(Group::There(GroupSettings { vpc: "vpc-2".into(), ..settings() })),
        Fail,
        "`green` is in another network than the subnet `subnet-1`",
    ),
    (
        8,
        |_, facts| front(facts).groups[1] = Known(Group::There(GroupSettings { health: "HTTP / 200".into(), ..settings() })),
        Unknown,
        "their health checks differ: HTTP /health 200, and HTTP / 200",
    ),
    (9, |_, _| {}, Ok, "`blue` has the traffic, and 2 healthy"),
    (9, |_, facts| front(facts).healthy[0] = Known(0), Fail, "`blue` has traffic, and no healthy target"),
    (9, |_, facts| front(facts).production = rule(&[(BLUE, 50), (GREEN, 50)]), Fail, "`green` has traffic, and no healthy target"),
    (9, |_, facts| front(facts).healthy[0] = denied(), Unknown, "the targets of `blue` could not be read: AccessDeniedException"),
    (9, |_, facts| front(facts).production = denied(), Unknown, "nobody can tell which group has the traffic"),
    (9, |_, facts| facts.service = None, Skipped, "there is no version yet"),
    (10, |_, _| {}, Ok, "2 alarms and metrics are well"),
    (10, |_, facts| facts.alarms = named("errors", AlarmState::Alarm), Fail, "`errors` is in ALARM"),
    (10, |_, facts| facts.alarms = named("errors", AlarmState::Missing), Fail, "there is no alarm `errors`"),
    (10, |_, facts| facts.alarms = named("errors", AlarmState::InsufficientData), Unknown, "`errors` has no data"),
    (10, |_, facts| facts.alarms = unread("errors"), Unknown, "`errors` could not be read: AccessDeniedException"),
    (10, |_, facts| facts.metrics = named("queue", Age::NoneFor { hours: 3 }), Fail, "`queue` has had no value for 3 hours"),
    (10, first_of_an_unknown, Skipped, "`queue` has no value yet"),
    (10, |_, facts| facts.metrics = named("queue", Age::Minutes(40)), Unknown, "the newest value of `queue` is 40 min old"),
    (
        10,
        |_, facts| {
            facts.alarms.clear();
            facts.metrics.clear();
        },
        Skipped,
        "the guard names none",
    ),
    (
        10,
        |_, facts| {
            facts.alarms.clear();
            facts.metrics.clear();
            facts.planned = vec!["slow".into()];
        },
        Skipped,
        "`slow` is made by the plan",
    ),
    (11, |_, _| {}, Ok, "to `web:1`"),
    (11, |_, facts| facts.back = None, Skipped, "a first version has nothing to go back to"),
    (11, |_, facts| facts.back = Some(denied()), Unknown, "its deployments could not be read: AccessDeniedException"),
    (11, |_, facts| facts.back = Some(Known(Back::Nothing { all: true })), Skipped, NEVER_UP),
    (9, |_, facts| facts.back = Some(Known(Back::Nothing { all: true })), Skipped, NEVER_UP),
    (12, |_, facts| (facts.back, facts.health_check_changes) = (Some(Known(Back::Nothing { all: true })), true), Skipped, NEVER_UP),
    (
        11,
        |_, facts| facts.back = Some(Known(Back::Nothing { all: false })),
        Unknown,
        "AWS knows none of its deployments any more: it keeps them for 90 days",
    ),
    (
        11,
        |_, facts| facts.back = Some(Known(Back::To(Version { active: Known(false), ..version() }))),
        Fail,
        "the task definition of the version of now, `web:1`, was deregistered",
    ),
    (
        11,
        |_, facts| {
            let images = vec![Named { name: "r/web:1.0".into(), found: Known(Image::Missing) }];
            facts.back = Some(Known(Back::To(Version { images, ..version() })));
        },
        Fail,
        "the image of the version of now, `web:1.0`, is not there any more",
    ),
    (12, |_, _| {}, Ok, "it stays as it is"),
    (
        12,
        |_, facts| facts.health_check_changes = true,
        Fail,
        "the plan changes the health check together with the version, so a rollback may not be healthy",
    ),
    (12, |_, facts| facts.service = None, Skipped, "there is no version yet"),
    (13, |_, _| {}, Ok, "2 to 10 tasks; out while it goes on, and not in"),
    (13, |_, facts| facts.scaling = None, Skipped, "it does not scale by itself"),
    (
        13,
        |_, facts| facts.scaling = Some(Scaling { least: 2, most: 10, by_requests: true }),
        Unknown,
        "it scales by the requests of one target group, and sees none of the other's",
    ),
    (14, |_, _| {}, Ok, "at least 17 min, at most 3 h at gates and commands"),
    (14, |policy, _| policy.bake = 60, Fail, "`bake_minutes` is 60, and ECS goes back after 60 minutes at a gate"),
    (14, |policy, _| policy.dwell = 90, Fail, "`dwell_minutes` is 90, and ECS goes back after 60 minutes at a gate"),
    (14, |policy, _| policy.gate = 2000, Fail, "a gate is open for 1 d 9 h 20 min, and ECS ends a stage after a day"),
    (
        14,
        |policy, _| {
            policy.shift = Shift::Linear { percent: 3.0 };
            policy.gate = 1440;
        },
        Fail,
        "its gates may stay open for 35 d together, and ECS ends a deployment after 30 days",
    ),
    (
        14,
        |policy, _| {
            policy.shift = Shift::Linear { percent: 3.0 };
            policy.gate = 1440;
            policy.dwell = 1439;
        },
        Fail,
        "it takes 32 d 23 h 39 min, and ECS ends a deployment after 30 days",
    ),
    (15, |_, _| {}, Ok, "`/web` is there"),
    (15, |_, facts| facts.log_groups = named("/web", LogGroup::Missing), Fail, "there is no log group `/web`"),
    (15, |_, facts| facts.log_groups = named("/web", LogGroup::MadeByTasks), Ok, "`/web` is made by the tasks"),
    (15, |_, facts| facts.log_groups = named("/web", LogGroup::Elsewhere), Skipped, "`/web` is in another region"),
    (15, |_, facts| facts.log_groups = unread("/web"), Unknown, "`/web` could not be read: AccessDeniedException"),
];

#[test]
fn each_check_says_what_it_found() {
    let mut wrong = Vec::new();
    for (at, (number, change, answer, says)) in CASES.iter().enumerate() {
        let (mut policy, mut facts) = (policy(), well());
        change(&mut policy, &mut facts);
        let checked = judge(&policy, &facts);
        let one = &checked[usize::from(*number) - 1];
        if (one.number, one.result, one.says.as_str()) != (*number, *answer, says) {
            wrong.push(format!("case {at}, check {number}: {:?} `{}`, not {answer:?} `{says}`", one.result, one.says));
        }
        // A check that keeps a rollout from beginning has a remedy.
        if one.result >= Unknown && one.remedy.as_deref().unwrap_or_default().is_empty() {
            wrong.push(format!("case {at}, check {number}: no remedy"));
        }
    }
    assert_eq!(wrong.join("\n"), "");
}

#[test]
fn every_check_can_be_good_and_stand_in_the_way() {
    for number in 1..=CHECKS {
        let results = CASES.iter().filter(|case| case.0 == number).map(|case| case.2).collect::<Vec<_>>();
        assert!(number == 6 || results.contains(&Ok) && results.iter().any(|one| *one >= Unknown), "{number}");
    }
}

#[test]
fn what_fails_stands_in_the_way_and_what_is_unknown_may_be_allowed() {
    let standing = |facts: &Facts, allowed: &[u8]| {
        let checked = judge(&policy(), facts);
        super::standing(&checked, allowed).iter().map(|one| one.number).collect::<Vec<_>>()
    };
    assert_eq!(standing(&well(), &[]), Vec::<u8>::new());
    let mut facts = well();
    facts.alarms = named("errors", AlarmState::InsufficientData);
    facts.images = named("web:1", Image::Missing);
    assert_eq!(standing(&facts, &[]), [2, 10]);
    assert_eq!(standing(&facts, &[2, 10]), [2]);
}

#[test]
fn the_form_of_a_check_is_the_documented_one() {
    let mut facts = well();
    facts.alarms = named("errors", AlarmState::Missing);
    let checked = judge(&policy(), &facts);
    let json = serde_json::to_string(&checked[9]).unwrap();
    expect_test::expect![[r#"{"number":10,"title":"alarms and metrics","result":"fail","says":"there is no alarm `errors`","remedy":"mend `rollout.guard.alarms`, or make it"}"#]]
    .assert_eq(&json);
    assert_eq!(serde_json::from_str::<Checked>(&json).unwrap(), checked[9]);
}

/// A first version whose guard names what only it reports.
fn first_of_an_unknown(_: &mut Policy, facts: &mut Facts) {
    facts.service = None;
    facts.alarms.clear();
    facts.metrics = named("queue", Age::NoneFor { hours: 3 });
}
