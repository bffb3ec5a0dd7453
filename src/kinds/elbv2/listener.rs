//! `elbv2.listener`: a port of a load balancer, and what happens to requests that no rule takes.

use crate::core::kind::{About, Field, Kind, replace, update};
use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;
use crate::kinds::elbv2::action::{self, Action, Weight};
use crate::kinds::elbv2::{self, Protocol};
use crate::pricing::Priced;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub struct Listener;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    pub load_balancer_arn: String,
    pub port: i32,
    #[serde(default = "http")]
    pub protocol: Protocol,
    /// The certificate that HTTPS and TLS show.
    #[serde(default)]
    pub certificate_arn: Option<String>,
    /// Which TLS versions and ciphers are spoken; TLS 1.2 and 1.3 if not given.
    #[serde(default)]
    pub ssl_policy: Option<String>,
    /// What happens to requests that no rule takes.
    pub default_action: Action,
    /// How the traffic is split between several target groups; none leaves it to a deployment.
    #[serde(default)]
    pub weights: Option<Vec<Weight>>,
    /// The one target group that gets all traffic at first where `weights` are not given. Never compared.
    #[serde(default)]
    pub initial_target_group_arn: Option<String>,
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

/// TLS 1.2 with forward secrecy, and TLS 1.3.
const SSL_POLICY: &str = "ELBSecurityPolicy-TLS13-1-2-2021-06";

fn http() -> Protocol {
    Protocol::HTTP
}

impl Kind for Listener {
    type Spec = Spec;
    const NAME: &'static str = "elbv2.listener";
    const ABOUT: About = About {
        doc: "A port of a load balancer, and what happens to requests that no rule takes.",
        outputs: &["id", "arn"],
        arn: "elasticloadbalancing:listener/",
        exclusive: &[&["load_balancer_arn", "port"]],
        console: "https://{region}.console.aws.amazon.com/ec2/home?region={region}#ELBListenerV2:listenerArn={arn}",
        free: "part of the load balancer",
        ..About::NEW
    };
    const FIELDS: &'static [Field] = &[
        replace("load_balancer_arn"),
        update("port").downtime("the old port stops answering"),
        update("protocol").downtime("clients must speak the new protocol"),
        update("certificate_arn"),
        update("ssl_policy"),
        update("default_action"),
        update("weights").set().unmanaged(),
        update("initial_target_group_arn").order_only(),
        update("tags"),
    ];

    fn example() -> Spec {
        Spec {
            load_balancer_arn: "${example.load-balancer.arn}".into(),
            port: 80,
            protocol: Protocol::HTTP,
            certificate_arn: None,
            ssl_policy: None,
            default_action: Action::answer(404, "not found"),
            weights: None,
            initial_target_group_arn: None,
            tags: BTreeMap::from([("Name".into(), "example".into())]),
        }
    }

    fn validate(spec: &Spec) -> Vec<Problem> {
        let mut problems = Vec::new();
        problems.extend(elbv2::check_arn("load_balancer_arn", &spec.load_balancer_arn, "loadbalancer"));
        problems.extend(elbv2::check_span("port", spec.port, 1, 65535, ""));
        let name = spec.protocol.as_str();
        match &spec.certificate_arn {
            None if spec.protocol.is_encrypted() => problems.push(
                Problem::new("certificate_arn", format!("{name} needs a certificate"))
                    .help("give the ARN of a certificate in the load balancer's region"),
            ),
            Some(_) if !spec.protocol.is_encrypted() => {
                problems.push(
                    Problem::new("certificate_arn", format!("{name} shows no certificate")).help("set protocol = \"HTTPS\" or \"TLS\""),
                );
            }
            Some(arn) if !is_symbolic(arn) && !(arn.starts_with("arn:") && (arn.contains(":acm:") || arn.contains(":iam:"))) => {
                problems.push(Problem::new("certificate_arn", format!("`{arn}` is not the ARN of a certificate")));
            }
            Some(_) | None => {}
        }
        if let Some(policy) = &spec.ssl_policy {
            if !spec.protocol.is_encrypted() {
                problems.push(Problem::new("ssl_policy", format!("{name} has no TLS policy")).help("leave `ssl_policy` out"));
            } else if !is_symbolic(policy) && !policy.starts_with("ELBSecurityPolicy-") {
                problems.push(
                    Problem::new("ssl_policy", format!("`{policy}` is not a policy of Elastic Load Balancing"))
                        .help(format!("the default is {SSL_POLICY}")),
                );
            }
        }
        if !spec.protocol.is_http() && !matches!(spec.default_action, Action::Forward { .. }) {
            problems.push(Problem::new("default_action", format!("a {name} listener can only forward")));
        }
        problems.extend(action::check(
            "default_action",
            &spec.default_action,
            spec.weights.as_deref(),
            spec.initial_target_group_arn.as_deref(),
        ));
        problems
    }

    fn normalise(spec: &mut Spec) {
        spec.default_action.normalise();
        if let Some(weights) = &mut spec.weights {
            weights.sort();
        }
        if spec.protocol.is_encrypted() {
            spec.ssl_policy.get_or_insert_with(|| SSL_POLICY.into());
        }
    }
}

impl Priced for Listener {}
