//! The fifteen checks, each a function of the facts.

use super::facts::{
    Age, Back, Denied, Facts, Fargate, Front, Group, GroupSettings, Image, LogGroup, Named, Role, Room, Rule, Secret, Subnet, Version,
};
use super::{Answer, Checked};
use crate::core::arn::last_part;
use crate::core::rollout::observation::{AlarmState, Reading};
use crate::core::rollout::phases::{Length, phases, spoken, too_long};
use crate::core::rollout::policy::Policy;
use std::collections::BTreeMap;

/// Minutes of a day: ECS ends a stage, and each step of a shift, that takes longer.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/blue-green-deployment-how-it-works.html>
const STAGE: u32 = 1440;
/// Minutes in which the guard looks for a metric's newest value.
const LATELY: u32 = 5;

type Check = fn(&Policy, &Facts) -> Said;

const CHECKS: [(&str, Check); 15] = [
    ("service", service),
    ("image", images),
    ("roles", roles),
    ("secrets", secrets),
    ("addresses", addresses),
    ("capacity", capacity),
    ("rules", rules),
    ("target groups", groups),
    ("healthy targets", healthy),
    ("alarms and metrics", watched),
    ("way back", way_back),
    ("health check", health_check),
    ("autoscaling", scaling),
    ("time", time),
    ("log groups", log_groups),
];

/// The checks of a service that ECS deploys alone, too: what its guard looks at, and the time.
const OF_ALL: [u8; 2] = [10, 14];
const ALONE: &str = "ECS deploys it alone, and waits for nobody";

pub(super) fn all(policy: &Policy, facts: &Facts) -> Vec<Checked> {
    let checked = CHECKS.iter().zip(1..).map(|((title, check), number)| {
        let said = if policy.is_gated() || OF_ALL.contains(&number) { check(policy, facts) } else { Said::one(Answer::Skipped, ALONE) };
        said.checked(number, title)
    });
    checked.collect()
}

/// The findings of one check. The worst of them is its answer, and the others of that sort stand beside it.
#[derive(Default)]
struct Said(Vec<(Answer, String, Option<String>)>);

impl Said {
    fn one(answer: Answer, says: impl Into<String>) -> Self {
        Said(vec![(answer, says.into(), None)])
    }
    fn ok(&mut self, says: impl Into<String>) {
        self.0.push((Answer::Ok, says.into(), None));
    }
    fn skip(&mut self, says: impl Into<String>) {
        self.0.push((Answer::Skipped, says.into(), None));
    }
    fn unknown(&mut self, says: impl Into<String>, remedy: impl Into<String>) {
        self.0.push((Answer::Unknown, says.into(), Some(remedy.into())));
    }
    fn unread(&mut self, what: &str, reason: &str) {
        self.unknown(format!("{what} could not be read: {reason}"), READ);
    }
    fn fail(&mut self, says: impl Into<String>, remedy: impl Into<String>) {
        self.0.push((Answer::Fail, says.into(), Some(remedy.into())));
    }
    fn is_good(&self) -> bool {
        self.0.iter().all(|(answer, ..)| *answer <= Answer::Ok)
    }
    fn checked(self, number: u8, title: &str) -> Checked {
        let result = self.0.iter().map(|(answer, ..)| *answer).max().unwrap_or(Answer::Skipped);
        let worst = self.0.into_iter().filter(|(answer, ..)| *answer == result);
        let (mut says, mut remedies) = (Vec::new(), Vec::new());
        for (_, said, remedy) in worst {
            if !says.contains(&said) {
                says.push(said);
            }
            remedies.extend(remedy.filter(|remedy| !remedies.contains(remedy)));
        }
        let remedy = (!remedies.is_empty()).then(|| remedies.join("; "));
        Checked { number, title: title.to_owned(), result, says: says.join("; "), remedy }
    }
}

const READ: &str = "grant the right to read it, or try again";
const PLANNED: &str = "made by the plan";
const FIRST: &str = "there is no version yet";
pub(super) const NEVER_UP: &str = "no version of it has come up, so there is none to go back to";

/// Says why nothing is there yet that a rollback could lead to: there is no version, or none that has ever come up.
fn first(facts: &Facts) -> Option<&'static str> {
    match (&facts.service, &facts.back) {
        (None, _) => Some(FIRST),
        (_, Some(Reading::Known(Back::Nothing { all: true }))) => Some(NEVER_UP),
        _ => None,
    }
}
const NO_FRONT: &str = "its load balancer's part is made by the plan";

