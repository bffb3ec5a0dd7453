//! `elbv2.listener_rule`: routes those requests of a listener that meet its conditions.

use crate::core::code::Check;
use crate::core::kind::{About, Crowds, Field, Kind, replace, update};
use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;
use crate::kinds::elbv2::action::{self, Action, Routing, Weight};
use crate::kinds::{ec2, elbv2};
use crate::pricing::Priced;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub struct ListenerRule;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    pub listener_arn: String,
    /// The priority, unique within the listener: the rule with the lowest is tried first.
    pub priority: i32,
    /// The conditions that a request must meet, all of them.
    pub conditions: Vec<Condition>,
    pub action: Action,
    /// The weights of several target groups; left out, a deployment sets them (blue-green).
    #[serde(default)]
    pub weights: Option<Vec<Weight>>,
    /// The one target group that gets all traffic at first where `weights` are not given. Never compared.
    #[serde(default)]
    pub initial_target_group_arn: Option<String>,
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

/// Holds if one of its values fits; `*` and `?` stand for any text and any character.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "field", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Condition {
    PathPattern { values: Vec<String> },
    HostHeader { values: Vec<String> },
    HttpHeader { name: String, values: Vec<String> },
    HttpRequestMethod { values: Vec<String> },
    QueryString { values: Vec<Query> },
    SourceIp { values: Vec<String> },
}

/// A parameter of the query; without a key any parameter's value may fit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Query {
    #[serde(default)]
    pub key: Option<String>,
    pub value: String,
}

impl Condition {
    pub fn path(pattern: impl Into<String>) -> Self {
        Condition::PathPattern { values: vec![pattern.into()] }
    }
    pub(super) fn field(&self) -> &'static str {
        match self {
            Condition::PathPattern { .. } => "path-pattern",
            Condition::HostHeader { .. } => "host-header",
            Condition::HttpHeader { .. } => "http-header",
            Condition::HttpRequestMethod { .. } => "http-request-method",
            Condition::QueryString { .. } => "query-string",
            Condition::SourceIp { .. } => "source-ip",
        }
    }
    fn count(&self) -> usize {
        match self {
            Condition::PathPattern { values }
            | Condition::HostHeader { values }
            | Condition::HttpHeader { values, .. }
            | Condition::HttpRequestMethod { values }
            | Condition::SourceIp { values } => values.len(),
            Condition::QueryString { values } => values.len(),
        }
    }
    fn normalise(&mut self) {
        match self {
            // Host and header names have no case.
            Condition::HostHeader { values } => {
                values.iter_mut().filter(|value| !is_symbolic(value)).for_each(|value| *value = value.to_ascii_lowercase());
                values.sort();
            }
            Condition::SourceIp { values } => {
                values.iter_mut().for_each(|value| *value = ec2::canonical_range(value));
                values.sort();
            }
            Condition::PathPattern { values } | Condition::HttpHeader { values, .. } | Condition::HttpRequestMethod { values } => {
                values.sort()
            }
            Condition::QueryString { values } => values.sort(),
        }
    }
}

