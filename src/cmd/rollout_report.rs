//! Reports of releases, in files of whichever form their names say.

use super::exit::Failure;
use crate::core::event::Event;
use crate::core::plan::Plan;
use crate::core::rollout::look::Look;
use crate::core::rollout::release::Release;
use crate::files::{self, Readers};
use crate::ops::rollout;
use crate::ops::session::Session;
use crate::report::{self, release};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// The files that reports are written to.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Reports {
    /// Write a report of the release to FILE when it is over, or is left: .md, .json or .html; may be given several times
    #[arg(long = "report", value_name = "FILE", value_hint = clap::ValueHint::FilePath, value_parser = file)]
    files: Vec<PathBuf>,
}

/// A file whose name says which form it is to have.
fn file(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    match form(&path) {
        Some(_) => Ok(path),
        None => Err("its name has to end with .md, .json or .html".into()),
    }
}

fn form(path: &Path) -> Option<fn(&[Release]) -> String> {
    match path.extension()?.to_str()? {
        "md" => Some(release::markdown),
        "html" => Some(release::html),
        "json" => Some(|releases| format!("{}\n", release::json(releases))),
        _ => None,
    }
}

impl Reports {
    /// Writes them. Nothing is written of nothing.
    pub fn write(&self, releases: &[Release]) -> Result<(), Failure> {
        if releases.is_empty() {
            return Ok(());
        }
        for path in &self.files {
            let text = form(path).map(|form| form(releases)).unwrap_or_default();
            files::replace(path, text.as_bytes(), Readers::Any)
                .map_err(|error| Failure::new(format!("failed to write the report {}: {error}", report::path(path))))?;
            report::talk(&format!("wrote {}", report::path(path)));
        }
        Ok(())
    }
}

/// The releases of an apply, from its events.
pub struct Releases<'a> {
    session: &'a Session,
    plan: &'a Plan,
    found: Mutex<BTreeMap<usize, Release>>,
}

impl<'a> Releases<'a> {
    pub fn of(session: &'a Session, plan: &'a Plan) -> Self {
        Releases { session, plan, found: Mutex::default() }
    }

    pub fn take(&self, event: &Event) {
        let Event::RollingOut { step, look, .. } = event else { return };
        let change = self.plan.steps.get(*step).and_then(|step| self.plan.changes.get(step.change));
        let Some((change, policy)) = change.and_then(|change| Some((change, change.rollout.as_deref()?))) else { return };
        let group = change.address.group();
        let of = || rollout::of(self.session, group.strip_prefix("service.").unwrap_or(group));
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        found.entry(*step).or_insert_with(|| Release::new(of(), policy.clone())).take(look);
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
