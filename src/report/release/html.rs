//! A release as a page that stands alone: its result, a timeline, the curves of the guard, and everything that was found.

use super::charts::{charts, itself};
use super::markdown::word;
use super::{because, by, day, end, most, name, outcomes, place, result, shown, time, took, version, waited};
use crate::core::arn::last_part;
use crate::core::rollout::decide::State;
use crate::core::rollout::judge::Verdict;
use crate::core::rollout::observation::{Awaited, Image, Reading, Side};
use crate::core::rollout::release::{End, Phase, Release};
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
    let began = release.started.map(day).unwrap_or_default();
    let [old, new] = release.versions().map(version);
    let title = format!("{}: {old} → {new}", of.service);
    let below = [place(release), format!("by {}", by(release)), began];
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
    all.extend(most(release));
    figures(&all)
}

/// A verdict in its colour.
pub(in crate::report) fn verdict(verdict: Verdict) -> String {
    let class = match verdict {
        Verdict::Pass => "pass",
        Verdict::Inconclusive => "inconclusive",
        Verdict::Fail => "fail",
    };
    format!("<b class=\"{class}\">{}</b>", word(verdict))
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
            escape(&name(release, phase))
                + &end(phase).map_or_else(String::new, |how| format!(" <em class=\"{}\">{how}</em>", colour(phase))),
            colour(phase),
            right - left,
            time(phase.began),
            escape(&took(release, phase.began, phase.ended)),
        );
        let mut found = phase.reason.as_ref().map(|reason| format!("<li>{}</li>", words(reason))).unwrap_or_default();
        for finding in &phase.evidence {
            found += &format!("<li>{} {}</li>", verdict(finding.verdict), words(&finding.to_string()));
        }
        if let Some(gate) = &phase.gate {
            found += &format!("<li>{}</li>", escape(&waited(gate)));
        }
        if !found.is_empty() {
            text += &format!("<ul>{found}</ul>");
        }
        text += "</div>\n";
    }
    text
}

/// The colour of a bar: red where it went wrong, none of its own where it goes on or somebody else came in between.
fn colour(phase: &Phase) -> &'static str {
    match (&phase.state, phase.end) {
        (_, Some(End::Back | End::Failed)) => "bad",
        (_, None | Some(End::Interrupted)) | (None, _) => "none",
        (Some(State::Shifting { step: 1.., .. } | State::Baking), _) => "shift",
        (Some(State::RollingBack), _) => "back",
        (Some(_), _) => "plain",
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
