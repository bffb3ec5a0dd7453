//! The rehearsal of a plan in words: one line where all went well, else each finding with its step.

use super::markdown::text as plain;
use super::paint;
use super::plan::View;
use crate::core::address::Address;
use crate::core::plan::Plan;
use crate::core::rehearsal::{Finding, Gap, Outside, Rehearsal, Verdict};

/// Whatever no twin has, of any account.
const NEVER: &str = "who may do what, quotas, data, images, values of secrets, and what others have in the account";

/// Resources that are listed by name; of more, the rest is counted.
const LISTED: usize = 5;

/// The rehearsal below a plan; nothing for one that was not rehearsed.
pub fn render(plan: &Plan, view: View) -> String {
    let Some(rehearsal) = &plan.rehearsal else { return String::new() };
    let mut text = String::new();
    for finding in &rehearsal.findings {
        let Told { head, lines, help } = told(plan, finding);
        text += &format!("\n{}\n", paint::wrap(&format!("{}: {head}", paint::bad("rehearsal")), view.width, 4));
        text += &lines.iter().map(|line| format!("    {}\n", paint::wrap(line, view.width, 4))).collect::<String>();
        text += &format!("  {}\n", paint::wrap(&format!("= help: {help}"), view.width, 10));
    }
    for gap in gaps(plan, rehearsal, view.whole) {
        text += &format!("\n{}\n", paint::wrap(&format!("{}: {gap}", paint::strong("note")), view.width, 6));
    }
    let head = match rehearsal.verdict() {
        Verdict::Well => paint::good("Rehearsed:"),
        Verdict::Partly => paint::change("Rehearsed in part:"),
        Verdict::Found => paint::bad("Rehearsed:"),
    };
    text + &format!("\n{}\n", paint::wrap(&format!("{head} {}", sum(plan, rehearsal)), view.width, 2))
}

/// The same in Markdown.
pub fn markdown(plan: &Plan) -> String {
    let Some(rehearsal) = &plan.rehearsal else { return String::new() };
    let one = |finding: &Finding| {
        let Told { head, lines, help } = told(plan, finding);
        let lines = lines.iter().map(|line| format!("  {}\n", plain(line))).collect::<String>();
        format!("- {}\n{lines}  {}\n", plain(&head), plain(&help))
    };
    let found = rehearsal.findings.iter().map(one).collect::<String>();
    let found = if found.is_empty() { found } else { format!("\n**Found in the rehearsal:**\n\n{found}") };
    let gaps = gaps(plan, rehearsal, false).iter().map(|gap| format!("\n> **note:** {}\n", plain(gap))).collect::<String>();
    let head = if rehearsal.verdict() == Verdict::Partly { "Rehearsed in part:" } else { "Rehearsed:" };
    format!("{found}{gaps}\n{head} {}\n", plain(&sum(plan, rehearsal)))
}

struct Told {
    head: String,
    lines: Vec<String>,
    help: String,
}

/// The step as it stands in the plan: `step 3 of 12, delete`.
fn step_of(plan: &Plan, step: usize) -> String {
    let verb = plan.steps.get(step).map_or("run", |step| step.verb.as_str());
    format!("step {} of {}, {verb}", step + 1, plan.steps.len())
}

fn told(plan: &Plan, finding: &Finding) -> Told {
    match finding {
        Finding::Failed { step, address, error, details, hint } => Told {
            head: format!("{} `{address}`, would fail", step_of(plan, *step)),
            lines: std::iter::once(error).chain(details).cloned().collect(),
            help: hint.clone().unwrap_or_else(|| "change the file, or what stands in the way in AWS, and plan again".into()),
        },
        Finding::NotTaken { address, fields } => Told {
            head: format!(
                "AWS would hold something else than is sent of `{address}`, and the next plan send it again: {}",
                fields.join(", ")
            ),
            lines: Vec::new(),
            help: "write the value as AWS answers it, or leave the field out".into(),
        },
        Finding::Again { address, action, fields } => {
            let fields = if fields.is_empty() { String::new() } else { format!(": {}", fields.join(", ")) };
            Told {
                head: format!("the next plan would {action} `{address}` again{fields}"),
                lines: Vec::new(),
                help: "write the value as AWS answers it, or leave the field out, or it is never at rest".into(),
            }
        }
        Finding::AgainRefused { address, code } => {
            let address = address.as_ref().map(|address| format!(" for `{address}`")).unwrap_or_default();
            Told {
                head: format!("the next plan would be refused{address}: {code}"),
                lines: Vec::new(),
                help: format!("`trueup explain {code}` says why"),
            }
        }
    }
}