/// Says something of each of several things, which are named alike.
fn each<T>(named: &[Named<T>], none: &str, mut say: impl FnMut(&mut Said, &str, &T)) -> Said {
    let mut said = Said::default();
    for one in named {
        match &one.found {
            Reading::Unknown(reason) => said.unread(&format!("`{}`", one.name), reason),
            Reading::Known(found) => say(&mut said, &one.name, found),
        }
    }
    if named.is_empty() {
        said.skip(none);
    }
    said
}

/// No other deployment runs, and ECS itself deploys it.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/blue-green-deployment-implementation.html>
fn service(_: &Policy, facts: &Facts) -> Said {
    let service = match &facts.service {
        None => return Said::one(Answer::Skipped, FIRST),
        Some(Reading::Unknown(reason)) => {
            let mut said = Said::default();
            said.unread("the service", reason);
            return said;
        }
        Some(Reading::Known(service)) => service,
    };
    let mut said = Said::default();
    if service.status != "ACTIVE" {
        said.fail(format!("it is {}", service.status), "wait until it is gone, then apply makes another");
    }
    if service.controller != "ECS" {
        let says = format!("{} deploys it, not ECS", service.controller);
        said.fail(says, "move it to ECS's own deployments first: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/migrate-codedeploy-to-ecs-bluegreen.html");
    }
    if let Some(open) = &service.open {
        let id = last_part(open);
        said.fail(
            format!("another deployment is under way: {id}"),
            "`trueup rollout status` shows it, `trueup rollout watch` takes it over",
        );
    }
    said.ok(format!("ACTIVE, {} of {} tasks run", service.running, service.desired));
    said
}

/// Each image is there, and for the processor that the tasks have.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RuntimePlatform.html>
fn images(_: &Policy, facts: &Facts) -> Said {
    each(&facts.images, "the task has no image", |said, name, image| match image {
        Image::Elsewhere => said.skip(format!("`{name}` is in a registry that cannot be asked from here")),
        Image::Planned => said.skip(format!("the repository of `{name}` is {PLANNED}")),
        Image::Missing => said.fail(format!("there is no image `{name}`"), "push it, or name one that is there"),
        Image::There { platforms } if platforms.is_empty() => said.ok(format!("{} is there; its manifest names no platform", short(name))),
        Image::There { platforms } if platforms.contains(&facts.platform) => {
            said.ok(format!("{} is there, for {}", short(name), facts.platform));
        }
        Image::There { platforms } => {
            let says = format!("`{name}` is for {}, and the tasks run on {}", platforms.join(", "), facts.platform);
            said.fail(says, "build it for that platform, or set `architecture` of the service");
        }
    })
}

/// The name of an image without its registry, and with the beginning of its digest.
fn short(image: &str) -> String {
    let name = image.rsplit('/').next().unwrap_or(image);
    match name.split_once("@sha256:") {
        Some((name, digest)) => format!("`{name}@sha256:{}`", digest.get(..12).unwrap_or(digest)),
        None => format!("`{name}`"),
    }
}

/// The roles of tasks and of ECS itself are there, may be assumed by whom they are for, and passed by whoever rolls out.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html>,
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/AmazonECSInfrastructureRolePolicyForLoadBalancers.html>,
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html>
fn roles(_: &Policy, facts: &Facts) -> Said {
    each(&facts.roles, "it has no role", |said, name, role| match role {
        Role::Planned => said.skip(format!("`{name}` is {PLANNED}")),
        Role::Missing => said.fail(format!("there is no role `{name}`"), "make it again, or name one that is there"),
        Role::There { trusts, wanted, .. } if !trusts.contains(wanted) => {
            said.fail(format!("{wanted} may not assume `{name}`"), format!("let its trust policy name the service {wanted}"));
        }
        Role::There { wanted, denied: Some(Denied { to, explicit }), .. } => {
            let why = if *explicit { "a policy denies it" } else { "no policy allows it" };
            said.fail(
                format!("`{to}` may not pass `{name}` to {wanted}: {why}"),
                format!("allow iam:PassRole on it where iam:PassedToService is {wanted}"),
            );
        }
        Role::There { wanted, denied: None, .. } => said.ok(format!("{wanted} may assume `{name}`")),
    })
    .counted("roles are there, and trust whom they are for")
}

