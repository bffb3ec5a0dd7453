//! A plan as a person reads it: grouped by module, one line a resource, what changes below it, why, and a sum.

use super::cost::{plan_amount, plan_summary};
use super::folded::Folded;
use super::paint;
use super::reason;
use super::rehearsal;
use super::rollout;
use super::value;
use super::veil::shown;
use crate::core::address::Address;
use crate::core::diff::FieldChange;
use crate::core::money::Money;
use crate::core::natural::Natural;
use crate::core::origin::Origin;
use crate::core::plan::{Action, Change, Plan};
use crate::core::reason::{Cause, Loss, Note, Reason, Refusal};
use crate::core::reference::{Piece, pieces};
use crate::core::rollout::owed::DUE;
use crate::core::snapshot::{State, Unread};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The manner in which a plan is shown.
#[derive(Debug, Clone, Copy)]
pub struct View {
    /// Columns of the terminal.
    pub width: usize,
    /// Every field of every resource, and nothing cut.
    pub whole: bool,
}

/// A plan of more lines than this is longer than most screens.
const LONG: usize = 40;

/// The whole plan as text.
pub fn render(plan: &Plan, view: View) -> String {
    let plan = &*shown(plan);
    let mut text = head(plan);
    let folded = Folded::of(plan, view);
    let shown = || plan.changes.iter().filter(|change| !folded.hides(change));
    let column = shown().map(|change| paint::width(&folded.name(change))).max().unwrap_or(0).min(40);
    let kinds = shown().map(|change| change.kind.len()).max().unwrap_or(0).min(34);
    let amounts = amounts(plan);
    let money = amounts.values().map(|amount| paint::width(amount)).max().unwrap_or(0);
    let mut told = BTreeSet::new();
    for (Natural(name), changes) in grouped(plan) {
        let changes = changes.into_iter().filter(|change| !folded.hides(change)).collect::<Vec<_>>();
        if changes.is_empty() {
            continue;
        }
        text += &format!("\n{}\n", paint::strong(name));
        for change in changes {
            // Whatever an earlier replacement left at an address is part of the one amount that the address has.
            let amount = if told.insert(&change.address) { amounts.get(&change.address).map_or("", String::as_str) } else { "" };
            text += &entry(change, &folded, [column, kinds, money], (amount, not_back(plan, change)), view);
        }
    }
    text += &folded.alike(view);
    text += &origins(plan, view);
    text += &unread(plan, view);
    text += &refusals(plan.refusals.iter(), view);
    for note in &plan.notes {
        let note = format!("{}: {}", paint::strong("note"), reason::note(note));
        text += &format!("\n{}\n", note.lines().map(|line| paint::wrap(line, view.width, 6)).collect::<Vec<_>>().join("\n      "));
    }
    // The beginning of a long plan has left the screen by its end.
    let losses = losses(plan, view);
    if !losses.is_empty() && text.lines().count() > LONG {
        text += &format!("\n{losses}");
    }
    text += &format!("\n{}\n", summary(plan, plan.refusals.len()));
    text += &plan.cost.as_ref().map(|cost| costs(&plan_summary(plan, cost, view.whole, None), view)).unwrap_or_default();
    text + &rehearsal::render(plan, view)
}

/// The stakes of a plan, for whoever is asked: where it runs, what loses data, what is interrupted, and the number of warnings.
pub fn stakes(plan: &Plan, warnings: usize, view: View) -> String {
    let plan = &*shown(plan);
    let mut text = head(plan) + &losses(plan, view);
    let is_warning = |note: &&Note| !matches!(note, Note::TakesOver { .. });
    match warnings + plan.notes.iter().filter(is_warning).count() {
        0 => {}
        count => text += &format!("  {}\n", paint::change(&paint::count(count, "warning"))),
    }
    text
}

