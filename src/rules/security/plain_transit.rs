//! SEC216: something takes connections in the clear.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::cloudfront::distribution::{Distribution, ViewerProtocolPolicy};
use crate::kinds::elasticache::replication_group::ReplicationGroup;
use crate::kinds::opensearch::domain::OpensearchDomain;

pub const RULE: Rule = Rule {
    code: Code {
        id: "SEC216",
        level: Level::Warning,
        category: Category::Security,
        about: "A cache, a search domain or a distribution takes connections without TLS.",
        why: "Whoever is on the way reads and changes what is sent: sessions, passwords, pages.",
        page: "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/in-transit-encryption.html",
        example: Example::Stack {
            wrong: &[
                r#"
        [network]
        [cache.main]
        tls = false
    "#,
                r#"
        [storage.files]
        cdn = {}
        [override."storage.files.distribution".default_cache_behavior]
        viewer_protocol_policy = "allow-all"
    "#,
            ],
            right: &[
                r#"
        [network]
        [cache.main]
    "#,
                r#"
        [storage.files]
        cdn = {}
    "#,
            ],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    // A token without TLS is refused.
    for (seen, spec) in
        view.all::<ReplicationGroup>().filter(|(_, spec)| !spec.transit_encryption_enabled && spec.auth_token_secret_arn.is_none())
    {
        let finding =
            seen.finding("transit_encryption_enabled", format!("port {} of the cache takes what is sent in the clear", spec.port));
        found.push(finding.help("transit_encryption_enabled = true (`tls` in [cache]), and rediss:// in its clients"));
    }
    for (seen, spec) in view.all::<OpensearchDomain>() {
        let open = [("enforce_https", spec.enforce_https), ("node_to_node_encryption", spec.node_to_node_encryption)];
        if let Some((field, _)) = open.into_iter().find(|(_, on)| !on) {
            found.push(seen.finding(field, "what is searched for and found is sent in the clear").help(format!("{field} = true")));
        }
    }
    for (seen, spec) in view.all::<Distribution>() {
        let paths = spec
            .ordered_cache_behaviors
            .iter()
            .enumerate()
            .map(|(at, one)| (format!("ordered_cache_behaviors.{at}.behavior"), &one.behavior));
        let all = paths.chain([("default_cache_behavior".to_owned(), &spec.default_cache_behavior)]);
        for (field, _) in all.filter(|(_, behavior)| behavior.viewer_protocol_policy == ViewerProtocolPolicy::AllowAll) {
            let finding = seen.finding(format!("{field}.viewer_protocol_policy"), "viewers may come without TLS");
            found.push(finding.help("redirect-to-https"));
        }
    }
    found
}
