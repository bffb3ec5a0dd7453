//! The history of a stack: its applies, newest first, one of them, and going back to the file of one.

use super::Error;
use super::stack::Loaded;
use crate::core::applied::{Back, Text};
use crate::core::file::DEFAULT_ENV;
#[cfg(feature = "aws")]
use crate::core::history::Filter;
use crate::core::history::Record;
use crate::core::private::is_masked;
use crate::core::rollback::{Restored, renames, restored, taken_over};
use crate::core::settings::Settings;
use crate::core::source::{Path, Source};
#[cfg(feature = "aws")]
use crate::engine::store::Store;
use crate::modules;

/// A page of the applies that somebody asks for.
#[derive(Debug, Clone)]
pub struct Page {
    /// The newest first. What they have of resources and texts is left out.
    pub records: Vec<Record>,
    /// The number of applies that there are, or that were asked for.
    pub all: usize,
    /// Counted from 1.
    pub page: usize,
    pub pages: usize,
}

/// Records that are held at once while a filter looks through all of them.
#[cfg(feature = "aws")]
const AT_ONCE: usize = 32;

/// Answers one page of the applies that a filter takes.
#[cfg(feature = "aws")]
pub async fn list(store: &Store, filter: &Filter, limit: usize, page: usize) -> Result<Page, Error> {
    let numbers = store.applies().await?.into_iter().map(|(number, _)| number).collect::<Vec<_>>();
    let from = limit.saturating_mul(page.saturating_sub(1));
    let light = |record: Record| Record { resources: Vec::new(), before: Vec::new(), ..record };
    let (all, records) = if filter.is_open() {
        let wanted = numbers.iter().skip(from).take(limit).copied().collect::<Vec<_>>();
        (numbers.len(), store.records(&wanted).await?.into_iter().map(light).collect())
    } else {
        let mut found = Vec::new();
        for part in numbers.chunks(AT_ONCE) {
            found.extend(store.records(part).await?.into_iter().filter(|record| filter.takes(record)).map(light));
        }
        (found.len(), found.into_iter().skip(from).take(limit).collect())
    };
    Ok(Page { records, all, page, pages: all.div_ceil(limit.max(1)).max(1) })
}

/// Answers an apply by its number, by the beginning of its plan's digest, or the newest one as `last`.
#[cfg(feature = "aws")]
pub async fn find(store: &Store, which: &str, stack: &str) -> Result<Record, Error> {
    let all = store.applies().await?;
    let absent = |why: String| Error::History { why, hint: "`trueup history` lists them".into() };
    let number = which.parse::<u64>().ok();
    let of_plan = |plan: &str| which.len() >= SHORTEST && plan.starts_with(which);
    let found = match which {
        "last" => all.first(),
        _ => all.iter().find(|(apply, plan)| number == Some(*apply) || of_plan(plan)),
    };
    let Some((number, _)) = found else {
        return Err(absent(if all.is_empty() {
            format!("nothing was applied yet of {stack}")
        } else {
            format!("{stack} has no apply `{which}`")
        }));
    };
    let record = store.records(&[*number]).await?.into_iter().next();
    record
        .ok_or_else(|| absent(format!("nothing can be read of apply {number} of {stack}: its journal and its record are damaged or gone")))
}

/// No fewer letters name a plan.
#[cfg(feature = "aws")]
const SHORTEST: usize = 6;

/// Answers the records of all applies after one, the oldest first.
#[cfg(feature = "aws")]
pub async fn since(store: &Store, apply: u64) -> Result<Vec<Record>, Error> {
    let later = store.applies().await?.into_iter().map(|(number, _)| number).filter(|number| *number > apply);
    Ok(store.records(&later.collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>()).await?)
}

/// The file of an earlier apply, made ready to be planned.
#[derive(Debug, Clone)]
pub struct Return {
    pub loaded: Loaded,
    /// Its files as they were, with their secrets filled in: the stack file first.
    pub files: Vec<Text>,
    /// The arguments that were set over them.
    pub set: Vec<String>,
}

/// The file of today, and all that is said over the recorded one.
#[derive(Debug, Clone, Copy)]
pub struct Today<'a> {
    pub source: &'a Source,
    pub settings: &'a Settings,
    pub set: &'a [String],
}

