//! `elbv2.listener_rule`: which requests of a listener go where.

use crate::core::kind::{About, Field, Kind, replace, update};
use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;
use crate::kinds::elbv2::action::{self, Action, Weight};
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
    /// The lowest number is tried first; each is there once in a listener.
    pub priority: i32,
    /// All must hold.
    pub conditions: Vec<Condition>,
    pub action: Action,
    /// How the traffic is split between several target groups; none leaves it to a deployment (blue-green).
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
    pub fn host(pattern: impl Into<String>) -> Self {
        Condition::HostHeader { values: vec![pattern.into()] }
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
        doc: "Which requests of a listener go where.",
        outputs: &["id", "arn"],
        arn: "elasticloadbalancing:listener-rule/",
        exclusive: &[&["listener_arn", "priority"]],
        free: "part of the load balancer",
        ..About::NEW
    };
    const FIELDS: &'static [Field] = &[
        replace("listener_arn"),
        update("priority"),
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

    fn validate(spec: &Spec) -> Vec<Problem> {
        let mut problems = Vec::new();
        problems.extend(elbv2::check_arn("listener_arn", &spec.listener_arn, "listener"));
        problems.extend(elbv2::check_span("priority", spec.priority, 1, 50_000, ""));
        check_conditions(&spec.conditions, &mut problems);
        problems.extend(action::check("action", &spec.action, spec.weights.as_deref(), spec.initial_target_group_arn.as_deref()));
        problems
    }

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

fn check_conditions(conditions: &[Condition], problems: &mut Vec<Problem>) {
    if conditions.is_empty() {
        problems.push(
            Problem::new("conditions", "a rule needs a condition")
                .help("{ field = \"path-pattern\", values = [\"/*\"] } takes every request; the listener's default action takes the rest"),
        );
    }
    let total = conditions.iter().map(Condition::count).sum::<usize>();
    if total > 5 {
        problems.push(Problem::new("conditions", format!("{total} values, AWS allows five in a rule")).help("write a second rule"));
    }
    for (at, condition) in conditions.iter().enumerate() {
        let name = condition.field();
        let once = !matches!(condition, Condition::HttpHeader { .. } | Condition::QueryString { .. });
        if once && conditions.iter().skip(at + 1).any(|other| other.field() == name) {
            problems
                .push(Problem::new(format!("conditions.{at}"), format!("{name} stands here twice")).help("put the values into one list"));
        }
        if condition.count() == 0 {
            problems.push(Problem::new(format!("conditions.{at}.values"), "it needs a value"));
        }
        if let Condition::HttpHeader { name, .. } = condition {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
            if !is_symbolic(name) && (name.is_empty() || name.len() > 40 || !name.bytes().all(plain)) {
                problems.push(Problem::new(format!("conditions.{at}.name"), format!("`{name}` is not the name of a header")));
            }
            if name.eq_ignore_ascii_case("host") {
                problems.push(Problem::new(format!("conditions.{at}.name"), "the host has a condition of its own").help("use host-header"));
            }
        }
        let long = |query: &Query| query.key.as_ref().is_some_and(|key| key.len() > 128) || !(1..=128).contains(&query.value.len());
        if matches!(condition, Condition::QueryString { values } if values.iter().any(long)) {
            problems.push(Problem::new(format!("conditions.{at}.values"), "a key has up to 128 characters, a value 1 to 128"));
        }
        for (index, value) in texts(condition).iter().enumerate() {
            if let Some(message) = wrong_text(condition, value).filter(|_| !is_symbolic(value)) {
                problems.push(Problem::new(format!("conditions.{at}.values.{index}"), message));
            }
        }
    }
}

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

fn wrong_text(condition: &Condition, value: &str) -> Option<String> {
    let plain = |extra: &str| value.chars().all(|letter| letter.is_ascii_alphanumeric() || extra.contains(letter));
    let (fits, what) = match condition {
        Condition::PathPattern { .. } => {
            (plain("_-.$/~\"'@:+&*?!()=,;%|[]{}<>^`# ") && (1..=128).contains(&value.len()), "a path of up to 128 characters")
        }
        Condition::HostHeader { .. } => {
            (plain("-.*?") && value.contains('.') && (1..=128).contains(&value.len()), "a host name with a dot in it")
        }
        Condition::HttpHeader { .. } => ((1..=128).contains(&value.len()) && value.is_ascii(), "a header's value of up to 128 characters"),
        Condition::HttpRequestMethod { .. } => (
            (1..=40).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-' || byte == b'_'),
            "a method in capital letters",
        ),
        Condition::SourceIp { .. } => (ec2::check_range("", value).is_none(), "an IP range such as 192.0.2.0/24"),
        Condition::QueryString { .. } => (true, ""),
    };
    (!fits).then(|| format!("`{value}` is not {what}"))
}
