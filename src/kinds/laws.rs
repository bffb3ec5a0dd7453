//! The laws that the pure half of every kind obeys; the laws of drivers are in `tests/it/kinds`.

#[cfg(feature = "aws")]
use super::Entry;
use super::KINDS;
use crate::core::code::{Example, lay_over};
use crate::core::kind::Row;
use crate::core::kind_names;
use serde_json::Value;
use std::collections::BTreeSet;

/// Words that stand for the same to AWS, and words that say what is so anyway: (kind, field, what may go).
const SAME: &[(&str, &str, &[&str])] = &[
    // Protocols by number, and ports that say "all" of a protocol without ports.
    ("ec2.security_group", "ingress", &["-1", "0"]),
    ("ec2.security_group", "egress", &["-1", "0"]),
    // While minor versions are upgraded by themselves, they are AWS's to say.
    ("rds.instance", "engine_version", &["16.4", "15.4", "7.1"]),
    ("elasticache.replication_group", "engine_version", &["7.1", "5.0.6", "6.x", "6.2", "8.0"]),
    // The numbers that storage of this size comes with.
    ("rds.instance", "iops", &["12000"]),
    ("rds.instance", "storage_throughput", &["500"]),
    // All on demand on Fargate is what no strategy means, whatever its weight and base.
    ("ecs.service", "capacity_provider_strategy", &["fargate", "0", "1", "4", "60", "443", "1000", "100000"]),
    // A circuit breaker that is off rolls nothing back.
    ("ecs.service", "deployment", &["true"]),
    // Without a KMS key there is nothing that a bucket key saves.
    ("s3.bucket", "encryption", &["true"]),
    // A managed policy has one name and one id.
    ("cloudfront.distribution", "default_cache_behavior", &["4135ea2d-6df8-44a3-9df3-4b5a84be39ad"]),
];

#[test]
fn the_normal_form_keeps_every_value_that_no_check_refuses() {
    let mut lost = BTreeSet::new();
    for row in KINDS.iter().map(|entry| &entry.row) {
        for spec in specs(row).into_iter().flat_map(|base| mutated(&base)) {
            let Ok([written, normal]) = (row.read)(&spec) else { continue };
            let gone = |name: &str| {
                let kept = values(&normal[name]);
                let same = SAME.iter().find(|(kind, field, _)| (*kind, *field) == (row.name, name)).map_or(&[][..], |(_, _, same)| *same);
                values(&written[name])
                    .into_iter()
                    .filter(|value| !kept.contains(value) && !same.contains(&value.as_str()))
                    .collect::<Vec<_>>()
            };
            let changed =
                row.fields.iter().map(|field| (field.name, gone(field.name))).filter(|(_, gone)| !gone.is_empty()).collect::<Vec<_>>();
            if !changed.is_empty() && (row.validate)(&written).is_empty() {
                lost.extend(changed.into_iter().map(|(field, gone)| format!("{} {field}: {gone:?}", row.name)));
            }
        }
    }
    assert_eq!(lost, BTreeSet::new(), "the file says it, AWS would not get it, and nobody is told");
}

/// The example of a kind, and all that its checks find right.
fn specs(row: &Row) -> Vec<Value> {
    let right = (row.codes)().into_iter().flat_map(|code| match code.example {
        Example::Spec { right, .. } => right,
        Example::Stack { .. } | Example::Readiness { .. } | Example::Scenario(_) | Example::Test(_) => &[],
    });
    let laid_over = right.map(|fields| {
        let mut spec = (row.example)();
        lay_over(&mut spec, serde_json::from_str::<Value>(fields).unwrap().as_object().unwrap());
        spec
    });
    std::iter::once((row.example)()).chain(laid_over).collect()
}

/// A spec with one value changed, in every place.
fn mutated(base: &Value) -> Vec<Value> {
    let mut all = vec![base.clone()];
    mutate("", base, &mut |at, new| {
        let mut spec = base.clone();
        if let Some(place) = spec.pointer_mut(at) {
            *place = new;
            all.push(spec);
        }
    });
    all
}

