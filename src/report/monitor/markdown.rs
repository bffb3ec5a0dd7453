//! A watch in Markdown, for a chat, a ticket or a pull request.

use super::{breach, circumstances, clock, figures, result};
use crate::core::arn::last_part;
use crate::core::rollout::monitor::Monitor;
use crate::report::flat::flat;
use crate::report::markdown::{block, code, text};
use crate::report::release::markdown::word;

#[must_use]
pub fn markdown(monitor: &Monitor) -> String {
    let monitor = &*flat(monitor);
    let mut page = format!("# {}: {}\n\n", text(&monitor.service), result(monitor));
    page += &circumstances(monitor).iter().map(|line| format!("- {}\n", text(line))).collect::<String>();
    page += &format!("\n**{}**\n", text(&monitor.recommendation()));
    let breaches = monitor.breaches();
    if !breaches.is_empty() {
        page += "\n## Breaches\n\n| time | |\n|---|---|\n";
        page += &breaches.iter().map(|one| format!("| {} | {} |\n", clock(one.at), text(&breach(monitor, one)))).collect::<String>();
    }
    if let Some(last) = monitor.samples.last() {
        page += "\n## At the end\n\n";
        page += &last.findings.iter().map(|one| format!("- {}: {}\n", word(one.verdict), text(&one.to_string()))).collect::<String>();
        for crash in &last.crashed {
            page += &format!("\n{}: {}\n", code(last_part(&crash.task)), text(&crash.reason));
            if !crash.log.is_empty() {
                page += &format!("\n{}", block(&crash.log.join("\n")));
            }
        }
    }
    page += "\n## Samples\n\n| time | verdict | |\n|---|---|---|\n";
    let sample =
        |one: &crate::core::rollout::monitor::Sample| format!("| {} | {} | {} |\n", clock(one.at), word(one.verdict), text(&figures(one)));
    page + &monitor.samples.iter().map(sample).collect::<String>()
}
