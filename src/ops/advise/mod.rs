//! Advice: cheaper choices that are equal but for what they cost otherwise, each priced by making it.
//!
//! A row of the table looks at a stack and answers [candidates](Candidate): edits of the file, as `--what-if` takes them. Each is
//! laid over the file, which is parsed, expanded, judged and priced as any other, and it is advice only if
//!
//! - the file is still good, and no rule finds anything in it that it did not find before;
//! - the saving is sure: nothing is promised where a price is missing;
//! - a likely month is cheaper by [`LEAST`] at least.
//!
//! A row says in plain words what its choice costs otherwise. To add one, write a function beside those of its family, and its line
//! below.

mod changes;
mod compute;
mod data;
mod network;
mod reserved;
mod sight;
mod storage;

use super::Error;
use super::cost::{self, Basis, Priced};
use super::stack::{Choice, Loaded, is_of_usage, parse};
use crate::core::advice::{Advice, Advised, LEAST, Together};
use crate::core::bill::{Cost, Difference, Sense, Total};
use crate::core::file::environments;
use crate::core::graph::Graph;
use crate::core::money::Money;
use crate::core::source::{Path, Source};
use sight::Sight;
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZero;
use std::ops::Range;
use std::panic::resume_unwind;
use std::thread;

/// A row: everything that could be chosen in a stack, whether or not it turns out to be cheaper.
type Row = fn(&Sight<'_>) -> Vec<Candidate>;

const ROWS: &[Row] = &[
    compute::arm64,
    compute::spot,
    data::database_class,
    data::cache_class,
    data::search_class,
    data::database_gp3,
    data::search_gp3,
    data::valkey,
    data::supported_version,
    data::supported_search,
    data::fewer_snapshots,
    network::one_nat,
    network::no_nat,
    network::endpoints,
    storage::log_retention,
    storage::price_class,
    storage::bucket_key,
    reserved::reserved,
];

/// A choice that may be cheaper. Of those with the same name in the same place, the cheapest is taken.
#[derive(Debug, Clone, PartialEq)]
struct Candidate {
    choice: &'static str,
    place: String,
    what: String,
    edits: Vec<String>,
    otherwise: String,
}

impl Candidate {
    fn new(choice: &'static str, place: String, what: impl Into<String>, edits: Vec<String>, otherwise: impl Into<String>) -> Self {
        Candidate { choice, place, what: what.into(), edits, otherwise: otherwise.into() }
    }
    /// Sets one key of a table.
    fn set(choice: &'static str, place: &str, what: &str, key: &str, value: &str, otherwise: &str) -> Self {
        Candidate::new(choice, place.to_owned(), what, vec![format!("{place}.{key}={value}")], otherwise)
    }
}

/// Looks for advice on the environment that is chosen, or else on each that the file has, beside what it costs.
pub fn each(source: &Source, choice: Choice<'_>, basis: Basis<'_>) -> Result<Vec<(Priced, Advised)>, Error> {
    let all = if choice.env.is_some() { Vec::new() } else { environments(source) };
    if all.is_empty() {
        return Ok(vec![one(source, choice, basis)?]);
    }
    all.iter().map(|env| one(source, Choice { env: Some(env), ..choice }, basis)).collect()
}

fn one(source: &Source, choice: Choice<'_>, basis: Basis<'_>) -> Result<(Priced, Advised), Error> {
    let loaded = parse(source.clone(), choice)?;
    let priced = cost::wanted(&loaded, basis);
    let scale = Scale { source, choice, basis, found: findings(&loaded), cost: &priced.cost };
    let sight = Sight { stack: &loaded.stack, graph: &loaded.graph, today: basis.today, catalog: basis.catalog };
    let candidates = sight.merged(ROWS.iter().flat_map(|row| row(&sight)).collect());
    let mut best = BTreeMap::<_, Advice>::new();
    for advice in priced_all(&scale, &loaded.graph, &candidates) {
        let key = (advice.choice, advice.place.clone());
        if best.get(&key).is_none_or(|other| saving(&advice.difference) > saving(&other.difference)) {
            best.insert(key, advice);
        }
    }
    let mut advice = best.into_values().collect::<Vec<_>>();
    advice.sort_by_key(|one| std::cmp::Reverse(saving(&one.difference)));
    let together = together(&scale, &advice);
    Ok((priced, Advised { env: choice.env.map(str::to_owned), advice, together }))
}

/// Prices all candidates, on as many threads as there are processors: each makes the whole stack anew.
fn priced_all(scale: &Scale<'_>, graph: &Graph, candidates: &[Candidate]) -> Vec<Advice> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let one = |Candidate { choice, place, what, edits, otherwise }: &Candidate| {
        let Weighed { difference, loaded, .. } = scale.weigh(edits)?;
        let changes = changes::between(graph, &loaded.graph);
        let (place, what, edits, otherwise) = (place.clone(), what.clone(), edits.clone(), otherwise.clone());
        Some(Advice { choice, place, what, edits, otherwise, difference, changes })
    };
    thread::scope(|scope| {
        let part = |part| scope.spawn(move || <[Candidate]>::iter(part).filter_map(one).collect::<Vec<_>>());
        let parts = candidates.chunks(candidates.len().div_ceil(threads).max(1)).map(part).collect::<Vec<_>>();
        parts.into_iter().flat_map(|part| part.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
    })
}

/// Takes as many of them as go together, the largest saving first: each has to leave the saving sure and make it larger.
fn together(scale: &Scale<'_>, advice: &[Advice]) -> Option<Together> {
    let mut taken = Together { parts: Vec::new(), edits: Vec::new(), difference: Difference::default(), total: scale.cost.total() };
    take(scale, advice, 0..advice.len(), &mut taken);
    (taken.parts.len() > 1).then_some(taken)
}

/// Adds a range of them at once if they save as much together as each by itself, which most do, and else by halves.
fn take(scale: &Scale<'_>, advice: &[Advice], range: Range<usize>, taken: &mut Together) {
    let some = &advice[range.clone()];
    let edits = taken.edits.iter().chain(some.iter().flat_map(|one| &one.edits)).cloned().collect::<Vec<_>>();
    let keys = edits.iter().filter_map(|edit| edit.split_once('=')).map(|(key, _)| key).collect::<BTreeSet<_>>();
    // Two that set one key do not go together.
    let weighed = if keys.len() == edits.len() { scale.weigh(&edits) } else { None };
    let before = saving(&taken.difference);
    let sum = some.iter().map(|one| saving(&one.difference)).sum::<Money>();
    match weighed.filter(|with| saving(&with.difference) == before + sum || some.len() == 1 && saving(&with.difference) > before) {
        Some(Weighed { difference, total, .. }) => {
            let parts = taken.parts.iter().copied().chain(range).collect();
            *taken = Together { parts, edits, difference, total };
        }
        None if some.len() > 1 => {
            let middle = range.start + some.len() / 2;
            take(scale, advice, range.start..middle, taken);
            take(scale, advice, middle..range.end, taken);
        }
        None => {}
    }
}

/// Returns what is sure to be saved.
fn saving(difference: &Difference) -> Money {
    -difference.likely().1
}

/// A stack as it is, beside which edits are weighed.
struct Scale<'a> {
    source: &'a Source,
    choice: Choice<'a>,
    basis: Basis<'a>,
    /// The codes and places of what rules find in it already.
    found: BTreeSet<(&'static str, Path)>,
    cost: &'a Cost,
}

/// A stack with edits that are sure to save enough, and that no rule has anything new to say of.
struct Weighed {
    loaded: Loaded,
    difference: Difference,
    total: Total,
}

impl Scale<'_> {
    fn weigh(&self, edits: &[String]) -> Option<Weighed> {
        let loaded = parse(self.source.clone(), Choice { edits, ..self.choice }).ok()?;
        let cost = cost::month(&loaded, self.basis);
        let difference = Difference::of(self.cost, &cost);
        let sure = matches!(difference.likely().0, Sense::Exact | Sense::AtMost);
        let good = sure && saving(&difference) >= LEAST && findings(&loaded).is_subset(&self.found);
        good.then(|| Weighed { loaded, difference, total: cost.total() })
    }
}