impl Said {
    /// Says of several good findings only how many there are.
    fn counted(self, what: &str) -> Self {
        let good = self.0.iter().filter(|(answer, ..)| *answer == Answer::Ok).count();
        if good < 2 || !self.is_good() {
            return self;
        }
        let skipped = self.0.into_iter().filter(|(answer, ..)| *answer != Answer::Ok);
        Said(skipped.chain([(Answer::Ok, format!("{good} {what}"), None)]).collect())
    }
}

/// Each secret that the tasks read holds a value. No value is read.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specifying-sensitive-data.html>
fn secrets(_: &Policy, facts: &Facts) -> Said {
    each(&facts.secrets, "the task reads no secret", |said, name, secret| match secret {
        Secret::Planned => said.skip(format!("`{name}` is {PLANNED}")),
        Secret::Parameter => said.skip(format!("`{name}` is a parameter of Systems Manager, which is not asked")),
        Secret::Missing => said.fail(format!("the secret of `{name}` is not there"), "make it, or mend its ARN"),
        Secret::Deleted => {
            said.fail(format!("the secret of `{name}` is being deleted"), "restore it with `aws secretsmanager restore-secret`")
        }
        Secret::Empty => said.fail(format!("the secret of `{name}` holds no value"), "`trueup secret set` gives it one"),
        Secret::There => said.ok(format!("`{name}` holds a value")),
    })
    .counted("secrets hold a value")
}

/// Each new task needs an address beside the old ones.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-networking.html>
fn addresses(policy: &Policy, facts: &Facts) -> Said {
    let mut free = 0_u32;
    let mut full = Vec::new();
    let mut said = each(&facts.subnets, "it has no subnet", |said, name, subnet| match subnet {
        Subnet::Planned => said.skip(format!("`{name}` is {PLANNED}")),
        Subnet::Missing => said.fail(format!("there is no subnet `{name}`"), "name one that is there"),
        Subnet::There { free: some, zone, .. } => {
            free = free.saturating_add(*some);
            if *some == 0 {
                full.push(zone.clone());
            }
        }
    });
    let asked = facts.subnets.iter().any(|subnet| matches!(subnet.found, Reading::Known(Subnet::There { .. })));
    let partly = facts.subnets.iter().any(|subnet| !matches!(subnet.found, Reading::Known(Subnet::There { .. })));
    let needed = facts.tasks.saturating_add(u32::from(!policy.expand.is_empty()));
    if asked && !partly && free < needed {
        said.fail(format!("its subnets have {free} free addresses, and {needed} are needed"), "add a subnet, or let fewer tasks run");
    } else if asked {
        let full = if full.is_empty() { String::new() } else { format!(", none in {}", full.join(", ")) };
        said.ok(format!("{free} free addresses for {needed}{full}"));
    }
    said
}

/// The account's quotas of vCPUs have room for all new tasks beside what runs. Nobody can be asked for the room that AWS itself has.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/monitoring-fargate-usage.html>
fn capacity(policy: &Policy, facts: &Facts) -> Said {
    let mut said = Said::default();
    if facts.on_instances {
        said.skip("the room on instances is not asked for");
    }
    for (number, Fargate { quota, tasks, room }) in facts.fargate.iter().enumerate() {
        let command = u32::from(number == 0 && !policy.expand.is_empty());
        let needed = f64::from(tasks.saturating_add(command)) * f64::from(facts.task_cpu) / 1024.0;
        match room {
            Reading::Unknown(reason) => said.unread(&format!("the quota `{quota}`"), reason),
            Reading::Known(None) => said.skip(format!("CloudWatch has no value for `{quota}` yet: it counts what runs")),
            Reading::Known(Some(Room { quota: all, used })) if all - used < needed => {
                let left = (all - used).max(0.0);
                said.fail(
                    format!("{left} of {all} vCPUs are left in the quota `{quota}`, and {needed} are needed"),
                    "ask Service Quotas for more, or let fewer tasks run until the new version has taken over",
                );
            }
            Reading::Known(Some(Room { quota: all, used })) => said.ok(format!("{needed} of {} vCPUs that are left of {all}", all - used)),
        }
    }
    said
}