/// Reads the file of a record as any other: the same checks hold. Its secrets come from the file of today, which also says what counts
/// whichever file is applied: who has to approve, the budget, and the store. `later` are the records since.
pub fn back(record: &Record, later: &[Record], today: Today<'_>) -> Result<Return, Error> {
    let Today { source, settings, set } = today;
    let apply = record.apply;
    let refused = |why: String, hint: &str| Error::History { why, hint: hint.to_owned() };
    if record.destroy {
        return Err(refused(
            format!("apply {apply} was a destroy, so there is no file to go back to"),
            "`trueup destroy` deletes what is there",
        ));
    }
    if record.texts.files.is_empty() {
        let why = format!("of apply {apply} no file is known: it was made before there were records, or not from a file");
        return Err(refused(why, "`trueup history` lists those that have one; else take the file from version control, and apply that"));
    }
    let env = Some(record.scope.env.as_str()).filter(|env| *env != DEFAULT_ENV);
    let keys = set.iter().filter_map(|set| Some(set.split_once('=')?.0.trim())).collect::<Vec<_>>();
    let mut lost = Vec::new();
    let mut files = Vec::new();
    for (at, Text { path, text }) in record.texts.files.iter().enumerate() {
        // Nobody names today's text of other files; they hold figures.
        let Restored { text, lost: gone } = restored(text, if at == 0 { &source.text } else { "" });
        lost.extend(gone.iter().filter_map(|path| own_path(&settable(path).to_string(), env)));
        files.push(Text { path: path.clone(), text });
    }
    let (known, masked) = record.texts.set.iter().cloned().partition::<Vec<_>, _>(|set| !is_masked(&set.as_str().into()));
    lost.extend(masked.iter().filter_map(|set| Some(set.split_once('=')?.0.trim().to_owned())));
    lost.retain(|path| !keys.contains(&path.as_str()));
    if !lost.is_empty() {
        lost.sort_unstable();
        lost.dedup();
        let why = format!("no record keeps secrets, and the file of today has none in the place of: {}", lost.join(", "));
        let sets = lost.iter().map(|path| format!("--set '{path}=VALUE'")).collect::<Vec<_>>().join(" ");
        return Err(refused(why, &format!("say each: {sets}")));
    }
    let all = known.iter().chain(set).cloned().collect::<Vec<_>>();
    let named = |text: &Text| Source::new(format!("apply-{apply}/{}", text.path), text.text.as_str());
    let mut texts = files.iter();
    let first = texts.next().map(named).unwrap_or_else(|| Source::new("", ""));
    let mut stack = modules::parse_edited(first, env, &all, &[]).map_err(Error::Rejected)?;
    for other in texts {
        stack = modules::add_usage(stack, named(other)).map_err(Error::Rejected)?;
    }
    let place = |settings: &Settings| (settings.name.clone(), settings.region.clone());
    if place(&stack.settings) != place(settings) {
        let of = |settings: &Settings| format!("{} in {}", settings.name, settings.region);
        let why = format!("the file of apply {apply} is of {}, and that of today of {}", of(&stack.settings), of(settings));
        return Err(refused(why, "that is another stack: plan and apply its file by itself"));
    }
    stack.settings.store.clone_from(&settings.store);
    stack.settings.account.clone_from(&settings.account);
    stack.settings.budget.clone_from(&settings.budget);
    if settings.approval.is_some() {
        stack.settings.approval.clone_from(&settings.approval);
    }
    stack.back = Some(Back { to: record.since(), taken_over: taken_over(later) });
    let mut loaded = Loaded::of(stack)?;
    // Later renames first: each is asked for by the address that a resource has now.
    loaded.graph.moved = [renames(later), loaded.graph.moved].concat();
    Ok(Return { loaded, files, set: known })
}

/// Returns the path that can be set for a value: of one in a list, that of the list.
fn settable(path: &Path) -> Path {
    let is_place = |part: &&String| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    Path::new(path.parts().iter().take_while(|part| !is_place(part)).cloned())
}

/// Returns a path of the file as `--set` names it; None for one of another environment.
fn own_path(path: &str, env: Option<&str>) -> Option<String> {
    match (path.strip_prefix("env."), env) {
        (None, _) => Some(path.to_owned()),
        (Some(rest), Some(env)) => rest.strip_prefix(env)?.strip_prefix('.').map(str::to_owned),
        (Some(_), None) => None,
    }
}
