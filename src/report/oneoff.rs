//! A one-off task in words, and the lines of a container's log as they may stand in a terminal.

use super::escape::escape;
use super::paint;
use crate::core::arn::last_part;
use crate::core::oneoff::{End, Event, Outcome, Place, Started, Stop};
use crate::core::shell::quoted;
use crate::core::visible::line;

/// Returns a line that a container logged: without its colours, and with whatever else steers a terminal made visible.
pub fn logged(text: &str) -> String {
    anstream::adapter::strip_str(&escape(text)).to_string()
}

/// Says what is worth a line of what is heard of a task, other than its log.
pub fn told(event: &Event) -> Option<String> {
    match event {
        Event::Waiting { reason, seconds } => Some(format!("not placed: {}; trying again in {seconds} s", line(reason))),
        Event::Started(started) => Some(self::started(started)),
        Event::Status { status } if status == "RUNNING" => Some("it runs".into()),
        Event::NoLog { reason } => Some(format!("{} {}; the command goes on", paint::change("no log:"), line(reason))),
        Event::Stopping { why: Stop::TooLong } => Some("it takes longer than --timeout allows; ECS was told to stop it".into()),
        Event::Stopping { why: Stop::Interrupted } => {
            Some("ECS was told to stop it; this ends when it has stopped (interrupt again to leave at once)".into())
        }
        Event::Ended(end) => Some(ended(end)),
        Event::Status { .. } | Event::Line(_) => None,
    }
}

fn started(started: &Started) -> String {
    let revision = last_part(&started.task_definition);
    format!("started {} ({}, container `{}`)", line(&started.task), line(revision), line(&started.container))
}

/// Says how somebody comes to a log when nobody shows it any more.
pub fn how_to_read(place: &Place, region: &str) -> String {
    let Place { group, stream } = place;
    format!("its log: aws logs tail {} --log-stream-names {} --region {region} --since 1d", quoted(group), quoted(stream))
}

fn ended(end: &End) -> String {
    match &end.outcome {
        Outcome::Exited { exit_code: 0, .. } => format!("{} exit code 0", paint::good("ended:")),
        Outcome::Exited { exit_code, reason } => {
            let reason = reason.as_ref().map(|reason| format!("; {}", line(reason))).unwrap_or_default();
            format!("{} exit code {exit_code}{reason}", paint::bad("ended:"))
        }
        Outcome::TimedOut => format!("{} it took longer than --timeout allows, and was stopped", paint::bad("stopped:")),
        Outcome::Interrupted => format!("{} somebody interrupted", paint::bad("stopped:")),
        Outcome::NotStarted { reason } => format!("{} {}", paint::bad("never started:"), line(reason)),
        Outcome::Stopped { reason } => {
            format!("{} nobody can tell whether the command did its work: {}", paint::bad("stopped:"), line(reason))
        }
        Outcome::Lost => {
            format!("{} AWS does not know the task any more, so nobody can tell how it ended: {}", paint::bad("lost:"), line(&end.task))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_steers_no_terminal() {
        for (text, want) in [
            ("plain ü\ttext", "plain ü\ttext"),
            ("\u{1b}[31mred\u{1b}[0m", "red"),
            ("\u{1b}[2J\u{1b}]0;title\u{7}", "\\u{1b}[2J\\u{1b}]0;title\\u{7}"),
            ("10 %\r20 %", "10 %\\r20 %"),
            ("a\u{202e}b\u{9b}31m", "a\\u{202e}b\\u{9b}31m"),
        ] {
            assert_eq!(logged(text), want);
        }
    }
}
