//! SEC206: data lies unencrypted.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::elasticache::replication_group::ReplicationGroup;
use crate::kinds::opensearch::domain::OpensearchDomain;
use crate::kinds::rds::instance::DbInstance;

pub const RULE: Rule = Rule {
    code: Code {
        id: "SEC206",
        level: Level::Warning,
        category: Category::Security,
        about: "A database, a cache or a search domain stores its data unencrypted.",
        why: "Encryption costs nothing, and a database or a cache takes it only when it is made: later it means a replacement.",
        page: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.Encryption.html",
        example: Example::Stack {
            wrong: &[r#"
        [network]
        [database.main]
        [override."database.main.instance"]
        storage_encrypted = false
    "#],
            right: &[r#"
        [network]
        [database.main]
        [override."database.main.instance"]
        storage_encrypted = true
    "#],
        },
    },
    look: Look::Resources(find),
};

// There is no fix: where the resource is there already, the field replaces it and its data with it.
fn find(view: &View<'_>) -> Vec<Finding> {
    let databases = view.all::<DbInstance>().map(|(seen, spec)| (seen, "storage_encrypted", spec.storage_encrypted));
    let caches = view.all::<ReplicationGroup>().map(|(seen, spec)| (seen, "at_rest_encryption_enabled", spec.at_rest_encryption_enabled));
    let domains = view.all::<OpensearchDomain>().map(|(seen, spec)| (seen, "encrypt_at_rest", spec.encrypt_at_rest));
    let plain = databases.chain(caches).chain(domains).filter(|(_, _, encrypted)| !encrypted);
    let findings = plain.map(|(seen, field, _)| {
        seen.finding(field, "its data is stored unencrypted").help(format!("{field} = true, now: later it means a replacement"))
    });
    findings.collect()
}