/// The changes that lose data or interrupt somebody, a line each.
fn losses(plan: &Plan, view: View) -> String {
    // The head has colours, which cannot be cut through; what follows it gives way.
    let line = |head: &str, rest: &str| format!("  {head}{}\n", paint::cut(rest, view.width.saturating_sub(2 + paint::width(head))));
    let (losing, meanwhile) = (paint::bad("loses its data"), paint::change("meanwhile"));
    let lost = plan.changes.iter().filter(|change| change.data_loss);
    let lost = lost.map(|change| line(&losing, &format!(": {} {}", change.action.verb(), change.address)));
    let down = plan.changes.iter().filter(|change| !change.downtime.is_empty());
    let down = down.map(|change| line(&meanwhile, &format!(" {}: {}", change.address, change.downtime)));
    let not_back =
        plan.notes.iter().filter_map(|note| if let Note::NotBack { address, loss } = note { Some((address, loss)) } else { None });
    let not_back = not_back.map(|(address, loss)| line(&paint::bad("does not come back"), &format!(" {address}: {}", reason::lost(loss))));
    lost.chain(down).chain(not_back).collect()
}

/// Says how many changes come from which side, as far as the record of the last apply tells.
fn origins(plan: &Plan, view: View) -> String {
    let Some(last) = plan.ground.as_ref().and_then(|ground| ground.last) else { return String::new() };
    let of = |origin: Option<Origin>| plan.changes.iter().filter(|change| change.action != Action::Wait && change.origin == origin).count();
    let words = [
        (of(Some(Origin::File)), "changed in the file"),
        (of(Some(Origin::Aws)), "changed in AWS"),
        (of(Some(Origin::Both)), "changed in both"),
    ];
    let words = words.into_iter().filter(|(count, _)| *count > 0).map(|(count, words)| format!("{count} {words}")).collect::<Vec<_>>();
    // A plan is about changes of the file: only others are news.
    let is_news = of(Some(Origin::Aws)) + of(Some(Origin::Both)) > 0 || view.whole;
    if !is_news || words.is_empty() {
        return String::new();
    }
    let text = format!("Since apply {} of {} UTC: {}.", last.apply, last.at.strftime("%F %H:%M"), words.join(", "));
    format!("\n{}\n", paint::wrap(&text, view.width, 2))
}

/// Says of a change that it comes from AWS, and since which apply; of one that comes from the file only where all is shown.
pub(super) fn origin(change: &Change, whole: bool) -> Option<String> {
    let (origin, since) = change.origin.zip(change.since)?;
    let of = |wanted: Origin| {
        let fields = change.fields.iter().filter(|field| field.origin == Some(wanted)).map(|field| field.field.as_ref());
        fields.collect::<Vec<_>>().join(", ")
    };
    let since = format!("since apply {} of {}", since.apply, since.at.strftime("%F"));
    let side = match (origin, change.action) {
        (Origin::File, _) if !whole => return None,
        (Origin::Aws, Action::Create) => return Some(format!("deleted in AWS {since}")),
        (Origin::File, Action::Create | Action::Delete | Action::Forget) => return Some(format!("changed in the file {since}")),
        (Origin::File, _) => return Some(format!("changed in the file {since}: {}", of(Origin::File))),
        (Origin::Aws, _) => format!("changed in AWS {since}: {}", of(Origin::Aws)),
        (Origin::Both, _) => {
            let parts = [("in AWS", of(Origin::Aws)), ("in the file", of(Origin::File)), ("in both", of(Origin::Both))];
            let parts = parts.into_iter().filter(|(_, fields)| !fields.is_empty()).map(|(side, fields)| format!("{side}: {fields}"));
            format!("changed {since} {}", parts.collect::<Vec<_>>().join("; "))
        }
    };
    Some(side)
}

/// The changes of a plan by the heading that they stand under, in the order in which they are shown.
pub fn grouped(plan: &Plan) -> BTreeMap<Natural<'_>, Vec<&Change>> {
    let mut groups = BTreeMap::<_, Vec<&Change>>::new();
    for change in &plan.changes {
        groups.entry(Natural(change.address.group())).or_default().push(change);
    }
    for changes in groups.values_mut() {
        changes.sort_by(|a, b| (a.action == Action::Delete, &a.address).cmp(&(b.action == Action::Delete, &b.address)));
    }
    groups
}

