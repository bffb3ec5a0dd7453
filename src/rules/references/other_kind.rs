//! REF201: a field that names another resource names none that it can be.

use crate::core::code::{Category, Code, Example};
use crate::core::graph::Finding;
use crate::core::reference::{Piece, Reference, pieces};
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::ec2::check_id;
use serde_json::Value;

pub const RULE: Rule = Rule {
    code: Code {
        id: "REF201",
        category: Category::Request,
        about: "A field that takes the id of one kind of resource has another, or something that is no id.",
        why: "AWS looks the resource up by its id and refuses the request: InvalidVpcID.NotFound and its like, in the middle of an apply.",
        page: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html",
        example: Example::Stack {
            wrong: &[
                r#"
        [network]
        nat = "none"
        [resource.a]
        kind = "ec2.security_group"
        vpc_id = "${network.internet-gateway.id}"
    "#,
                r#"
        [network]
        nat = "none"
        [resource.a]
        kind = "ec2.security_group"
        vpc_id = "vpc-${network.vpc.id}"
    "#,
                r#"
        [resource.a]
        kind = "elasticache.subnet_group"
        subnet_ids = ["us-east-1a"]
    "#,
                r#"
        [resource.people]
        kind = "sns.topic"
        subscriptions = [{ protocol = "email", endpoint = "ops@example.com" }]
        [resource.a]
        kind = "cloudwatch.alarm"
        namespace = "Shop"
        metric_name = "Failures"
        threshold = 1
        alarm_actions = ["${resource.people.name}"]
    "#,
                r#"
        [network]
        [service.api]
        image = "nginx:1.29"
        port = 80
        [resource.more]
        kind = "autoscaling.target"
        resource_id = "service/${service.cluster.arn}/${service.api.service.name}"
        min_capacity = 1
        max_capacity = 3
        policies = { cpu = { metric = "ECSServiceAverageCPUUtilization", target_value = 60 } }
    "#,
            ],
            right: &[
                r#"
        [network]
        nat = "none"
        [resource.a]
        kind = "ec2.security_group"
        vpc_id = "${network.vpc.id}"
    "#,
                r#"
        [resource.a]
        kind = "elasticache.subnet_group"
        subnet_ids = ["subnet-0123456789abcdef0"]
    "#,
            ],
        },
        ..Code::NEW
    },
    look: Look::Resources(find),
};

/// A field by its name, the start of the ids that it takes (empty where they have no such form), and the outputs that it takes of
/// resources of a stack: none where no kind of ours is meant.
struct Takes(&'static str, &'static str, &'static [(&'static str, &'static [&'static str])]);

const ROLE: &[(&str, &[&str])] = &[("iam.role", &["arn"])];
// ECS takes a role by its name as well.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html
const TASK_ROLE: &[(&str, &[&str])] = &[("iam.role", &["arn", "name"])];
const GROUPS: &[(&str, &[&str])] = &[("ec2.security_group", &["id"])];
const SUBNETS: &[(&str, &[&str])] = &[("ec2.subnet", &["id"])];
const TARGETS: &[(&str, &[&str])] = &[("elbv2.target_group", &["arn", "id"])];
const RULES: &[(&str, &[&str])] = &[("elbv2.listener_rule", &["arn", "id"]), ("elbv2.listener", &["arn", "id"])];
const TOPIC: &[(&str, &[&str])] = &[("sns.topic", &["arn"])];
const RANGES: &[(&str, &[&str])] = &[("ec2.vpc", &["cidr"]), ("ec2.subnet", &["cidr"])];

