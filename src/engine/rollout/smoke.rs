//! Smoke checks of a new revision, sent one after the other over HTTP.

use super::observe::observe;
use super::{Subject, front, hidden};
use crate::aws::exchange::{self, System};
use crate::aws::{Aws, Result};
use crate::core::arn::last_part;
use crate::core::rollout::hidden::{Hidden, Revealed};
use crate::core::rollout::observation::{Deployment, Smoke, Status, names};
use crate::core::rollout::smoke::answer::{Answer, Body, LARGEST, judge};
use crate::core::rollout::smoke::request::{UNFIT, is_unfit, request};
use crate::core::rollout::smoke::{Answered, Check, Door, Outcome, PAUSE, TEST_HEADER, Variables};
use crate::core::visible;
use aws_smithy_http_client::Connector;
use aws_smithy_runtime_api::client::dns::{DnsFuture, ResolveDns};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// The place where checks are sent.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// Scheme and host, and a port where it is another: `https://api.example.com`.
    pub url: &'a str,
    /// The host that is connected to instead of the one in `url`, which the certificate is for: that of a load balancer to which
    /// DNS does not lead, or not yet.
    pub connect: Option<&'a str>,
    /// The header with which a request reaches the new revision; none for one that goes where those of users go.
    pub header: Option<(&'a str, &'a str)>,
    /// The names of the new version, one of which has to stand in a `revision_header`.
    pub revision: &'a [String],
}

/// Sends the checks of a rollout to its new version. Whatever cannot be found out first is no answer.
pub(super) async fn check(aws: &Aws, subject: &Subject, deployment: Option<&Deployment>) -> Smoke {
    let checks = &subject.policy.smoke;
    let Some(deployment) = deployment else {
        let check = checks.first().map(title).unwrap_or_default();
        return Smoke::Unanswered { check, reason: "there is no deployment yet".into() };
    };
    send(aws, subject, checks, &deployment.names(), Door::Test, &mut |_| {}).await
}

/// Sends checks to what is live, by one rule or the other. Each is heard of as soon as its outcome is known.
pub async fn check_live(aws: &Aws, subject: &Subject, checks: &[Check], door: Door, mut hear: impl FnMut(Outcome) + Send) -> Result<Smoke> {
    let seen = observe(aws, subject).await?;
    let mut names = seen.deployment.as_ref().map(|deployment| live_names(deployment, door)).unwrap_or_default();
    if names.is_empty() {
        let arn = subject.spec.task_definition_arn.as_str();
        names.extend([arn, last_part(arn)].map(str::to_owned));
    }
    Ok(send(aws, subject, checks, &names, door, &mut hear).await)
}

/// The names of the versions that answer there: the new one by the test rule while it is on its way, those that have traffic by the other.
fn live_names(deployment: &Deployment, door: Door) -> Vec<String> {
    let blue = || deployment.blue.as_ref().map(|blue| names(&blue.task_definition, &blue.images)).unwrap_or_default();
    match deployment.status {
        Status::Pending | Status::InProgress if door == Door::Test => deployment.names(),
        Status::Successful => deployment.names(),
        Status::Stopped | Status::RollbackFailed | Status::RollbackSuccessful => blue(),
        Status::Pending
        | Status::InProgress
        | Status::StopRequested
        | Status::RollbackRequested
        | Status::RollbackInProgress
        | Status::Unknown => {
            let new = if deployment.green.weight > 0.0 { deployment.names() } else { Vec::new() };
            blue().into_iter().chain(new).collect()
        }
    }
}

async fn send(
    aws: &Aws,
    subject: &Subject,
    checks: &[Check],
    revision: &[String],
    door: Door,
    hear: &mut (impl FnMut(Outcome) + Send),
) -> Smoke {
    let sources = checks.iter().filter_map(|check| check.token.clone());
    let (front, opened) = tokio::join!(front::find(aws, subject, door), hidden::of_stack(aws, sources));
    let is_played = aws.embedded && subject.via.is_none();
    let reason = match (front, opened.missing.first()) {
        _ if is_played => "the embedded AWS only plays its load balancers: --smoke-via HOST:PORT names a server that answers".into(),
        (Err(error), _) => error.to_string(),
        (_, Some(missing)) => missing.clone(),
        (Ok(front), None) => {
            let header = (door == Door::Test).then_some(TEST_HEADER);
            let target = Target { url: &front.url, connect: front.connect.as_deref(), header, revision };
            return run(checks, &target, &opened.values, PAUSE, hear).await;
        }
    };
    let unsent =
        checks.iter().map(|check| Outcome { check: title(check), result: Answered::NotSent, reason: None, requests: 0, milliseconds: 0 });
    unsent.for_each(&mut *hear);
    Smoke::Unanswered { check: checks.first().map(title).unwrap_or_default(), reason: line(&reason) }
}

