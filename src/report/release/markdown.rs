//! A release in Markdown, for a chat, a ticket or a pull request.

use super::{because, by, day, end, most, name, outcomes, place, result, shown, time, took, unmeasured, version, waited};
use crate::core::arn::last_part;
use crate::core::rollout::judge::Verdict;
use crate::core::rollout::observation::{Image, Reading, Side, Traffic};
use crate::core::rollout::release::{Release, Series};
use crate::report::markdown::{block, code, text};
use crate::report::rollout::happened;

/// Returns releases one after the other.
#[must_use]
pub fn markdown(releases: &[Release]) -> String {
    releases.iter().map(|release| one(&shown(release))).collect::<Vec<_>>().join("\n")
}

fn one(release: &Release) -> String {
    let mut page = format!("# {}: {}\n\n", text(&release.of.service), result(release));
    page += &format!("{}\n\n", text(&place(release)));
    let [old, new] = release.versions().map(version);
    let by = match release.of.caller.as_str() {
        "" => text(&by(release)),
        caller => code(caller),
    };
    let mut facts =
        vec![("from", code(old)), ("to", code(new)), ("by", by), ("deployment", code(release.deployment.as_deref().unwrap_or_default()))];
    if let Some(started) = release.started {
        facts.push(("began", day(started)));
        facts.push(("took", took(release, started, release.ended)));
    }
    let [(share, _), (verdict, _)] = most(release);
    facts.extend([("largest share of the traffic", share), ("worst verdict", verdict)]);
    for (key, value) in facts.iter().filter(|(_, value)| !value.is_empty()) {
        page += &format!("- {key}: {value}\n");
    }
    if let Some(why) = because(release) {
        page += &format!("\n**{}**\n", text(&why));
    }
    page += &phases(release);
    page += &traffic(release);
    page += &versions(release);
    let outcomes = outcomes(release);
    if !outcomes.is_empty() {
        page += "\n## Checks and commands\n\n";
        page += &outcomes.iter().map(|(what, _, how)| format!("- {what}: {}\n", text(how))).collect::<String>();
    }
    if !release.crashes.is_empty() {
        page += "\n## Tasks that stopped\n";
        for crash in &release.crashes {
            page += &format!("\n{}: {}\n", code(last_part(&crash.task)), text(&crash.reason));
            if !crash.log.is_empty() {
                page += &format!("\n{}", block(&crash.log.join("\n")));
            }
        }
    }
    page += "\n## What happened\n\n| time | |\n|---|---|\n";
    page += &happened(release).into_iter().map(|(at, _, what)| format!("| {} | {} |\n", time(at), text(&what))).collect::<String>();
    page
}

fn phases(release: &Release) -> String {
    let mut page = "\n## Phases\n\n| phase | began | took | ended | found |\n|---|---|---|---|---|\n".to_owned();
    for phase in &release.phases {
        let found = phase.evidence.iter().map(|finding| format!("{}: {finding}", word(finding.verdict)));
        let found = phase.reason.iter().cloned().chain(found).chain(phase.gate.as_ref().map(waited));
        let found = text(&found.collect::<Vec<_>>().join("; "));
        let (name, began, took) = (text(&name(release, phase)), time(phase.began), took(release, phase.began, phase.ended));
        page += &format!("| {name} | {began} | {took} | {} | {found} |\n", end(phase).unwrap_or("done"));
    }
    page
}

/// The traffic of both versions since it began, of which the page has curves, and the newest values of metrics.
fn traffic(release: &Release) -> String {
    let mut page = "\n## Traffic and guard\n\n".to_owned();
    if let Some(why) = unmeasured(release) {
        page += &format!("{}\n", text(&why));
    } else if let Some([old, new]) = release.traffic() {
        let share =
            |of: Traffic| if of.requests == 0 { String::new() } else { format!("{:.1} %", of.errors as f64 * 100.0 / of.requests as f64) };
        let slow = |seconds: Option<f64>| seconds.map(|seconds| format!("{:.0} ms", seconds * 1000.0)).unwrap_or_default();
        let shared = release.green.as_ref().is_some_and(|green| green.shared);
        let rows = match (shared, release.is_first()) {
            (true, _) => vec![("both", new)],
            (false, true) => vec![("new", new)],
            (false, false) => vec![("old", old), ("new", new)],
        };
        page += "| | requests | failed | p50 | p95 | p99 |\n|---|---|---|---|---|---|\n";
        for (which, of) in rows {
            let [p50, p95, p99] = [of.p50, of.p95, of.p99].map(slow);
            page += &format!("| {which} | {} | {} | {p50} | {p95} | {p99} |\n", of.requests, share(of));
        }
    } else {
        page += "No request came since it began.\n";
    }
    let known = release.metrics.iter().filter_map(|series| Some((series, series.points.last()?.1)));
    let metrics = known.map(|(Series { name, limit, above, .. }, value)| {
        let value = (value * 1000.0).round() / 1000.0;
        format!("- {}: {value}, {} {limit}\n", code(name), if *above { "at most" } else { "at least" })
    });
    let metrics = metrics.collect::<String>();
    if metrics.is_empty() { page } else { page + "\n" + &metrics }
}

fn versions(release: &Release) -> String {
    let mut page = "\n## Versions\n\n| | revision | tasks | healthy | image |\n|---|---|---|---|---|\n".to_owned();
    for (which, side) in [("old", &release.blue), ("new", &release.green)] {
        let Some(Side { revision, requested, running, healthy, images, shared, .. }) = side else { continue };
        let healthy = match healthy {
            Reading::Known(healthy) if *shared => format!("{healthy} of both"),
            Reading::Known(healthy) => healthy.to_string(),
            Reading::Unknown(_) => "not known".to_owned(),
        };
        let (revision, images) = (code(last_part(revision)), self::images(images));
        page += &format!("| {which} | {revision} | {running} of {requested} | {healthy} | {images} |\n");
    }
    if let Some(awaited) = &release.awaited {
        page += &format!("| new | not begun | none | | {} |\n", images(&awaited.images));
    }
    page
}

fn images(images: &[Image]) -> String {
    let digest = |image: &Image| image.digest.as_ref().map(|digest| format!(" ({digest})")).unwrap_or_default();
    let images = images.iter().map(|image| format!("{}: {}{}", text(&image.container), code(&image.image), text(&digest(image))));
    images.collect::<Vec<_>>().join("<br>")
}

pub(in crate::report) fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Inconclusive => "open",
        Verdict::Fail => "fail",
    }
}