/// Returns what rules find in a stack: the code and the place of each, as its words may name values. Edits cannot take out what
/// `[usage]` says of something that goes, so that nothing comes of such an amount is no finding; so none of these depends on the day.
fn findings(loaded: &Loaded) -> BTreeSet<(&'static str, Path)> {
    let found = match loaded.judge("") {
        Ok(found) | Err(Error::Judged(found)) => found.diagnostics,
        Err(_) => Vec::new(),
    };
    found.into_iter().filter(|one| !is_of_usage(one)).map(|one| (one.code, one.path)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pricing::catalog::Catalog;

    #[test]
    fn edits_have_to_save_and_to_leave_rules_nothing_new_to_say() {
        let text = "[stack]\nname = \"small\"\nregion = \"us-east-1\"\n[network]\n[database.main]\nclass = \"db.m5.large\"";
        let source = Source::new("stack.toml", text);
        let (choice, basis) = (Choice::default(), Basis { catalog: Catalog::embedded(), today: "2026-11-29", accepted: None });
        let loaded = parse(source.clone(), choice).expect("a good file");
        let cost = cost::month(&loaded, basis);
        let scale = Scale { source: &source, choice, basis, found: findings(&loaded), cost: &cost };
        let weigh = |edits: &[&str]| scale.weigh(&edits.iter().map(|edit| (*edit).to_owned()).collect::<Vec<_>>()).is_some();
        assert!(weigh(&["database.main.class=db.m6g.large"]));
        assert!(!weigh(&["database.main.class=db.m6g.large", "database.main.backup_days=0"]), "a rule warns of it");
        assert!(!weigh(&["database.main.class=db.m6g.large", "database.main.storage=5"]), "AWS refuses it");
        assert!(!weigh(&["database.main.class=db.m6g.tiny"]), "it has no price");
        assert!(!weigh(&["database.main.class=db.m6i.large"]), "it saves nothing");
        assert!(!weigh(&["database.main.multi_az=true"]), "it costs more");
    }
}
