//! Reports of releases, in files of whichever form their names say.

use super::exit::Failure;
use crate::core::event::Event;
use crate::core::plan::Plan;
use crate::core::rollout::look::Look;
use crate::core::rollout::monitor::Monitor;
use crate::core::rollout::release::Release;
use crate::engine::store::Looks;
use crate::files::{self, Readers};
use crate::ops::rollout;
use crate::ops::session::Session;
use crate::report::{self, monitor, release};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// The files that reports are written to.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Reports {
    /// Write a report to FILE when it is over, or is left: .md, .json or .html; may be given several times
    #[arg(long = "report", value_name = "FILE", value_hint = clap::ValueHint::FilePath, value_parser = file)]
    files: Vec<PathBuf>,
}

/// A file whose name says which form it is to have.
fn file(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    match Form::of(&path) {
        Some(_) => Ok(path),
        None => Err("its name has to end with .md, .json or .html".into()),
    }
}

/// The form of a report.
#[derive(Debug, Clone, Copy)]
enum Form {
    Markdown,
    Html,
    Json,
}

impl Form {
    fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()? {
            "md" => Some(Form::Markdown),
            "html" => Some(Form::Html),
            "json" => Some(Form::Json),
            _ => None,
        }
    }
}

impl Reports {
    /// Refuses files that cannot be written, before anything begins.
    pub fn check(&self) -> Result<(), Failure> {
        self.files.iter().try_for_each(|path| Failure::unwritable("the report", path))
    }

    /// Writes them. Nothing is written of nothing.
    pub fn write(&self, releases: &[Release]) {
        if releases.is_empty() {
            return;
        }
        let write = |form| match form {
            Form::Markdown => release::markdown(releases),
            Form::Html => release::html(releases),
            Form::Json => format!("{}\n", release::json(releases)),
        };
        self.write_each(write, "what AWS knows of it stays there: `trueup rollout report` prints it, with --json or --html as well");
    }

    /// Writes a watch.
    pub fn write_watch(&self, seen: &Monitor) {
        let write = |form| match form {
            Form::Markdown => monitor::markdown(seen),
            Form::Html => monitor::html(seen),
            Form::Json => format!("{}\n", monitor::json(seen)),
        };
        self.write_each(write, "what was seen is printed below");
    }

    /// The end that is reported stands, whatever becomes of the report: its exit code is the verdict's.
    fn write_each(&self, text: impl Fn(Form) -> String, otherwise: &str) {
        for path in &self.files {
            let text = Form::of(path).map(&text).unwrap_or_default();
            match files::replace(path, text.as_bytes(), Readers::Any) {
                Ok(()) => report::talk(&format!("wrote {}", report::path(path))),
                Err(error) => report::warn(&format!("the report {} could not be written: {error}", report::path(path)), otherwise),
            }
        }
    }
}

/// The releases of an apply, from its events.
pub struct Releases<'a> {
    session: &'a Session,
    plan: &'a Plan,
    /// The looks of applies before, which may have left a rollout that this one goes on with.
    known: BTreeMap<String, Looks>,
    found: Mutex<BTreeMap<usize, Release>>,
}

impl<'a> Releases<'a> {
    /// Begins them, with what journals know where somebody wants a report.
    pub async fn of(session: &'a Session, plan: &'a Plan, reports: &Reports) -> Result<Self, Failure> {
        let rolls = plan.changes.iter().any(|change| change.rollout.is_some());
        let known = if rolls && !reports.files.is_empty() { rollout::journalled(session).await? } else { BTreeMap::new() };
        Ok(Releases { session, plan, known, found: Mutex::default() })
    }

    pub fn take(&self, event: &Event) {
        let Event::RollingOut { step, look, .. } = event else { return };
        let change = self.plan.steps.get(*step).and_then(|step| self.plan.changes.get(step.change));
        let Some((change, policy)) = change.and_then(|change| Some((change, change.rollout.as_deref()?))) else { return };
        let group = change.address.group();
        let begin = || {
            let of = rollout::of(self.session, group.strip_prefix("service.").unwrap_or(group));
            let started = look.seen.as_ref().and_then(|seen| seen.deployment.as_ref()).map(|deployment| deployment.started);
            rollout::begin(of, policy.clone(), look.deployment.as_ref().and_then(|arn| self.known.get(arn)), started)
        };
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        found.entry(*step).or_insert_with(begin).take(look);
    }

    pub fn all(&self) -> Vec<Release> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }
}

/// Keeps the record of one release while it is looked at.
pub struct Record(Mutex<Release>);

impl Record {
    pub fn new(release: Release) -> Self {
        Record(Mutex::new(release))
    }
    pub fn take(&self, look: &Look) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take(look);
    }
    pub fn release(&self) -> Release {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
