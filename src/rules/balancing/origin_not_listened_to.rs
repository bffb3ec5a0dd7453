//! ELB207: a distribution comes to a door that is not there.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::cloudfront::distribution::{self, Distribution, OriginProtocolPolicy, ViewerProtocolPolicy};
use crate::kinds::elbv2::Protocol;
use crate::kinds::elbv2::load_balancer::LoadBalancer;
use crate::rules::reach::listeners;

pub const RULE: Rule = Rule {
    code: Code {
        id: "ELB207",
        level: Level::Warning,
        category: Category::Network,
        about: "A distribution asks a load balancer on a port or in a protocol that it does not listen for.",
        why: "CloudFront cannot connect to its origin, and every viewer gets 502 or 504.",
        page: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/http-502-bad-gateway.html",
        example: Example::Stack {
            wrong: &[
                r#"
        [network]
        [service.web]
        image = "nginx:1.29"
        port = 80
        public = true
        [resource.cdn]
        kind = "cloudfront.distribution"
        origins = [{ id = "web", domain_name = "${service.web.load-balancer.dns_name}", custom = { origin_protocol_policy = "match-viewer" } }]
        default_cache_behavior = { target_origin_id = "web", viewer_protocol_policy = "redirect-to-https" }
    "#,
                r#"
        [network]
        [service.web]
        image = "nginx:1.29"
        port = 80
        public = true
        [resource.cdn]
        kind = "cloudfront.distribution"
        origins = [{ id = "web", domain_name = "${service.web.load-balancer.dns_name}", custom = { origin_protocol_policy = "https-only" } }]
        default_cache_behavior = { target_origin_id = "web" }
    "#,
            ],
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
            let Some(custom) = &origin.custom else { continue };
            let Some((balancer, _)) = view.target::<LoadBalancer>(&origin.domain_name) else { continue };
            let open = listeners(view, balancer);
            // One that nothing listens on may have listeners that another stack makes.
            if open.is_empty() {
                continue;
            }
            let plain = open.iter().any(|(_, of)| of.port == custom.http_port && matches!(of.protocol, Protocol::HTTP | Protocol::TCP));
            let tls = open
                .iter()
                .any(|(_, of)| of.port == custom.https_port && matches!(of.protocol, Protocol::HTTPS | Protocol::TLS | Protocol::TCP));
            let (lost, help) = match custom.origin_protocol_policy {
                OriginProtocolPolicy::HttpsOnly if !tls => {
                    (format!("HTTPS on {}", custom.https_port), "give it an HTTPS listener, or write http-only")
                }
                OriginProtocolPolicy::HttpOnly if !plain => {
                    (format!("HTTP on {}", custom.http_port), "give it an HTTP listener, or write https-only")
                }
                OriginProtocolPolicy::MatchViewer if !plain && !tls => ("HTTP or HTTPS there".into(), "name the ports that it listens on"),
                // Viewers come by HTTPS to each behaviour, and by HTTP as well where all are allowed.
                OriginProtocolPolicy::MatchViewer if !tls && behaviors(spec, &origin.id).next().is_some() => {
                    let help = "write http-only, or give it an HTTPS listener: viewers come by HTTPS, and CloudFront as they do";
                    (format!("HTTPS on {}", custom.https_port), help)
                }
                OriginProtocolPolicy::MatchViewer
                    if !plain && behaviors(spec, &origin.id).any(|policy| policy == ViewerProtocolPolicy::AllowAll) =>
                {
                    (format!("HTTP on {}", custom.http_port), "write https-only, or give it an HTTP listener")
                }
                _ => continue,
            };
            let finding = seen.finding(format!("origins.{at}.custom"), format!("`{}` does not listen for {lost}", balancer.address));
            found.push(finding.help(help));
        }
    }
    found
}

/// Returns the protocols in which viewers may come to the behaviours of an origin.
fn behaviors<'s>(spec: &'s distribution::Spec, origin: &'s str) -> impl Iterator<Item = ViewerProtocolPolicy> + 's {
    let paths = spec.ordered_cache_behaviors.iter().map(|path| &path.behavior);
    let all = std::iter::once(&spec.default_cache_behavior).chain(paths);
    all.filter(move |behavior| behavior.target_origin_id == origin).map(|behavior| behavior.viewer_protocol_policy)
}
