//! The words for what the core says as data: reasons of changes, notes, refusals, and what is over a budget.

use crate::core::address::Address;
use crate::core::budget::{Excess, is_open};
use crate::core::money::Money;
use crate::core::origin::Only;
use crate::core::reason::{Because, Cause, Found, Loss, Note, Reason, Refusal, Running, Threat, Unready};
use crate::core::visible::escape_json;

/// A refusal in words. Both lines are fragments; the help may have several.
pub struct Refused {
    pub message: String,
    pub help: String,
}

/// Says why a resource changes, as it reads after "because".
pub fn reason(reason: &Reason) -> String {
    match reason {
        Reason::NotInAws => "not in AWS yet".into(),
        Reason::InTheWay { id } => format!("waits until {id} is gone, which is being deleted"),
        Reason::Renamed { from } => format!("it was `{from}` in the file"),
        Reason::Retained => "it is to stay in AWS when it goes from the file".into(),
        Reason::Released => "it is to be deleted when it goes from the file".into(),
        Reason::FailedInAws { state } => format!("it failed in AWS: {state}"),
        Reason::Refers { cause } => self::cause(cause),
        Reason::Fixed { field, cause: None } => format!("`{field}` is fixed at creation"),
        Reason::Fixed { field, cause: Some(cause) } => format!("`{field}` is fixed at creation, and {}", self::cause(cause)),
        Reason::Exclusive { fields } => {
            format!("AWS allows only one with the same {}, the old one goes first", fields.join(" and "))
        }
        Reason::GoesWith { address } => format!("`{address}` is deleted before the new one is made, it goes first as well"),
        Reason::Forgotten => "stays in AWS, and is no longer ours".into(),
        Reason::Used { address } => format!("`{address}` stays in AWS and uses it"),
        Reason::Superseded => "superseded by what an earlier run made in its place".into(),
        Reason::Duplicate { kept } => format!("a second one that another run made; {kept} is kept"),
        Reason::GoneFromFile => "no longer in the file".into(),
    }
}

fn cause(cause: &Cause) -> String {
    match cause {
        Cause::Replaced { address } => format!("`{address}` is replaced"),
        Cause::New { address } => format!("`{address}` is new"),
        Cause::Renewed { address, output } => format!("`{address}` gets a new {output}"),
    }
}

/// Says what is worth knowing about a plan, in one line or several.
pub fn note(note: &Note) -> String {
    match note {
        Note::NotReady { resources } => {
            let named = |Unready { address, state }: &Unready| format!("`{address}` ({state})");
            let list = resources.iter().map(named).collect::<Vec<_>>().join(", ");
            format!("not ready yet, and nothing here waits for it: {list}")
        }
        Note::FailedInAws { address, id, state } => {
            let is_service = address.as_str().starts_with("service.") && address.as_str().ends_with(".service");
            let mend = match is_service {
                true => format!(
                    "deploy another version; or, if what was wrong lay elsewhere: --retry '{address}' deploys it again; `trueup rollout logs` has all that its tasks said"
                ),
                false => MEND.to_owned(),
            };
            format!("`{address}` ({id}) failed in AWS: {state}\n{mend}")
        }
        Note::OwesACommand { address, state } => format!(
            "`{address}`: {state}\nthe version runs, and the command is owed until it succeeds: --retry '{address}' runs it again, and another version may come"
        ),
        Note::PastUnread { address, version, reason } => {
            format!("nobody could see if `{version}` of `{address}` was rolled back before: {reason}\n{LIST}")
        }
        Note::CommandRan { address, version, command } => format!(
            "`{address}`: `{command}` of `{version}` has run already, and is not run again\nwhat it did stays, unless a command of another version has changed that since: look before you go on"
        ),
        Note::TakesOver { address, version, left } => {
            format!("`{address}`: the rollout of `{version}` {}", super::rollout::rest(left))
        }
        Note::EmptySecret { secret, name, services } => {
            format!(
                "{} would not start: `{secret}` holds no value\n`trueup secret set {name}` gives it one, as soon as it is in AWS",
                all(services)
            )
        }
        Note::NoImage { repository, image, services } => {
            format!(
                "{} would not start: `{repository}` holds no image `{image}`\npush it, as soon as the repository is in AWS",
                all(services)
            )
        }
        Note::Preflight { address, checks } => {
            let says = checks.iter().map(|one| format!("{}: {}", one.title, one.says)).collect::<Vec<_>>().join("; ");
            format!("of the rollout of `{address}` this is not known: {says}\n{SHOWN}")
        }
        Note::Narrowed { only, left, both } => {
            let side = match only {
                Only::Drift => "puts back what has drifted in AWS, and nothing else",
                Only::File => "brings what the file has changed, and leaves what has drifted",
            };
            let rest = left.iter().map(|address| format!("`{address}`")).collect::<Vec<_>>();
            let rest = if rest.is_empty() { String::new() } else { format!("; left as they are: {}", rest.join(", ")) };
            let fields = both.iter().map(|field| format!("`{field}`")).collect::<Vec<_>>();
            let both =
                if fields.is_empty() { String::new() } else { format!("; changed on both sides, and left as well: {}", fields.join(", ")) };
            format!("this plan {side}{rest}{both}")
        }
        Note::QuotasUnread { quotas, reason } => {
            format!("AWS does not tell if the account has room for these {}: {reason}\n{LOOK_UP}", listed(quotas))
        }
        Note::NotBack { address, loss } => format!("`{address}`: {}", not_back(loss)),
        Note::Found(Found { code, address, message, help }) => {
            let help = help.iter().map(|help| format!("\n{help}")).collect::<String>();
            format!("`{address}`: {message} [{code}]{help}")
        }
    }
}

