//! Does what a scenario says, and writes down what came of it.

use super::script::{Script, Section};
use crate::crash::recorder::Recorder;
use crate::stand::{SPEED, Stand, find, graph, sealed, stack};
use serde_json::Value;
use std::fmt::Write as _;
use trueup::core::address::Pattern;
use trueup::core::admission::Papers;
use trueup::core::bar::Bar;
use trueup::core::event::Event;
use trueup::core::plan::Plan;
use trueup::core::planner::{self, Policy};
use trueup::core::reference::{Reference, resolve};
use trueup::core::rule::judge_plan;
use trueup::core::sealed::Sealed;
use trueup::core::snapshot::Snapshot;
use trueup::core::stack::Stack;
use trueup::core::view::View;
use trueup::engine::apply::Options;
use trueup::engine::events::Events;
use trueup::ops::plan::Planned;
use trueup::report::plan::{View as Shape, render};
use trueup::report::progress::{self, Sort};
use trueup::rules::RULES;
use trueup::sandbox::services::handler;
use trueup::sandbox::world::{Call, World, merge};
use trueup::sandbox::{self, Sandbox, Speed};

/// Friday, 2 January 2026, 00:00 UTC.
const BEGIN: i64 = 1_767_312_000_000;

/// Waiting takes no time.
const HURRY: f64 = 1e6;

struct Story {
    sandbox: Sandbox,
    text: String,
    stand: Option<Stand>,
    stack: Option<Stack>,
    kept: Option<Sealed>,
}

pub async fn run(mut script: Script) -> Result<Script, String> {
    let options = sandbox::Options { speed: Speed::Instant, begin: Some(BEGIN), ..sandbox::Options::default() };
    let sandbox = Sandbox::open(options).unwrap();
    let mut story = Story { sandbox, text: String::new(), stand: None, stack: None, kept: None };
    for section in &mut script.sections {
        match story.section(section).await {
            Ok(Some(text)) => section.text = text.trim_matches('\n').to_owned(),
            Ok(None) => {}
            Err(wrong) => return Err(format!("== {}: {wrong}", section.doing)),
        }
        let wrong = story.sandbox.mismatches();
        if !wrong.is_empty() {
            return Err(format!("== {}: {wrong:?}", section.doing));
        }
    }
    Ok(script)
}

impl Story {
    /// The text that belongs below the section, if that is for us to say.
    async fn section(&mut self, section: &Section) -> Result<Option<String>, String> {
        let words = section.words();
        match words.as_slice() {
            ["stack"] => self.load(section.text.clone()).await?,
            ["edit"] => self.load(edited(&self.text, &section.text)?).await?,
            ["out", "of", "band"] => self.out_of_band(&section.text).await?,
            ["fault"] => {
                let faults = section.text.lines().map(|line| line.trim().parse()).collect::<Result<_, _>>()?;
                self.sandbox.set_faults(faults);
            }
            ["time", "stands", "still"] => self.sandbox.set_speed(Speed::Times(1e-6)),
            ["time", "flies"] => self.sandbox.set_speed(Speed::Instant),
            ["plan", flags @ ..] => {
                let flags = Flags::parse(flags)?;
                let plan = self.plan(false, &flags).await;
                let text = shown(&plan, flags.verbose);
                if flags.out {
                    self.kept = Some(plan.sealed);
                }
                return Ok(Some(text));
            }
            ["apply", flags @ ..] => return self.apply(&Flags::parse(flags)?).await,
            ["destroy", flags @ ..] => {
                let flags = Flags::parse(flags)?;
                let plan = self.plan(true, &flags).await;
                return Ok(Some(if flags.plan { shown(&plan, false) } else { self.ran(&plan, &flags).await }));
            }
            _ => return Err("there is no such section".into()),
        }
        Ok(None)
    }

    async fn load(&mut self, text: String) -> Result<(), String> {
        let stack = stack(&text, None, &[]);
        if self.stand.is_none() {
            self.stand = Some(Stand::at(self.sandbox.clone(), &stack, HURRY).await);
        }
        (self.text, self.stack) = (text, Some(stack));
        Ok(())
    }

    fn stand(&self) -> &Stand {
        self.stand.as_ref().expect("a stack comes first")
    }

    async fn read(&self, sweep: bool) -> Snapshot {
        self.stand().read_all(&graph(self.stack.as_ref().expect("a stack comes first")), sweep).await
    }

