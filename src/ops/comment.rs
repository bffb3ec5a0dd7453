//! The one comment of a pull or merge request: found again by the mark that it begins with, and kept up to date.
//!
//! <https://docs.github.com/en/rest/issues/comments>, <https://docs.gitlab.com/api/notes/#merge-requests>

use super::Error;
use crate::aws::exchange::{self, System};
use crate::core::rollout::hidden::Hidden;
use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::timeout;

/// A request that is commented on, and the token by which.
#[derive(Debug, Clone)]
pub enum Place {
    /// The author is the login that the token's comments have.
    GitHub {
        api: String,
        repository: String,
        number: u64,
        token: Hidden,
        author: String,
    },
    GitLab {
        api: String,
        project: String,
        number: u64,
        token: Hidden,
    },
}

/// The outcome for the comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    Made,
    Changed,
    /// It says the same already.
    Same,
}

/// The login of comments that a job's own token makes.
const JOBS: &str = "github-actions[bot]";
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_secs(2);
const TRIES: usize = 3;
/// The largest answer that is read: a hundred comments of the largest size.
const LARGEST: usize = 64 << 20;
/// The pages that are looked through, a hundred comments each.
const PAGES: u32 = 50;

impl Place {
    /// Returns the request that a job is of, by its environment. The error says what is missing there.
    pub fn of_environment(var: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let set = |name: &str| var(name).filter(|value| !value.is_empty());
        let need = |name: &str, hint: &str| set(name).ok_or_else(|| failed(format!("{name} is not set"), hint));
        let place = if set("GITHUB_ACTIONS").is_some() {
            const REQUEST: &str = "run it in a job of a pull request";
            let reference = need("GITHUB_REF", REQUEST)?;
            // <https://docs.github.com/en/actions/reference/workflows-and-actions/variables>
            let number = reference.strip_prefix("refs/pull/").and_then(|rest| rest.split('/').next()?.parse().ok());
            let repository = need("GITHUB_REPOSITORY", REQUEST)?;
            if !repository.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte)) {
                return Err(failed("GITHUB_REPOSITORY is no name of a repository".into(), REQUEST));
            }
            Place::GitHub {
                api: set("GITHUB_API_URL").unwrap_or_else(|| "https://api.github.com".into()),
                repository,
                number: number.ok_or_else(|| failed("the job is of no pull request".into(), REQUEST))?,
                token: Hidden::new(need("GITHUB_TOKEN", "pass it on: env: GITHUB_TOKEN: ${{ github.token }}")?),
                author: set("TRUEUP_COMMENT_AUTHOR").unwrap_or_else(|| JOBS.into()),
            }
        } else if set("GITLAB_CI").is_some() {
            const REQUEST: &str = "run it in a pipeline of a merge request";
            let whole = |name: &str| need(name, REQUEST)?.parse::<u64>().map_err(|_| failed(format!("{name} is no number"), REQUEST));
            Place::GitLab {
                api: need("CI_API_V4_URL", REQUEST)?,
                project: whole("CI_PROJECT_ID")?.to_string(),
                number: whole("CI_MERGE_REQUEST_IID")?,
                token: Hidden::new(need("TRUEUP_GITLAB_TOKEN", "a project access token with the scope `api`, as a masked variable")?),
            }
        } else {
            return Err(failed("this is no job of GitHub or GitLab".into(), "`trueup plan --markdown` prints what would be commented"));
        };
        if !exchange::is_safe(place.api()) {
            return Err(failed("the service's address is not one of HTTPS".into(), "a token is sent nowhere else"));
        }
        Ok(place)
    }

    fn api(&self) -> &str {
        let (Place::GitHub { api, .. } | Place::GitLab { api, .. }) = self;
        api.trim_end_matches('/')
    }

    /// The most bytes of a comment. GitHub counts 65,536 letters (of four bytes each at most), GitLab a million: whoever counts bytes stays
    /// within both. <https://github.com/orgs/community/discussions/27190>,
    /// <https://docs.gitlab.com/administration/instance_limits/#size-of-comments-and-descriptions-of-issues-merge-requests-and-epics>
    pub fn most(&self) -> usize {
        match self {
            Place::GitHub { .. } => 65_536,
            Place::GitLab { .. } => 1_000_000,
        }
    }

    /// The collection that its comments are in.
    fn comments(&self) -> String {
        match self {
            Place::GitHub { repository, number, .. } => format!("{}/repos/{repository}/issues/{number}/comments", self.api()),
            Place::GitLab { project, number, .. } => format!("{}/projects/{project}/merge_requests/{number}/notes", self.api()),
        }
    }
}

/// Speaks to the service.
struct Talk<'a> {
    place: &'a Place,
    http: SharedHttpConnector,
}

