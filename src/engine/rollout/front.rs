//! The place at which a version answers: its load balancer, by the rule of test traffic before it has users, or by theirs.

use super::Subject;
use crate::aws::{Aws, During, Error, Result};
use crate::core::rollout::smoke::Door;
use aws_sdk_elasticloadbalancingv2::types::ProtocolEnum;

/// The address that smoke checks call, and the host that they connect to instead, if it is another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Front {
    pub url: String,
    pub connect: Option<String>,
}

/// Finds it by the rule that test traffic goes by, or by that of users.
pub(super) async fn find(aws: &Aws, subject: &Subject, door: Door) -> Result<Front> {
    const OPERATION: &str = "elasticloadbalancing.DescribeListeners";
    let advanced = subject.spec.load_balancers.first().and_then(|balancer| balancer.advanced_configuration.as_ref());
    let rule = advanced.map(|advanced| {
        let test = advanced.test_listener_rule_arn.as_deref().filter(|_| door == Door::Test);
        test.unwrap_or(&advanced.production_listener_rule_arn)
    });
    let listener = rule.and_then(listener).ok_or_else(|| Error::new("rollout", "NoRule", "the service has no rule that leads to it"))?;
    let found = aws.elbv2.describe_listeners().listener_arns(listener).send().await.during(OPERATION)?.listeners.unwrap_or_default();
    let found = found.into_iter().next().ok_or_else(|| Error::missing(OPERATION, "listeners"))?;
    let scheme = if found.protocol == Some(ProtocolEnum::Https) { "https" } else { "http" };
    if let Some(via) = &subject.via {
        let host = subject.policy.host.as_deref().unwrap_or(&via.host);
        return Ok(Front { url: format!("{scheme}://{host}:{}", via.port), connect: Some(via.host.clone()) });
    }
    let arn = found.load_balancer_arn.ok_or_else(|| Error::missing(OPERATION, "loadBalancerArn"))?;
    let answer = aws.elbv2.describe_load_balancers().load_balancer_arns(arn).send().await;
    let balancer = answer.during("elasticloadbalancing.DescribeLoadBalancers")?.load_balancers.unwrap_or_default().into_iter().next();
    let name = balancer.and_then(|balancer| balancer.dns_name);
    let name = name.ok_or_else(|| Error::missing("elasticloadbalancing.DescribeLoadBalancers", "DNSName"))?;
    let port = found.port.unwrap_or(80);
    let usual = matches!((scheme, port), ("http", 80) | ("https", 443));
    let port = if usual { String::new() } else { format!(":{port}") };
    let host = subject.policy.host.as_deref().unwrap_or(&name);
    Ok(Front { url: format!("{scheme}://{host}{port}"), connect: subject.policy.host.is_some().then(|| name.clone()) })
}

/// The listener that a rule is of; a listener of a Network Load Balancer stands for itself.
fn listener(rule: &str) -> Option<String> {
    match rule.split_once(":listener-rule/") {
        Some((head, path)) => Some(format!("{head}:listener/{}", path.rsplit_once('/')?.0)),
        None => rule.contains(":listener/").then(|| rule.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_names_its_listener() {
        let head = "arn:aws:elasticloadbalancing:eu-central-1:123456789012";
        let of = |path: &str| listener(&format!("{head}:{path}"));
        assert_eq!(of("listener-rule/app/web/50dc/f2f7/9683"), Some(format!("{head}:listener/app/web/50dc/f2f7")));
        assert_eq!(of("listener/net/web/50dc/f2f7"), Some(format!("{head}:listener/net/web/50dc/f2f7")));
        assert_eq!(of("targetgroup/web/50dc"), None);
    }
}