    /// Makes a plan, as `--out` would keep it.
    async fn plan(&self, destroy: bool, flags: &Flags) -> Planned {
        let stack = self.stack.as_ref().expect("a stack comes first");
        let policy =
            Policy { destroy, allow_delete: flags.allow_delete.clone(), created: "2026-01-02T00:00:00Z".into(), ..Policy::default() };
        let snapshot = self.read(destroy).await;
        let graph = graph(stack);
        let plan = planner::plan(&graph, &snapshot, &policy, &find);
        let plan = judge_plan(plan, &View::of_graph(&graph, snapshot.scope.clone()), RULES, &stack.accepted, &stack.checks);
        sealed(plan, snapshot)
    }

    async fn apply(&mut self, flags: &Flags) -> Result<Option<String>, String> {
        let plan = match (flags.plan, &self.kept) {
            (true, Some(plan)) => self.stand().recall(plan.clone(), &Events::silent()).await.map_err(|error| error.to_string())?,
            (true, None) => return Err("no plan was kept".into()),
            (false, _) => self.plan(false, flags).await,
        };
        if let Err(bar @ (Bar::Applied | Bar::Unread(_) | Bar::Stale(_))) = self.stand().admit(&plan, None, Papers::Fresh) {
            return Ok(Some(bar.to_string()));
        }
        match &flags.killed_after {
            None => Ok(Some(self.ran(&plan, flags).await)),
            Some(operation) => self.killed(&plan, operation).await.map(|()| None),
        }
    }

    async fn ran(&self, plan: &Planned, flags: &Flags) -> String {
        if !plan.refusals.is_empty() || plan.steps.is_empty() {
            return shown(plan, false);
        }
        // One after the other, so that ids are the same every time.
        let (_keep, cancel) = tokio::sync::watch::channel(false);
        let mut applied = self.stand().apply_with(plan, &Options::new(1, cancel)).await;
        applied.events.iter_mut().for_each(still);
        let lines = progress::plain(&applied.events, 1.0, if plan.destroy { Sort::Destroy } else { Sort::Apply });
        let wanted = |line: &&String| {
            flags.steps
                || !(line.starts_with('[') && !line.contains(" failed ") || line.starts_with("  …") || line.starts_with("applying "))
        };
        plainly(&lines.iter().map(|line| strip(line)).filter(|line| wanted(&line)).collect::<Vec<_>>().join("\n"))
    }

    /// Runs a plan, and puts the world back to where it was after the first call of an operation.
    async fn killed(&mut self, plan: &Planned, operation: &str) -> Result<(), String> {
        let recorder = Recorder::new(self.sandbox.clone());
        let stand = Stand::through(recorder.clone(), self.sandbox.clone(), self.stack.as_ref().expect("a stack comes first"), SPEED).await;
        let (_keep, cancel) = tokio::sync::watch::channel(false);
        stand.apply_with(plan, &Options::new(1, cancel)).await;
        let taken = recorder.taken();
        let names = taken.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
        let (_, world) = taken.iter().find(|(name, _)| name == operation).ok_or(format!("never called {operation}, but {names}"))?;
        self.sandbox.change(|place| *place = world.clone()).unwrap();
        Ok(())
    }

    async fn out_of_band(&self, text: &str) -> Result<(), String> {
        let snapshot = if text.contains("${") { self.read(true).await } else { Snapshot::empty(self.stand().aws.scope.clone()) };
        let output = |reference: &Reference| {
            let mut all = snapshot.resources.values().flatten();
            let live = all.find(|live| live.claim.as_ref().is_some_and(|claim| claim.address == reference.address))?;
            match reference.output.as_str() {
                "generation" => live.claim.as_ref().map(|claim| claim.generation.clone()),
                output => live.outputs.get(output).cloned(),
            }
        };
        let filled = resolve(&Value::String(text.to_owned()), &output);
        let mut rest = filled.as_str().unwrap_or_default().trim();
        while !rest.is_empty() {
            let at = rest.find('{').ok_or_else(|| format!("`{rest}` has no JSON"))?;
            let (head, json) = rest.split_at(at);
            let mut values = serde_json::Deserializer::from_str(json).into_iter::<Value>();
            let value = values.next().unwrap_or(Ok(Value::Null)).map_err(|error| format!("{head}: {error}"))?;
            rest = json[values.byte_offset()..].trim_start();
            let region = &self.stand().aws.scope.region;
            match head.split_whitespace().collect::<Vec<_>>().as_slice() {
                ["set", table, id] => self.sandbox.change(|world| set(world, region, table, id, &value)).unwrap()?,
                [operation] => self.sandbox.change(|world| call(world, region, operation, &value)).unwrap()?,
                other => return Err(format!("{other:?} is neither `set TABLE ID` nor one operation")),
            }
        }
        Ok(())
    }
}