/// The rule holds exactly the pair of target groups, and all traffic goes to the version of now.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/alb-resources-for-blue-green.html>
fn rules(policy: &Policy, facts: &Facts) -> Said {
    let Some(front) = &facts.front else { return Said::one(Answer::Skipped, NO_FRONT) };
    let mut said = Said::default();
    rule(&mut said, front, "production", &front.production);
    match &front.test {
        Some(test) => rule(&mut said, front, "test", test),
        None if !policy.smoke.is_empty() => {
            said.fail("there are smoke checks, and no rule for test traffic", "give the service a test rule: `test_listener_rule_arn`");
        }
        None => {}
    }
    if facts.service.is_some()
        && let (Some(active), Reading::Known(Rule::There(weights))) = (&front.active, &front.production)
        && let all = weights.values().sum::<u32>()
        && all > weights.get(active).copied().unwrap_or(0)
        && said.is_good()
    {
        let says =
            format!("{} of {all} parts of the traffic do not go to the version of now", all - weights.get(active).copied().unwrap_or(0));
        said.fail(says, "somebody has changed the weights: set them back with `aws elbv2 modify-rule`");
    }
    if said.is_good() {
        said.ok("they lead to both target groups");
    }
    said
}

fn rule(said: &mut Said, front: &Front, name: &str, rule: &Reading<Rule>) {
    let what = format!("the {name} rule");
    match rule {
        Reading::Unknown(reason) => said.unread(&what, reason),
        Reading::Known(Rule::Missing) => said.fail(format!("{what} is not there"), "`trueup apply` makes it again, if the stack has it"),
        Reading::Known(Rule::There(weights)) => {
            let names = |arns: Vec<&String>| arns.into_iter().map(|arn| format!("`{}`", group_name(arn))).collect::<Vec<_>>().join(", ");
            let lacking = front.pair.iter().filter(|arn| !weights.contains_key(*arn)).collect::<Vec<_>>();
            let strange = weights.keys().filter(|arn| !front.pair.contains(arn)).collect::<Vec<_>>();
            if !lacking.is_empty() {
                said.fail(
                    format!("{what} does not lead to {}", names(lacking)),
                    "ECS wants both target groups in it: apply the version of now once more, which mends the rule, then the new one",
                );
            }
            if !strange.is_empty() {
                said.fail(
                    format!("{what} also leads to {}", names(strange)),
                    "take out what is not one of the service's two target groups",
                );
            }
        }
    }
}

/// The name in the ARN of a target group.
fn group_name(arn: &str) -> &str {
    arn.split(":targetgroup/").nth(1).and_then(|path| path.split('/').next()).unwrap_or(arn)
}

/// Both groups take addresses, in the network of the tasks, and look for health where the tasks listen.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/alb-resources-for-blue-green.html>
fn groups(_: &Policy, facts: &Facts) -> Said {
    let Some(front) = &facts.front else { return Said::one(Answer::Skipped, NO_FRONT) };
    let mut said = Said::default();
    let mut seen = Vec::<&GroupSettings>::new();
    for (arn, group) in front.pair.iter().zip(&front.groups) {
        let name = group_name(arn);
        let settings = match group {
            Reading::Unknown(reason) => {
                said.unread(&format!("`{name}`"), reason);
                continue;
            }
            Reading::Known(Group::Missing) => {
                said.fail(format!("there is no target group `{name}`"), "`trueup apply` makes it again, if the stack has it");
                continue;
            }
            Reading::Known(Group::There(settings)) => settings,
        };
        if settings.target_type != "ip" {
            said.fail(
                format!("`{name}` takes targets of type {}", settings.target_type),
                "tasks with an address of their own need type ip",
            );
        }
        if settings.health_port != "traffic-port" && settings.health_port != front.container_port.to_string() {
            let says = format!(
                "`{name}` looks for health at port {}, and the container listens at {}",
                settings.health_port, front.container_port
            );
            said.fail(says, "let its health check use `traffic-port`");
        }
        let elsewhere = facts.subnets.iter().find_map(|subnet| match &subnet.found {
            Reading::Known(Subnet::There { vpc, .. }) if *vpc != settings.vpc => Some(&subnet.name),
            _ => None,
        });
        if let Some(subnet) = elsewhere {
            said.fail(format!("`{name}` is in another network than the subnet `{subnet}`"), "both need the same VPC");
        }
        seen.push(settings);
    }
    if let [one, other] = seen.as_slice()
        && one.health != other.health
    {
        said.unknown(format!("their health checks differ: {}, and {}", one.health, other.health), "let both be the same");
    }
    if said.is_good()
        && let Some(settings) = seen.first()
    {
        said.ok(format!("{}, healthy after {} s, {} s of grace", settings.health, settings.healthy_after, front.grace));
    }
    said
}

