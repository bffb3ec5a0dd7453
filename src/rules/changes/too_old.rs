//! PLAN204: what is live is too old for a change in place.

use super::in_place;
use crate::core::code::{Category, Code, Example};
use crate::core::graph::Finding;
use crate::core::kind::Kind;
use crate::core::plan::Plan;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::elasticache::replication_group::ReplicationGroup;
use crate::kinds::opensearch::domain::OpensearchDomain;
use serde_json::Value;

pub const RULE: Rule = Rule {
    code: Code {
        id: "PLAN204",
        category: Category::Plan,
        about: "A domain or a cache runs a version that is too old for a change in place.",
        why: "AWS turns encryption of a domain on from Elasticsearch 6.7 on, and TLS of a cache from Redis 7 on; before, it refuses both.",
        page: "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/in-transit-encryption-enable.html",
        example: Example::Scenario("too-old-for-tls"),
        ..Code::NEW
    },
    look: Look::Plan(find),
};

/// Fields of a kind that AWS changes in place from a version on.
struct Since {
    kind: &'static str,
    fields: &'static [&'static str],
    /// The engine that has older versions, as it stands before their numbers.
    engine: &'static str,
    version: (u32, u32),
}

const SINCE: &[Since] = &[
    Since {
        kind: OpensearchDomain::NAME,
        fields: &["encrypt_at_rest", "node_to_node_encryption"],
        engine: "Elasticsearch_",
        version: (6, 7),
    },
    Since { kind: ReplicationGroup::NAME, fields: &["transit_encryption_enabled", "transit_encryption_mode"], engine: "", version: (7, 0) },
];

fn find(plan: &Plan, view: &View<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (change, seen) in in_place(plan, view) {
        let live = change.live.as_ref().and_then(|live| live.spec.get("engine_version")).and_then(Value::as_str).unwrap_or_default();
        for Since { fields, engine, version: (major, minor), .. } in SINCE.iter().filter(|since| since.kind == change.kind) {
            let old = live.strip_prefix(engine).and_then(version).is_some_and(|version| version < (*major, *minor));
            let field = change.fields.iter().find(|field| fields.contains(&field.field.as_ref())).filter(|_| old);
            findings.extend(field.map(|field| {
                let message = format!("it runs {live}, and AWS changes `{}` from {engine}{major}.{minor} on", field.field);
                seen.finding(field.field.as_ref(), message).help("upgrade it first, in an apply of its own, and then change this")
            }));
        }
    }
    findings
}

fn version(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.split('.').map(|part| part.parse::<u32>().ok());
    Some((parts.next()??, parts.next().flatten().unwrap_or(0)))
}