fn set(world: &mut World, region: &str, table: &str, id: &str, patch: &Value) -> Result<(), String> {
    let names = [format!("{region}/{table}"), format!("global/{table}")];
    let table = names.iter().find(|name| world.tables.contains_key(*name)).ok_or_else(|| format!("there is no {table}"))?;
    let row = world.tables.get_mut(table).and_then(|rows| rows.get_mut(id)).ok_or_else(|| format!("{table} has no {id}"))?;
    merge(row, patch);
    Ok(())
}

fn call(world: &mut World, region: &str, operation: &str, input: &Value) -> Result<(), String> {
    let (service, name) = operation.split_once('.').ok_or_else(|| format!("`{operation}` is no service.Operation"))?;
    let handler = handler(service, name).ok_or_else(|| format!("{operation} is not in the embedded AWS"))?;
    let region = if ["cloudfront", "iam", "s3"].contains(&service) { "us-east-1" } else { region };
    let answer = handler(&mut Call::new(world, input, service, name, region));
    answer.map(drop).map_err(|fault| format!("{operation}: {fault:?}"))
}

/// A stack file with changes in it.
fn edited(text: &str, changes: &str) -> Result<String, String> {
    let mut lines = text.lines().map(String::from).collect::<Vec<_>>();
    let mut place = None;
    for change in changes.lines() {
        if let Some(old) = change.strip_prefix('-').map(|old| old.strip_prefix(' ').unwrap_or(old)) {
            // From where the last change was, so that blank lines are those that are meant.
            let from = place.unwrap_or(0);
            let mut places = (from..lines.len()).chain(0..from);
            let at = places.find(|at| lines[*at] == old).ok_or_else(|| format!("the file has no line `{old}`"))?;
            lines.remove(at);
            place = Some(at);
        } else {
            let new = change.strip_prefix("+ ").or(change.strip_prefix('+')).ok_or_else(|| format!("`{change}` is neither - nor +"))?;
            let at = place.unwrap_or(lines.len());
            lines.insert(at, new.to_owned());
            place = place.map(|_| at + 1);
        }
    }
    Ok(lines.join("\n"))
}

#[derive(Default)]
struct Flags {
    allow_delete: Vec<Pattern>,
    verbose: bool,
    steps: bool,
    out: bool,
    plan: bool,
    killed_after: Option<String>,
}

impl Flags {
    fn parse(words: &[&str]) -> Result<Self, String> {
        let mut flags = Flags::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let mut value = || words.next().copied().ok_or_else(|| format!("{word} needs a value"));
            match *word {
                "--allow-delete" => flags.allow_delete.push(Pattern::parse(value()?).map_err(|error| error.to_string())?),
                "-v" => flags.verbose = true,
                "--steps" => flags.steps = true,
                "--out" => flags.out = true,
                "--plan" => flags.plan = true,
                "--killed-after" => flags.killed_after = Some(value()?.to_owned()),
                other => return Err(format!("there is no flag {other}")),
            }
        }
        Ok(flags)
    }
}

fn shown(plan: &Plan, whole: bool) -> String {
    let mut plan = plan.clone();
    plan.unread.iter_mut().for_each(|unread| unread.reason = plainly(&unread.reason));
    strip(&render(&plan, Shape { width: 120, whole }))
}

fn strip(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

/// Without the ids of requests, which count reads as well, and those are not in the same order every time.
fn plainly(text: &str) -> String {
    let mut plain = String::new();
    for (at, part) in text.split("(request ").enumerate() {
        if at == 0 {
            plain += part;
        } else {
            let _ = write!(plain, "(request …){}", part.split_once(')').map_or("", |(_, rest)| rest));
        }
    }
    plain
}

/// Durations on the wall are not the same every time.
fn still(event: &mut Event) {
    match event {
        Event::Done { seconds, .. } | Event::Finished { seconds, .. } | Event::Retrying { seconds, .. } => *seconds = 0.0,
        _ => {}
    }
}
