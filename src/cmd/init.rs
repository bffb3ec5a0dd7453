//! `trueup init`.

use super::exit::{Exit, Failure};
use crate::core::file::environments;
use crate::core::source::Source;
use crate::modules::template::{self, TEMPLATES};
use crate::ops::stack::DEFAULT_FILE;
use crate::report;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

const AFTER: &str = "\
Examples:
  trueup init                                a web service, into ./stack.toml
  trueup init worker --name jobs
  trueup init static-site --name docs --region eu-west-1 --dir docs-site";

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub struct Args {
    /// The template to start from
    #[arg(default_value = "web-service", value_parser = clap::builder::PossibleValuesParser::new(names()))]
    template: String,
    /// The name of the stack
    #[arg(long, default_value = "hello")]
    name: String,
    /// The AWS region it stands in
    #[arg(long, env = "AWS_REGION", default_value = "us-east-1")]
    region: String,
    /// The directory to write it to; existing files are never overwritten
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: PathBuf,
}

fn names() -> impl Iterator<Item = clap::builder::PossibleValue> {
    TEMPLATES.iter().map(|template| clap::builder::PossibleValue::new(template.name).help(template.about))
}

pub fn run(args: &Args) -> Result<Exit, Failure> {
    let files = template::files(&args.template, &args.name, &args.region)
        .map_err(|problem| Failure { hint: problem.help, ..Failure::usage(format!("--{}: {}", problem.field, problem.message)) })?;
    std::fs::create_dir_all(&args.dir).map_err(|error| Failure::file("make", &args.dir, &error))?;
    if let Some((name, _)) = files.iter().find(|(name, _)| args.dir.join(name).exists()) {
        return Err(Failure::new(format!("{} exists already", args.dir.join(name).display())).hint("choose another directory with --dir"));
    }
    for (name, text) in &files {
        let path = args.dir.join(name);
        let written = OpenOptions::new().write(true).create_new(true).open(&path).and_then(|mut file| file.write_all(text.as_bytes()));
        written.map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => Failure::new(format!("{} exists already", path.display())),
            _ => Failure::file("write", &path, &error),
        })?;
        report::talk(&format!("wrote {}", path.strip_prefix(".").unwrap_or(&path).display()));
    }
    ignore(&args.dir)?;
    let env = files.first().and_then(|(name, text)| environments(&Source::new(*name, text.as_str())).into_iter().next());
    let env = env.map(|env| format!(" --env {env}")).unwrap_or_default();
    let file = match args.dir.strip_prefix(".").unwrap_or(&args.dir) {
        here if here.as_os_str().is_empty() => String::new(),
        dir => format!(" {}", dir.join(DEFAULT_FILE).display()),
    };
    let plan = format!("trueup plan{file}{env} --empty");
    let apply = format!("trueup apply{file}{env} --sandbox");
    let width = plan.len().max(apply.len());
    report::talk(&format!(
        "\nnext:\n  {plan:width$}   what it would create, without an account\n  {apply:width$}   create it on the embedded AWS"
    ));
    Ok(Exit::Done)
}

/// The paths that do not belong into a repository: locks, journals and the embedded AWS; and plans, which are applied once.
const IGNORED: &[&str] = &[".trueup/", "plan.json", "*.plan.json"];

/// Adds to `.gitignore` what is missing there, and leaves the rest of it as it is.
fn ignore(dir: &Path) -> Result<(), Failure> {
    let path = dir.join(".gitignore");
    let before = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        Err(error) => return Err(Failure::file("read", &path, &error)),
    };
    let bare = |line: &str| line.trim().trim_matches('/').to_owned();
    let missing = IGNORED.iter().filter(|one| !before.lines().any(|line| bare(line) == bare(one))).collect::<Vec<_>>();
    if missing.is_empty() {
        return Ok(());
    }
    let start = if before.is_empty() || before.ends_with('\n') { "" } else { "\n" };
    let lines = missing.iter().map(|line| format!("{line}\n")).collect::<String>();
    let open = OpenOptions::new().append(true).create(true).open(&path);
    let written = open.and_then(|mut file| file.write_all(format!("{start}{lines}").as_bytes()));
    written.map_err(|error| Failure::file("write", &path, &error))?;
    let shown = path.strip_prefix(".").unwrap_or(&path).display().to_string();
    report::talk(&if before.is_empty() { format!("wrote {shown}") } else { format!("added to {shown}") });
    Ok(())
}
