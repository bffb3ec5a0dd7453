//! Going back to the file of an earlier apply: the file as it was, as far as a record has it, the renames since then turned around, and all
//! that no file brings back.

use super::address::Address;
use super::applied::Back;
use super::graph::Moved;
use super::history::{Find, Record};
use super::input::{Input, Shape, parse};
use super::plan::{Action, Change, Plan};
use super::private::{MASK, hidden};
use super::reason::{Loss, Note, Refusal, Threat};
use super::source::{Path, Source, Span};
use std::collections::BTreeMap;

/// A recorded text with its secrets filled in again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    pub text: String,
    /// The paths of values of which only the mask is known.
    pub lost: Vec<Path>,
}

/// Fills the secrets of a recorded text in from the file of today, each from the place where it stood.
#[must_use]
pub fn restored(recorded: &str, today: &str) -> Restored {
    let [old, new] = [recorded, today].map(|text| parse(&Source::new("", text), 0).0);
    let secrets = hidden(today);
    let mut masked = Vec::new();
    each_masked(&old, &Path::default(), &mut masked);
    masked.sort_by_key(|(_, span)| span.start);
    let (mut text, mut at, mut lost) = (String::new(), 0, Vec::new());
    for (path, span) in masked {
        let found = new.below(path.parts()).map(|input| input.span);
        // A value that is no secret today is another one.
        let found = found.filter(|found| secrets.iter().any(|range| range.start >= found.start && range.end <= found.end));
        let Some(value) = found.and_then(|found| today.get(found.start..found.end)) else {
            lost.push(path);
            continue;
        };
        text += &recorded[at..span.start];
        text += value;
        at = span.end;
    }
    Restored { text: text + &recorded[at..], lost }
}

fn each_masked(input: &Input, path: &Path, found: &mut Vec<(Path, Span)>) {
    match &input.shape {
        Shape::Text(text) if text.contains(MASK) => found.push((path.clone(), input.span)),
        Shape::List(items) => items.iter().enumerate().for_each(|(at, item)| each_masked(item, &path.index(at), found)),
        Shape::Table(table) => table.iter().for_each(|(name, entry)| each_masked(&entry.input, &path.key(name), found)),
        Shape::Text(_) | Shape::Integer(_) | Shape::Float(_) | Shape::Boolean(_) => {}
    }
}

/// Returns the renames that lead back: from where applies since then have moved each resource, to where it was. They are in the order of
/// their applies, the oldest first.
#[must_use]
pub fn renames(since: &[Record]) -> Vec<Moved> {
    let mut origins = BTreeMap::<Address, Address>::new();
    for change in since.iter().flat_map(|record| &record.changes) {
        if let Some(from) = &change.from {
            let origin = origins.remove(from).unwrap_or_else(|| from.clone());
            origins.insert(change.address.clone(), origin);
        }
    }
    let moved = origins.into_iter().filter(|(now, origin)| now != origin);
    moved.map(|(now, origin)| Moved { from: now.to_string(), to: origin.to_string() }).collect()
}

/// Returns the resources of others that applies since then have taken over.
#[must_use]
pub fn taken_over(since: &[Record]) -> BTreeMap<Address, u64> {
    let adopted = since.iter().flat_map(|record| record.changes.iter().map(move |change| (record.apply, change)));
    let adopted = adopted.filter(|(_, change)| change.action == Action::Adopt);
    adopted.map(|(apply, change)| (change.address.clone(), apply)).collect()
}

/// Adds to a plan that goes back all that does not come back with the file. Whatever was there before the stack is protected.
pub fn judge(plan: &mut Plan, back: &Back, allowed: &dyn Fn(&Address) -> bool, find: &Find<'_>) {
    let mut notes = Vec::new();
    for change in &plan.changes {
        let losses = losses(change, back, find);
        notes.extend(losses.into_iter().map(|loss| Note::NotBack { address: change.address.clone(), loss }));
    }
    for note in &notes {
        let Note::NotBack { address, loss: Loss::TakenOver { .. } } = note else { continue };
        let said = plan.refusals.iter().any(|refusal| refusal.address() == Some(address));
        if !said && !allowed(address) {
            let data_loss = plan.changes.iter().any(|change| change.address == *address && change.data_loss);
            plan.refusals.push(Refusal::Protected { address: address.clone(), threat: Threat::GoneFromFile, data_loss });
        }
    }
    plan.notes.extend(notes);
}

/// The kinds whose address others may know, and which get another one when they are made anew.
const KNOWN_OUTSIDE: [&str; 3] = ["ec2.eip", "elbv2.load_balancer", "cloudfront.distribution"];

fn losses(change: &Change, back: &Back, find: &Find<'_>) -> Vec<Loss> {
    let made_anew = matches!(change.action, Action::Create | Action::Replace { .. });
    let stateful = find(&change.kind).is_none_or(|row| row.about.stateful);
    let taken = back.taken_over.get(&change.address).filter(|_| change.action == Action::Delete);
    let lost = match change.kind.as_str() {
        "secretsmanager.secret" => Some(Loss::Value),
        "ecr.repository" => Some(Loss::Images),
        kind if KNOWN_OUTSIDE.contains(&kind) => Some(Loss::Endpoint),
        _ => stateful.then_some(Loss::Data),
    };
    lost.filter(|_| made_anew).into_iter().chain(taken.map(|apply| Loss::TakenOver { apply: *apply })).collect()
}

#[cfg(test)]
mod tests {
    use super::super::private::masked;
    use super::*;

    const TODAY: &str = r#"
[service.web]
image = "web:2"

[service.web.environment]
DB_PASSWORD = "hunter2"
URL = "postgres://app:hunter2@db.example.com/app"

[monitoring]
webhooks = ["https://hooks.example.com/s3cret"]
"#;

    #[test]
    fn a_recorded_text_gets_its_secrets_back_from_where_they_stand_today() {
        let then = TODAY.replace("web:2", "web:1");
        let kept = masked(&then);
        assert!(!kept.contains("hunter2") && !kept.contains("s3cret"), "{kept}");
        assert_eq!(restored(&kept, TODAY), Restored { text: then, lost: Vec::new() });
    }

    #[test]
    fn a_secret_that_stands_nowhere_any_more_is_named() {
        let kept = masked(TODAY);
        let today =
            TODAY.replace("DB_PASSWORD = \"hunter2\"\n", "").replace("webhooks = [\"https://hooks.example.com/s3cret\"]", "webhooks = []");
        let Restored { text, lost } = restored(&kept, &today);
        assert_eq!(lost.iter().map(Path::to_string).collect::<Vec<_>>(), ["service.web.environment.DB_PASSWORD", "monitoring.webhooks.0"]);
        assert!(text.contains("postgres://app:hunter2@db") && text.contains("DB_PASSWORD = \"****\""), "{text}");
        // The value that took its place is no secret.
        let switched = restored(&kept, &TODAY.replace("\"hunter2\"\n", "\"disabled\"\n"));
        assert_eq!(switched.lost.len(), 1);
    }
}