/// A saved plan in a few lines, with what stands in its way once a cost has been accepted.
pub fn saved(plan: &Plan, accepted: Option<Money>, view: View) -> String {
    let plan = &*shown(plan);
    let cost = plan.cost.as_ref().map(|cost| costs(&plan_summary(plan, cost, false, accepted), view)).unwrap_or_default();
    let standing = plan.standing(accepted);
    let summary = summary(plan, standing.len());
    format!(
        "{}, planned at {}: {summary}\n{cost}{}{}",
        plan.scope.owner(),
        paint::moment(&plan.created),
        rehearsal::render(plan, view),
        refusals(standing.into_iter(), view)
    )
}

/// Returns what each change adds to a month; those of which the cost stays have none.
fn amounts(plan: &Plan) -> BTreeMap<&Address, String> {
    let amount = |change: &'_ Change| plan.cost.as_ref().map(|cost| plan_amount(cost, &change.address)).unwrap_or_default();
    let amounts = plan.changes.iter().map(|change| (&change.address, amount(change)));
    amounts.filter(|(_, amount)| !amount.is_empty()).collect()
}

/// The account of a plan that was made without one.
const NOBODY: &str = "000000000000";

/// The lines about costs, within the terminal.
fn costs(summary: &str, view: View) -> String {
    summary.lines().map(|line| paint::wrap(line, view.width, 6) + "\n").collect()
}

fn head(plan: &Plan) -> String {
    let scope = &plan.scope;
    let account = if scope.account.is_empty() || scope.account == NOBODY { "no account".to_owned() } else { scope.account.clone() };
    format!("{} {}\n", paint::strong(&scope.owner()), paint::calm(&format!("in {}, {account}", scope.region)))
}

pub(super) fn within(address: &Address) -> &str {
    address.as_str().get(address.group().len() + 1..).unwrap_or(address.as_str())
}

fn entry(
    change: &Change,
    folded: &Folded<'_>,
    [column, kinds, money]: [usize; 3],
    (amount, lost): (&str, Option<&Loss>),
    view: View,
) -> String {
    let Change { kind, action, why, data_loss, minutes, live, .. } = change;
    // One short reason stands beside what goes; a create says only what is not plain from its being new.
    let beside: &[Reason] = if stands_beside(*action) { why } else { &[] };
    let plain = |reason: &Reason| *reason == Reason::NotInAws || (*reason == Reason::GoneFromFile && !view.whole);
    let mut remarks = beside.iter().filter(|reason| !plain(reason)).map(|one| paint::calm(&reason::reason(one))).collect::<Vec<_>>();
    if *data_loss {
        remarks.push(paint::bad("loses its data"));
    }
    remarks.extend(lost.map(|loss| paint::bad(reason::lost(loss))));
    if *action == Action::Create {
        remarks.extend(origin(change, view.whole).map(|origin| paint::change(&origin)));
    }
    let minutes = (*minutes >= 1.0).then(|| paint::calm(&format!("about {minutes:.0} min")));
    let what = match (live, action) {
        (Some(live), Action::Delete | Action::Adopt | Action::Move | Action::Forget) if view.whole => live.id.clone(),
        _ => gist_of(change),
    };
    let (name, kind) = (paint::pad(&folded.name(change), column), paint::pad(&paint::calm(kind), kinds));
    let amount = if money == 0 { String::new() } else { format!("  {}{amount}", " ".repeat(money - paint::width(amount).min(money))) };
    let cells = [&name, &kind, &amount].into_iter().map(|cell| paint::width(cell)).sum::<usize>();
    let taken = |remarks: &[String]| 8 + cells + remarks.iter().map(|remark| paint::width(remark) + 3).sum::<usize>();
    // The minutes give way to what it is, if there is room for that: how long it takes is shown again as it runs.
    let room = view.width.saturating_sub(taken(&remarks));
    let (whole, least) = (paint::width(&what), paint::width(&what).min(12));
    remarks.extend(minutes.filter(|minutes| view.whole || room < least || whole + paint::width(minutes) + 3 <= room));
    let room = view.width.saturating_sub(taken(&remarks));
    let what = match view.whole {
        true => what,
        false if room < least => String::new(),
        false => paint::cut(&what, room),
    };
    if !what.is_empty() {
        remarks.insert(0, paint::calm(&what));
    }
    let glyph = paint::action(*action, action.glyph());
    let line = format!("  {glyph} {name}  {kind}{amount}  {}", remarks.join(&paint::calm(" · ")));
    let body = match action {
        Action::Create if !view.whole => outline(change, view).map(|line| format!("      {line}\n")).unwrap_or_default(),
        _ => body(change, folded.part_of(change), view),
    };
    line.trim_end().to_owned() + "\n" + &body
}

