//! Tasks of a rollout with what they logged last.

use super::oneoff::logged;
use super::{paint, text_width};
use crate::core::arn::last_part;
use crate::core::rollout::task_log::{Fate, Logs, Said, TaskLog};
use crate::core::visible::line;

/// The digits of a task's id that people tell it by.
const SHORT: usize = 8;

pub fn render(logs: &Logs) -> String {
    let revision = last_part(&logs.task_definition);
    let mut text = format!("{}  begun {} UTC\n", paint::strong(&line(revision)), logs.begun.strftime("%Y-%m-%d %H:%M"));
    if logs.tasks.is_empty() {
        text += "  AWS knows none of its tasks: it has started none, or they stopped more than an hour ago\n";
    }
    logs.tasks.iter().for_each(|task| text += &self::task(task));
    text
}

fn task(task: &TaskLog) -> String {
    let fate = match task.fate {
        Fate::Failed => paint::bad("failed"),
        Fate::Unhealthy => paint::bad("unhealthy"),
        Fate::Running => paint::good("running"),
        Fate::Starting => paint::change("starting"),
        Fate::Stopped => "stopped".into(),
    };
    let mut text = format!("\n{}  {fate}\n", line(&task.task));
    if let Some(reason) = &task.reason {
        text += &format!("  {}\n", paint::fit(&line(reason), text_width(), 2));
    }
    for container in &task.containers {
        let exit = container.exit_code.map(|code| format!(", exit code {code}")).unwrap_or_default();
        text += &format!("  {}{exit}\n", line(&container.container));
        if let Some(reason) = &container.no_log {
            text += &format!("    {}\n", paint::fit(&line(reason), text_width(), 4));
        }
        for said in &container.lines {
            text += &format!("    {}  {}\n", said.at.strftime("%H:%M:%S"), logged(&said.text).replace('\n', "\n              "));
        }
    }
    text
}

/// A line that came while somebody followed.
pub fn said(said: &Said) -> String {
    let task = said.task.get(..SHORT).unwrap_or(&said.task);
    let (task, container) = (line(task), line(&said.container));
    format!("{}  {task}/{container}  {}", said.line.at.strftime("%H:%M:%S"), logged(&said.line.text))
}