/// Puts a text into the comment that begins with a mark: into the one that is there, if this token made it. What others have written is
/// left alone, whatever it begins with.
pub async fn put(place: &Place, mark: &str, text: &str) -> Result<Put, Error> {
    let talk = Talk { place, http: SharedHttpConnector::new(exchange::connector(System)) };
    let own = match place {
        Place::GitHub { author, .. } => Value::from(author.as_str()),
        Place::GitLab { .. } => talk.ask("GET", &format!("{}/user", place.api()), None).await?["id"].clone(),
    };
    let author = |comment: &Value| match place {
        Place::GitHub { .. } => comment["user"]["login"].clone(),
        Place::GitLab { .. } => comment["author"]["id"].clone(),
    };
    let body = json!({ "body": text });
    for page in 1..=PAGES {
        let found = talk.ask("GET", &format!("{}?per_page=100&page={page}&sort=asc", place.comments()), None).await?;
        let found = found.as_array().cloned().unwrap_or_default();
        let ours = |comment: &&Value| comment["body"].as_str().is_some_and(|body| body.starts_with(mark)) && author(comment) == own;
        if let Some(comment) = found.iter().find(ours) {
            if comment["body"].as_str().is_some_and(|before| before.trim_end() == text.trim_end()) {
                return Ok(Put::Same);
            }
            let id = comment["id"].as_u64().ok_or_else(|| failed("a comment has no number".into(), AGAIN))?;
            match place {
                Place::GitHub { repository, .. } => {
                    talk.ask("PATCH", &format!("{}/repos/{repository}/issues/comments/{id}", place.api()), Some(&body)).await?
                }
                Place::GitLab { .. } => talk.ask("PUT", &format!("{}/{id}", place.comments()), Some(&body)).await?,
            };
            return Ok(Put::Changed);
        }
        if found.len() < 100 {
            break;
        }
    }
    talk.ask("POST", &place.comments(), Some(&body)).await?;
    Ok(Put::Made)
}

const AGAIN: &str = "run the job again";

impl Talk<'_> {
    /// Asks for JSON, and once more where the service has trouble. A comment that was made although its answer got lost is found by the next run.
    async fn ask(&self, method: &str, url: &str, body: Option<&Value>) -> Result<Value, Error> {
        let mut last = String::new();
        for attempt in 1..=TRIES {
            match self.once(method, url, body).await {
                Ok(value) => return Ok(value),
                Err((why, true)) if attempt < TRIES => {
                    last = why;
                    tokio::time::sleep(PAUSE).await;
                }
                Err((why, _)) => return Err(failed(format!("{method} {url}: {why}"), hint(&why))),
            }
        }
        Err(failed(format!("{method} {url}: {last}"), AGAIN))
    }

    /// The error says whether another try may help.
    async fn once(&self, method: &str, url: &str, body: Option<&Value>) -> Result<Value, (String, bool)> {
        let lost = |why: String| (why, method == "GET");
        let (accept, name, token) = match self.place {
            Place::GitHub { token, .. } => ("application/vnd.github+json", "authorization", format!("Bearer {}", token.reveal())),
            Place::GitLab { token, .. } => ("application/json", "private-token", token.reveal().to_owned()),
        };
        let headers = [("accept", accept), ("content-type", "application/json"), (name, token.as_str())];
        let request = exchange::request(method, url, headers, body.map(Value::to_string)).map_err(|why| (why, false))?;
        let answer = timeout(PATIENCE, async {
            let response = exchange::send(&self.http, request).await?;
            let status = response.status().as_u16();
            Ok::<_, String>((status, exchange::body(response, LARGEST).await?.unwrap_or_default()))
        });
        let (status, bytes) = answer.await.map_err(|_| lost("no answer came in time".into()))?.map_err(lost)?;
        match status {
            200..300 => serde_json::from_slice(&bytes).map_err(|_| lost("the answer is no JSON".into())),
            _ => {
                let said = serde_json::from_slice::<Value>(&bytes).ok();
                let said = said.as_ref().and_then(|value| value["message"].as_str()).unwrap_or_default();
                let said = said.chars().take(200).collect::<String>();
                Err((format!("it answered {status} {said}").trim_end().to_owned(), status == 429 || (status >= 500 && method != "POST")))
            }
        }
    }
}

fn hint(why: &str) -> &'static str {
    match why {
        why if why.contains("answered 401") || why.contains("answered 403") || why.contains("answered 404") => {
            "the token may not comment: GitHub's job needs `pull-requests: write`, GitLab's token the scope `api`"
        }
        _ => AGAIN,
    }
}

fn failed(why: String, hint: &str) -> Error {
    Error::Comment { why: format!("failed to comment: {why}"), hint: hint.to_owned() }
}
