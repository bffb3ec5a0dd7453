//! The action of a listener or a rule: what it does with a request.
//!
//! A blue-green deployment shifts traffic by changing weights all the time, so an action names the target groups only, and
//! weights are a field of their own that a spec may leave out.

use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;
use crate::kinds::elbv2;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Action {
    /// Forwards to one target group, or to several by weight.
    Forward {
        target_group_arns: Vec<String>,
        /// Seconds that a client stays with the target group it got; left out, it does not stay.
        #[serde(default)]
        stickiness_seconds: Option<i32>,
    },
    /// Redirects to another URL. `#{host}` and the like stand for the request's own parts.
    Redirect {
        #[serde(default = "own_protocol")]
        protocol: String,
        #[serde(default = "own_port")]
        port: String,
        #[serde(default = "own_host")]
        host: String,
        #[serde(default = "own_path")]
        path: String,
        #[serde(default = "own_query")]
        query: String,
        #[serde(default)]
        status_code: RedirectCode,
    },
    /// Returns an answer that needs no target.
    FixedResponse {
        status_code: u16,
        #[serde(default = "plain_text")]
        content_type: String,
        #[serde(default)]
        message_body: String,
    },
    /// Actions that somebody else has set and Trueup does not make, such as a sign-in; no file can hold them.
    Other { actions: Vec<String> },
}

impl Action {
    /// True when a live listener or rule of another load balancer sends requests to one of the same target groups: AWS lets each
    /// serve one load balancer at a time. `below` is the ARN of the load balancer or listener that this action is of, or a
    /// reference to one that is not there yet.
    /// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html>
    pub fn crowds(&self, below: &str, live: &Value) -> bool {
        let Action::Forward { target_group_arns: own, .. } = self else { return false };
        let text = |name: &str| live.get(name).and_then(Value::as_str);
        let Some(there) = text("load_balancer_arn").or_else(|| text("listener_arn")).and_then(balancer_of) else { return false };
        let action = live.get("default_action").or_else(|| live.get("action"));
        let theirs = action.and_then(|action| action.get("target_group_arns")?.as_array());
        let shared = theirs.into_iter().flatten().filter_map(Value::as_str).any(|arn| own.iter().any(|own| own == arn));
        shared && balancer_of(below) != Some(there)
    }
}

/// The part of an ARN of a load balancer, or of something below it, that names the load balancer: `app/web/50dc6c495c0c9188`.
fn balancer_of(arn: &str) -> Option<&str> {
    let rest = ["loadbalancer/", "listener/"].iter().find_map(|noun| arn.split_once(noun)).map(|(_, rest)| rest)?;
    rest.match_indices('/').nth(2).map_or(Some(rest), |(end, _)| rest.get(..end))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[allow(non_camel_case_types)]
pub enum RedirectCode {
    #[default]
    HTTP_301,
    HTTP_302,
}

/// The share of the traffic that a target group gets, in proportion to the others.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Weight {
    pub target_group_arn: String,
    /// The weight, from 0 to 999.
    pub weight: i32,
}

pub(super) fn own_protocol() -> String {
    "#{protocol}".into()
}
pub(super) fn own_port() -> String {
    "#{port}".into()
}
pub(super) fn own_host() -> String {
    "#{host}".into()
}
pub(super) fn own_path() -> String {
    "/#{path}".into()
}
pub(super) fn own_query() -> String {
    "#{query}".into()
}
pub(super) fn plain_text() -> String {
    "text/plain".into()
}

impl Action {
    /// Forwards to one target group.
    pub fn forward(target_group_arn: impl Into<String>) -> Self {
        Action::Forward { target_group_arns: vec![target_group_arn.into()], stickiness_seconds: None }
    }
    /// Redirects from HTTP to HTTPS, everything else as it was.
    pub fn to_https() -> Self {
        Action::Redirect {
            protocol: "HTTPS".into(),
            port: "443".into(),
            host: own_host(),
            path: own_path(),
            query: own_query(),
            status_code: RedirectCode::HTTP_301,
        }
    }
    /// Gives a plain answer.
    pub fn answer(status_code: u16, message_body: impl Into<String>) -> Self {
        Action::FixedResponse { status_code, content_type: plain_text(), message_body: message_body.into() }
    }
    pub fn target_group_arns(&self) -> &[String] {
        match self {
            Action::Forward { target_group_arns, .. } => target_group_arns,
            Action::Redirect { .. } | Action::FixedResponse { .. } | Action::Other { .. } => &[],
        }
    }
    pub(crate) fn normalise(&mut self) {
        if let Action::Forward { target_group_arns, .. } = self {
            target_group_arns.sort();
        }
    }
}