/// The part of a resource that does not come back with an earlier file.
fn not_back<'a>(plan: &'a Plan, change: &Change) -> Option<&'a Loss> {
    let of_change = |note: &'a Note| match note {
        Note::NotBack { address, loss } if *address == change.address => Some(loss),
        _ => None,
    };
    plan.notes.iter().find_map(of_change)
}

/// True where the reasons of a change stand on its line.
fn stands_beside(action: Action) -> bool {
    matches!(action, Action::Delete | Action::Forget | Action::Create)
}

/// Why something changes, what is interrupted meanwhile, and every field that differs. Those of `part`, which is made anew for
/// it, stand in the place of the fields that only say so.
pub(super) fn body(change: &Change, part: Option<&Change>, view: View) -> String {
    let Change { action, fields, why, downtime, .. } = change;
    // The field's own line says it.
    let is_said = |reason: &Reason| match reason {
        Reason::Fixed { field, cause: None } => fields.iter().any(|change| change.replaces && change.field == *field),
        Reason::Refers { cause: Cause::Renewed { address, .. } } => part.is_some_and(|part| part.address == *address),
        _ => false,
    };
    let why = why.iter().chain(part.into_iter().flat_map(|part| &part.why));
    let reasons = why.filter(|reason| !stands_beside(*action) && !is_said(reason));
    let reasons = reasons.map(|one| paint::calm(&format!("because {}", reason::reason(one))));
    let meanwhile = Some(downtime).filter(|text| !text.is_empty()).map(|text| paint::change(&format!("meanwhile: {text}")));
    let follows = |field: &FieldChange| part.is_some_and(|part| mentions(&field.after, &part.address));
    let fields = fields.iter().filter(|field| !follows(field)).chain(part.into_iter().flat_map(|part| &part.fields));
    let fields = fields.flat_map(|field| value::lines(field, view.width.saturating_sub(8), view.whole));
    let origin = origin(change, view.whole).filter(|_| *action != Action::Create).map(|origin| paint::change(&origin));
    origin
        .into_iter()
        .chain(reasons)
        .chain(meanwhile)
        .map(|line| paint::wrap(&line, view.width, 8))
        .chain(outline(change, view))
        .chain(fields)
        .map(|line| format!("      {line}\n"))
        .collect()
}

/// Says how a version will take over, where a change brings one.
fn outline(change: &Change, view: View) -> Option<String> {
    let policy = change.rollout.as_deref()?;
    let outline = match change.action {
        Action::Update if change.fields.iter().any(|field| field.field == "task_definition_arn") => rollout::outline(policy),
        Action::Create if policy.is_gated() || policy.has_commands() => rollout::outline_of_first(policy),
        _ => return None,
    };
    Some(paint::wrap(&paint::change(&outline), view.width, 8))
}

/// True for the text of a reference to an output of `address`.
fn mentions(value: &Value, address: &Address) -> bool {
    let parts = value.as_str().map(pieces).unwrap_or_default();
    matches!(parts.as_slice(), [Piece::Reference(reference)] if reference.address == *address)
}

/// Says in a few words what a change makes, or what it is about.
pub fn gist_of(change: &Change) -> String {
    match change.action {
        Action::Create => value::gist(&change.fields),
        Action::Replace { delete_first: true } => "delete, then create".into(),
        Action::Replace { delete_first: false } => "create, then delete".into(),
        Action::Delete | Action::Adopt | Action::Move | Action::Forget => {
            change.live.as_ref().map(|live| value::brief(&live.id).into_owned()).unwrap_or_default()
        }
        Action::Wait => match change.live.as_ref().map(|live| &live.state) {
            Some(State::Changing(state)) if state.contains(DUE) => "runs the command after the new version".into(),
            Some(state) if state.owes_a_command() => "runs the command after the new version again".into(),
            Some(state) if state.is_deploying() && change.rollout.is_some() => "takes over the rollout".into(),
            Some(State::Changing(state)) => format!("waits while {state}"),
            _ => "waits until it is ready".into(),
        },
        Action::Update => String::new(),
    }
}

