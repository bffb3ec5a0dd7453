//! An account in memory that becomes whatever a plan says: enough for what must hold of any plan, and no API.

use crate::core::address::Address;
use crate::core::identity::Scope;
use crate::core::kind::Row;
use crate::core::plan::{Action, Change, Plan, Step, Verb};
use crate::core::reference::{Reference, is_open, resolve};
use crate::core::snapshot::{Live, Snapshot, State};
use crate::kinds;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};

/// The live resources, and the number of resources that were ever made: ids are never used twice.
#[derive(Debug, Clone)]
pub struct Account {
    now: Snapshot,
    made: usize,
    /// The marks that no two resources may have in common, each with the resource that has it.
    marks: HashMap<String, String>,
}

impl Account {
    /// Holds nothing.
    pub fn new(scope: Scope) -> Self {
        Account { now: Snapshot::empty(scope), made: 0, marks: HashMap::new() }
    }

    pub fn snapshot(&self) -> &Snapshot {
        &self.now
    }

    /// Runs the steps of a plan in their order. The error is the first that AWS could not do: it names something
    /// that is not there yet, or would stand beside something with the same name.
    pub fn apply(&mut self, plan: &Plan) -> Result<(), String> {
        let mut made = HashMap::new();
        for step in &plan.steps {
            let change = &plan.changes[step.change];
            self.step(plan, step, change, &mut made).map_err(|why| format!("{} {}: {why}", step.verb.as_str(), change.address))?;
        }
        Ok(())
    }

    fn step(&mut self, plan: &Plan, step: &Step, change: &Change, made: &mut HashMap<Address, Live>) -> Result<(), String> {
        let row = kinds::find(&change.kind).map(|entry| &entry.row).ok_or("unknown kind")?;
        let current = made.get(&change.address).or(change.live.as_ref());
        let live = match step.verb {
            Verb::Delete => {
                let gone = change.live.as_ref().ok_or("nothing is live")?;
                return self.remove(row, &gone.id);
            }
            Verb::Wait => {
                let live = current.cloned().ok_or("nothing is live")?;
                if live.state == State::Deleting {
                    return self.remove(row, &live.id);
                }
                Live { state: State::Ready, ..live }
            }
            Verb::Create => self.create(row, change, wanted(plan, row, step, change, made)?),
            Verb::Update | Verb::Finish | Verb::Release => {
                let mut live = current.cloned().ok_or("nothing is live")?;
                let wanted = wanted(plan, row, step, change, made)?;
                for field in &step.fields {
                    live.spec[field] = wanted[field].clone();
                }
                self.made += 1;
                for output in row.about.renewed {
                    live.outputs.insert((*output).to_owned(), format!("{output}-{}", self.made));
                }
                live
            }
            Verb::Retag => {
                let claim = change.claim.clone().filter(|_| change.action != Action::Forget);
                Live { claim, ..current.cloned().ok_or("nothing is live")? }
            }
        };
        if step.verb != Verb::Create {
            self.remove(row, &live.id)?;
        }
        made.insert(change.address.clone(), live.clone());
        self.insert(row, live)
    }

    fn create(&mut self, row: &Row, change: &Change, spec: Value) -> Live {
        self.made += 1;
        let foretold = (row.foretell)(&self.now.scope, &change.name);
        let numbered = || format!("{}-{:06}", row.name.rsplit('.').next().unwrap_or_default(), self.made);
        let id = foretold.get("id").cloned().unwrap_or_else(numbered);
        let arn = format!("arn:aws:{}:{id}", row.name);
        let value = |output: &str| match (output, spec.get(output)) {
            ("id", _) => id.clone(),
            ("arn", _) => arn.clone(),
            ("name", _) if !change.name.is_empty() => change.name.clone(),
            (_, Some(Value::String(text))) => text.clone(),
            (_, Some(Value::Number(number))) => number.to_string(),
            (_, _) => format!("{output}-of-{id}"),
        };
        let mut outputs = row.about.outputs.iter().map(|output| ((*output).to_owned(), value(output))).collect::<BTreeMap<_, _>>();
        outputs.extend(foretold);
        Live { name: change.name.clone(), claim: change.claim.clone(), state: State::Ready, outputs, id, arn, spec }
    }

    fn insert(&mut self, row: &Row, live: Live) -> Result<(), String> {
        for mark in marks(row, &live) {
            if let Some(other) = self.marks.insert(mark, live.id.clone()) {
                return Err(format!("{other} is in the way of {}", live.id));
            }
        }
        let list = self.now.resources.entry(row.name.to_owned()).or_default();
        list.insert(list.partition_point(|other| other.id < live.id), live);
        Ok(())
    }

    fn remove(&mut self, row: &Row, id: &str) -> Result<(), String> {
        let list = self.now.resources.get_mut(row.name);
        let found = list.and_then(|list| Some(list.remove(list.binary_search_by(|live| live.id.as_str().cmp(id)).ok()?)));
        let live = found.ok_or_else(|| format!("{id} is not there"))?;
        marks(row, &live).iter().for_each(|mark| drop(self.marks.remove(mark)));
        Ok(())
    }
}

/// Its name, and the fields that AWS allows only once.
fn marks(row: &Row, live: &Live) -> Vec<String> {
    let whole = row.about.exclusive.iter().filter(|group| group.iter().all(|field| !live.spec[*field].is_null()));
    let fields = whole.map(|group| group.iter().map(|field| format!(" {field}={}", live.spec[*field])).collect::<String>());
    let name = (!live.name.is_empty()).then(|| format!(" {}", live.name));
    fields.chain(name).map(|mark| format!("{}{mark}", row.name)).collect()
}

/// The wanted spec with every output filled in; what a create leaves to a later step is blank.
fn wanted(plan: &Plan, row: &Row, step: &Step, change: &Change, made: &HashMap<Address, Live>) -> Result<Value, String> {
    let output = |reference: &Reference| {
        let fresh = made.get(&reference.address).and_then(|live| live.outputs.get(&reference.output));
        let known = fresh.or_else(|| plan.known.get(&reference.address)?.get(&reference.output)).cloned();
        known.or_else(|| change.foretold(row, &plan.scope, reference))
    };
    let wanted = resolve(&change.wanted, &output);
    let mut wanted = (row.normalise)(&wanted).unwrap_or(wanted);
    if step.verb == Verb::Create {
        for field in &step.fields {
            wanted[field] = if change.wanted[field].is_array() { Value::Array(Vec::new()) } else { Value::Null };
        }
        if is_open(&wanted) {
            return Err(format!("it names what is not there yet: {wanted}"));
        }
    } else if let Some(open) = step.fields.iter().find(|field| is_open(&wanted[*field])) {
        return Err(format!("`{open}` names what is not there yet: {}", wanted[open]));
    }
    Ok(wanted)
}
