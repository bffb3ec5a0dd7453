//! SEC206: data lies unencrypted.

use crate::core::diagnostic::Severity;
use crate::core::graph::{Finding, Graph, Node};
use crate::core::problem::Problem;
use crate::core::rule::{Rule, of_kind};
use crate::kinds::elasticache::replication_group::ReplicationGroup;
use crate::kinds::opensearch::domain::OpensearchDomain;
use crate::kinds::rds::instance::DbInstance;

pub const RULE: Rule = Rule {
    code: "SEC206",
    severity: Severity::Warning,
    about: "A database, a cache or a search domain stores its data unencrypted.",
    why: "Encryption costs nothing and can be chosen only when the resource is made: later it means a replacement.",
    example: r#"
        [network]
        [database.main]
        [override."database.main.instance"]
        storage_encrypted = false
    "#,
    check,
};

fn check(graph: &Graph) -> Vec<Finding> {
    let databases = of_kind::<DbInstance>(graph).map(|(node, spec)| (node, "storage_encrypted", spec.storage_encrypted));
    let caches =
        of_kind::<ReplicationGroup>(graph).map(|(node, spec)| (node, "at_rest_encryption_enabled", spec.at_rest_encryption_enabled));
    let domains = of_kind::<OpensearchDomain>(graph).map(|(node, spec)| (node, "encrypt_at_rest", spec.encrypt_at_rest));
    let plain = databases.chain(caches).chain(domains).filter(|(_, _, encrypted)| !encrypted);
    let finding = |(node, field, _): (&Node, &str, bool)| {
        let problem =
            Problem::new(field, "what it stores is not encrypted").help(format!("{field} = true, now: later it means a replacement"));
        Finding { address: node.address.clone(), problem }
    };
    plain.map(finding).collect()
}
