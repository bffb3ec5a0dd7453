//! `elbv2.listener`: a port of a load balancer, and what happens to requests that no rule takes.

use crate::core::code::Check;
use crate::core::kind::{About, Crowds, Field, Kind, replace, update};
use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;
use crate::kinds::elbv2::action::{self, Action, Routing, Weight};
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
    /// The security policy: the TLS versions and ciphers that are supported; TLS 1.2 and 1.3 if not given.
    #[serde(default)]
    pub ssl_policy: Option<String>,
    /// The action for requests that no rule takes.
    pub default_action: Action,
    /// The weights of several target groups; left out, a deployment sets them.
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
        doc: "A port of a load balancer, and the action for requests that no rule takes.",
        outputs: &["id", "arn"],
        arn: "elasticloadbalancing:listener/",
        exclusive: &[&["load_balancer_arn", "port"]],
        console: "https://{region}.console.aws.amazon.com/ec2/home?region={region}#ELBListenerV2:listenerArn={arn}",
        free: "part of the load balancer",
        ..About::NEW
    };
    // ModifyListener takes all but the load balancer.
    // https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyListener.html
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

    const CROWDS: Option<Crowds<Spec>> =
        Some(|wanted, live| wanted.default_action.crowds(&wanted.load_balancer_arn, live).then_some("target group"));

    const CHECKS: &'static [Check<Spec>] = &[
        Check {
            id: "ELB061",
            about: "A listener names its load balancer or a target group by something that is no ARN of one.",
            why: "CreateListener refuses it as a validation error.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateListener.html",
            wrong: &[r#"{"load_balancer_arn": "web"}"#, r#"{"default_action": {"type": "forward", "target_group_arns": ["web"]}}"#],
            right: &[
                r#"{"load_balancer_arn": "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/web/0123456789abcdef"}"#,
            ],
            find: arns,
        },
        Check {
            id: "ELB062",
            about: "The port of a listener is no port.",
            why: "CreateListener takes 1 to 65535 and refuses anything else.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateListener.html",
            wrong: &[r#"{"port": 0}"#, r#"{"port": 65536}"#],
            right: &[r#"{"port": 8080}"#],
            find: |spec| elbv2::check_span("port", spec.port, 1, 65535, "").into_iter().collect(),
        },
        Check {
            id: "ELB063",
            about: "An encrypted listener has no certificate.",
            why: "CreateListener refuses HTTPS and TLS without one, since the load balancer ends the encryption.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/https-listener-certificates.html",
            wrong: &[r#"{"protocol": "HTTPS"}"#],
            right: &[r#"{"protocol": "HTTPS", "port": 443, "certificate_arn": "arn:aws:acm:us-east-1:123456789012:certificate/0a"}"#],
            find: without_certificate,
        },
        Check {
            id: "ELB064",
            about: "A listener that is not encrypted has a certificate.",
            why: "CreateListener refuses it, since nobody would ever be shown that certificate.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateListener.html",
            wrong: &[r#"{"certificate_arn": "arn:aws:acm:us-east-1:123456789012:certificate/0a"}"#],
            right: &[r#"{"protocol": "HTTPS", "port": 443, "certificate_arn": "arn:aws:acm:us-east-1:123456789012:certificate/0a"}"#],
            find: needless_certificate,
        },
        Check {
            id: "ELB065",
            about: "A listener names its certificate by something that is no ARN of one.",
            why: "CreateListener takes certificates of ACM and of IAM, by their ARNs, and refuses anything else.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/https-listener-certificates.html",
            wrong: &[r#"{"protocol": "HTTPS", "certificate_arn": "www.example.com"}"#],
            right: &[r#"{"protocol": "HTTPS", "certificate_arn": "arn:aws:iam::123456789012:server-certificate/www"}"#],
            find: certificate,
        },
        Check {
            id: "ELB066",
            about: "A listener that is not encrypted has a TLS policy.",
            why: "CreateListener refuses it, since no TLS is spoken there.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateListener.html",
            wrong: &[r#"{"ssl_policy": "ELBSecurityPolicy-TLS13-1-2-2021-06"}"#],
            right: &[r#"{
                    "protocol": "HTTPS", "certificate_arn": "arn:aws:acm:us-east-1:123456789012:certificate/0a",
                    "ssl_policy": "ELBSecurityPolicy-TLS13-1-2-2021-06"
                }"#],
            find: needless_policy,
        },
        Check {
            id: "ELB067",
            about: "The TLS policy of a listener is none of Elastic Load Balancing's.",
            why: "CreateListener refuses it with SSLPolicyNotFound; nobody can make a policy of their own.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html",
            wrong: &[
                r#"{
                    "protocol": "HTTPS", "certificate_arn": "arn:aws:acm:us-east-1:123456789012:certificate/0a",
                    "ssl_policy": "TLSv1.2_2021"
                }"#,
                r#"{
                    "protocol": "HTTPS", "certificate_arn": "arn:aws:acm:us-east-1:123456789012:certificate/0a",
                    "ssl_policy": "ELBSecurityPolicy-TLS12-2021-06"
                }"#,
            ],
            right: &[
                r#"{
                    "protocol": "HTTPS", "certificate_arn": "arn:aws:acm:us-east-1:123456789012:certificate/0a",
                    "ssl_policy": "ELBSecurityPolicy-2016-08"
                }"#,
                r#"{
                    "protocol": "HTTPS", "certificate_arn": "arn:aws:acm:us-east-1:123456789012:certificate/0a",
                    "ssl_policy": "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
                }"#,
            ],
            find: policy,
        },
        Check {
            id: "ELB068",
            about: "A listener of a Network Load Balancer does something else than forward.",
            why: "CreateListener refuses it: redirects and answers are of HTTP, which such a load balancer does not read.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-listeners.html",
            wrong: &[r#"{"protocol": "TCP"}"#],
            right: &[r#"{"protocol": "TCP", "default_action": {"type": "forward", "target_group_arns": ["${one.group.arn}"]}}"#],
            find: only_forwards,
        },
        Check {
            id: "ELB069",
            about: "The default action of a listener forwards to no target group, or to more than five.",
            why: "CreateListener refuses it: the traffic of an action is shared by one to five target groups.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ForwardActionConfig.html",
            wrong: &[
                r#"{"default_action": {"type": "forward", "target_group_arns": []}}"#,
                r#"{
                    "default_action": {
                        "type": "forward",
                        "target_group_arns": [
                            "${g1.group.arn}", "${g2.group.arn}", "${g3.group.arn}", "${g4.group.arn}", "${g5.group.arn}",
                            "${g6.group.arn}"
                        ]
                    },
                    "initial_target_group_arn": "${g1.group.arn}"
                }"#,
            ],
            right: &[r#"{"default_action": {"type": "forward", "target_group_arns": ["${one.group.arn}"]}}"#],
            find: |spec| action::targets(&routing(spec)),
        },
        Check {
            id: "ELB070",
            about: "The default action of a listener names a target group twice.",
            why: "CreateListener refuses it, since each target group has one weight in an action.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ForwardActionConfig.html",
            wrong: &[r#"{
                    "default_action": {"type": "forward", "target_group_arns": ["${one.group.arn}", "${one.group.arn}"]},
                    "initial_target_group_arn": "${one.group.arn}"
                }"#],
            right: &[r#"{
                    "default_action": {"type": "forward", "target_group_arns": ["${one.group.arn}", "${two.group.arn}"]},
                    "initial_target_group_arn": "${one.group.arn}"
                }"#],
            find: |spec| action::same_target(&routing(spec)),
        },
        Check {
            id: "ELB071",
            about: "The default action of a listener keeps clients at their target group for a time that AWS does not have.",
            why: "CreateListener takes 1 to 604800 seconds, which is a week, and refuses anything else.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupStickinessConfig.html",
            wrong: &[
                r#"{"default_action": {"type": "forward", "target_group_arns": ["${one.group.arn}"], "stickiness_seconds": 0}}"#,
                r#"{"default_action": {"type": "forward", "target_group_arns": ["${one.group.arn}"], "stickiness_seconds": 604801}}"#,
            ],
            right: &[r#"{"default_action": {"type": "forward", "target_group_arns": ["${one.group.arn}"], "stickiness_seconds": 3600}}"#],
            find: |spec| action::stickiness(&routing(spec)),
        },
        Check {
            id: "ELB072",
            about: "The default action of a listener forwards to several target groups, and nothing says which of them gets the traffic.",
            why: "AWS would give each an equal share, so that half of all requests reach a version that nobody has tried yet.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupTuple.html",
            wrong: &[r#"{"default_action": {"type": "forward", "target_group_arns": ["${one.group.arn}", "${two.group.arn}"]}}"#],
            right: &[
                r#"{
                    "default_action": {"type": "forward", "target_group_arns": ["${one.group.arn}", "${two.group.arn}"]},
                    "initial_target_group_arn": "${one.group.arn}"
                }"#,
                r#"{
                    "default_action": {"type": "forward", "target_group_arns": ["${one.group.arn}", "${two.group.arn}"]},
                    "weights": [
                        {"target_group_arn": "${one.group.arn}", "weight": 9},
                        {"target_group_arn": "${two.group.arn}", "weight": 1}
                    ]
                }"#,
            ],
            find: |spec| action::first_target(&routing(spec)),
        },
        Check {
            id: "ELB073",
            about: "The default action of a listener redirects to a protocol that is none of HTTP's.",
            why: "CreateListener takes HTTP, HTTPS and the request's own, and refuses anything else.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RedirectActionConfig.html",
            wrong: &[r#"{"default_action": {"type": "redirect", "protocol": "https"}}"#],
            right: &[r#"{"default_action": {"type": "redirect", "protocol": "HTTPS", "port": "443"}}"#],
            find: |spec| action::redirect_protocol(&routing(spec)),
        },
        Check {
            id: "ELB074",
            about: "The default action of a listener redirects to something that is no port.",
            why: "CreateListener takes 1 to 65535 and the request's own, and refuses anything else.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RedirectActionConfig.html",
            wrong: &[
                r#"{"default_action": {"type": "redirect", "port": "0"}}"#,
                r#"{"default_action": {"type": "redirect", "port": "https"}}"#,
            ],
            right: &[r#"{"default_action": {"type": "redirect", "port": "8443"}}"#],
            find: |spec| action::redirect_port(&routing(spec)),
        },
        Check {
            id: "ELB075",
            about: "The default action of a listener redirects to a path that does not begin with a slash.",
            why: "CreateListener refuses it, since a path is absolute.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RedirectActionConfig.html",
            wrong: &[r#"{"default_action": {"type": "redirect", "path": "login"}}"#],
            right: &[r#"{"default_action": {"type": "redirect", "path": "/login"}}"#],
            find: |spec| action::redirect_path(&routing(spec)),
        },
        Check {
            id: "ELB076",
            about: "The default action of a listener redirects to a host, a path or a query that is empty or too long.",
            why: "CreateListener takes up to 128 characters for each, and wants a host and a path.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RedirectActionConfig.html",
            wrong: &[r#"{"default_action": {"type": "redirect", "host": "", "port": "443"}}"#],
            right: &[r#"{"default_action": {"type": "redirect", "host": "www.example.com", "query": ""}}"#],
            find: |spec| action::redirect_length(&routing(spec)),
        },
        Check {
            id: "ELB077",
            about: "The default action of a listener redirects requests to where they came from.",
            why: "CreateListener refuses it, since clients would go round in a circle.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RedirectActionConfig.html",
            wrong: &[r#"{"default_action": {"type": "redirect", "query": ""}}"#],
            right: &[r#"{"default_action": {"type": "redirect", "protocol": "HTTPS", "port": "443"}}"#],
            find: |spec| action::redirect_circle(&routing(spec)),
        },
        Check {
            id: "ELB078",
            about: "The default action of a listener answers with a status that it cannot have.",
            why: "CreateListener takes 2XX, 4XX and 5XX and refuses anything else; a 3XX is a redirect.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_FixedResponseActionConfig.html",
            wrong: &[
                r#"{"default_action": {"type": "fixed-response", "status_code": 302}}"#,
                r#"{"default_action": {"type": "fixed-response", "status_code": 600}}"#,
            ],
            right: &[r#"{"default_action": {"type": "fixed-response", "status_code": 503}}"#],
            find: |spec| action::answer_status(&routing(spec)),
        },
        Check {
            id: "ELB079",
            about: "The default action of a listener answers with a type of content that it cannot have.",
            why: "CreateListener takes five types and refuses anything else.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_FixedResponseActionConfig.html",
            wrong: &[r#"{"default_action": {"type": "fixed-response", "status_code": 200, "content_type": "image/png"}}"#],
            right: &[r#"{"default_action": {"type": "fixed-response", "status_code": 200, "content_type": "application/json"}}"#],
            find: |spec| action::answer_type(&routing(spec)),
        },
        Check {
            id: "ELB080",
            about: "The default action of a listener answers with a text that is too long.",
            why: "CreateListener takes 1024 characters at most.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_FixedResponseActionConfig.html",
            wrong: &[concat!(
                r#"{"default_action": {"type": "fixed-response", "status_code": 200, "message_body": ""#,
                ten_times!(ten_times!("01234567890")),
                r#""}}"#
            )],
            right: &[r#"{"default_action": {"type": "fixed-response", "status_code": 200, "message_body": "maintenance until noon"}}"#],
            find: |spec| action::answer_length(&routing(spec)),
        },
        Check {
            id: "ELB081",
            about: "The default action of a listener does something that Trueup does not make.",
            why: "Somebody has set it by hand, such as a sign-in; Trueup reads it but could not send it.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Action.html",
            wrong: &[r#"{"default_action": {"type": "other", "actions": ["authenticate-oidc"]}}"#],
            right: &[r#"{"default_action": {"type": "forward", "target_group_arns": ["${one.group.arn}"]}}"#],
            find: |spec| action::not_ours(&routing(spec)),
        },
        Check {
            id: "ELB082",
            about: "A weight is outside what AWS has.",
            why: "CreateListener takes 0 to 999 and refuses anything else.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupTuple.html",
            wrong: &[
                r#"{
                    "default_action": {"type": "forward", "target_group_arns": ["${one.group.arn}"]},
                    "weights": [{"target_group_arn": "${one.group.arn}", "weight": 1000}]
                }"#,
                r#"{
                    "default_action": {"type": "forward", "target_group_arns": ["${one.group.arn}"]},
                    "weights": [{"target_group_arn": "${one.group.arn}", "weight": -1}]
                }"#,
            ],
            right: &[r#"{
                    "default_action": {"type": "forward", "target_group_arns": ["${one.group.arn}"]},
                    "weights": [{"target_group_arn": "${one.group.arn}", "weight": 999}]
                }"#],
            find: |spec| action::weights(&routing(spec)),
        },
        Check {
            id: "ELB083",
            about: "A weight, or the first target group, is about a target group that the action does not forward to.",
            why: "Weights are a part of the action that is sent, so this one could not be sent at all.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ForwardActionConfig.html",
            wrong: &[
                r#"{
                    "default_action": {"type": "forward", "target_group_arns": ["${one.group.arn}"]},
                    "weights": [{"target_group_arn": "${two.group.arn}", "weight": 1}]
                }"#,
                r#"{
                    "default_action": {"type": "forward", "target_group_arns": ["${one.group.arn}"]},
                    "initial_target_group_arn": "${two.group.arn}"
                }"#,
            ],
            right: &[r#"{
                    "default_action": {"type": "forward", "target_group_arns": ["${one.group.arn}"]},
                    "initial_target_group_arn": "${one.group.arn}"
                }"#],
            find: |spec| action::strangers(&routing(spec)),
        },
        Check {
            id: "ELB084",
            about: "Some target groups of an action have a weight and others have none.",
            why: "AWS takes a weight that is left out as 1, and few people mean that; so all have one, or none has.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupTuple.html",
            wrong: &[r#"{
                    "default_action": {"type": "forward", "target_group_arns": ["${one.group.arn}", "${two.group.arn}"]},
                    "weights": [{"target_group_arn": "${one.group.arn}", "weight": 1}]
                }"#],
            right: &[r#"{
                    "default_action": {"type": "forward", "target_group_arns": ["${one.group.arn}", "${two.group.arn}"]},
                    "weights": [
                        {"target_group_arn": "${one.group.arn}", "weight": 1},
                        {"target_group_arn": "${two.group.arn}", "weight": 0}
                    ]
                }"#],
            find: |spec| action::all_weights(&routing(spec)),
        },
    ];

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

fn routing(spec: &Spec) -> Routing<'_> {
    Routing {
        field: "default_action",
        action: &spec.default_action,
        weights: spec.weights.as_deref(),
        initial: spec.initial_target_group_arn.as_deref(),
    }
}

fn arns(spec: &Spec) -> Vec<Problem> {
    let balancer = elbv2::check_arn("load_balancer_arn", &spec.load_balancer_arn, "loadbalancer");
    balancer.into_iter().chain(action::arns(&routing(spec))).collect()
}

fn without_certificate(spec: &Spec) -> Vec<Problem> {
    let problem = || {
        Problem::new("certificate_arn", format!("{} needs a certificate", spec.protocol.as_str()))
            .or("protocol")
            .help("give the ARN of a certificate in the load balancer's region")
    };
    (spec.protocol.is_encrypted() && spec.certificate_arn.is_none()).then(problem).into_iter().collect()
}

fn needless_certificate(spec: &Spec) -> Vec<Problem> {
    let problem = || {
        Problem::new("certificate_arn", format!("{} shows no certificate", spec.protocol.as_str()))
            .help("set protocol = \"HTTPS\" or \"TLS\"")
    };
    (!spec.protocol.is_encrypted() && spec.certificate_arn.is_some()).then(problem).into_iter().collect()
}

fn certificate(spec: &Spec) -> Vec<Problem> {
    let given = spec.certificate_arn.iter().filter(|_| spec.protocol.is_encrypted());
    let wrong = given.filter(|arn| !is_symbolic(arn) && !(arn.starts_with("arn:") && (arn.contains(":acm:") || arn.contains(":iam:"))));
    wrong.map(|arn| Problem::new("certificate_arn", format!("`{arn}` is not the ARN of a certificate"))).collect()
}

fn needless_policy(spec: &Spec) -> Vec<Problem> {
    let problem = || Problem::new("ssl_policy", format!("{} has no TLS policy", spec.protocol.as_str())).help("leave `ssl_policy` out");
    (!spec.protocol.is_encrypted() && spec.ssl_policy.is_some()).then(problem).into_iter().collect()
}

fn policy(spec: &Spec) -> Vec<Problem> {
    let given = spec.ssl_policy.iter().filter(|policy| spec.protocol.is_encrypted() && !is_symbolic(policy));
    let problem = |policy: &String| {
        Problem::new("ssl_policy", format!("`{policy}` is not a policy of Elastic Load Balancing"))
            .help(format!("the default is {SSL_POLICY}"))
    };
    given.filter(|policy| !is_policy(policy)).map(problem).collect()
}

/// True for a policy of Elastic Load Balancing, or what may be one that is newer than this list.
fn is_policy(policy: &str) -> bool {
    let Some(name) = policy.strip_prefix("ELBSecurityPolicy-") else { return false };
    let year = name.rsplit('-').nth(1).and_then(|year| year.parse::<u32>().ok());
    POLICIES.contains(&name) || year.is_some_and(|year| (2025..2100).contains(&year))
}

/// The policies until 2024, without their common beginning, as of 2026-11-30.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html>
const POLICIES: &[&str] = &[
    "2015-05",
    "2016-08",
    "FS-1-1-2019-08",
    "FS-1-2-2019-08",
    "FS-1-2-Res-2019-08",
    "FS-1-2-Res-2020-10",
    "FS-2018-06",
    "TLS-1-0-2015-04",
    "TLS-1-1-2017-01",
    "TLS-1-2-2017-01",
    "TLS-1-2-Ext-2018-06",
    "TLS13-1-0-2021-06",
    "TLS13-1-0-FIPS-2023-04",
    "TLS13-1-1-2021-06",
    "TLS13-1-1-FIPS-2023-04",
    "TLS13-1-2-2021-06",
    "TLS13-1-2-Ext0-FIPS-2023-04",
    "TLS13-1-2-Ext1-2021-06",
    "TLS13-1-2-Ext1-FIPS-2023-04",
    "TLS13-1-2-Ext2-2021-06",
    "TLS13-1-2-Ext2-FIPS-2023-04",
    "TLS13-1-2-FIPS-2023-04",
    "TLS13-1-2-Res-2021-06",
    "TLS13-1-2-Res-FIPS-2023-04",
    "TLS13-1-3-2021-06",
    "TLS13-1-3-FIPS-2023-04",
];

fn only_forwards(spec: &Spec) -> Vec<Problem> {
    let forwards = matches!(spec.default_action, Action::Forward { .. });
    let problem = || Problem::new("default_action", format!("a {} listener can only forward", spec.protocol.as_str()));
    (!spec.protocol.is_http() && !forwards).then(problem).into_iter().collect()
}