/// Sends all checks until one does not pass. `tokens` holds what [`hidden::open`](super::hidden::open) has found.
pub(super) async fn run(
    checks: &[Check],
    target: &Target<'_>,
    tokens: &Revealed,
    pause: Duration,
    hear: &mut (impl FnMut(Outcome) + Send),
) -> Smoke {
    let http = exchange::connector(Instead(target.connect.map(str::to_owned)));
    let mut known = Variables::default();
    let runner = Runner { http: &http, target, tokens, pause };
    let mut end = None;
    for check in checks {
        let outcome = |result, reason| Outcome { check: title(check), result, reason, requests: 0, milliseconds: 0 };
        if end.is_some() {
            hear(outcome(Answered::NotSent, None));
            continue;
        }
        let (begun, mut requests) = (Instant::now(), 0);
        let passed = runner.pass(check, &known, &mut requests).await;
        let milliseconds = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let (result, reason) = match passed {
            Ok(saved) => {
                known.0.extend(saved);
                (Answered::Passed, None)
            }
            Err(Miss::Failed(reason)) => {
                let reason = line(&reason);
                end = Some(Smoke::Failed { check: title(check), reason: reason.clone() });
                (Answered::Failed, Some(reason))
            }
            Err(Miss::Unanswered(reason)) => {
                let reason = line(&reason);
                end = Some(Smoke::Unanswered { check: title(check), reason: reason.clone() });
                (Answered::Unanswered, Some(reason))
            }
        };
        hear(Outcome { requests, milliseconds, ..outcome(result, reason) });
    }
    end.unwrap_or(Smoke::Passed { checks: checks.len() })
}

fn title(check: &Check) -> String {
    line(&check.title())
}

fn line(text: &str) -> String {
    visible::line(text).into_owned()
}

/// The reason why a check did not pass.
enum Miss {
    /// It was answered, and not well.
    Failed(String),
    Unanswered(String),
}

struct Runner<'a> {
    http: &'a Connector,
    target: &'a Target<'a>,
    tokens: &'a Revealed,
    pause: Duration,
}

impl Runner<'_> {
    /// Sends a check until it passed often enough in a row, or can no longer.
    async fn pass(&self, check: &Check, known: &Variables, requests: &mut u32) -> std::result::Result<BTreeMap<String, Value>, Miss> {
        let token = match &check.token {
            None => None,
            Some(source) => {
                let token = self.tokens.get(source);
                let token = token.ok_or_else(|| Miss::Unanswered(format!("its token is not known: {source} could not be read")))?;
                if is_unfit(check, token.reveal()) {
                    return Err(Miss::Unanswered(format!("{source} {UNFIT}")));
                }
                Some(token)
            }
        };
        let (mut in_row, mut left) = (0, check.most());
        loop {
            left -= 1;
            *requests += 1;
            match self.attempt(check, known, token).await {
                Ok(saved) => {
                    in_row += 1;
                    if in_row >= check.repeat {
                        return Ok(saved);
                    }
                }
                Err(miss) if left < check.repeat => return Err(miss),
                Err(_) => {
                    in_row = 0;
                    tokio::time::sleep(self.pause).await;
                }
            }
        }
    }

    async fn attempt(
        &self,
        check: &Check,
        known: &Variables,
        token: Option<&Hidden>,
    ) -> std::result::Result<BTreeMap<String, Value>, Miss> {
        // Nothing is said against the new revision by a request that cannot be sent.
        let sent = request(check, known, token).map_err(Miss::Unanswered)?;
        let url = format!("{}{}", self.target.url.trim_end_matches('/'), sent.path);
        let headers = sent.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let request = exchange::request(sent.method.name(), &url, headers.chain(self.target.header), sent.body);
        let request = request.map_err(Miss::Unanswered)?;
        let begun = Instant::now();
        let whole = async {
            let response = exchange::send(self.http, request).await?;
            let status = response.status().as_u16();
            let headers = response.headers().iter().map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
            // An answer is there when all of it is, looked at or not.
            let body = exchange::body(response, LARGEST).await?;
            Ok((status, headers, body.map_or(Body::TooLarge, Body::Whole)))
        };
        let (status, headers, body) = match (timeout(check.timeout(), whole).await, check.latency_ms) {
            (Ok(Ok(answer)), _) => answer,
            (Ok(Err(reason)), _) => return Err(Miss::Unanswered(reason)),
            (Err(_), Some(most)) => {
                return Err(Miss::Failed(format!("it took more than {} ms, and {most} ms are allowed", check.timeout_ms)));
            }
            (Err(_), None) => return Err(Miss::Unanswered(format!("no answer came in {} ms", check.timeout_ms))),
        };
        let milliseconds = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let answer = Answer { status, headers, body, milliseconds };
        let tokens = self.tokens.values().collect::<Vec<_>>();
        judge(check, &answer, known, &tokens, self.target.revision).map_err(Miss::Failed)
    }
}

/// Looks up a host in the place of each other one.
#[derive(Debug, Clone)]
struct Instead(Option<String>);

impl ResolveDns for Instead {
    fn resolve_dns<'a>(&'a self, name: &'a str) -> DnsFuture<'a> {
        System.resolve_dns(self.0.as_deref().unwrap_or(name))
    }
}
