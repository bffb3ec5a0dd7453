//! SEC212: a public search domain lets everybody in.

use crate::core::code::{Category, Code, Example};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::opensearch::domain::OpensearchDomain;
use crate::rules::iam::grants::{members, statements};
use serde_json::Value;

pub const RULE: Rule = Rule {
    code: Code {
        id: "SEC212",
        category: Category::Security,
        about: "A search domain on the internet lets everybody in.",
        why: "CreateDomain refuses it: \"Enable fine-grained access control or apply a restrictive access policy to your domain\". In a VPC the security groups decide.",
        page: "https://docs.aws.amazon.com/opensearch-service/latest/developerguide/ac.html",
        example: Example::Stack {
            wrong: &[r#"
        [resource.search]
        kind = "opensearch.domain"
        engine_version = "OpenSearch_2.19"
        instance_type = "m6g.large.search"
        [resource.search.access_policies]
        Version = "2012-10-17"
        Statement = [{ Effect = "Allow", Principal = { AWS = "*" }, Action = "es:*", Resource = "*" }]
    "#],
            right: &[r#"
        [resource.search]
        kind = "opensearch.domain"
        engine_version = "OpenSearch_2.19"
        instance_type = "m6g.large.search"
        [resource.search.access_policies]
        Version = "2012-10-17"
        Statement = [{ Effect = "Allow", Principal = { AWS = "arn:aws:iam::123456789012:role/search" }, Action = "es:*", Resource = "*" }]
    "#],
        },
        ..Code::NEW
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (seen, spec) in view.all::<OpensearchDomain>().filter(|(_, spec)| spec.subnet_ids.is_empty()) {
        let statements = spec.access_policies.iter().flat_map(statements).enumerate();
        let open = |statement: &Value| {
            let principal = &statement["Principal"];
            let everybody = principal == "*" || members(&principal["AWS"]).any(|one| one == "*");
            statement["Effect"] == "Allow" && everybody && statement.get("Condition").is_none()
        };
        for (at, _) in statements.filter(|(_, statement)| open(statement)) {
            let finding = seen.finding(format!("access_policies.Statement.{at}"), "everybody on the internet may do this");
            found.push(finding.help("name roles, bind it by a condition on aws:SourceIp, or put the domain into a VPC"));
        }
    }
    found
}
