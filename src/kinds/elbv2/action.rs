//! What a listener or a rule does with a request, and how weights stand apart from it.
//!
//! Who shifts traffic (a blue-green deployment) changes weights all the time, so an action names the target groups only,
//! and weights are a field of their own that a spec may leave out.

use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;
use crate::kinds::elbv2;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Action {
    /// To one target group, or to several by weight.
    Forward {
        target_group_arns: Vec<String>,
        /// For how many seconds a client stays with the target group it got; none: not at all.
        #[serde(default)]
        stickiness_seconds: Option<i32>,
    },
    /// To another address. `#{host}` and the like stand for the request's own parts.
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
    /// An answer that needs no target.
    FixedResponse {
        status_code: u16,
        #[serde(default = "plain_text")]
        content_type: String,
        #[serde(default)]
        message_body: String,
    },
    /// What somebody else has set and Trueup does not make, such as a sign-in; in no file.
    Other { actions: Vec<String> },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[allow(non_camel_case_types)]
pub enum RedirectCode {
    #[default]
    HTTP_301,
    HTTP_302,
}

/// How much of the traffic a target group gets, in proportion to the others.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Weight {
    pub target_group_arn: String,
    /// From 0 to 999.
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
    /// To one target group.
    pub fn forward(target_group_arn: impl Into<String>) -> Self {
        Action::Forward { target_group_arns: vec![target_group_arn.into()], stickiness_seconds: None }
    }
    /// From HTTP to HTTPS, everything else as it was.
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
    /// A plain answer.
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

/// What AWS would refuse of an action and its weights. `field` is the action's own name.
pub(crate) fn check(field: &str, action: &Action, weights: Option<&[Weight]>, initial: Option<&str>) -> Vec<Problem> {
    let mut problems = Vec::new();
    match action {
        Action::Forward { target_group_arns, stickiness_seconds } => {
            if target_group_arns.is_empty() || target_group_arns.len() > 5 {
                problems.push(Problem::new(format!("{field}.target_group_arns"), "an action forwards to one to five target groups"));
            }
            let mut seen = BTreeSet::new();
            for (at, arn) in target_group_arns.iter().enumerate() {
                let field = format!("{field}.target_group_arns.{at}");
                problems.extend(elbv2::check_arn(&field, arn, "targetgroup"));
                if !seen.insert(arn) {
                    problems.push(Problem::new(field, format!("`{arn}` is listed twice")));
                }
            }
            problems.extend(
                stickiness_seconds.and_then(|time| elbv2::check_span(&format!("{field}.stickiness_seconds"), time, 1, 604_800, " seconds")),
            );
            if target_group_arns.len() > 1 && weights.is_none() && initial.is_none() {
                problems.push(
                    Problem::new(field, "it is not said which target group gets the traffic at first")
                        .help("give `weights`, or `initial_target_group_arn` if a deployment shifts them later"),
                );
            }
        }
        Action::Redirect { protocol, port, host, path, query, .. } => {
            if !is_symbolic(protocol) && !["HTTP", "HTTPS", "#{protocol}"].contains(&protocol.as_str()) {
                problems.push(Problem::new(format!("{field}.protocol"), format!("`{protocol}` is not HTTP, HTTPS or #{{protocol}}")));
            }
            if !is_symbolic(port) && port != "#{port}" && !port.parse::<u16>().is_ok_and(|port| port > 0) {
                problems.push(Problem::new(format!("{field}.port"), format!("`{port}` is not a port from 1 to 65535 or #{{port}}")));
            }
            if !is_symbolic(path) && !path.starts_with('/') {
                problems.push(Problem::new(format!("{field}.path"), format!("`{path}` does not begin with a slash")));
            }
            for (part, text, least) in [("host", host, 1), ("path", path, 1), ("query", query, 0)] {
                if !is_symbolic(text) && !(least..=128).contains(&text.len()) {
                    problems.push(Problem::new(format!("{field}.{part}"), format!("it may have {least} to 128 characters")));
                }
            }
            let own = [(protocol, own_protocol()), (port, own_port()), (host, own_host()), (path, own_path())];
            if own.iter().all(|(given, own)| *given == own) {
                problems.push(
                    Problem::new(field, "the redirect leads to where the request came from")
                        .help("change at least one of protocol, port, host and path"),
                );
            }
        }
        Action::FixedResponse { status_code, content_type, message_body } => {
            if !matches!(status_code, 200..=299 | 400..=599) {
                problems.push(Problem::new(format!("{field}.status_code"), format!("{status_code} is not a status from 2XX, 4XX or 5XX")));
            }
            const TYPES: [&str; 5] = ["text/plain", "text/css", "text/html", "application/javascript", "application/json"];
            if !is_symbolic(content_type) && !TYPES.contains(&content_type.as_str()) {
                problems.push(
                    Problem::new(format!("{field}.content_type"), format!("`{content_type}` is not allowed here"))
                        .help(format!("one of {}", TYPES.join(", "))),
                );
            }
            if message_body.len() > 1024 {
                problems.push(Problem::new(format!("{field}.message_body"), "it may have 1024 characters"));
            }
        }
        Action::Other { .. } => {
            problems.push(Problem::new(field, "this action is not ours to make").help("use forward, redirect or fixed-response"));
        }
    }
    let known = action.target_group_arns();
    for (at, weight) in weights.unwrap_or_default().iter().enumerate() {
        problems.extend(elbv2::check_span(&format!("weights.{at}.weight"), weight.weight, 0, 999, ""));
        if !known.contains(&weight.target_group_arn) {
            problems.push(Problem::new(
                format!("weights.{at}.target_group_arn"),
                format!("`{}` is not among the action's target groups", weight.target_group_arn),
            ));
        }
    }
    if let Some(initial) = initial.filter(|initial| !known.iter().any(|arn| arn == initial)) {
        problems.push(Problem::new("initial_target_group_arn", format!("`{initial}` is not among the action's target groups")));
    }
    if let Some(weights) = weights.filter(|weights| weights.len() != known.len()) {
        problems.push(
            Problem::new("weights", format!("{} weights for {} target groups", weights.len(), known.len()))
                .help("give one for each target group, or none at all"),
        );
    }
    problems
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

    #[test]
    fn weights_belong_to_the_actions_own_target_groups() {
        let arn = |name: &str| format!("arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/{name}/0123456789abcdef");
        let pair = Action::Forward { target_group_arns: vec![arn("a"), arn("b")], stickiness_seconds: None };
        assert_eq!(check("action", &pair, None, Some(&arn("a"))), []);
        assert_eq!(check("action", &pair, None, None).len(), 1);
        let weights = vec![Weight { target_group_arn: arn("a"), weight: 1 }, Weight { target_group_arn: arn("c"), weight: 1000 }];
        assert_eq!(check("action", &pair, Some(&weights), None).len(), 2);
        assert_eq!(check("action", &Action::to_https(), None, None), []);
        assert_eq!(check("action", &Action::answer(302, ""), None, None).len(), 1);
    }
}
