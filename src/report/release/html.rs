//! A release as a page that stands alone: its result, a timeline, the curves of the guard, and everything that was found.

use super::charts::{charts, itself};
use super::{because, day, name, outcomes, place, result, shown, time, took, version};
use crate::core::arn::last_part;
use crate::core::rollout::decide::State;
use crate::core::rollout::judge::Verdict;
use crate::core::rollout::observation::{Awaited, Image, Reading, Side};
use crate::core::rollout::release::{Phase, Release};
use crate::report::page::{escape, figures, header, page};
use crate::report::rollout::happened;

pub(in crate::report) const STYLE: &str = include_str!("style.css");

/// Returns a page with a section for each release.
#[must_use]
pub fn html(releases: &[Release]) -> String {
    let releases = releases.iter().map(shown).collect::<Vec<_>>();
    let title = releases.iter().map(|release| format!("{}: {}", release.of.service, result(release))).collect::<Vec<_>>().join(", ");
    page(&title, STYLE, &releases.iter().map(section).collect::<String>())
}

fn section(release: &Release) -> String {
    let class = match &release.result {
        Some(State::Promoted) => "promoted",
        None => "open",
        Some(_) => "bad",
    };
    let of = &release.of;
    let by = if of.caller.is_empty() { String::new() } else { format!("by {}", of.caller) };
    let began = release.started.map(day).unwrap_or_default();
    let [old, new] = release.versions().map(version);
    let title = format!("{}: {old} → {new}", of.service);
    let below = [place(release), by, began];
    let below = below.iter().filter(|line| !line.is_empty()).map(String::as_str).collect::<Vec<_>>();
    let mut text = format!("<section class=\"{class}\">\n{}", header(&title, &below));
    text += &summary(release);
    if let Some(why) = because(release) {
        text += &format!("<p class=\"why\">{}</p>\n", words(&why));
    }
    text += &timeline(release);
    text += &format!("<h2>Traffic and guard</h2>\n{}", charts(release));
    text += "<h2>Versions</h2>\n<div class=\"pair\">\n";
    text += &match &release.awaited {
        Some(awaited) => not_begun(awaited),
        None => [("old", &release.blue), ("new", &release.green)].map(|(class, side)| one_side(class, side.as_ref())).concat(),
    };
    text += "</div>\n";
    let outcomes = outcomes(release);
    if !outcomes.is_empty() {
        text += "<h2>Checks and commands</h2>\n<dl>";
        for (what, bad, how) in outcomes {
            text += &format!("<dt>{what}<dd{}>{}", if bad { " class=\"fail\"" } else { "" }, words(&how));
        }
        text += "</dl>\n";
    }
    text += &crashes(release);
    text += "<h2>What happened</h2>\n<table class=\"happened\">\n";
    for (at, bad, what) in happened(release) {
        let class = if bad { " class=\"bad\"" } else { "" };
        text += &format!("<tr{class}><td>{}<td>{}</tr>\n", time(at), words(&what));
    }
    text += "</table>\n";
    if let Some(deployment) = &release.deployment {
        text += &format!("<p class=\"note\"><code>{}</code></p>\n", escape(deployment));
    }
    text + "</section>\n"
}

/// Text in which names stand between backticks, as code.
pub(in crate::report) fn words(text: &str) -> String {
    let pieces = text.split('`').map(escape).collect::<Vec<_>>();
    if pieces.len() % 2 == 0 {
        return escape(text);
    }
    let shown = pieces.into_iter().enumerate().map(|(at, piece)| if at % 2 == 1 { format!("<code>{piece}</code>") } else { piece });
    shown.collect()
}

fn summary(release: &Release) -> String {
    let mut all = vec![(result(release).to_owned(), "result")];
    if let Some(started) = release.started {
        all.push((took(release, started, release.ended), if release.result.is_some() { "all in all" } else { "so far" }));
    }
    let most = release.phases.iter().filter_map(|phase| match &phase.state {
        Some(State::Shifting { weight, .. }) => Some(*weight),
        Some(State::Baking | State::Finishing | State::Contracting) => Some(100.0),
        _ => None,
    });
    all.push((format!("{:.0} %", most.fold(0.0, f64::max)), "of the traffic, at most"));
    let verdicts = release.phases.iter().flat_map(|phase| &phase.evidence).map(|finding| finding.verdict).max();
    let word = match verdicts {
        None => "none",
        Some(Verdict::Pass) => "pass",
        Some(Verdict::Inconclusive) => "open",
        Some(Verdict::Fail) => "fail",
    };
    all.push((word.to_owned(), "worst verdict"));
    figures(&all)
}

