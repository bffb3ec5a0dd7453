//! The record of a command on the task definition that it ran for, as the value of a tag.
//!
//! ```text
//! sent 1790000000  ECS was to be asked for its task from that second on, and nobody knows whether it was
//! 0f3c…            the task that runs it
//! succeeded        how it ended; of a command that takes another back, with the second at which it did
//! failed 0f3c… 1 1790000000    with its exit code, or `-`, and the second
//! due              its task gave way to another command before it had begun, so it is to run as this number
//! 3:succeeded      the third run of this command or of the one that takes it back: the higher number came later
//! ```
//!
//! AWS takes letters, digits, spaces and `+ - = . _ : / @` in a tag, 256 of them at most.
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-using-tags.html>

use jiff::Timestamp;
use std::fmt;

/// One run of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The runs of the command and of the one that takes it back are counted together, from 1.
    pub number: u32,
    pub state: Recorded,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recorded {
    /// From this second on ECS was asked for its task, and nobody has written down which it is.
    Sent(i64),
    /// It was started as this task, and nobody has seen its end.
    Task(String),
    /// The second of its end, where that is written down.
    Succeeded(Option<i64>),
    Failed(Failure),
    /// It is to run as this number: the task of the number before gave way to another command.
    Due,
}

/// The way in which a command failed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Failure {
    /// The task, which AWS may still know.
    pub task: String,
    /// None where its container gave none, or nobody wrote it down.
    pub exit_code: Option<i32>,
    /// The second of its end.
    pub at: Option<i64>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.exit_code {
            Some(code) => write!(f, "it ended with exit code {code}")?,
            None => f.write_str("it gave no exit code")?,
        }
        if let Some(at) = self.at.and_then(|second| Timestamp::from_second(second).ok()) {
            write!(f, " on {}", at.strftime("%Y-%m-%d at %H:%M UTC"))?;
        }
        if self.task.is_empty() { Ok(()) } else { write!(f, ", task {}", self.task) }
    }
}

const SUCCEEDED: &str = "succeeded";
const FAILED: &str = "failed";
const DUE: &str = "due";
const SENT: &str = "sent";
/// Stands for an exit code that there is none of.
const NONE: &str = "-";

impl Record {
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let numbered = text.split_once(':').and_then(|(number, rest)| Some((number.parse().ok()?, rest)));
        let (number, rest) = numbered.unwrap_or((1, text));
        let (word, more) = rest.split_once(' ').unwrap_or((rest, ""));
        let state = match word {
            SUCCEEDED => Recorded::Succeeded(more.parse().ok()),
            FAILED => {
                let mut parts = more.split(' ');
                let task = parts.next().unwrap_or_default().to_owned();
                let exit_code = parts.next().and_then(|code| code.parse().ok());
                Recorded::Failed(Failure { task, exit_code, at: parts.next().and_then(|second| second.parse().ok()) })
            }
            DUE => Recorded::Due,
            SENT => more.parse().map_or_else(|_| Recorded::Task(rest.to_owned()), Recorded::Sent),
            _ => Recorded::Task(rest.to_owned()),
        };
        Record { number, state }
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.number > 1 {
            write!(f, "{}:", self.number)?;
        }
        match &self.state {
            Recorded::Task(id) => f.write_str(id),
            Recorded::Succeeded(None) => f.write_str(SUCCEEDED),
            Recorded::Succeeded(Some(second)) => write!(f, "{SUCCEEDED} {second}"),
            Recorded::Due => f.write_str(DUE),
            Recorded::Sent(second) => write!(f, "{SENT} {second}"),
            Recorded::Failed(Failure { task, .. }) if task.is_empty() => f.write_str(FAILED),
            Recorded::Failed(Failure { task, exit_code: None, at: None }) => write!(f, "{FAILED} {task}"),
            Recorded::Failed(Failure { task, exit_code, at }) => {
                let code = exit_code.map_or_else(|| NONE.to_owned(), |code| code.to_string());
                write!(f, "{FAILED} {task} {code}{}", at.map_or_else(String::new, |second| format!(" {second}")))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(task: &str, exit_code: Option<i32>, at: Option<i64>) -> Recorded {
        Recorded::Failed(Failure { task: task.into(), exit_code, at })
    }

    #[test]
    fn a_failure_says_when_and_how_and_which_task() {
        for (failure, says) in [
            (failed("0f3c", Some(137), Some(1_790_000_000)), "it ended with exit code 137 on 2026-09-21 at 14:13 UTC, task 0f3c"),
            (failed("0f3c", None, None), "it gave no exit code, task 0f3c"),
        ] {
            assert!(matches!(failure, Recorded::Failed(failure) if failure.to_string() == says));
        }
    }

    #[test]
    fn a_record_reads_as_it_was_written() {
        for (text, number, state) in [
            ("0f3c", 1, Recorded::Task("0f3c".into())),
            ("2:sent 1790000000", 2, Recorded::Sent(1_790_000_000)),
            ("succeeded", 1, Recorded::Succeeded(None)),
            ("failed 0f3c", 1, failed("0f3c", None, None)),
            ("failed", 1, failed("", None, None)),
            ("failed 0f3c 137 1790000000", 1, failed("0f3c", Some(137), Some(1_790_000_000))),
            ("2:failed 0f3c - 1790000000", 2, failed("0f3c", None, Some(1_790_000_000))),
            ("2:due", 2, Recorded::Due),
            ("2:succeeded 1790000000", 2, Recorded::Succeeded(Some(1_790_000_000))),
            ("12:1234567890", 12, Recorded::Task("1234567890".into())),
        ] {
            let record = Record { number, state };
            assert_eq!((Record::parse(text), record.to_string().as_str()), (record.clone(), text));
        }
    }
}