/// Says what of a resource does not come back with an earlier file, and what helps.
pub fn not_back(loss: &Loss) -> String {
    match loss {
        Loss::Data => "comes back empty: the data that it held is not in the file\nrestore it from a backup or a snapshot, if there is one".into(),
        Loss::Value => {
            "comes back without the value that it had, which no record keeps\n`trueup secret set` gives it one; one that AWS generates is another".into()
        }
        Loss::Images => "comes back without its images\npush them before its services start, or they do not".into(),
        Loss::Endpoint => {
            "gets another address: whatever outside of the stack names the old one does not find it\nname it anew there, such as in DNS".into()
        }
        Loss::TakenOver { apply } => format!(
            "was there before apply {apply} took it over: going back deletes it, and does not give it back\nto let go of it instead, set `retain = true` for it, apply that, and go back then"
        ),
    }
}

/// The same in a few words, to stand beside a change.
pub fn lost(loss: &Loss) -> &'static str {
    match loss {
        Loss::Data => "comes back empty",
        Loss::Value => "comes back without its value",
        Loss::Images => "comes back without its images",
        Loss::Endpoint => "gets another address",
        Loss::TakenOver { .. } => "was taken over, and is not given back",
    }
}

fn all(addresses: &[Address]) -> String {
    addresses.iter().map(|address| format!("`{address}`")).collect::<Vec<_>>().join(", ")
}