/// The action of a listener or a rule, with what stands beside it in the spec. The checks below are rows of both kinds.
pub(crate) struct Routing<'a> {
    /// The field that the action stands in.
    pub field: &'static str,
    pub action: &'a Action,
    pub weights: Option<&'a [Weight]>,
    /// The target group that gets all traffic at first.
    pub initial: Option<&'a str>,
}

impl Routing<'_> {
    fn refuse(&self, part: &str, message: impl Into<String>) -> Problem {
        Problem::new(format!("{}.{part}", self.field), message)
    }
    /// Returns the target groups of an action that forwards, each with its field.
    fn targets(&self) -> impl Iterator<Item = (String, &String)> {
        let arns = self.action.target_group_arns().iter().enumerate();
        arns.map(|(at, arn)| (format!("{}.target_group_arns.{at}", self.field), arn))
    }
}

pub(crate) fn arns(routing: &Routing<'_>) -> Vec<Problem> {
    routing.targets().filter_map(|(field, arn)| elbv2::check_arn(&field, arn, "targetgroup")).collect()
}

pub(crate) fn targets(routing: &Routing<'_>) -> Vec<Problem> {
    let Action::Forward { target_group_arns, .. } = routing.action else { return Vec::new() };
    let problem = || routing.refuse("target_group_arns", "an action forwards to one to five target groups");
    (!(1..=5).contains(&target_group_arns.len())).then(problem).into_iter().collect()
}

pub(crate) fn same_target(routing: &Routing<'_>) -> Vec<Problem> {
    let mut seen = BTreeSet::new();
    let again = routing.targets().filter(|(_, arn)| !seen.insert(*arn));
    again.map(|(field, arn)| Problem::new(field, format!("`{arn}` is listed twice")).help("name each target group once")).collect()
}

pub(crate) fn stickiness(routing: &Routing<'_>) -> Vec<Problem> {
    let Action::Forward { stickiness_seconds: Some(seconds), .. } = routing.action else { return Vec::new() };
    elbv2::check_span(&format!("{}.stickiness_seconds", routing.field), *seconds, 1, 604_800, " seconds").into_iter().collect()
}

pub(crate) fn first_target(routing: &Routing<'_>) -> Vec<Problem> {
    let open = routing.action.target_group_arns().len() > 1 && routing.weights.is_none() && routing.initial.is_none();
    let problem = || {
        Problem::new(routing.field, "it is not said which target group gets the traffic at first")
            .help("give `weights`, or `initial_target_group_arn` if a deployment shifts them later")
    };
    open.then(problem).into_iter().collect()
}

pub(crate) fn redirect_protocol(routing: &Routing<'_>) -> Vec<Problem> {
    let Action::Redirect { protocol, .. } = routing.action else { return Vec::new() };
    let fits = is_symbolic(protocol) || ["HTTP", "HTTPS", "#{protocol}"].contains(&protocol.as_str());
    let problem = || routing.refuse("protocol", format!("`{protocol}` is not HTTP, HTTPS or #{{protocol}}"));
    (!fits).then(problem).into_iter().collect()
}

pub(crate) fn redirect_port(routing: &Routing<'_>) -> Vec<Problem> {
    let Action::Redirect { port, .. } = routing.action else { return Vec::new() };
    let fits = is_symbolic(port) || port == "#{port}" || port.parse::<u16>().is_ok_and(|port| port > 0);
    let problem = || routing.refuse("port", format!("`{port}` is not a port from 1 to 65535 or #{{port}}"));
    (!fits).then(problem).into_iter().collect()
}

pub(crate) fn redirect_path(routing: &Routing<'_>) -> Vec<Problem> {
    let Action::Redirect { path, .. } = routing.action else { return Vec::new() };
    let problem = || routing.refuse("path", format!("`{path}` does not begin with a slash"));
    (!is_symbolic(path) && !path.starts_with('/')).then(problem).into_iter().collect()
}