impl Kind for ListenerRule {
    type Spec = Spec;
    const NAME: &'static str = "elbv2.listener_rule";
    const ABOUT: About = About {
        doc: "Routes those requests of a listener that meet its conditions.",
        outputs: &["id", "arn"],
        arn: "elasticloadbalancing:listener-rule/",
        exclusive: &[&["listener_arn", "priority"]],
        free: "part of the load balancer",
        ..About::NEW
    };
    // ModifyRule and SetRulePriorities take all but the listener.
    // https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyRule.html
    const FIELDS: &'static [Field] = &[
        replace("listener_arn"),
        // SetRulePriorities takes them all at once.
        update("priority").together(),
        update("conditions").set(),
        update("action"),
        update("weights").set().unmanaged(),
        update("initial_target_group_arn").order_only(),
        update("tags"),
    ];

    fn example() -> Spec {
        Spec {
            listener_arn: "${example.listener.arn}".into(),
            priority: 10,
            conditions: vec![Condition::path("/api/*")],
            action: Action::forward("${example.target-group.arn}"),
            weights: None,
            initial_target_group_arn: None,
            tags: BTreeMap::from([("Name".into(), "example".into())]),
        }
    }

    const CROWDS: Option<Crowds<Spec>> = Some(|wanted, live| wanted.action.crowds(&wanted.listener_arn, live).then_some("target group"));

    const CHECKS: &'static [Check<Spec>] = &[
        Check {
            id: "ELB091",
            about: "A rule names its listener or a target group by something that is no ARN of one.",
            why: "CreateRule refuses it as a validation error.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateRule.html",
            wrong: &[r#"{"listener_arn": "web"}"#, r#"{"action": {"type": "forward", "target_group_arns": ["web"]}}"#],
            right: &[r#"{"listener_arn": "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/web/0123456789abcdef/0a"}"#],
            find: arns,
        },
        Check {
            id: "ELB092",
            about: "The priority of a rule is outside what AWS has.",
            why: "CreateRule takes 1 to 50000 and refuses anything else.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateRule.html",
            wrong: &[r#"{"priority": 0}"#, r#"{"priority": 50001}"#],
            right: &[r#"{"priority": 50000}"#],
            find: |spec| elbv2::check_span("priority", spec.priority, 1, 50_000, "").into_iter().collect(),
        },
        Check {
            id: "ELB093",
            about: "A rule has no condition.",
            why: "CreateRule refuses it; what happens to all requests is the listener's default action.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateRule.html",
            wrong: &[r#"{"conditions": []}"#],
            right: &[r#"{"conditions": [{"field": "path-pattern", "values": ["/*"]}]}"#],
            find: some_condition,
        },
        Check {
            id: "ELB094",
            about: "The conditions of a rule have more values together than AWS takes.",
            why: "CreateRule refuses it with TooManyValues: a rule has five.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html",
            wrong: &[r#"{"conditions": [{"field": "path-pattern", "values": ["/a", "/b", "/c", "/d", "/e", "/f"]}]}"#],
            right: &[r#"{"conditions": [{"field": "path-pattern", "values": ["/a", "/b", "/c", "/d", "/e"]}]}"#],
            find: value_count,
        },
        Check {
            id: "ELB095",
            about: "A rule has the same condition twice.",
            why: "CreateRule takes a path, host, method and source once each; all conditions must hold, so two would rarely hold anyway.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html",
            wrong: &[r#"{"conditions": [{"field": "path-pattern", "values": ["/a"]}, {"field": "path-pattern", "values": ["/b"]}]}"#],
            right: &[r#"{"conditions": [{"field": "path-pattern", "values": ["/a", "/b"]}]}"#],
            find: same_condition,
        },
        Check {
            id: "ELB096",
            about: "A condition of a rule has no value.",
            why: "CreateRule refuses it, since such a condition could never hold.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RuleCondition.html",
            wrong: &[r#"{"conditions": [{"field": "host-header", "values": []}]}"#],
            right: &[r#"{"conditions": [{"field": "host-header", "values": ["www.example.com"]}]}"#],
            find: some_value,
        },
        Check {
            id: "ELB097",
            about: "The header of a condition has a name that no header has.",
            why: "CreateRule takes up to 40 characters that may stand in a header's name, and refuses anything else.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_HttpHeaderConditionConfig.html",
            wrong: &[
                r#"{"conditions": [{"field": "http-header", "name": "X Tenant", "values": ["a"]}]}"#,
                r#"{"conditions": [{"field": "http-header", "name": "", "values": ["a"]}]}"#,
            ],
            right: &[r#"{"conditions": [{"field": "http-header", "name": "X-Tenant", "values": ["a"]}]}"#],
            find: header_name,
        },
        Check {
            id: "ELB098",
            about: "A condition reads the host as if it were any header.",
            why: "CreateRule refuses it, since the host has a condition of its own.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_HttpHeaderConditionConfig.html",
            wrong: &[r#"{"conditions": [{"field": "http-header", "name": "Host", "values": ["www.example.com"]}]}"#],
            right: &[r#"{"conditions": [{"field": "host-header", "values": ["www.example.com"]}]}"#],
            find: host_as_header,
        },
        Check {
            id: "ELB099",
            about: "A condition on the query has a key that is too long, or a value that is empty or too long.",
            why: "CreateRule takes up to 128 characters for each.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_QueryStringConditionConfig.html",
            wrong: &[r#"{"conditions": [{"field": "query-string", "values": [{"key": "version", "value": ""}]}]}"#],
            right: &[r#"{"conditions": [{"field": "query-string", "values": [{"key": "version", "value": "2"}]}]}"#],
            find: query_length,
        },
        Check {
            id: "ELB100",
            about: "A condition on the path has a value that is no path.",
            why: "CreateRule takes up to 128 characters, of those that may stand in a path and the wildcards, and refuses anything else.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html",
            wrong: &[
                r#"{"conditions": [{"field": "path-pattern", "values": ["/käse/*"]}]}"#,
                r#"{"conditions": [{"field": "path-pattern", "values": [""]}]}"#,
            ],
            right: &[r#"{"conditions": [{"field": "path-pattern", "values": ["/img/*.png"]}]}"#],
            find: |spec| wrong_values(spec, path),
        },
        Check {
            id: "ELB101",
            about: "A condition on the host has a value that is no host name.",
            why: "CreateRule wants a dot in it and takes letters, digits, hyphens and the wildcards.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html",
            wrong: &[
                r#"{"conditions": [{"field": "host-header", "values": ["www"]}]}"#,
                r#"{"conditions": [{"field": "host-header", "values": ["https://example.com"]}]}"#,
            ],
            right: &[r#"{"conditions": [{"field": "host-header", "values": ["*.example.com"]}]}"#],
            find: |spec| wrong_values(spec, host),
        },
        Check {
            id: "ELB102",
            about: "A condition on a header has a value that no header has.",
            why: "CreateRule takes 1 to 128 characters of ASCII.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_HttpHeaderConditionConfig.html",
            wrong: &[r#"{"conditions": [{"field": "http-header", "name": "X-Tenant", "values": ["käse"]}]}"#],
            right: &[r#"{"conditions": [{"field": "http-header", "name": "X-Tenant", "values": ["shop-*"]}]}"#],
            find: |spec| wrong_values(spec, header),
        },
        Check {
            id: "ELB103",
            about: "A condition on the method has a value that is no method.",
            why: "CreateRule takes up to 40 capital letters, hyphens and underscores, without wildcards.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_HttpRequestMethodConditionConfig.html",
            wrong: &[r#"{"conditions": [{"field": "http-request-method", "values": ["get"]}]}"#],
            right: &[r#"{"conditions": [{"field": "http-request-method", "values": ["GET", "HEAD"]}]}"#],
            find: |spec| wrong_values(spec, method),
        },
        Check {
            id: "ELB104",
            about: "A condition on the source has a value that is no IP range.",
            why: "CreateRule takes ranges only; a single address is a range of one, with /32 behind it.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_SourceIpConditionConfig.html",
            wrong: &[
                r#"{"conditions": [{"field": "source-ip", "values": ["192.0.2.7"]}]}"#,
                r#"{"conditions": [{"field": "source-ip", "values": ["192.0.2.7/24"]}]}"#,
            ],
            right: &[r#"{"conditions": [{"field": "source-ip", "values": ["192.0.2.7/32"]}]}"#],
            find: |spec| wrong_values(spec, source),
        },
        Check {
            id: "ELB105",
            about: "The action of a rule forwards to no target group, or to more than five.",
            why: "CreateRule refuses it: the traffic of an action is shared by one to five target groups.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ForwardActionConfig.html",
            wrong: &[
                r#"{"action": {"type": "forward", "target_group_arns": []}}"#,
                r#"{
                    "action": {
                        "type": "forward",
                        "target_group_arns": [
                            "${g1.group.arn}", "${g2.group.arn}", "${g3.group.arn}", "${g4.group.arn}", "${g5.group.arn}",
                            "${g6.group.arn}"
                        ]
                    },
                    "initial_target_group_arn": "${g1.group.arn}"
                }"#,
            ],
            right: &[r#"{"action": {"type": "forward", "target_group_arns": ["${one.group.arn}"]}}"#],
            find: |spec| action::targets(&routing(spec)),
        },
        Check {
            id: "ELB106",
            about: "The action of a rule names a target group twice.",
            why: "CreateRule refuses it, since each target group has one weight in an action.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ForwardActionConfig.html",
            wrong: &[r#"{
                    "action": {"type": "forward", "target_group_arns": ["${one.group.arn}", "${one.group.arn}"]},
                    "initial_target_group_arn": "${one.group.arn}"
                }"#],
            right: &[r#"{
                    "action": {"type": "forward", "target_group_arns": ["${one.group.arn}", "${two.group.arn}"]},
                    "initial_target_group_arn": "${one.group.arn}"
                }"#],
            find: |spec| action::same_target(&routing(spec)),
        },
        Check {
            id: "ELB107",
            about: "The action of a rule keeps clients at their target group for a time that AWS does not have.",
            why: "CreateRule takes 1 to 604800 seconds, which is a week, and refuses anything else.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupStickinessConfig.html",
            wrong: &[
                r#"{"action": {"type": "forward", "target_group_arns": ["${one.group.arn}"], "stickiness_seconds": 0}}"#,
                r#"{"action": {"type": "forward", "target_group_arns": ["${one.group.arn}"], "stickiness_seconds": 604801}}"#,
            ],
            right: &[r#"{"action": {"type": "forward", "target_group_arns": ["${one.group.arn}"], "stickiness_seconds": 3600}}"#],
            find: |spec| action::stickiness(&routing(spec)),
        },
        Check {
            id: "ELB108",
            about: "The action of a rule forwards to several target groups, and nothing says which of them gets the traffic.",
            why: "AWS would give each an equal share, so that half of all requests reach a version that nobody has tried yet.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupTuple.html",
            wrong: &[r#"{"action": {"type": "forward", "target_group_arns": ["${one.group.arn}", "${two.group.arn}"]}}"#],
            right: &[
                r#"{
                    "action": {"type": "forward", "target_group_arns": ["${one.group.arn}", "${two.group.arn}"]},
                    "initial_target_group_arn": "${one.group.arn}"
                }"#,
                r#"{
                    "action": {"type": "forward", "target_group_arns": ["${one.group.arn}", "${two.group.arn}"]},
                    "weights": [
                        {"target_group_arn": "${one.group.arn}", "weight": 9},
                        {"target_group_arn": "${two.group.arn}", "weight": 1}
                    ]
                }"#,
            ],
            find: |spec| action::first_target(&routing(spec)),
        },
        Check {
            id: "ELB109",
            about: "The action of a rule redirects to a protocol that is none of HTTP's.",
            why: "CreateRule takes HTTP, HTTPS and the request's own, and refuses anything else.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RedirectActionConfig.html",
            wrong: &[r#"{"action": {"type": "redirect", "protocol": "https"}}"#],
            right: &[r#"{"action": {"type": "redirect", "protocol": "HTTPS", "port": "443"}}"#],
            find: |spec| action::redirect_protocol(&routing(spec)),
        },
        Check {
            id: "ELB110",
            about: "The action of a rule redirects to something that is no port.",
            why: "CreateRule takes 1 to 65535 and the request's own, and refuses anything else.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RedirectActionConfig.html",
            wrong: &[r#"{"action": {"type": "redirect", "port": "0"}}"#, r#"{"action": {"type": "redirect", "port": "https"}}"#],
            right: &[r#"{"action": {"type": "redirect", "port": "8443"}}"#],
            find: |spec| action::redirect_port(&routing(spec)),
        },
        Check {
            id: "ELB111",
            about: "The action of a rule redirects to a path that does not begin with a slash.",
            why: "CreateRule refuses it, since a path is absolute.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RedirectActionConfig.html",
            wrong: &[r#"{"action": {"type": "redirect", "path": "login"}}"#],
            right: &[r#"{"action": {"type": "redirect", "path": "/login"}}"#],
            find: |spec| action::redirect_path(&routing(spec)),
        },
        Check {
            id: "ELB112",
            about: "The action of a rule redirects to a host, a path or a query that is empty or too long.",
            why: "CreateRule takes up to 128 characters for each, and wants a host and a path.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RedirectActionConfig.html",
            wrong: &[r#"{"action": {"type": "redirect", "host": "", "port": "443"}}"#],
            right: &[r#"{"action": {"type": "redirect", "host": "www.example.com", "query": ""}}"#],
            find: |spec| action::redirect_length(&routing(spec)),
        },
        Check {
            id: "ELB113",
            about: "The action of a rule redirects requests to where they came from.",
            why: "CreateRule refuses it, since clients would go round in a circle.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RedirectActionConfig.html",
            wrong: &[r#"{"action": {"type": "redirect", "query": ""}}"#],
            right: &[r#"{"action": {"type": "redirect", "protocol": "HTTPS", "port": "443"}}"#],
            find: |spec| action::redirect_circle(&routing(spec)),
        },
        Check {
            id: "ELB114",
            about: "The action of a rule answers with a status that it cannot have.",
            why: "CreateRule takes 2XX, 4XX and 5XX and refuses anything else; a 3XX is a redirect.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_FixedResponseActionConfig.html",
            wrong: &[
                r#"{"action": {"type": "fixed-response", "status_code": 302}}"#,
                r#"{"action": {"type": "fixed-response", "status_code": 600}}"#,
            ],
            right: &[r#"{"action": {"type": "fixed-response", "status_code": 503}}"#],
            find: |spec| action::answer_status(&routing(spec)),
        },
        Check {
            id: "ELB115",
            about: "The action of a rule answers with a type of content that it cannot have.",
            why: "CreateRule takes five types and refuses anything else.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_FixedResponseActionConfig.html",
            wrong: &[r#"{"action": {"type": "fixed-response", "status_code": 200, "content_type": "image/png"}}"#],
            right: &[r#"{"action": {"type": "fixed-response", "status_code": 200, "content_type": "application/json"}}"#],
            find: |spec| action::answer_type(&routing(spec)),
        },
        Check {
            id: "ELB116",
            about: "The action of a rule answers with a text that is too long.",
            why: "CreateRule takes 1024 characters at most.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_FixedResponseActionConfig.html",
            wrong: &[concat!(
                r#"{"action": {"type": "fixed-response", "status_code": 200, "message_body": ""#,
                ten_times!(ten_times!("01234567890")),
                r#""}}"#
            )],
            right: &[r#"{"action": {"type": "fixed-response", "status_code": 200, "message_body": "maintenance until noon"}}"#],
            find: |spec| action::answer_length(&routing(spec)),
        },
        Check {
            id: "ELB117",
            about: "The action of a rule does something that Trueup does not make.",
            why: "Somebody has set it by hand, such as a sign-in; Trueup reads it but could not send it.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Action.html",
            wrong: &[r#"{"action": {"type": "other", "actions": ["authenticate-oidc"]}}"#],
            right: &[r#"{"action": {"type": "forward", "target_group_arns": ["${one.group.arn}"]}}"#],
            find: |spec| action::not_ours(&routing(spec)),
        },
        Check {
            id: "ELB118",
            about: "A weight is outside what AWS has.",
            why: "CreateRule takes 0 to 999 and refuses anything else.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupTuple.html",
            wrong: &[
                r#"{
                    "action": {"type": "forward", "target_group_arns": ["${one.group.arn}"]},
                    "weights": [{"target_group_arn": "${one.group.arn}", "weight": 1000}]
                }"#,
                r#"{
                    "action": {"type": "forward", "target_group_arns": ["${one.group.arn}"]},
                    "weights": [{"target_group_arn": "${one.group.arn}", "weight": -1}]
                }"#,
            ],
            right: &[r#"{
                    "action": {"type": "forward", "target_group_arns": ["${one.group.arn}"]},
                    "weights": [{"target_group_arn": "${one.group.arn}", "weight": 999}]
                }"#],
            find: |spec| action::weights(&routing(spec)),
        },
        Check {
            id: "ELB119",
            about: "A weight, or the first target group, is about a target group that the action does not forward to.",
            why: "Weights are a part of the action that is sent, so this one could not be sent at all.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ForwardActionConfig.html",
            wrong: &[
                r#"{
                    "action": {"type": "forward", "target_group_arns": ["${one.group.arn}"]},
                    "weights": [{"target_group_arn": "${two.group.arn}", "weight": 1}]
                }"#,
                r#"{
                    "action": {"type": "forward", "target_group_arns": ["${one.group.arn}"]},
                    "initial_target_group_arn": "${two.group.arn}"
                }"#,
            ],
            right: &[r#"{
                    "action": {"type": "forward", "target_group_arns": ["${one.group.arn}"]},
                    "initial_target_group_arn": "${one.group.arn}"
                }"#],
            find: |spec| action::strangers(&routing(spec)),
        },
        Check {
            id: "ELB120",
            about: "Some target groups of an action have a weight and others have none.",
            why: "AWS takes a weight that is left out as 1, and few people mean that; so all have one, or none has.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupTuple.html",
            wrong: &[r#"{
                    "action": {"type": "forward", "target_group_arns": ["${one.group.arn}", "${two.group.arn}"]},
                    "weights": [{"target_group_arn": "${one.group.arn}", "weight": 1}]
                }"#],
            right: &[r#"{
                    "action": {"type": "forward", "target_group_arns": ["${one.group.arn}", "${two.group.arn}"]},
                    "weights": [
                        {"target_group_arn": "${one.group.arn}", "weight": 1},
                        {"target_group_arn": "${two.group.arn}", "weight": 0}
                    ]
                }"#],
            find: |spec| action::all_weights(&routing(spec)),
        },
    ];

    fn normalise(spec: &mut Spec) {
        spec.conditions.iter_mut().for_each(Condition::normalise);
        spec.conditions.sort();
        spec.action.normalise();
        if let Some(weights) = &mut spec.weights {
            weights.sort();
        }
    }
}

impl Priced for ListenerRule {}

fn texts(condition: &Condition) -> &[String] {
    match condition {
        Condition::PathPattern { values }
        | Condition::HostHeader { values }
        | Condition::HttpHeader { values, .. }
        | Condition::HttpRequestMethod { values }
        | Condition::SourceIp { values } => values,
        Condition::QueryString { .. } => &[],
    }
}

fn routing(spec: &Spec) -> Routing<'_> {
    Routing { field: "action", action: &spec.action, weights: spec.weights.as_deref(), initial: spec.initial_target_group_arn.as_deref() }
}

fn arns(spec: &Spec) -> Vec<Problem> {
    let listener = elbv2::check_arn("listener_arn", &spec.listener_arn, "listener");
    listener.into_iter().chain(action::arns(&routing(spec))).collect()
}

fn some_condition(spec: &Spec) -> Vec<Problem> {
    let problem = || {
        Problem::new("conditions", "a rule needs a condition")
            .help("{ field = \"path-pattern\", values = [\"/*\"] } takes every request; the listener's default action takes the rest")
    };
    spec.conditions.is_empty().then(problem).into_iter().collect()
}

fn value_count(spec: &Spec) -> Vec<Problem> {
    let total = spec.conditions.iter().map(Condition::count).sum::<usize>();
    let problem = || Problem::new("conditions", format!("{total} values, AWS allows five in a rule")).help("write a second rule");
    (total > 5).then(problem).into_iter().collect()
}

fn same_condition(spec: &Spec) -> Vec<Problem> {
    let again = spec.conditions.iter().enumerate().filter(|(at, condition)| {
        let once = !matches!(condition, Condition::HttpHeader { .. } | Condition::QueryString { .. });
        once && spec.conditions.iter().skip(at + 1).any(|other| other.field() == condition.field())
    });
    let problem = |(at, condition): (usize, &Condition)| {
        Problem::new(format!("conditions.{at}"), format!("{} stands here twice", condition.field())).help("put the values into one list")
    };
    again.map(problem).collect()
}

fn some_value(spec: &Spec) -> Vec<Problem> {
    let empty = spec.conditions.iter().enumerate().filter(|(_, condition)| condition.count() == 0);
    empty
        .map(|(at, _)| {
            Problem::new(format!("conditions.{at}.values"), "it needs a value").help("name at least one, or take the condition out")
        })
        .collect()
}

/// Returns the names of headers that conditions read, each with its field.
fn header_names(spec: &Spec) -> impl Iterator<Item = (String, &String)> {
    spec.conditions.iter().enumerate().filter_map(|(at, condition)| match condition {
        Condition::HttpHeader { name, .. } => Some((format!("conditions.{at}.name"), name)),
        Condition::PathPattern { .. }
        | Condition::HostHeader { .. }
        | Condition::HttpRequestMethod { .. }
        | Condition::QueryString { .. }
        | Condition::SourceIp { .. } => None,
    })
}

fn header_name(spec: &Spec) -> Vec<Problem> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    let fits = |name: &str| is_symbolic(name) || (1..=40).contains(&name.len()) && name.bytes().all(plain);
    let wrong = header_names(spec).filter(|(_, name)| !fits(name));
    wrong.map(|(field, name)| Problem::new(field, format!("`{name}` is not the name of a header"))).collect()
}

fn host_as_header(spec: &Spec) -> Vec<Problem> {
    let hosts = header_names(spec).filter(|(_, name)| name.eq_ignore_ascii_case("host"));
    hosts.map(|(field, _)| Problem::new(field, "the host has a condition of its own").help("use host-header")).collect()
}

fn query_length(spec: &Spec) -> Vec<Problem> {
    let long = |query: &Query| query.key.as_ref().is_some_and(|key| key.len() > 128) || !(1..=128).contains(&query.value.len());
    let wrong = |condition: &Condition| matches!(condition, Condition::QueryString { values } if values.iter().any(long));
    let wrong = spec.conditions.iter().enumerate().filter(|(_, condition)| wrong(condition));
    wrong.map(|(at, _)| Problem::new(format!("conditions.{at}.values"), "a key has up to 128 characters, a value 1 to 128")).collect()
}

/// Refuses the values of conditions that `refused` is about: it says of a value of another form what it should be.
fn wrong_values(spec: &Spec, refused: fn(&Condition, &str) -> Option<&'static str>) -> Vec<Problem> {
    let of = |(at, condition): (usize, &Condition)| {
        let given = texts(condition).iter().enumerate().filter(|(_, value)| !is_symbolic(value));
        let wrong = given.filter_map(|(index, value)| Some((index, value, refused(condition, value)?)));
        let problem = |(index, value, want): (usize, &String, &str)| {
            let problem = Problem::new(format!("conditions.{at}.values.{index}"), format!("`{value}` is not {want}"));
            match value.split_once("://").filter(|_| matches!(condition, Condition::HostHeader { .. })) {
                Some((_, rest)) => problem.help(format!("write {}", rest.split('/').next().unwrap_or_default())),
                None => problem.help(format!("write {want}")),
            }
        };
        wrong.map(problem).collect::<Vec<_>>()
    };
    spec.conditions.iter().enumerate().flat_map(of).collect()
}

fn path(condition: &Condition, value: &str) -> Option<&'static str> {
    let fits = is_made_of(value, "_-.$/~\"'@:+&*?!()=,;%|[]{}<>^`# ") && (1..=128).contains(&value.len());
    (matches!(condition, Condition::PathPattern { .. }) && !fits).then_some("a path of up to 128 characters")
}

fn host(condition: &Condition, value: &str) -> Option<&'static str> {
    let fits = is_made_of(value, "-.*?") && value.contains('.') && (1..=128).contains(&value.len());
    (matches!(condition, Condition::HostHeader { .. }) && !fits).then_some("a host name with a dot in it")
}

fn header(condition: &Condition, value: &str) -> Option<&'static str> {
    let fits = (1..=128).contains(&value.len()) && value.is_ascii();
    (matches!(condition, Condition::HttpHeader { .. }) && !fits).then_some("a header's value of up to 128 characters")
}

fn method(condition: &Condition, value: &str) -> Option<&'static str> {
    let plain = value.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-' || byte == b'_');
    let fits = plain && (1..=40).contains(&value.len());
    (matches!(condition, Condition::HttpRequestMethod { .. }) && !fits).then_some("a method in capital letters")
}

fn source(condition: &Condition, value: &str) -> Option<&'static str> {
    let fits = ec2::not_range("", value).is_none() && ec2::stray_bits("", value).is_none();
    (matches!(condition, Condition::SourceIp { .. }) && !fits).then_some("an IP range such as 192.0.2.0/24")
}

fn is_made_of(text: &str, signs: &str) -> bool {
    text.chars().all(|letter| letter.is_ascii_alphanumeric() || signs.contains(letter))
}