fn unread(plan: &Plan, view: View) -> String {
    if plan.unread.is_empty() {
        return String::new();
    }
    let mut text = format!("\n{}: resources that could not be read may be there or not\n", paint::bad("INCOMPLETE"));
    for Unread { kind, reason, hint } in &plan.unread {
        text += &format!("  {}\n", paint::wrap(&format!("{kind}: {reason}"), view.width, 4));
        text += &hint
            .as_ref()
            .map(|hint| format!("    {}\n", paint::wrap(&format!("{}: {hint}", paint::strong("hint")), view.width, 4)))
            .unwrap_or_default();
    }
    text
}

/// The refusals as text. Those that protect resources from the same loss share one block, which lists their addresses.
fn refusals<'a>(refusals: impl Iterator<Item = &'a Refusal>, view: View) -> String {
    let loss = |refusal: &'a Refusal| {
        if let Refusal::Protected { address, threat, data_loss } = refusal { Some((address, (*threat, *data_loss))) } else { None }
    };
    let mut blocks = Vec::<(&Refusal, Vec<&Address>)>::new();
    for refusal in refusals {
        let own = loss(refusal);
        let alike = |other: &'a Refusal| match (own, loss(other)) {
            (Some((_, one)), Some((_, other))) => one == other,
            (_, _) => refusal == other,
        };
        let address = own.map(|(address, _)| address);
        match blocks.iter_mut().find(|(other, _)| alike(other)) {
            Some((_, addresses)) => addresses.extend(address),
            None => blocks.push((refusal, address.into_iter().collect())),
        }
    }
    let show = |(refusal, addresses): (&Refusal, Vec<&Address>)| {
        let reason::Refused { message, help } = reason::refusal(refusal, &addresses);
        let list = addresses.iter().map(|address| format!("    {address}\n")).collect::<String>();
        let head = paint::bad(&format!("refused[{}]", refusal.code()));
        let message = paint::wrap(&format!("{head}: {message}"), view.width, 4);
        let help = format!("= help: {help}").lines().map(|line| paint::wrap(line, view.width, 10)).collect::<Vec<_>>().join("\n          ");
        format!("\n{message}\n{list}  {help}\n")
    };
    blocks.into_iter().map(show).collect()
}

/// The line that CI logs and people look at last; `refused`: how many reasons stand in the way.
pub fn summary(plan: &Plan, refused: usize) -> String {
    let kept = format!("{} unchanged", plan.kept);
    if plan.changes.is_empty() && plan.destroy && refused == 0 && plan.is_complete() {
        return paint::good("Nothing to destroy.");
    }
    if plan.changes.is_empty() {
        let word = if refused == 0 && plan.is_complete() { paint::good("No changes.") } else { "No changes planned.".into() };
        return format!("{word} {kept}.");
    }
    // A resource that is waited for stays as it is.
    let changing = plan.changes.iter().filter(|change| change.action != Action::Wait);
    let counts = changing.fold(BTreeMap::<Action, usize>::new(), |mut counts, change| {
        let action = if matches!(change.action, Action::Replace { .. }) { Action::Replace { delete_first: false } } else { change.action };
        *counts.entry(action).or_default() += 1;
        counts
    });
    let mut parts =
        counts.iter().map(|(action, count)| paint::action(*action, &format!("{count} to {}", action.verb()))).collect::<Vec<_>>();
    if parts.is_empty() {
        parts.push(format!("{} to wait for", plan.changes.len()));
    }
    let state = match (refused, plan.is_complete()) {
        (0, true) => String::new(),
        (0, false) => format!(" {}", paint::bad("Incomplete.")),
        (_, _) => format!(" {}", paint::bad("Refused.")),
    };
    format!("{} {}, {kept}.{state}", paint::strong("Plan:"), parts.join(", "))
}
