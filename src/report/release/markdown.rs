//! A release in Markdown, for a chat, a ticket or a pull request.

use super::{because, day, name, outcomes, place, result, shown, time, took, version};
use crate::core::arn::last_part;
use crate::core::rollout::judge::Verdict;
use crate::core::rollout::observation::{Image, Reading, Side};
use crate::core::rollout::release::Release;
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
    let mut facts = vec![
        ("from", code(old)),
        ("to", code(new)),
        ("by", code(&release.of.caller)),
        ("deployment", code(release.deployment.as_deref().unwrap_or_default())),
    ];
    if let Some(started) = release.started {
        facts.push(("began", day(started)));
        facts.push(("took", took(release, started, release.ended)));
    }
    for (key, value) in facts.iter().filter(|(_, value)| !value.is_empty()) {
        page += &format!("- {key}: {value}\n");
    }
    if let Some(why) = because(release) {
        page += &format!("\n**{}**\n", text(&why));
    }
    page += &phases(release);
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
    let mut page = "\n## Phases\n\n| phase | began | took | found |\n|---|---|---|---|\n".to_owned();
    for phase in &release.phases {
        let found = phase.evidence.iter().map(|finding| format!("{}: {finding}", word(finding.verdict)));
        let found = text(&found.collect::<Vec<_>>().join("; "));
        page += &format!("| {} | {} | {} | {found} |\n", text(&name(phase)), time(phase.began), took(release, phase.began, phase.ended));
    }
    page
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
