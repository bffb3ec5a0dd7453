//! `trueup ci`.

use super::exit::{Exit, Failure};
use super::stack::shown;
use crate::core::pipeline::{Gate, Install, Pipeline, Repository, Service, is_host, is_repository};
use crate::core::shell::quoted;
use crate::files::{self, Readers};
use crate::ops::pipeline::{Stage, Wish, documents, stages};
use crate::ops::stack::DEFAULT_FILE;
use crate::report;
use crate::report::pipeline::{Written, file, next};
use std::path::{Component, Path, PathBuf};

const AFTER: &str = "\
Examples:
  trueup ci github stacks/shop.toml            .github/workflows/trueup-shop.yml
  trueup ci gitlab --stdout                    a part for .gitlab-ci.yml, printed
  trueup ci github --check                     exit 2 if what is there is not what would be written
  trueup ci github --policies iam --repository acme/shop
                                               the policies of its two roles, an environment each

A pull request is checked, planned and commented on; what is merged is planned again, and that very plan is applied: where an \
environment is open at once, elsewhere once a person lets it. docs/ci.md has what is to be set in the repository.";

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER, arg_required_else_help = true)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Write a workflow of GitHub Actions for a stack
    Github(WriteArgs),
    /// Write a part of a pipeline of GitLab for a stack
    Gitlab(WriteArgs),
    /// Put plans into the one comment on the pull request that the job is of, or bring it up to date
    #[cfg(feature = "aws")]
    Comment(super::ci_tell::CommentArgs),
    /// Tell Slack or a webhook something about the job, if its environment names any
    #[cfg(feature = "aws")]
    Notify(super::ci_tell::NotifyArgs),
}

#[derive(Debug, clap::Args)]
struct WriteArgs {
    /// The stack file, from the root of the repository
    #[arg(value_name = "FILE", default_value = DEFAULT_FILE, value_hint = clap::ValueHint::FilePath)]
    file: PathBuf,
    /// An environment of the file [default: all of them]; repeatable
    #[arg(long, value_name = "NAME")]
    env: Vec<String>,
    /// Apply this environment as soon as something is merged, whatever it is called; repeatable
    #[arg(long, value_name = "NAME")]
    open: Vec<String>,
    /// Ask a person before this environment is applied, whatever it is called; repeatable
    #[arg(long, value_name = "NAME", conflicts_with = "open")]
    gate: Vec<String>,
    /// The branch whose commits are applied
    #[arg(long, value_name = "NAME", default_value = "main")]
    branch: String,
    /// An archive with the program at its top, by its address; without it the program is built from the registry of crates
    #[arg(long, value_name = "URL", requires = "sha256", help_heading = "Program")]
    archive: Option<String>,
    /// The SHA-256 of that archive, as sha256sum prints it
    #[arg(long, value_name = "DIGEST", requires = "archive", help_heading = "Program")]
    sha256: Option<String>,
    /// The root of the repository, where the file is written
    #[arg(long, value_name = "DIR", default_value = ".", value_hint = clap::ValueHint::DirPath)]
    out: PathBuf,
    /// Print it instead
    #[arg(long, conflicts_with_all = ["check", "force", "policies"])]
    stdout: bool,
    /// Write nothing, and end with 2 if what is there is not what would be written
    #[arg(long, conflicts_with_all = ["force", "policies"])]
    check: bool,
    /// Write it over a file that is there and differs
    #[arg(long)]
    force: bool,
    /// Write the policies of the roles that plan and apply into this directory as well
    #[arg(long, value_name = "DIR", requires = "repository", value_hint = clap::ValueHint::DirPath, help_heading = "Roles")]
    policies: Option<PathBuf>,
    /// The repository whose jobs these roles trust, such as acme/shop
    #[arg(long, env = "GITHUB_REPOSITORY", value_name = "NAME", help_heading = "Roles")]
    repository: Option<String>,
    /// The host of GitLab, if it is one's own
    #[arg(long, value_name = "HOST", default_value = "gitlab.com", help_heading = "Roles")]
    host: String,
    /// The AWS account of the roles, where the stack file names none
    #[arg(long, value_name = "ID", help_heading = "Roles")]
    account: Option<String>,
}

pub fn run(args: &Args) -> Result<Exit, Failure> {
    match &args.command {
        Command::Github(args) => write(Service::GitHub, args),
        Command::Gitlab(args) => write(Service::GitLab, args),
        #[cfg(feature = "aws")]
        Command::Comment(args) => super::ci_tell::comment(args),
        #[cfg(feature = "aws")]
        Command::Notify(args) => super::ci_tell::notify(args),
    }
}

fn write(service: Service, args: &WriteArgs) -> Result<Exit, Failure> {
    let wish = Wish { only: &args.env, open: &args.open, gate: &args.gate };
    let found = stages(&args.file, wish).map_err(shown(false))?;
    let pipeline = pipeline(service, args, &found)?;
    for stage in &found {
        warn(stage);
    }
    let written = file(service, &pipeline);
    if args.stdout {
        report::data(&written.text);
        return Ok(Exit::Done);
    }
    let path = args.out.join(&written.path);
    let before = match std::fs::read_to_string(&path) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(Failure::file("read", &path, &error)),
    };
    if args.check {
        return Ok(check(&path, &written, before.as_deref()));
    }
    let documents = args.policies.as_deref().map(|dir| roles(service, args, &found, dir)).transpose()?;
    match before {
        Some(text) if text == written.text => report::talk(&format!("{} is as it would be written", report::path(&path))),
        Some(_) if !args.force => {
            let message = format!("{} is there, and differs", report::path(&path));
            return Err(Failure::new(message).hint("look at it with --stdout, and write over it with --force"));
        }
        _ => put(&path, written.text.as_bytes())?,
    }
    for (path, text) in documents.iter().flatten() {
        put(path, text.as_bytes())?;
    }
    report::talk(&format!("\n{}", next(service, &pipeline, documents.is_some())));
    Ok(Exit::Done)
}