/// Traffic goes to no group without healthy targets, before the rollout as in it.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html>
fn healthy(_: &Policy, facts: &Facts) -> Said {
    if let Some(first) = first(facts) {
        return Said::one(Answer::Skipped, first);
    }
    let Some(front) = &facts.front else { return Said::one(Answer::Skipped, NO_FRONT) };
    let mut said = Said::default();
    let weights = match &front.production {
        Reading::Known(Rule::There(weights)) => weights.clone(),
        Reading::Known(Rule::Missing) | Reading::Unknown(_) => BTreeMap::new(),
    };
    for (arn, healthy) in front.pair.iter().zip(&front.healthy) {
        let (name, weight) = (group_name(arn), weights.get(arn).copied().unwrap_or(0));
        match healthy {
            _ if weight == 0 => {}
            Reading::Unknown(reason) => said.unread(&format!("the targets of `{name}`"), reason),
            Reading::Known(0) => {
                let says = format!("`{name}` has traffic, and no healthy target");
                said.fail(
                    says,
                    "there is no good version to go back to: mend it first, or take [rollout] out for one apply, and ECS deploys alone",
                );
            }
            Reading::Known(count) => said.ok(format!("`{name}` has the traffic, and {count} healthy")),
        }
    }
    if said.0.is_empty() {
        said.unknown("nobody can tell which group has the traffic", READ);
    }
    said
}

/// The alarms are there and quiet, and metrics have values: ECS passes over an alarm that rings already.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-alarm-failure.html>
fn watched(_: &Policy, facts: &Facts) -> Said {
    // The stack may make its alarms after the service, and a version that never ran has reported nothing.
    let first = first(facts).is_some();
    let mut said = each(&facts.alarms, "", |said, name, state| match state {
        AlarmState::Ok => said.ok(format!("`{name}` is OK")),
        AlarmState::Alarm => {
            said.fail(format!("`{name}` is in ALARM"), "a rollout that begins now would go back at once: mend what it rings for")
        }
        AlarmState::InsufficientData => said.unknown(format!("`{name}` has no data"), "wait until it has some"),
        AlarmState::Missing if first => said.skip(format!("there is no alarm `{name}` yet")),
        AlarmState::Missing => said.fail(format!("there is no alarm `{name}`"), "mend `rollout.guard.alarms`, or make it"),
    });
    let metrics = each(&facts.metrics, "", |said, name, age| match age {
        Age::Minutes(minutes) if *minutes <= LATELY => said.ok(format!("`{name}` has values")),
        Age::Minutes(minutes) => {
            let says = format!("the newest value of `{name}` is {} old", spoken(*minutes));
            said.unknown(says, format!("the guard needs one in the last {LATELY} minutes, and waits at each gate until there is one"));
        }
        Age::NoneFor { .. } if first => said.skip(format!("`{name}` has no value yet")),
        Age::NoneFor { hours } => {
            let says = format!("`{name}` has had no value for {hours} hours");
            let remedy = match name.strip_prefix("database.") {
                Some(rest) => {
                    format!("take `{}` out of `rollout.guard.database.{}`, or see why RDS tells nothing", key(rest), database(rest))
                }
                None => format!("mend namespace, name, dimensions and statistic in `rollout.guard.metrics.{name}`, or take it out"),
            };
            said.fail(says, remedy);
        }
    });
    said.0.extend(metrics.0);
    facts.planned.iter().for_each(|name| said.skip(format!("`{name}` is {PLANNED}")));
    said.0.retain(|(_, says, _)| !says.is_empty());
    if said.0.is_empty() {
        said.skip("the guard names none");
    }
    said.counted("alarms and metrics are well")
}

/// The parts of the name that a limit of a database has: `main.cpu_percent`.
fn database(rest: &str) -> &str {
    rest.rsplit_once('.').map_or(rest, |(database, _)| database)
}

fn key(rest: &str) -> &str {
    rest.rsplit_once('.').map_or(rest, |(_, key)| key)
}

/// There is a version to go back to, with its task definition and its images.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html>
fn way_back(_: &Policy, facts: &Facts) -> Said {
    let mut said = Said::default();
    match &facts.back {
        None => said.skip("a first version has nothing to go back to"),
        Some(Reading::Unknown(reason)) => said.unread("its deployments", reason),
        Some(Reading::Known(Back::Nothing { all: false })) => {
            said.unknown(
                "AWS knows none of its deployments any more: it keeps them for 90 days",
                "the version that runs now is what ECS goes back to",
            );
        }
        Some(Reading::Known(Back::Nothing { all: true })) => said.skip(NEVER_UP),
        Some(Reading::Known(Back::To(version))) => to(&mut said, version),
    }
    said
}

