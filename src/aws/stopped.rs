//! Tasks that had stopped when this run first looked at a deployment: what stops from then on is news.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

/// ARNs of tasks by the id of their deployment.
#[derive(Debug, Default)]
pub struct Stopped(Mutex<BTreeMap<String, BTreeSet<String>>>);

impl Stopped {
    /// Returns the tasks of the first look at a deployment, which is this one if there was none.
    pub fn first(&self, deployment: &str, tasks: &BTreeSet<String>) -> BTreeSet<String> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(deployment.to_owned()).or_insert_with(|| tasks.clone()).clone()
    }
}