pub(crate) fn redirect_length(routing: &Routing<'_>) -> Vec<Problem> {
    let Action::Redirect { host, path, query, .. } = routing.action else { return Vec::new() };
    let parts = [("host", host, 1), ("path", path, 1), ("query", query, 0)];
    let wrong = parts.into_iter().filter(|(_, text, least)| !is_symbolic(text) && !(*least..=128).contains(&text.len()));
    wrong.map(|(part, _, least)| routing.refuse(part, format!("it may have {least} to 128 characters"))).collect()
}

pub(crate) fn redirect_circle(routing: &Routing<'_>) -> Vec<Problem> {
    let Action::Redirect { protocol, port, host, path, .. } = routing.action else { return Vec::new() };
    let own = [(protocol, own_protocol()), (port, own_port()), (host, own_host()), (path, own_path())];
    let problem = || {
        Problem::new(routing.field, "the redirect leads to where the request came from")
            .help("change at least one of protocol, port, host and path")
    };
    own.iter().all(|(given, own)| *given == own).then(problem).into_iter().collect()
}

pub(crate) fn answer_status(routing: &Routing<'_>) -> Vec<Problem> {
    let Action::FixedResponse { status_code, .. } = routing.action else { return Vec::new() };
    let problem = || routing.refuse("status_code", format!("{status_code} is not a status from 2XX, 4XX or 5XX"));
    (!matches!(status_code, 200..=299 | 400..=599)).then(problem).into_iter().collect()
}

pub(crate) fn answer_type(routing: &Routing<'_>) -> Vec<Problem> {
    const TYPES: [&str; 5] = ["text/plain", "text/css", "text/html", "application/javascript", "application/json"];
    let Action::FixedResponse { content_type, .. } = routing.action else { return Vec::new() };
    let problem =
        || routing.refuse("content_type", format!("`{content_type}` is not allowed here")).help(format!("one of {}", TYPES.join(", ")));
    (!is_symbolic(content_type) && !TYPES.contains(&content_type.as_str())).then(problem).into_iter().collect()
}

pub(crate) fn answer_length(routing: &Routing<'_>) -> Vec<Problem> {
    let Action::FixedResponse { message_body, .. } = routing.action else { return Vec::new() };
    (message_body.len() > 1024).then(|| routing.refuse("message_body", "it may have 1024 characters")).into_iter().collect()
}

pub(crate) fn not_ours(routing: &Routing<'_>) -> Vec<Problem> {
    let problem = || Problem::new(routing.field, "this action is not ours to make").help("use forward, redirect or fixed-response");
    matches!(routing.action, Action::Other { .. }).then(problem).into_iter().collect()
}

pub(crate) fn weights(routing: &Routing<'_>) -> Vec<Problem> {
    let given = routing.weights.unwrap_or_default().iter().enumerate();
    given.filter_map(|(at, one)| elbv2::check_span(&format!("weights.{at}.weight"), one.weight, 0, 999, "")).collect()
}

pub(crate) fn strangers(routing: &Routing<'_>) -> Vec<Problem> {
    let weights = routing.weights.unwrap_or_default().iter().enumerate();
    let weights = weights.map(|(at, one)| (format!("weights.{at}.target_group_arn"), one.target_group_arn.as_str()));
    let initial = routing.initial.map(|arn| ("initial_target_group_arn".to_owned(), arn));
    let unknown = weights.chain(initial).filter(|(_, arn)| !routing.action.target_group_arns().iter().any(|known| known == arn));
    unknown.map(|(field, arn)| Problem::new(field, format!("`{arn}` is not among the action's target groups"))).collect()
}

pub(crate) fn all_weights(routing: &Routing<'_>) -> Vec<Problem> {
    let known = routing.action.target_group_arns().len();
    let wrong = routing.weights.filter(|weights| weights.len() != known);
    let problem = |weights: &[Weight]| {
        Problem::new("weights", format!("{} weights for {known} target groups", weights.len()))
            .help("give one for each target group, or none at all")
    };
    wrong.map(problem).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_action_reads_as_aws_names_it_and_refuses_what_it_does_not_know() {
        let read = |value| serde_json::from_value::<Action>(value);
        assert_eq!(read(json!({"type": "fixed-response", "status_code": 404})).unwrap(), Action::answer(404, ""));
        assert_eq!(read(json!({"type": "redirect", "protocol": "HTTPS", "port": "443"})).unwrap(), Action::to_https());
        assert!(read(json!({"type": "redirect", "prot": "HTTPS"})).is_err());
        assert!(read(json!({"type": "proxy"})).is_err());
    }
}