fn to(said: &mut Said, Version { task_definition, active, images }: &Version) {
    match active {
        Reading::Unknown(reason) => said.unread(&format!("`{task_definition}`"), reason),
        Reading::Known(false) => {
            let says = format!("the task definition of the version of now, `{task_definition}`, was deregistered");
            said.fail(says, "a rollback could start none of its tasks: apply the version of now once more, which registers it again");
        }
        Reading::Known(true) => {}
    }
    for image in images {
        match &image.found {
            Reading::Unknown(reason) => said.unread(&format!("the image {}", short(&image.name)), reason),
            Reading::Known(Image::Missing) => {
                let says = format!("the image of the version of now, {}, is not there any more", short(&image.name));
                said.fail(says, "push it again: a rollback could start none of its tasks");
            }
            Reading::Known(Image::Elsewhere | Image::Planned | Image::There { .. }) => {}
        }
    }
    if said.is_good() {
        said.ok(format!("to `{task_definition}`"));
    }
}

/// A health check that changes with the version would judge the old one, too, once it is back.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html>
fn health_check(_: &Policy, facts: &Facts) -> Said {
    match (first(facts), facts.health_check_changes) {
        (Some(first), _) => Said::one(Answer::Skipped, first),
        (None, true) => {
            let mut said = Said::default();
            let says = "the plan changes the health check together with the version, so a rollback may not be healthy";
            said.fail(says, "apply one, then the other: first a version that answers both, or the health check alone");
            said
        }
        (None, false) => Said::one(Answer::Ok, "it stays as it is"),
    }
}

/// Scaling goes on during a rollout, out and not in; a policy that counts the requests of one group is blind once they go to the other.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-autoscaling-targettracking.html>
fn scaling(_: &Policy, facts: &Facts) -> Said {
    match &facts.scaling {
        None => Said::one(Answer::Skipped, "it does not scale by itself"),
        Some(scaling) if scaling.by_requests => {
            let mut said = Said::default();
            let says = "it scales by the requests of one target group, and sees none of the other's";
            said.unknown(says, "scale by processor or memory");
            said
        }
        Some(scaling) => Said::one(Answer::Ok, format!("{} to {} tasks; out while it goes on, and not in", scaling.least, scaling.most)),
    }
}

/// No wait is longer than its gate, and none is longer than ECS's own limits.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/blue-green-deployment-how-it-works.html>
fn time(policy: &Policy, _: &Facts) -> Said {
    let mut said = Said::default();
    for (key, minutes) in [("dwell_minutes", policy.dwell), ("bake_minutes", policy.bake)] {
        if policy.is_gated() && minutes >= policy.gate {
            let says = format!("`{key}` is {minutes}, and ECS goes back after {} minutes at a gate", policy.gate);
            said.fail(says, "make `gate_minutes` longer");
        }
    }
    if policy.gate > STAGE {
        said.fail(
            format!("a gate is open for {}, and ECS ends a stage after a day", spoken(policy.gate)),
            "make `gate_minutes` 1440 at most",
        );
    }
    let phases = phases(policy);
    if let Some((says, remedy)) = too_long(&phases) {
        said.fail(says, remedy);
    }
    let Length { minutes_at_least, minutes_at_most } = Length::of(&phases);
    said.ok(format!("at least {}, at most {} at gates and commands", spoken(minutes_at_least), spoken(minutes_at_most)));
    said
}

/// Each group that the tasks log to is there: a task without it does not start.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html>
fn log_groups(_: &Policy, facts: &Facts) -> Said {
    each(&facts.log_groups, "the tasks log to no log group", |said, name, group| match group {
        LogGroup::Planned => said.skip(format!("`{name}` is {PLANNED}")),
        LogGroup::Elsewhere => said.skip(format!("`{name}` is in another region")),
        LogGroup::MadeByTasks => said.ok(format!("`{name}` is made by the tasks")),
        LogGroup::There => said.ok(format!("`{name}` is there")),
        LogGroup::Missing => said.fail(format!("there is no log group `{name}`"), "make it, or set the option awslogs-create-group"),
    })
}