fn timeline(release: &Release) -> String {
    let Some(span) = itself(release) else { return String::new() };
    let mut text = String::from("<h2>Timeline</h2>\n");
    for phase in &release.phases {
        let ended = phase.ended.or(release.at).unwrap_or(span.to);
        let (left, right) = (span.share(phase.began) * 100.0, span.share(ended) * 100.0);
        text += &format!(
            "<div class=\"line\"><span>{}</span><div class=\"track\" aria-hidden=\"true\"><i class=\"{}\" style=\"left:{left:.2}%;width:{:.2}%\"></i></div>\
             <time>{} · {}</time>",
            escape(&name(phase)),
            colour(phase),
            right - left,
            time(phase.began),
            escape(&took(release, phase.began, phase.ended)),
        );
        let mut found = String::new();
        for finding in &phase.evidence {
            let (class, word) = match finding.verdict {
                Verdict::Pass => ("pass", "pass"),
                Verdict::Inconclusive => ("inconclusive", "open"),
                Verdict::Fail => ("fail", "fail"),
            };
            found += &format!("<li><span class=\"{class}\">{word}</span> {}</li>", words(&finding.to_string()));
        }
        if let Some(gate) = &phase.gate {
            found += &format!("<li>waited at {}; ECS would have gone back at {}</li>", escape(&gate.stage), time(gate.expires));
        }
        if !found.is_empty() {
            text += &format!("<ul>{found}</ul>");
        }
        text += "</div>\n";
    }
    text
}

fn colour(phase: &Phase) -> &'static str {
    match &phase.state {
        None => "none",
        Some(State::Shifting { step: 1.., .. } | State::Baking) => "shift",
        Some(State::RollingBack) => "back",
        Some(_) => "plain",
    }
}

fn one_side(class: &str, side: Option<&Side>) -> String {
    let Some(side) = side else { return format!("<div><h3 class=\"{class}\">{class}</h3><p>There was none.</p></div>\n") };
    let reading = |reading: &Reading<u32>| match reading {
        Reading::Known(count) => count.to_string(),
        Reading::Unknown(_) => "not known".to_owned(),
    };
    let mut text = format!("<div><h3 class=\"{class}\">{class}: {}</h3>\n<dl>", escape(version(Some(&side.task_definition))));
    text += &format!("<dt>revision<dd><code>{}</code>", escape(last_part(&side.revision)));
    text += &format!("<dt>tasks<dd>{} of {} running, {} pending", side.running, side.requested, side.pending);
    let both = if side.shared { " of both versions" } else { "" };
    text += &format!("<dt>targets<dd>{} healthy, {} unhealthy{both}", reading(&side.healthy), reading(&side.unhealthy));
    if !side.shared {
        text += &format!("<dt>traffic<dd>{:.0} %", side.weight);
    }
    text + &images(&side.images) + "</dl></div>\n"
}

fn images(images: &[Image]) -> String {
    let one = |image: &Image| {
        let digest = image.digest.as_ref().map(|digest| format!("<br><code>{}</code>", escape(digest))).unwrap_or_default();
        format!("<dt>{}<dd><code>{}</code>{digest}", escape(&image.container), escape(&image.image))
    };
    images.iter().map(one).collect()
}

/// Both sides where no deployment has begun.
fn not_begun(awaited: &Awaited) -> String {
    let old = match &awaited.runs {
        Some(runs) => format!("<div><h3 class=\"old\">old: {}</h3><p>It runs as before.</p></div>\n", escape(version(Some(runs)))),
        None => one_side("old", None),
    };
    let new = escape(version(Some(&awaited.task_definition)));
    old + &format!(
        "<div><h3 class=\"new\">new: {new}</h3><p>No deployment to it has begun.</p><dl>{}</dl></div>\n",
        images(&awaited.images)
    )
}

fn crashes(release: &Release) -> String {
    if release.crashes.is_empty() {
        return String::new();
    }
    let mut text = String::from("<h2>Tasks that stopped</h2>\n");
    for crash in &release.crashes {
        text += &format!("<p><code>{}</code> {}</p>\n", escape(last_part(&crash.task)), escape(&crash.reason));
        if !crash.log.is_empty() {
            text += &format!("<pre>{}</pre>\n", escape(&crash.log.join("\n")));
        }
    }
    text
}
