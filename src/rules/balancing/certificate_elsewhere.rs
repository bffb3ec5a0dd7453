//! ELB202: a listener has the certificate of another region.

use crate::core::code::{Category, Code, Example};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::elbv2::listener::Listener;

pub const RULE: Rule = Rule {
    code: Code {
        id: "ELB202",
        category: Category::Request,
        about: "A listener has a certificate of another region than its load balancer.",
        why: "CreateListener refuses it with CertificateNotFound: ACM keeps certificates by region.",
        page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/https-listener-certificates.html",
        example: Example::Stack {
            wrong: &[r#"
        [network]
        [resource.front]
        kind = "ec2.security_group"
        vpc_id = "${network.vpc.id}"
        ingress = [{ from_port = 80, cidr = "10.0.0.0/16" }, { from_port = 443, cidr = "10.0.0.0/16" }]
        [resource.balancer]
        kind = "elbv2.load_balancer"
        subnet_ids = ["${network.subnet.private-a.id}", "${network.subnet.private-b.id}"]
        security_group_ids = ["${resource.front.id}"]
        [resource.listener]
        kind = "elbv2.listener"
        load_balancer_arn = "${resource.balancer.arn}"
        port = 443
        protocol = "HTTPS"
        certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/0a1b2c3d"
        default_action = { type = "fixed-response", status_code = 404 }
    "#],
            right: &[r#"
        [network]
        [resource.front]
        kind = "ec2.security_group"
        vpc_id = "${network.vpc.id}"
        ingress = [{ from_port = 80, cidr = "10.0.0.0/16" }, { from_port = 443, cidr = "10.0.0.0/16" }]
        [resource.balancer]
        kind = "elbv2.load_balancer"
        subnet_ids = ["${network.subnet.private-a.id}", "${network.subnet.private-b.id}"]
        security_group_ids = ["${resource.front.id}"]
        [resource.listener]
        kind = "elbv2.listener"
        load_balancer_arn = "${resource.balancer.arn}"
        port = 443
        protocol = "HTTPS"
        certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d"
        default_action = { type = "fixed-response", status_code = 404 }
    "#],
        },
        ..Code::NEW
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let own = view.scope.region.as_str();
    // A module says it of its own key.
    let declared = view.all::<Listener>().filter(|(seen, _)| seen.address.module() == "resource");
    let found = declared.filter_map(|(seen, spec)| {
        let arn = spec.certificate_arn.as_deref().filter(|arn| arn.starts_with("arn:") && arn.contains(":acm:"))?;
        let region = arn.split(':').nth(3).filter(|region| !own.is_empty() && *region != own && !region.contains('$'))?;
        let finding = seen.finding("certificate_arn", format!("this certificate is in {region}, and the load balancer in {own}"));
        Some(finding.help(format!("request the certificate in {own}")))
    });
    found.collect()
}
