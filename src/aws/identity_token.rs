//! Credentials of a job: a token that says which job it is, exchanged for a session of the role in `AWS_ROLE_ARN`.
//!
//! A runner of GitHub gives tokens to whoever asks by the address in its environment, good for some minutes each; GitLab puts one
//! into a variable that is good as long as the job. Both are asked for anew whenever the session ends, so that a rollout may take longer
//! than one. The SDK by itself reads a token from a file, which somebody would have to write again and again; where
//! `AWS_WEB_IDENTITY_TOKEN_FILE`, keys or a profile say something else, they win.
//! <https://docs.github.com/en/actions/reference/security/oidc>, <https://docs.gitlab.com/ci/secrets/id_token_authentication/>

use super::exchange::{self, System};
use super::{Class, During, Error};
use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, future};
use aws_smithy_runtime_api::client::http::{SharedHttpClient, SharedHttpConnector};
use serde_json::Value;
use std::fmt;
use std::time::{Duration, SystemTime};
use tokio::time::timeout;

/// The audience that the provider in IAM has to know: <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html>
pub const AUDIENCE: &str = "sts.amazonaws.com";
const ROLE: &str = "AWS_ROLE_ARN";
/// The variable that a pipeline of GitLab has its token in.
pub const TOKEN: &str = "TRUEUP_ID_TOKEN";
const PATIENCE: Duration = Duration::from_secs(20);
/// A token is some two thousand letters long.
const LARGEST: usize = 64 << 10;

/// The token's source.
#[derive(Clone)]
enum Source {
    /// Somebody who answers one as often as they are asked: an address, and what to show there.
    Asked {
        url: String,
        bearer: String,
    },
    Given(String),
}

/// The role of this job, and who vouches for it.
#[derive(Clone)]
pub struct Job {
    source: Source,
    role: String,
    session: String,
}

impl fmt::Debug for Job {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Job { source: _, role, session } = self;
        out.debug_struct("Job").field("role", role).field("session", session).finish_non_exhaustive()
    }
}

impl Job {
    /// Returns the job that the environment tells of; none where it tells of none, or of other credentials.
    pub fn of_environment(var: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, Error> {
        let set = |name: &str| var(name).filter(|value| !value.is_empty());
        let others = ["AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ACCESS_KEY_ID", "AWS_PROFILE"];
        if others.into_iter().any(|name| set(name).is_some()) {
            return Ok(None);
        }
        let source = match (set("ACTIONS_ID_TOKEN_REQUEST_URL"), set("ACTIONS_ID_TOKEN_REQUEST_TOKEN"), set(TOKEN)) {
            (_, _, Some(token)) => Source::Given(token),
            (Some(url), Some(bearer), None) => Source::Asked { url, bearer },
            _ => return Ok(None),
        };
        let wrong = |code: &str, why: &str| Err(Error { class: Class::Credentials, ..Error::new("credentials", code, why) });
        // A variable that nobody has set comes empty from GitHub, and as its own name from GitLab.
        let Some(role) = var(ROLE) else { return Ok(None) };
        if !role.starts_with("arn:") || !role.contains(":role/") {
            return wrong("NoRole", "AWS_ROLE_ARN is no ARN of a role: the variable that it is taken from is not set");
        }
        if let Source::Asked { url, .. } = &source
            && !exchange::is_safe(url)
        {
            return wrong("UnsafeAddress", "the runner's address for tokens is not one of HTTPS");
        }
        let plain =
            |text: String| text.chars().filter(|letter| letter.is_ascii_alphanumeric() || "=,.@_-".contains(*letter)).collect::<String>();
        let run = set("GITHUB_RUN_ID").or_else(|| set("CI_JOB_ID")).map(plain).unwrap_or_default();
        // <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html>
        let session = set("AWS_ROLE_SESSION_NAME").map(plain).unwrap_or_else(|| format!("trueup-{run}"));
        Ok(Some(Job { source, role, session: session.chars().take(64).collect() }))
    }

    /// Returns the credentials of the job, which are renewed as they run out.
    pub async fn credentials(self, region: Option<&str>, http: SharedHttpClient) -> JobCredentials {
        let mut loader = aws_config::defaults(BehaviorVersion::latest()).http_client(http).no_credentials();
        if let Some(region) = region {
            loader = loader.region(Region::new(region.to_owned()));
        }
        let sts = aws_sdk_sts::Client::new(&loader.load().await);
        JobCredentials { job: self, sts, runner: SharedHttpConnector::new(exchange::connector(System)) }
    }
}

/// Answers sessions of the job's role.
#[derive(Debug)]
pub struct JobCredentials {
    job: Job,
    sts: aws_sdk_sts::Client,
    runner: SharedHttpConnector,
}

impl JobCredentials {
    async fn token(&self) -> Result<String, String> {
        let (url, bearer) = match &self.job.source {
            Source::Given(token) => return Ok(token.clone()),
            Source::Asked { url, bearer } => (url, bearer),
        };
        let glue = if url.contains('?') { '&' } else { '?' };
        let bearer = format!("bearer {bearer}");
        let request = exchange::request("GET", &format!("{url}{glue}audience={AUDIENCE}"), [("authorization", bearer.as_str())], None)?;
        let answer = timeout(PATIENCE, async {
            let response = exchange::send(&self.runner, request).await?;
            let status = response.status().as_u16();
            Ok::<_, String>((status, exchange::body(response, LARGEST).await?.unwrap_or_default()))
        });
        let (status, body) = answer.await.map_err(|_| "the runner answered no token in time".to_owned())??;
        if status != 200 {
            return Err(format!("the runner answered {status} instead of a token; does the job have `id-token: write`?"));
        }
        let value = serde_json::from_slice::<Value>(&body).ok();
        let token = value.as_ref().and_then(|value| value["value"].as_str());
        token.map(str::to_owned).ok_or_else(|| "the runner's answer holds no token".to_owned())
    }

