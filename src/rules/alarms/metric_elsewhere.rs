//! MON207: an alarm of CloudFront's metrics outside of us-east-1.

use super::watched::watched;
use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;

pub const RULE: Rule = Rule {
    code: Code {
        id: "MON207",
        level: Level::Warning,
        category: Category::Observability,
        about: "An alarm watches CloudFront in a region that has none of its metrics.",
        why: "CloudFront sends its metrics to us-east-1 alone: an alarm elsewhere never has data.",
        page: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/programming-cloudwatch-metrics.html",
        example: Example::Stack {
            wrong: &[
                "[stack]\nname = \"shop\"\nregion = \"eu-central-1\"\n[resource.a]\nkind = \"cloudwatch.alarm\"\nnamespace = \"AWS/CloudFront\"\nmetric_name = \"5xxErrorRate\"\ndimensions = { DistributionId = \"E1\", Region = \"Global\" }\nthreshold = 5\nalarm_actions = [\"arn:aws:sns:eu-central-1:123456789012:people\"]",
            ],
            right: &[
                "[stack]\nname = \"shop\"\nregion = \"us-east-1\"\n[resource.a]\nkind = \"cloudwatch.alarm\"\nnamespace = \"AWS/CloudFront\"\nmetric_name = \"5xxErrorRate\"\ndimensions = { DistributionId = \"E1\", Region = \"Global\" }\nthreshold = 5\nalarm_actions = [\"arn:aws:sns:us-east-1:123456789012:people\"]",
            ],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let region = view.scope.region.as_str();
    let watched = watched(view);
    let away = watched.iter().filter(|one| one.namespace == "AWS/CloudFront" && !region.is_empty() && region != "us-east-1");
    let findings = away.map(|one| {
        let finding = one.seen.finding(one.field("namespace"), format!("CloudFront has no metrics in {region}"));
        finding.help("put the alarm into a stack of us-east-1")
    });
    findings.collect()
}