fn mutate(at: &str, value: &Value, other: &mut dyn FnMut(&str, Value)) {
    match value {
        Value::Bool(flag) => other(at, Value::Bool(!flag)),
        Value::Number(_) => [0, 1, 4, 60, 443].into_iter().for_each(|number| other(at, number.into())),
        Value::String(_) => ["-1", "7.1"].into_iter().for_each(|text| other(at, text.into())),
        Value::Null => {
            [true.into(), 5.into(), "arn:aws:kms:us-east-1:123456789012:key/1".into()].into_iter().for_each(|new| other(at, new))
        }
        Value::Array(list) => list.iter().enumerate().for_each(|(index, item)| mutate(&format!("{at}/{index}"), item, other)),
        Value::Object(fields) => fields.iter().for_each(|(key, item)| mutate(&format!("{at}/{key}"), item, other)),
    }
}

/// The values in a spec, in one case, without the keys and places that they stand at.
fn values(value: &Value) -> BTreeSet<String> {
    match value {
        Value::Array(list) => list.iter().flat_map(values).collect(),
        Value::Object(fields) => fields.values().flat_map(values).collect(),
        Value::Null => BTreeSet::new(),
        Value::String(text) => BTreeSet::from([text.to_lowercase()]),
        Value::Bool(_) | Value::Number(_) => BTreeSet::from([value.to_string()]),
    }
}

/// A role may be seconds old when its ARN is sent, and the service refuses what it does not know yet.
#[cfg(feature = "aws")]
#[test]
fn whoever_names_a_role_waits_until_it_is_known() {
    let names_a_role = |field: &str| field.ends_with("role_arn") || ["policy", "access_policies", "assume_role_policy"].contains(&field);
    let mut named = 0;
    for Entry { row, effects, .. } in KINDS {
        let schema = (row.schema)().to_value().to_string();
        let property = |field: &str| schema.contains(&format!("\"{field}\":{{"));
        let roles = row.fields.iter().any(|field| names_a_role(field.name)) || property("role_arn");
        let waits = [crate::aws::principal::UNKNOWN, "RoleNotAssumable"].iter().any(|code| effects.passing.contains(code));
        assert!(!roles || waits, "{}: it names a role, and PASSING lacks the refusal of one that is new", row.name);
        named += usize::from(roles);
    }
    assert!(named >= 8, "only {named} kinds name roles");
}

#[test]
fn the_names_of_others_lead_to_every_kind() {
    let mut known = KINDS.iter().map(|entry| entry.row.name).collect::<Vec<_>>();
    let help = |word: &str| kind_names::help(word, &known);
    for (word, want) in [
        ("aws_s3_bucket", "s3.bucket"),
        ("aws_s3_bucket_versioning", "s3.bucket"),
        ("db_instance", "rds.instance"),
        ("aws_lb", "elbv2.load_balancer"),
        ("AWS::S3::Bucket", "s3.bucket"),
        ("AWS::ECS::TaskDefinition", "ecs.task_definition"),
        ("AWS::RDS::DBInstance", "rds.instance"),
        ("AWS::ElasticLoadBalancingV2::TargetGroup", "elbv2.target_group"),
        ("ec2:security-group", "ec2.security_group"),
        ("ec2.security_grup", "ec2.security_group"),
    ] {
        assert_eq!(help(word), format!("did you mean `{want}`?"), "{word}");
    }
    assert_eq!(help("s3.object"), "there is s3.bucket");
    for word in ["aws_kms_key", "aws", ""] {
        assert_eq!(help(word), "`trueup schema` names all kinds, such as ec2.security_group", "{word}");
    }
    let mut named = kind_names::KINDS.iter().map(|(_, kind)| *kind).collect::<Vec<_>>();
    named.sort_unstable();
    known.sort_unstable();
    assert_eq!(named, known, "each has a name of Terraform's");
    assert!(kind_names::OTHERS.iter().all(|(_, kind)| known.contains(kind)));
}
