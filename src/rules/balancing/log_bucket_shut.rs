//! ELB205: a load balancer may not write its access logs.

use crate::core::code::{Category, Code, Example};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::elbv2::load_balancer::{BalancerType, LoadBalancer};
use crate::kinds::s3::bucket::{Bucket, SseAlgorithm};
use crate::rules::iam::grants::{members, statements};
use serde_json::Value;

pub const RULE: Rule = Rule {
    code: Code {
        id: "ELB205",
        category: Category::Security,
        about: "The bucket of a load balancer's access logs does not let it write, or has a key that it cannot use.",
        why: "ModifyLoadBalancerAttributes tries it and refuses: \"Access Denied for bucket\". Application Load Balancers write with S3's own keys alone.",
        page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html",
        example: Example::Stack {
            wrong: &[r#"
        [network]
        [resource.records]
        kind = "s3.bucket"
        name = "shop-access-records"
        [service.web]
        image = "nginx:1.29"
        port = 80
        [override."service.web.load-balancer"]
        access_logs = { bucket = "${resource.records.name}" }
    "#],
            right: &[r#"
        [network]
        [resource.records]
        kind = "s3.bucket"
        name = "shop-access-records"
        [resource.records.policy]
        Version = "2012-10-17"
        Statement = [{ Effect = "Allow", Principal = { Service = "logdelivery.elasticloadbalancing.amazonaws.com" }, Action = "s3:PutObject", Resource = "${resource.records.arn}/AWSLogs/123456789012/*", Condition = { StringEquals = { "aws:SourceAccount" = "123456789012" } } }]
        [service.web]
        image = "nginx:1.29"
        port = 80
        [override."service.web.load-balancer"]
        access_logs = { bucket = "${resource.records.name}" }
    "#],
        },
        ..Code::NEW
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let found = view.all::<LoadBalancer>().filter_map(|(seen, spec)| {
        let (bucket, logs) = view.target::<Bucket>(&spec.access_logs.as_ref()?.bucket)?;
        let own_key = spec.balancer_type == BalancerType::Application && logs.encryption.sse_algorithm != SseAlgorithm::AES256;
        if own_key {
            let message = format!("`{}` is encrypted with a KMS key, which an Application Load Balancer cannot use", bucket.address);
            return Some(seen.finding("access_logs.bucket", message).help("let that bucket have AES256, S3's own keys"));
        }
        let writes = |statement: &Value| {
            let actions = members(&statement["Action"]).filter_map(Value::as_str);
            let puts = |action: &str| ["s3:PutObject", "s3:Put*", "s3:*", "*"].contains(&action);
            statement["Effect"] == "Allow" && (statement.get("NotAction").is_some() || actions.into_iter().any(puts))
        };
        let may = logs.policy.iter().flat_map(statements).any(writes);
        let finding = || seen.finding("access_logs.bucket", format!("`{}` does not let the load balancer write", bucket.address));
        let help = "allow s3:PutObject on its AWSLogs/ACCOUNT/* to the service logdelivery.elasticloadbalancing.amazonaws.com";
        (!may).then(|| finding().help(help))
    });
    found.collect()
}