/// Says in what the twin is not the account.
fn gaps(plan: &Plan, rehearsal: &Rehearsal, whole: bool) -> Vec<String> {
    let all = || rehearsal.gaps.iter();
    let mut told = Vec::new();
    for gap in all() {
        if let Gap::Unplayed { step, address, error } = gap {
            told.push(format!("{} `{address}`, could not be rehearsed: {error}", step_of(plan, *step)));
        }
    }
    for gap in all() {
        if let Gap::NotAgain { error } = gap {
            told.push(format!("no next plan could be made on the twin: {error}"));
        }
    }
    let mut listed = |what: &str, list: Vec<String>| {
        let most = if whole { list.len() } else { LISTED };
        let more = list.len().saturating_sub(most);
        if !list.is_empty() {
            let rest = if more > 0 { format!("; and {more} more") } else { String::new() };
            told.push(format!("{what}: {}{rest}", list.into_iter().take(most).collect::<Vec<_>>().join("; ")));
        }
    };
    let absent = all().filter_map(|gap| match gap {
        Gap::Absent { address, kind, id, error } => Some(format!("{} ({error})", named(address.as_ref(), kind, id))),
        _ => None,
    });
    listed("not on the twin, so what needs it was not rehearsed", absent.collect());
    let differs = all().filter_map(|gap| match gap {
        Gap::Differs { address, kind, id, fields } => Some(format!("{} ({})", named(address.as_ref(), kind, id), fields.join(", "))),
        _ => None,
    });
    listed("otherwise on the twin than in the account", differs.collect());
    let arrived = all().filter_map(|gap| match gap {
        Gap::Arrived { address, kind, id, state } => Some(format!("{} ({state})", named(address.as_ref(), kind, id))),
        _ => None,
    });
    listed("still on its way in the account, and at its end on the twin", arrived.collect());
    let unread = all().filter_map(|gap| if let Gap::Unread { kind } = gap { Some(kind.clone()) } else { None });
    listed("not read, so not on the twin", unread.collect());
    let unasked = all().filter_map(|gap| if let Gap::Unasked { reason } = gap { Some(reason.clone()) } else { None });
    listed("nobody knows if others use what is deleted", unasked.collect());
    let stand_ins = all().filter_map(|gap| if let Gap::StandIn { arn } = gap { Some(arn.clone()) } else { None });
    listed("others have these, and something plain stands in their place", stand_ins.filter(|_| whole).collect());
    let outside = all().filter_map(|gap| match gap {
        Gap::Outside { address, what: Outside::Smoke } => Some(format!("the smoke checks of `{address}`")),
        Gap::Outside { address, what: Outside::Notify } => Some(format!("whom `{address}` tells of its rollout")),
        _ => None,
    });
    listed("left out of the rehearsal", outside.collect());
    told
}

fn named(address: Option<&Address>, kind: &str, id: &str) -> String {
    address.map_or_else(|| format!("{kind} {id}"), |address| format!("`{address}`"))
}

fn sum(plan: &Plan, rehearsal: &Rehearsal) -> String {
    let Rehearsal { live, done, not_begun, faults, findings, .. } = rehearsal;
    let steps = match done == &plan.steps.len() {
        true => paint::count(*done, "step"),
        false => format!("{done} of {}", paint::count(plan.steps.len(), "step")),
    };
    let end = match (findings.len(), not_begun) {
        (0, 0) if rehearsal.verdict() == Verdict::Well => ", then no changes".to_owned(),
        (0, 0) => String::new(),
        (found, 0) => format!(", {}", paint::count(found, "finding")),
        (found, left) => format!(", {}, {left} not begun after that", paint::count(found, "finding")),
    };
    let faults = if faults.is_empty() { String::new() } else { format!(", under {}", faults.join(", ")) };
    format!("{steps} on a twin of {}{faults}{end}; not modelled: {NEVER}", paint::count(*live, "live resource"))
}
