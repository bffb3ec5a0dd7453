//! `trueup ci comment` and `trueup ci notify`: what a job says outside of its log.

use super::exit::{Exit, Failure};
use super::runtime;
use crate::core::rollout::hidden::Hidden;
use crate::core::visible::line;
use crate::engine::rollout::notify::Sender;
use crate::files;
use crate::ops::comment::{Place, Put, put};
use crate::report;
use crate::report::comment::{Section, body, mark};
use serde_json::json;
use std::path::{Path, PathBuf};

const COMMENT: &str = "\
Examples:
  trueup plan --env staging --markdown > staging.md
  trueup ci comment --marker shop staging.md production.md

It finds the comment that it made before by a mark in it, and changes that one. A job of GitHub needs GITHUB_TOKEN and the \
permission `pull-requests: write`, one of GitLab TRUEUP_GITLAB_TOKEN, a project access token with the scope `api`. A file that is not \
there is said to be missing: its plan could not be made.";

#[derive(Debug, clap::Args)]
#[command(after_help = COMMENT)]
pub struct CommentArgs {
    /// The plans, as `trueup plan --markdown` prints them, in the order in which they are shown
    #[arg(value_name = "FILE", required = true, value_hint = clap::ValueHint::FilePath)]
    files: Vec<PathBuf>,
    /// The name of the comment: one for each stack
    #[arg(long, value_name = "NAME", default_value = "plan", value_parser = marker)]
    marker: String,
}

#[derive(Debug, clap::Args)]
pub struct NotifyArgs {
    /// The text
    #[arg(value_name = "TEXT")]
    text: String,
    /// The address of a Slack channel's incoming webhook
    #[arg(long, env = "TRUEUP_SLACK_WEBHOOK", value_name = "URL", hide_env_values = true, hide = true)]
    slack: Option<String>,
    /// The address of a webhook that takes JSON
    #[arg(long, env = "TRUEUP_WEBHOOK", value_name = "URL", hide_env_values = true, hide = true)]
    webhook: Option<String>,
}

fn marker(text: &str) -> Result<String, String> {
    match crate::core::address::is_name(text) {
        true => Ok(text.to_owned()),
        false => Err("write a name of a-z, 0-9 and single hyphens, such as that of the stack".into()),
    }
}

/// The largest file of Markdown that is read.
const MOST: u64 = 16 << 20;

fn var(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

pub fn comment(args: &CommentArgs) -> Result<Exit, Failure> {
    let place = Place::of_environment(var)?;
    let section = |file: &PathBuf| match files::read_text(file, MOST) {
        Ok(text) => Ok(Section { name: name(file), text: Some(text) }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Section { name: name(file), text: None }),
        Err(error) => Err(Failure::file("read", file, &error)),
    };
    let sections = args.files.iter().map(section).collect::<Result<Vec<_>, _>>()?;
    let text = body(&args.marker, &sections, link().as_deref(), place.most());
    let done = runtime::one()?.block_on(put(&place, &mark(&args.marker), &text))?;
    report::talk(match done {
        Put::Made => "commented",
        Put::Changed => "the comment was brought up to date",
        Put::Same => "the comment says the same already",
    });
    Ok(Exit::Done)
}

/// The name of a plan that is missing: that of its folder, or of its file without what comes behind a dot.
fn name(file: &Path) -> String {
    let stem = file.file_name().map(|name| name.to_string_lossy().split('.').next().unwrap_or_default().to_owned()).unwrap_or_default();
    let folder = file.parent().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
    if stem == "plan" { folder.unwrap_or(stem) } else { stem }
}

/// The address of the job, as far as its environment tells one that is no markup.
fn link() -> Option<String> {
    let github = || Some(format!("{}/{}/actions/runs/{}", var("GITHUB_SERVER_URL")?, var("GITHUB_REPOSITORY")?, var("GITHUB_RUN_ID")?));
    let link = github().or_else(|| var("CI_JOB_URL"))?;
    let plain = link.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~:/?=&%".contains(&byte));
    (link.starts_with("http") && plain).then_some(link)
}

pub fn notify(args: &NotifyArgs) -> Result<Exit, Failure> {
    let address = |url: &Option<String>| url.as_deref().filter(|url| !url.is_empty()).map(Hidden::new);
    let (slack, webhook) = (address(&args.slack), address(&args.webhook));
    if slack.is_none() && webhook.is_none() {
        report::talk("nobody is told: neither TRUEUP_SLACK_WEBHOOK nor TRUEUP_WEBHOOK is set");
        return Ok(Exit::Done);
    }
    let (text, link) = (line(&args.text).into_owned(), link());
    let said = link.as_ref().map_or_else(|| text.clone(), |link| format!("{text}: {link}"));
    let json = json!({ "schema": 1, "event": "job", "title": text, "link": link });
    let sender = Sender::default();
    let failed = runtime::one()?.block_on(sender.tell(slack.as_ref(), webhook.as_ref(), &said, &json));
    failed.iter().for_each(|why| report::error(why, None));
    Ok(if failed.is_empty() { Exit::Done } else { Exit::Failed })
}