    async fn session(&self) -> Result<Credentials, CredentialsError> {
        let token = self.token().await.map_err(CredentialsError::provider_error)?;
        let call = self.sts.assume_role_with_web_identity().role_arn(&self.job.role).role_session_name(&self.job.session);
        let answer = call.web_identity_token(token).send().await.during("sts.AssumeRoleWithWebIdentity");
        let answer = answer.map_err(|error| CredentialsError::provider_error(error.to_string()))?;
        let session = answer.credentials.ok_or_else(|| CredentialsError::provider_error("the answer of STS holds no session"))?;
        let expires = SystemTime::try_from(session.expiration).ok();
        Ok(Credentials::new(session.access_key_id, session.secret_access_key, Some(session.session_token), expires, "job"))
    }
}

impl ProvideCredentials for JobCredentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.session())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(vars: &[(&str, &str)]) -> Result<Option<Job>, String> {
        let var = |name: &str| vars.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned());
        Job::of_environment(var).map_err(|error| error.code)
    }

    #[test]
    fn a_job_is_one_that_has_a_token_and_a_role_and_nothing_else() {
        const ARN: (&str, &str) = ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/ci");
        let github = [("ACTIONS_ID_TOKEN_REQUEST_URL", "https://run.example.com/?a=b"), ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "t"), ARN];
        let job = of(&github).unwrap().unwrap();
        assert!(matches!(&job.source, Source::Asked { .. }) && job.session == "trueup-" && !format!("{job:?}").contains("\"t\""));
        let gitlab = [(TOKEN, "ey"), ARN, ("CI_JOB_ID", "17")];
        assert_eq!(of(&gitlab).unwrap().unwrap().session, "trueup-17");
        for (vars, why) in [
            (vec![ARN], "nobody vouches"),
            (vec![(TOKEN, "ey")], "no role is named"),
            ([&gitlab[..], &[("AWS_ACCESS_KEY_ID", "x")]].concat(), "keys win"),
            ([&gitlab[..], &[("AWS_PROFILE", "x")]].concat(), "a profile wins"),
            ([&gitlab[..], &[("AWS_WEB_IDENTITY_TOKEN_FILE", "x")]].concat(), "a file wins"),
        ] {
            assert!(of(&vars).unwrap().is_none(), "{why}");
        }
        for role in ["", "$TRUEUP_APPLY_ROLE", "arn:aws:iam::123456789012:user/ci"] {
            assert_eq!(of(&[(TOKEN, "ey"), ("AWS_ROLE_ARN", role)]).unwrap_err(), "NoRole", "{role}");
        }
        let plain = [("ACTIONS_ID_TOKEN_REQUEST_URL", "http://run.example.com/"), github[1], ARN];
        assert_eq!(of(&plain).unwrap_err(), "UnsafeAddress");
    }
}