fn put(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let dir = path.parent().unwrap_or(Path::new("."));
    files::make_dir(dir, Readers::Any).map_err(|error| Failure::file("make", dir, &error))?;
    files::replace(path, bytes, Readers::Any).map_err(|error| Failure::file("write", path, &error))?;
    report::talk(&format!("wrote {}", report::path(path.strip_prefix(".").unwrap_or(path))));
    Ok(())
}

fn check(path: &Path, written: &Written, before: Option<&str>) -> Exit {
    let (shown, write) = (report::path(path), "write it anew with the same command, without --check");
    match before {
        Some(text) if text == written.text => return Exit::Done,
        Some(_) => report::error(&format!("{shown} is not what would be written"), Some(write)),
        None => report::error(&format!("{shown} is not there"), Some(write)),
    }
    Exit::Changes
}

fn pipeline(service: Service, args: &WriteArgs, stages: &[Stage]) -> Result<Pipeline, Failure> {
    let install = match (&args.archive, &args.sha256) {
        (Some(url), Some(sha256)) => Install::Archive { url: url.clone(), sha256: sha256.to_ascii_lowercase() },
        _ => Install::Cargo { version: env!("CARGO_PKG_VERSION").into() },
    };
    let environments = stages.iter().map(|stage| stage.environment.clone()).collect::<Vec<_>>();
    let pipeline = Pipeline {
        stack: stages.first().map(|stage| stage.environment.scope.stack.clone()).unwrap_or_default(),
        file: relative(&args.file),
        branch: args.branch.clone(),
        environments,
        install,
        command: command(service, args),
    };
    match pipeline.check().first() {
        None => Ok(pipeline),
        Some(wrong) => {
            Err(Failure::usage(wrong.clone())
                .hint("run it from the root of the repository, and keep to plain names: they stand in a shell"))
        }
    }
}

/// The path as it stands in a repository.
fn relative(path: &Path) -> String {
    let parts = path.components().filter(|part| *part != Component::CurDir);
    parts.map(|part| part.as_os_str().to_string_lossy().into_owned()).collect::<Vec<_>>().join("/")
}

/// The command that writes the same again.
fn command(service: Service, args: &WriteArgs) -> String {
    let mut words =
        vec!["trueup ci".to_owned(), if service == Service::GitHub { "github" } else { "gitlab" }.into(), quoted(&relative(&args.file))];
    for (option, values) in [("--env", &args.env), ("--open", &args.open), ("--gate", &args.gate)] {
        words.extend(values.iter().map(|value| format!("{option} {}", quoted(value))));
    }
    if args.branch != "main" {
        words.push(format!("--branch {}", quoted(&args.branch)));
    }
    if let (Some(url), Some(sha256)) = (&args.archive, &args.sha256) {
        words.push(format!("--archive {} --sha256 {}", quoted(url), quoted(&sha256.to_ascii_lowercase())));
    }
    words.join(" ")
}

/// Approvals are made on desks, and have to come to the runner somehow.
fn warn(stage: &Stage) {
    let environment = &stage.environment;
    if environment.gate == Gate::Signed && environment.store.is_none() {
        let message = format!("`{}` needs signed approvals, which do not reach a runner by themselves", environment.scope.env);
        report::warn(&message, "give the stack a store that all machines share: store = \"s3://bucket/prefix\" in [stack]");
    }
}

/// Returns the documents of the roles, with the files that they go into.
fn roles(service: Service, args: &WriteArgs, stages: &[Stage], dir: &Path) -> Result<Vec<(PathBuf, String)>, Failure> {
    let name = args.repository.as_deref().unwrap_or_default();
    if !is_repository(service, name) {
        let form = if service == Service::GitHub { "owner/name" } else { "group/project" };
        return Err(
            Failure::usage(format!("`{}` is no name of a repository", report::path(Path::new(name)))).hint(format!("--repository {form}"))
        );
    }
    if !is_host(&args.host) {
        return Err(Failure::usage("--host is no name of a host").hint("--host gitlab.example.com"));
    }
    let repository = Repository { service, name, host: &args.host };
    let mut found = Vec::new();
    for stage in stages {
        let mut environment = stage.environment.clone();
        if environment.scope.account.is_empty() {
            environment.scope.account = args.account.clone().unwrap_or_default();
        }
        let account = &environment.scope.account;
        if account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(
                Failure::usage("the roles' account is not known").hint("--account ID, or account = \"…\" in [stack]: twelve digits")
            );
        }
        for document in documents(&environment, &stage.loaded.graph, &repository, &args.branch) {
            let text = serde_json::to_string_pretty(&document.value).unwrap_or_default();
            found.push((dir.join(document.name), format!("{text}\n")));
        }
    }
    Ok(found)
}
