//! SEC210: connections may use a version of TLS that is no longer safe.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::cloudfront::distribution::{Distribution, MinimumProtocolVersion};
use crate::kinds::elbv2::listener::Listener;
use crate::kinds::opensearch::domain::{OpensearchDomain, TlsSecurityPolicy};

/// Policies of load balancers that speak TLS 1.0 or 1.1.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html>, as of 2026-11-29.
const OLD: &[&str] = &[
    "ELBSecurityPolicy-2015-05",
    "ELBSecurityPolicy-2016-08",
    "ELBSecurityPolicy-TLS-1-0-2015-04",
    "ELBSecurityPolicy-TLS-1-1-2017-01",
    "ELBSecurityPolicy-FS-2018-06",
    "ELBSecurityPolicy-FS-1-1-2019-08",
    "ELBSecurityPolicy-TLS13-1-0-2021-06",
    "ELBSecurityPolicy-TLS13-1-1-2021-06",
    "ELBSecurityPolicy-TLS13-1-0-FIPS-2023-04",
    "ELBSecurityPolicy-TLS13-1-1-FIPS-2023-04",
];

const MODERN: &str = "ELBSecurityPolicy-TLS13-1-2-2021-06";

pub const RULE: Rule = Rule {
    code: Code {
        id: "SEC210",
        level: Level::Warning,
        category: Category::Security,
        about: "A load balancer, distribution or search domain still speaks TLS 1.0 or 1.1.",
        why: "Both have known weaknesses and were withdrawn in 2021 (RFC 8996); audits of cards and health data refuse them.",
        page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html",
        example: Example::Stack {
            wrong: &[
                r#"
        [network]
        [service.web]
        image = "nginx:1.29"
        port = 80
        certificate = "arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d-0000-0000-0000-000000000000"
        [override."service.web.listener.https"]
        ssl_policy = "ELBSecurityPolicy-2016-08"
    "#,
                "[network]\n[search.main]\n[override.\"search.main.domain\"]\ntls_security_policy = \"Policy-Min-TLS-1-0-2019-07\"",
            ],
            right: &[
                r#"
        [network]
        [service.web]
        image = "nginx:1.29"
        port = 80
        certificate = "arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d-0000-0000-0000-000000000000"
    "#,
                "[network]\n[search.main]",
            ],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let listeners = view.all::<Listener>().filter_map(|(seen, spec)| {
        let policy = spec.ssl_policy.as_deref().filter(|policy| OLD.contains(policy))?;
        let finding = seen.finding("ssl_policy", format!("`{policy}` speaks TLS 1.0 or 1.1"));
        Some(finding.help(format!("ssl_policy = \"{MODERN}\", for TLS 1.2 and 1.3")).set("ssl_policy", MODERN))
    });
    let domains = view.all::<OpensearchDomain>().filter(|(_, spec)| spec.tls_security_policy == TlsSecurityPolicy::Tls10);
    let domains = domains.map(|(seen, _)| {
        let policy = "Policy-Min-TLS-1-2-2019-07";
        let finding = seen.finding("tls_security_policy", "the domain speaks TLS 1.0");
        finding.help(format!("tls_security_policy = \"{policy}\"")).set("tls_security_policy", policy)
    });
    let old = [MinimumProtocolVersion::Tls1, MinimumProtocolVersion::Tls1In2016, MinimumProtocolVersion::Tls11In2016];
    // CloudFront's own certificate leaves nothing to choose.
    let distributions =
        view.all::<Distribution>().filter(|(_, spec)| spec.acm_certificate_arn.is_some() && old.contains(&spec.minimum_protocol_version));
    let distributions = distributions.map(|(seen, _)| {
        let finding = seen.finding("minimum_protocol_version", "the distribution speaks TLS 1.0 or 1.1");
        finding.help("minimum_protocol_version = \"TLSv1.2_2021\"").set("minimum_protocol_version", "TLSv1.2_2021")
    });
    listeners.chain(domains).chain(distributions).collect()
}
