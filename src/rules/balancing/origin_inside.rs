//! ELB212: a distribution comes from the internet to a load balancer inside.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::cloudfront::distribution::Distribution;
use crate::kinds::elbv2::load_balancer::{LoadBalancer, Scheme};

pub const RULE: Rule = Rule {
    code: Code {
        id: "ELB212",
        level: Level::Warning,
        category: Category::Network,
        about: "The origin of a distribution is an internal load balancer.",
        why: "CloudFront comes from the internet, and the name of an internal load balancer leads to private addresses: every viewer gets 502 or 504.",
        page: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-vpc-origins.html",
        example: Example::Stack {
            wrong: &[r#"
        [network]
        [service.web]
        image = "nginx:1.29"
        port = 80
        public = false
        [resource.cdn]
        kind = "cloudfront.distribution"
        origins = [{ id = "web", domain_name = "${service.web.load-balancer.dns_name}", custom = { origin_protocol_policy = "http-only" } }]
        default_cache_behavior = { target_origin_id = "web" }
    "#],
            right: &[r#"
        [network]
        [service.web]
        image = "nginx:1.29"
        port = 80
        public = true
        [resource.cdn]
        kind = "cloudfront.distribution"
        origins = [{ id = "web", domain_name = "${service.web.load-balancer.dns_name}", custom = { origin_protocol_policy = "http-only" } }]
        default_cache_behavior = { target_origin_id = "web" }
    "#],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (seen, spec) in view.all::<Distribution>() {
        for (at, origin) in spec.origins.iter().enumerate() {
            let Some((balancer, of)) = view.target::<LoadBalancer>(&origin.domain_name) else { continue };
            if of.scheme == Scheme::Internal {
                let message = format!("`{}` is internal, and CloudFront comes from the internet", balancer.address);
                let finding = seen.finding(format!("origins.{at}.domain_name"), message).or(balancer.address, "scheme");
                found.push(
                    finding.help("let the load balancer face the internet: scheme = \"internet-facing\", or public = true of its service"),
                );
            }
        }
    }
    found
}