/// In the order of their names. A field that is not here takes anything.
const FIELDS: &[Takes] = &[
    Takes("acm_certificate_arn", "", &[]),
    Takes("alarm_actions", "", TOPIC),
    Takes("alarm_names", "", &[("cloudwatch.alarm", &["name"])]),
    Takes("allocation_id", "", &[("ec2.eip", &["id"])]),
    Takes("alternate_target_group_arn", "", TARGETS),
    Takes("auth_token_secret_arn", "", &[("secretsmanager.secret", &["arn", "id"])]),
    Takes("availability_zone", "", &[("ec2.subnet", &["availability_zone"])]),
    Takes("awslogs-group", "", &[("logs.log_group", &["name"])]),
    Takes("cache_node_type", "", &[]),
    Takes("cache_parameter_group_name", "", &[("elasticache.parameter_group", &["name", "id"])]),
    Takes("cache_subnet_group_name", "", &[("elasticache.subnet_group", &["name", "id"])]),
    Takes("certificate_arn", "", &[]),
    Takes("cidr", "", RANGES),
    Takes("cluster", "", &[("ecs.cluster", &["name", "arn"]), ("ecs.service", &["cluster"])]),
    Takes("content_type", "", &[]),
    Takes("db_parameter_group_name", "", &[("rds.parameter_group", &["name", "id"])]),
    Takes("db_subnet_group_name", "", &[("rds.subnet_group", &["name", "id"])]),
    Takes("destination", "", RANGES),
    Takes("engine_version", "", &[]),
    Takes("execution_role_arn", "", TASK_ROLE),
    Takes("family", "", &[]),
    Takes("initial_target_group_arn", "", TARGETS),
    Takes("instance_class", "", &[]),
    Takes("instance_type", "", &[]),
    Takes("insufficient_data_actions", "", TOPIC),
    Takes("kms_key_arn", "", &[]),
    Takes("kms_key_id", "", &[]),
    Takes("listener_arn", "", &[("elbv2.listener", &["arn", "id"])]),
    Takes("load_balancer_arn", "", &[("elbv2.load_balancer", &["arn", "id"])]),
    Takes("monitoring_role_arn", "", ROLE),
    Takes("nat_gateway_id", "", &[("ec2.nat_gateway", &["id"])]),
    Takes("ok_actions", "", TOPIC),
    Takes("origin_access_control_id", "", &[("cloudfront.origin_access_control", &["id"])]),
    Takes("production_listener_rule_arn", "", RULES),
    Takes("role_arn", "", ROLE),
    Takes("route_table_ids", "rtb-", &[("ec2.route_table", &["id"])]),
    Takes("security_group_id", "sg-", GROUPS),
    Takes("security_group_ids", "sg-", GROUPS),
    Takes("subnet_id", "subnet-", SUBNETS),
    Takes("subnet_ids", "subnet-", SUBNETS),
    Takes("target_bucket", "", &[("s3.bucket", &["name", "id"])]),
    Takes("target_group_arn", "", TARGETS),
    Takes("target_group_arns", "", TARGETS),
    Takes("task_definition_arn", "", &[("ecs.task_definition", &["arn", "family"])]),
    Takes("task_role_arn", "", TASK_ROLE),
    Takes("test_listener_rule_arn", "", RULES),
    Takes("vpc_id", "vpc-", &[("ec2.vpc", &["id"]), ("rds.subnet_group", &["vpc_id"]), ("elasticache.subnet_group", &["vpc_id"])]),
    Takes("vpc_security_group_ids", "sg-", GROUPS),
];

/// The same of fields that have text of their own around what they refer to.
const COMPOSED: &[Takes] = &[
    // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
    Takes("image", "", &[("ecr.repository", &["uri"])]),
    // https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html
    Takes("resource_id", "", &[("ecs.service", &["resource_id", "name", "cluster"]), ("ecs.cluster", &["name"])]),
    // A name alone is a parameter of Systems Manager to ECS, and not a secret.
    // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Secret.html
    Takes("secrets", "", &[("secretsmanager.secret", &["arn", "id"]), ("rds.instance", &["secret_arn"])]),
];

/// Tables whose keys a person has chosen, and documents: a key in them is no field.
const NO_FIELDS: &[&str] = &[
    "access_policies",
    "assume_role_policy",
    "body",
    "dimensions",
    "environment",
    "inline_policies",
    "lifecycle_policy",
    "parameters",
    "policy",
    "tags",
];

