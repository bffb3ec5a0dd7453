//! The preflight of rollouts: each check on a line, then the phases with their times and the cost of the tasks that run twice.

use super::paint::{self, fit};
use crate::core::rollout::phases::{Length, Phase, spoken};
use crate::core::rollout::preflight::{Answer, Checked, Doubled, Preflight, standing};
use crate::core::visible::line;
use serde_json::{Value, json};

/// The columns before the words of a check: its number, its answer and its title.
const INDENT: usize = 4 + 9 + 20;

/// Shows all services that would be rolled out, each with what keeps it from that.
/// `refusals`: what else stands in the way of the plan, each in a line.
pub fn render(services: &[(&Preflight, Doubled)], allowed: &[u8], refusals: &[String], width: usize) -> String {
    if services.is_empty() {
        let others = refusals.iter().map(|refusal| format!("  {}\n", fit(refusal, width, 2))).collect::<String>();
        return format!("nothing would be rolled out\n{others}");
    }
    let services = services.iter().map(|(one, cost)| service(one, cost, allowed, refusals, width));
    services.collect::<Vec<_>>().join("\n")
}

fn service(one: &Preflight, cost: &Doubled, allowed: &[u8], refusals: &[String], width: usize) -> String {
    let mut text = format!("{}\n", paint::strong(&one.name));
    text.extend(one.checked.iter().map(|checked| check(checked, width)));
    let phases = one.phases();
    text += "\n";
    text.extend(phases.iter().map(|phase| format!("  {}  {}\n", paint::pad(&phase.name.to_string(), 22), span(phase))));
    let Length { minutes_at_least, minutes_at_most } = Length::of(&phases);
    let time = format!(
        "It takes at least {}; gates and commands take at most {}, and ECS the time that it needs to start and stop tasks.",
        spoken(minutes_at_least),
        spoken(minutes_at_most)
    );
    text += &format!("\n  {}\n", fit(&time, width, 2));
    text += &format!("  {}\n", fit(&money(cost), width, 2));
    text + &format!("\n  {}\n", fit(&verdict(one, allowed, refusals), width, 2))
}

fn check(checked: &Checked, width: usize) -> String {
    let Checked { number, title, result, says, remedy } = checked;
    let word = paint::pad(result.word(), 7);
    let word = match result {
        Answer::Ok => paint::good(&word),
        Answer::Fail => paint::bad(&word),
        Answer::Unknown => paint::change(&word),
        Answer::Skipped => paint::calm(&word),
    };
    let says = fit(&line(says), width - INDENT, 0).replace('\n', &format!("\n{}", " ".repeat(INDENT)));
    let remedy = remedy.as_ref().filter(|_| *result >= Answer::Unknown).map(|remedy| {
        let remedy = fit(&line(remedy), width - INDENT - 2, 0).replace('\n', &format!("\n{}", " ".repeat(INDENT + 2)));
        format!("{}→ {remedy}\n", " ".repeat(INDENT))
    });
    format!("{number:>3} {word}  {}{says}\n{}", paint::pad(title, 20), remedy.unwrap_or_default())
}

fn span(phase: &Phase) -> String {
    match (phase.minutes_at_least, phase.minutes_at_most) {
        (least, None) => format!("about {} or more", spoken(least)),
        (0, Some(most)) => format!("up to {}", spoken(most)),
        (least, Some(most)) => format!("{} to {}", spoken(least), spoken(most)),
    }
}

fn money(cost: &Doubled) -> String {
    let Doubled { at_least, at_most, unpriced } = cost;
    let more = if *unpriced == 0 { String::new() } else { format!(", and {} more", paint::count(*unpriced, "line without a price")) };
    format!("Meanwhile its tasks run twice, for {at_least} to {at_most}{more}.")
}

fn verdict(one: &Preflight, allowed: &[u8], refusals: &[String]) -> String {
    let standing = standing(&one.checked, allowed);
    let [failed, unknown] = [Answer::Fail, Answer::Unknown]
        .map(|result| standing.iter().filter(|one| one.result == result).map(|one| one.number.to_string()).collect::<Vec<_>>());
    match (failed.as_slice(), unknown.as_slice()) {
        ([], []) if !refusals.is_empty() => format!("{} {}", paint::bad("It may not begin:"), refusals.join("; ")),
        ([], []) => paint::good("It may begin: `trueup apply`."),
        ([], unknown) => {
            let allow = unknown.iter().map(|number| format!(" --allow {number}")).collect::<String>();
            format!("{} {} not known. If that is well:{allow}", paint::bad("It may not begin:"), of(unknown, "is", "are"))
        }
        (failed, _) => format!("{} {}.", paint::bad("It may not begin:"), of(failed, "fails", "fail")),
    }
}

fn of(numbers: &[String], one: &str, several: &str) -> String {
    match numbers {
        [number] => format!("check {number} {one}"),
        numbers => format!("checks {} {several}", numbers.join(", ")),
    }
}

/// The same for machines.
pub fn json(one: &Preflight, cost: &Doubled, allowed: &[u8]) -> Value {
    let phases = one.phases();
    json!({
        "service": one.name,
        "address": one.address,
        "may_begin": standing(&one.checked, allowed).is_empty(),
        "checks": one.checked,
        "phases": phases,
        "time": Length::of(&phases),
        "doubled": cost,
    })
}