/// Joins words as a sentence has them.
fn listed(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

const LOOK_UP: &str = "allow the call, and the plan says what does not fit; else AWS refuses it in the middle of the apply";

const LIST: &str = "allow ecs:ListServiceDeployments, and the plan refuses a version that went back";

const SHOWN: &str = "`trueup rollout plan` shows all checks";

const MEND: &str = "look it up in the AWS console and mend the cause; where that cannot be done, delete it there and apply again";

/// Says why a plan may not be applied, and what to do about it. Protected resources are told together: `addresses` are all
/// those that are threatened in the same way.
pub fn refusal(refusal: &Refusal, addresses: &[&Address]) -> Refused {
    let (message, help) = match refusal {
        Refusal::Circle { path } => {
            let path = path.iter().map(Address::as_str).collect::<Vec<_>>().join(" → ");
            (format!("the stack refers to itself: {path}"), "break the circle in the file".to_owned())
        }
        Refusal::ClaimedTwice { address, ids: [one, other], data: [on_one, on_other] } if !on_one.is_empty() && !on_other.is_empty() => {
            let allow = on_other.iter().map(|address| format!(" --allow-delete {address}")).collect::<String>();
            (
                format!(
                    "two live resources claim to be `{address}`, and both have data on them: {one} has {}, {other} has {}",
                    all(on_one),
                    all(on_other)
                ),
                format!("to keep {one} and make anew what {other} has, which loses its data:{allow}"),
            )
        }
        Refusal::ClaimedTwice { address, ids: [one, other], .. } => (
            format!("two live resources claim to be `{address}`: {one} and {other}"),
            "take the `trueup:node` tag off the one that is not it, or delete it".into(),
        ),
        Refusal::NameTaken { address, kind, name, id } => {
            (format!("`{address}` would be {kind} `{name}`, which is there already and not of this stack"), take_over(address, id))
        }
        Refusal::Occupied { address, kind, id, fields } => (
            format!("`{address}` would be a second {kind} with this {}: {id} is there already and not of this stack", fields.join(" and ")),
            take_over(address, id),
        ),
        Refusal::NoRoom { address, fields, other, holder } => (
            match (fields.join(" and "), holder) {
                (fields, Some(holder)) => {
                    format!("`{address}` takes over the {fields} of `{other}`, which `{holder}` uses until `{address}` is there")
                }
                (fields, None) => format!("`{address}` takes over the {fields} of `{other}`, which goes only after `{address}` is there"),
            },
            "give it what nothing has, or take the old one out in an apply of its own".into(),
        ),
        Refusal::NothingToAdopt { address, kind, id } => (
            format!("`{address}` is to adopt {kind} `{id}`, and there is none"),
            "check the id and the region, or take the [[adopt]] entry out to create a new one".into(),
        ),
        Refusal::AlreadyOurs { address, id, owner } => {
            (format!("`{address}` is to adopt `{id}`, which is `{owner}` already"), "rename it with [[moved]] instead".into())
        }
        Refusal::AdoptReplaces { address, id, field, before, after } => (
            format!("to adopt `{id}` as `{address}` would replace it: `{field}` is {before}, the file says {after}"),
            "make the file say what is there, then adopt".into(),
        ),
        Refusal::Unread { kinds } => (
            format!(
                "the plan is incomplete: {} could not be read, so nothing may be deleted, and what is there may not be known",
                kinds.join(", ")
            ),
            "make the readings succeed, then plan again".into(),
        ),
        Refusal::Protected { threat, data_loss, .. } => protected(*threat, *data_loss, addresses),
        Refusal::NeedsFailed { address, by, output, state } => {
            (format!("`{by}` needs `{output}` of `{address}`, which failed in AWS: {state}"), MEND.into())
        }
        Refusal::Used { address, by } => (
            format!("`{address}` is replaced, and `{by}`, which stays in AWS, uses the one that would go"),
            format!("leave `{address}` as it is, or put `{by}` back into the file"),
        ),
        Refusal::RolledBack { address, version, at, reason } => {
            let day = at.get(..16).map(|day| format!(" on {}", day.replace('T', " "))).unwrap_or_default();
            let reason = if reason.is_empty() { String::new() } else { format!(": {reason}") };
            (
                format!("`{address}` would get `{version}` again, which was rolled back{day}{reason}"),
                format!("deploy another version; or, if what was wrong is mended: --retry '{address}'"),
            )
        }
        Refusal::Deploying { address, command: Some(Running { version, command, task, cluster }) } => (
            format!("`{address}` would get another version while `{command}` of `{version}` runs, as task {task}"),
            format!(
                "two commands of a service never run at once: wait for its end, and plan again; or stop it: aws ecs stop-task --cluster {cluster} --task {task}"
            ),
        ),
        Refusal::CommandFailed { address, version, command, lost, reason } => {
            let (what, help) = match (lost, command.as_str()) {
                (true, "dry_run") => ("", format!("it changes nothing: --retry '{address}' runs it again")),
                (true, command) => (
                    "nobody can tell how",
                    format!(
                        "look at what it did, and say so: trueup rollout undo {} --ended succeeded, or failed",
                        command.trim_end_matches("_back")
                    ),
                ),
                (false, "expand_back") => ("", "see what it has done; `trueup rollout undo expand` runs it once more".to_owned()),
                (false, _) => (
                    "",
                    format!("mend it, and deploy another version; or, if what was wrong lay elsewhere: --retry '{address}' runs it again"),
                ),
            };
            let what = match what {
                "" => format!("`{command}` of it failed: {reason}"),
                what => format!("{what} `{command}` of it ended: {reason}"),
            };
            (format!("`{address}` does not get `{version}`: {what}"), help)
        }
        Refusal::Deploying { address, command: None } => (
            format!("`{address}` is on its way to another version"),
            "`trueup rollout status` shows it; `watch` brings it to its end, and `rollback` takes it back".to_owned(),
        ),
        Refusal::Preflight { address, checks } => {
            let says = checks.iter().map(|one| format!("{}: {}", one.title, one.says)).collect::<Vec<_>>().join("; ");
            let help = checks.iter().filter_map(|one| one.remedy.clone()).chain([SHOWN.to_owned()]).collect::<Vec<_>>();
            (format!("`{address}` cannot be rolled out now: {says}"), help.join("\n"))
        }
        Refusal::Found(Found { address, message, help, .. }) => (format!("`{address}`: {message}"), help.clone().unwrap_or_default()),
        Refusal::OverBudget { monthly, reasons } => (
            format!("the plan is over the budget: {}", excess(reasons)),
            format!("if it is meant: {}, or mend [stack.budget]", accept(*monthly, reasons)),
        ),
        Refusal::Unjudged { monthly, reasons } => (
            format!("the budget cannot be judged: {}", excess(reasons)),
            format!("`trueup prices refresh` may fetch what is missing; or {}", accept_unknown(*monthly, reasons)),
        ),
    };
    Refused { message, help }
}

/// Text as a file says it, in quotes: TOML has the escapes of JSON.
fn quoted(text: &str) -> String {
    escape_json(&serde_json::Value::from(text).to_string()).into_owned()
}

/// The entry of the file that takes a resource over.
fn take_over(address: &Address, id: &str) -> String {
    format!("take it over with\n[[adopt]]\naddress = \"{address}\"\nid = {}", quoted(id))
}

fn protected(threat: Threat, data_loss: bool, addresses: &[&Address]) -> (String, String) {
    let verb = match threat {
        Threat::Replace => "replace",
        Threat::Delete | Threat::GoneFromFile => "delete",
    };
    let allowed = match addresses {
        [address] => format!("if it is meant: --allow-delete {address}"),
        several => {
            let module = several.first().map(|address| address.module()).unwrap_or_default();
            format!("if it is meant: --allow-delete ADDRESS for each, or a pattern of some such as '{module}.*'")
        }
    };
    let otherwise = match threat {
        Threat::Replace => ", or `protect = false` in the file",
        Threat::Delete => ", or `protect = false` in the file; to keep it in AWS: `retain = true`",
        Threat::GoneFromFile => "; to keep it in AWS: put it back, apply with `retain = true`, take it out",
    };
    let loss = if data_loss { ", which loses its data" } else { "" };
    (format!("protected, and the plan would {verb} it{loss}"), allowed + otherwise)
}

/// Says why a step was left undone or a run stops, as it reads after "because".
pub fn because(because: &Because) -> String {
    match because {
        Because::NotDone { address } => format!("`{address}` was not done"),
        Because::NotReached => "it was not reached".into(),
        Because::StillGoing => "AWS still works on it, and the wait for that was interrupted".into(),
        Because::Interrupted => "the run was interrupted".into(),
        Because::Credentials => "the credentials do not work any more".into(),
        Because::AnotherRun => "another run makes this stack".into(),
        Because::Journal { error } => format!("the journal cannot be written: {error}"),
    }
}

/// Says how somebody accepts a cost that is over a budget.
pub fn accept(monthly: Money, reasons: &[Excess]) -> String {
    match is_open(monthly, reasons) {
        true => format!("--accept-cost AMOUNT, more than {}, which is the new monthly total of what has a price", monthly.cents()),
        false => format!("--accept-cost {}, the new monthly total", monthly.cents()),
    }
}

/// Says how somebody accepts a cost that a budget cannot judge, of which `monthly` is sure, or sure to be the most.
pub fn accept_unknown(monthly: Money, reasons: &[Excess]) -> String {
    match is_open(monthly, reasons) {
        true => format!("name what a month may cost at most: --accept-cost AMOUNT, more than {}", monthly.cents()),
        false => format!("accept the most that a month may cost: --accept-cost {}", monthly.cents()),
    }
}

fn unpriced_lines(count: usize) -> String {
    super::paint::count(count, "unpriced line")
}

/// Says of a sum that so many lines without a price are missing in it, before its figure and behind it.
fn at_least(unpriced: usize) -> (&'static str, String) {
    if unpriced == 0 { ("", String::new()) } else { ("at least ", format!(", without {}", unpriced_lines(unpriced))) }
}

/// Says on one line by how much a cost is over its budget.
pub fn excess(reasons: &[Excess]) -> String {
    let one = |reason: &Excess| match reason {
        Excess::Limit { monthly, limit, unpriced } => {
            let (least, missing) = at_least(*unpriced);
            format!("{least}{monthly} a month is over the limit of {limit}{missing}")
        }
        Excess::Increase { adds, largest, unpriced } => {
            let (least, missing) = at_least(*unpriced);
            format!("it adds {least}{adds} to a month{missing}, and {largest} is the most that one plan may add")
        }
        Excess::MaybeLimit { monthly, at_most, limit, unpriced } => {
            let lines = unpriced_lines(*unpriced);
            match at_most {
                None => format!("a month costs at least {monthly} of {limit}, without {lines}"),
                Some(most) => format!("a month costs at least {monthly} and at most {most} of {limit}, with {lines}"),
            }
        }
        Excess::MaybeIncrease { adds, at_most, largest, unpriced } => {
            let lines = unpriced_lines(*unpriced);
            let come = if *unpriced == 1 { "comes or goes" } else { "come or go" };
            match at_most {
                None if *adds > Money::ZERO => {
                    format!("it adds at least {adds} to a month, without {lines}, and {largest} is the most that one plan may add")
                }
                None => format!("it may add more than {largest} to a month, the most that one plan may, as {lines} {come}"),
                Some(most) => format!("it may add {most} to a month with {lines}, and {largest} is the most that one plan may add"),
            }
        }
        Excess::Accepted { accepted, monthly } if accepted.cents() >= monthly.cents() => {
            format!("{accepted} is accepted, and what has no price comes on top")
        }
        Excess::Accepted { accepted, monthly } => {
            let least = if is_open(*monthly, reasons) { "at least " } else { "" };
            format!("{accepted} is accepted, and {least}{monthly} is more")
        }
    };
    reasons.iter().map(one).collect::<Vec<_>>().join("; ")
}
