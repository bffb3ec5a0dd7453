//! `trueup validate`.

use super::exit::{Exit, Failure};
use super::options::today;
use super::stack::{StackArgs, shown};
use crate::core::checks::{WARNINGS, is_known};
use crate::core::diagnostic;
use crate::core::excerpt;
use crate::core::file::{Terms, Verdict};
use crate::modules::CATALOG;
use crate::ops::fix::Fixed;
use crate::ops::{self, Error, codes, stack};
use crate::report;
use crate::report::findings::{Findings, annotations, junit, sarif};
use serde_json::{Value, json};

const AFTER: &str = "\
Without --env every environment of the file is checked.

Examples:
  trueup validate
  trueup validate stacks/registry.toml --env production --json
  trueup validate --deny warnings --format sarif > trueup.sarif
  trueup validate --fix --dry-run     how the file would differ
  trueup explain SEC202        the page of a code that was found";

#[derive(Debug, Clone, clap::Args)]
#[command(after_help = AFTER)]
pub struct Args {
    #[command(flatten)]
    stack: StackArgs,
    /// Print the problems in this form
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text", hide_default_value = true)]
    format: Format,
    /// Print the problems as JSON
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// Refuse the warnings of this code or family, or all (`warnings`), as errors; repeatable
    #[arg(long, value_name = "CODE")]
    deny: Vec<String>,
    /// Write the fixes that are certain into the file, and keep its comments and layout
    #[arg(long, conflicts_with = "set")]
    fix: bool,
    /// With --fix: write nothing, and print how the file would differ
    #[arg(long, requires = "fix", conflicts_with_all = ["format", "json"])]
    dry_run: bool,
    /// Check again each time the file is saved
    #[arg(long, conflicts_with = "fix")]
    watch: bool,
}

// docs/ci.md says what each is for. Said here, it would make the whole help three times as long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Text,
    Json,
    Sarif,
    Junit,
    Github,
}

pub fn run(args: &Args) -> Result<Exit, Failure> {
    let format = if args.json { Format::Json } else { args.format };
    let upper = |name: &String| if name.eq_ignore_ascii_case(WARNINGS) { WARNINGS.to_owned() } else { name.to_ascii_uppercase() };
    let args = &Args { deny: args.deny.iter().map(upper).collect(), ..args.clone() };
    args.deny.iter().try_for_each(|name| known(name))?;
    if args.watch {
        return watch(args, format);
    }
    if args.fix {
        return fix(args, format);
    }
    check(args, format)
}

fn check(args: &Args, format: Format) -> Result<Exit, Failure> {
    let terms = Terms { today: &today(), deny: &args.deny };
    let verdict = match stack::source(&args.stack.file) {
        Ok(source) => stack::validate(source, args.stack.choice(None), terms),
        // It is no text at all: found as anything else.
        Err(Error::Rejected(found)) => Verdict { good: Vec::new(), sources: found.sources, diagnostics: found.diagnostics },
        Err(other) => return Err(other.into()),
    };
    show(args, &verdict, format);
    Ok(stack::end_of(&verdict).map_or(Exit::Done, Exit::from))
}

fn fix(args: &Args, format: Format) -> Result<Exit, Failure> {
    let terms = Terms { today: &today(), deny: &args.deny };
    let source = stack::source(&args.stack.file).map_err(shown(format == Format::Json))?;
    let Fixed { text, mended, verdict } = ops::fix::fix(&source, args.stack.choice(None), terms);
    // A runner of GitHub's reads commands from here as well.
    if format != Format::Github {
        report::talk(&report::fixes::told(&mended, !args.dry_run));
    }
    if args.dry_run {
        report::data(&report::fixes::diff(&source.name, &source.text, &text));
        let verdict = stack::validate(source, args.stack.choice(None), terms);
        return Ok(stack::end_of(&verdict).map_or(Exit::Done, Exit::from));
    }
    if !mended.is_empty() {
        stack::rewrite(&args.stack.file, &source.text, &text)?;
    }
    show(args, &verdict, format);
    Ok(stack::end_of(&verdict).map_or(Exit::Done, Exit::from))
}

/// Checks the file now and each time that it has changed, until somebody ends it.
fn watch(args: &Args, format: Format) -> Result<Exit, Failure> {
    let state = || std::fs::metadata(&args.stack.file).ok().and_then(|file| Some((file.modified().ok()?, file.len())));
    loop {
        let before = state();
        if let Err(Failure { message, hint, .. }) = check(args, format)
            && !message.is_empty()
        {
            report::error(&message, hint.as_deref());
        }
        // Editors put another file in its place, so that it is gone for a moment.
        while state().is_none_or(|now| Some(now) == before) {
            std::thread::sleep(PAUSE);
        }
        if format == Format::Text {
            report::talk(&format!("\n{} has changed\n", report::path(&args.stack.file)));
        }
    }
}

/// The time between two looks at a file that is watched.
const PAUSE: std::time::Duration = std::time::Duration::from_millis(200);

/// Refuses to deny what is no code: nothing would be.
fn known(name: &str) -> Result<(), Failure> {
    if name == WARNINGS || is_known(name, CATALOG.all_codes()) {
        return Ok(());
    }
    let near = codes::find(name).err().or_else(|| codes::list(Some(name)).err());
    Err(Failure::usage(format!("--deny: there is no code or family `{name}`")).hint(near.unwrap_or_default()))
}

fn show(args: &Args, verdict: &Verdict, format: Format) {
    let Verdict { good, sources, diagnostics } = verdict;
    let codes = CATALOG.all_codes().collect::<Vec<_>>();
    let file = args.stack.file.display().to_string();
    let findings = Findings { file: &file, sources, diagnostics, good, codes: &codes };
    match format {
        Format::Text => {
            if !diagnostics.is_empty() {
                report::talk(&excerpt::render(diagnostics, sources, report::colour()));
            }
            let file = report::path(&args.stack.file);
            good.iter().for_each(|(env, nodes)| report::data(&format!("{file} is valid for {env}: {nodes} resources")));
        }
        Format::Json => {
            let valid = good.iter().map(|(env, nodes)| json!({ "env": env, "resources": nodes })).collect::<Value>();
            let diagnostics = diagnostic::to_json(diagnostics, sources);
            report::json(&json!({ "version": diagnostic::VERSION, "valid": valid, "diagnostics": diagnostics }));
        }
        Format::Sarif => report::json_pretty(&sarif(&findings)),
        Format::Junit => report::data(&junit(&findings)),
        Format::Github => report::data(&annotations(&findings)),
    }
}