/// Kinds whose own checks look at the form of every id.
const OWN_CHECKS: &[&str] = &["ec2.", "elbv2."];

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for seen in view.resources().filter(|_| !view.live) {
        let forms = !OWN_CHECKS.iter().any(|service| seen.kind.name.starts_with(service));
        visit(seen.spec, None, &mut String::new(), &mut |path, takes, text| {
            let Takes(field, prefix, outputs) = takes;
            let pieces = pieces(text);
            let references = pieces.iter().filter_map(|piece| match piece {
                Piece::Reference(reference) => Some(reference),
                Piece::Text(_) => None,
            });
            let references = references.collect::<Vec<_>>();
            if COMPOSED.iter().any(|composed| composed.0 == *field) {
                findings.extend(references.into_iter().filter_map(|reference| {
                    let (message, help) = misfit(view, field, reference, outputs)?;
                    Some(seen.finding(path, message).help(help))
                }));
                return;
            }
            let [reference] = references.as_slice() else {
                if !references.is_empty() {
                    let finding = seen.finding(path, format!("`{field}` takes one id, and this is {} of them", references.len()));
                    findings.push(finding.help("keep one reference"));
                } else if forms && !prefix.is_empty() {
                    findings.extend(check_id(path, text, prefix).map(|problem| Finding::new(seen.address.clone(), problem)));
                }
                return;
            };
            if pieces.len() > 1 {
                let finding = seen.finding(path, format!("there is text beside the reference, and `{field}` is an id as a whole"));
                findings.push(finding.help(format!("write \"${{{}.{}}}\" alone", reference.address, reference.output)));
                return;
            }
            findings.extend(misfit(view, field, reference, outputs).map(|(message, help)| seen.finding(path, message).help(help)));
        });
    }
    findings
}

/// Returns what is wrong with a reference in a field, and the remedy.
fn misfit(view: &View<'_>, field: &str, reference: &Reference, outputs: &[(&str, &[&str])]) -> Option<(String, String)> {
    let target = view.at(&reference.address)?;
    if outputs.iter().any(|(kind, names)| *kind == target.kind.name && names.contains(&reference.output.as_str())) {
        return None;
    }
    let message =
        format!("`{}` is the {} of a {}, and `{field}` takes {}", shown(reference), reference.output, target.kind.name, wanted(outputs));
    Some((message, remedy(view, reference, outputs)))
}

fn shown(reference: &Reference) -> String {
    format!("${{{}.{}}}", reference.address, reference.output)
}

fn wanted(outputs: &[(&str, &[&str])]) -> String {
    match outputs.first() {
        Some((kind, names)) => format!("the {} of a {kind}", names[0]),
        None => "nothing that a stack makes".into(),
    }
}

fn remedy(view: &View<'_>, reference: &Reference, outputs: &[(&str, &[&str])]) -> String {
    // The right resource with another output is the likeliest slip.
    let same = outputs.iter().find_map(|(kind, names)| {
        let target = view.at(&reference.address).filter(|seen| seen.kind.name == *kind)?;
        Some(format!("write \"${{{}.{}}}\"", target.address, names[0]))
    });
    let some = || {
        outputs.iter().find_map(|(kind, names)| {
            let other = view.of_kind(kind).next()?;
            Some(format!("such as \"${{{}.{}}}\"", other.address, names[0]))
        })
    };
    same.or_else(some).unwrap_or_else(|| "write the value itself".into())
}

/// Calls back for every text in a field of `FIELDS`, with its path.
fn visit(value: &Value, takes: Option<&'static Takes>, path: &mut String, each: &mut impl FnMut(&str, &'static Takes, &str)) {
    let long = path.len();
    let mut below = |key: &str, takes, value: &Value| {
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(key);
        visit(value, takes, path, each);
        path.truncate(long);
    };
    match value {
        Value::Object(table) => {
            for (key, value) in table.iter().filter(|(key, _)| !NO_FIELDS.contains(&key.as_str())) {
                // The keys of `secrets` are names of variables: each value is what the table takes.
                let own = takes.filter(|takes| takes.0 == "secrets");
                let find = |all: &'static [Takes]| all.binary_search_by_key(&key.as_str(), |takes| takes.0).ok().map(|at| &all[at]);
                below(key, own.or_else(|| find(FIELDS)).or_else(|| find(COMPOSED)), value);
            }
        }
        Value::Array(items) => items.iter().enumerate().for_each(|(at, item)| below(&at.to_string(), takes, item)),
        Value::String(text) => takes.into_iter().for_each(|takes| each(path, takes, text)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::KINDS;

    #[test]
    fn fields_stand_in_order_and_take_outputs_that_exist() {
        assert!(FIELDS.is_sorted_by_key(|takes| takes.0) && COMPOSED.is_sorted_by_key(|takes| takes.0));
        for (kind, names) in FIELDS.iter().chain(COMPOSED).flat_map(|takes| takes.2) {
            let row = &KINDS.iter().find(|entry| entry.row.name == *kind).unwrap_or_else(|| panic!("there is no kind {kind}")).row;
            assert!(names.iter().all(|name| row.about.outputs.contains(name)), "{kind}: {names:?}");
        }
    }
}
