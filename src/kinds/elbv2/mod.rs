//! Elastic Load Balancing: load balancers, target groups, listeners. The names and protocols that its kinds share stand here.

pub mod action;
#[cfg(feature = "aws")]
pub(crate) mod driver;
pub mod listener;
pub mod listener_rule;
pub mod load_balancer;
pub mod target_group;

use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The protocol that a listener accepts and a target group sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[allow(non_camel_case_types)]
pub enum Protocol {
    HTTP,
    HTTPS,
    TCP,
    TLS,
    UDP,
    TCP_UDP,
}

impl Protocol {
    pub fn as_str(self) -> &'static str {
        match self {
            Protocol::HTTP => "HTTP",
            Protocol::HTTPS => "HTTPS",
            Protocol::TCP => "TCP",
            Protocol::TLS => "TLS",
            Protocol::UDP => "UDP",
            Protocol::TCP_UDP => "TCP_UDP",
        }
    }
    pub fn parse(text: &str) -> Option<Self> {
        use Protocol::{HTTP, HTTPS, TCP, TCP_UDP, TLS, UDP};
        [HTTP, HTTPS, TCP, TLS, UDP, TCP_UDP].into_iter().find(|protocol| protocol.as_str() == text)
    }
    /// True for those of an Application Load Balancer; the others are a Network Load Balancer's.
    pub fn is_http(self) -> bool {
        matches!(self, Protocol::HTTP | Protocol::HTTPS)
    }
    /// True for those that end at the load balancer, which needs a certificate.
    pub fn is_encrypted(self) -> bool {
        matches!(self, Protocol::HTTPS | Protocol::TLS)
    }
}

/// Refuses what AWS refuses as the name of a load balancer or target group.
pub(crate) fn check_name(name: &Option<String>) -> Option<Problem> {
    let name = name.as_ref().filter(|name| !is_symbolic(name))?;
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if name.is_empty() || name.len() > 32 || !plain || name.starts_with('-') || name.ends_with('-') || name.starts_with("internal-") {
        return Some(
            Problem::new("name", format!("`{name}` cannot be a name here"))
                .help("1 to 32 letters, digits and hyphens, no hyphen at the ends, not beginning with `internal-`"),
        );
    }
    None
}

/// Refuses what is no ARN of Elastic Load Balancing whose resource part begins with `noun`; a reference is left alone.
pub(crate) fn check_arn(field: &str, arn: &str, noun: &str) -> Option<Problem> {
    let fits =
        is_symbolic(arn) || (arn.starts_with("arn:") && arn.contains(":elasticloadbalancing:") && arn.contains(&format!(":{noun}/")));
    (!fits).then(|| {
        Problem::new(
            field,
            format!("`{arn}` is not the ARN of a {}", noun.replace("loadbalancer", "load balancer").replace("targetgroup", "target group")),
        )
        .help("refer to a node's `arn` output")
    })
}

pub(crate) fn check_span(field: &str, value: i32, from: i32, to: i32, unit: &str) -> Option<Problem> {
    (!(from..=to).contains(&value)).then(|| {
        let nearest = value.clamp(from, to);
        Problem::new(field, format!("{value} is not from {from} to {to}{unit}")).help(format!("write {nearest}, or what lies between"))
    })
}
