//! The record of a command on the task definition that it ran for, as the value of a tag.
//!
//! ```text
//! 0f3c…            the task that runs it
//! succeeded        how it ended; of a command that takes another back, with the second at which it did
//! failed 0f3c…
//! 3:succeeded      the third run of this command or of the one that takes it back: the higher number came later
//! ```
//!
//! AWS takes letters, digits, spaces and `+ - = . _ : / @` in a tag, 256 of them at most.
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-using-tags.html>

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
    /// It was started as this task, and nobody has seen its end.
    Task(String),
    /// The second of its end, where that is written down.
    Succeeded(Option<i64>),
    /// The task, which AWS may still know.
    Failed(String),
}

const SUCCEEDED: &str = "succeeded";
const FAILED: &str = "failed";

impl Record {
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let numbered = text.split_once(':').and_then(|(number, rest)| Some((number.parse().ok()?, rest)));
        let (number, rest) = numbered.unwrap_or((1, text));
        let (word, more) = rest.split_once(' ').unwrap_or((rest, ""));
        let state = match word {
            SUCCEEDED => Recorded::Succeeded(more.parse().ok()),
            FAILED => Recorded::Failed(more.to_owned()),
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
            Recorded::Failed(id) if id.is_empty() => f.write_str(FAILED),
            Recorded::Failed(id) => write!(f, "{FAILED} {id}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_reads_as_it_was_written() {
        for (text, number, state) in [
            ("0f3c", 1, Recorded::Task("0f3c".into())),
            ("succeeded", 1, Recorded::Succeeded(None)),
            ("failed 0f3c", 1, Recorded::Failed("0f3c".into())),
            ("failed", 1, Recorded::Failed(String::new())),
            ("2:succeeded 1790000000", 2, Recorded::Succeeded(Some(1_790_000_000))),
            ("12:1234567890", 12, Recorded::Task("1234567890".into())),
        ] {
            let record = Record { number, state };
            assert_eq!((Record::parse(text), record.to_string().as_str()), (record.clone(), text));
        }
    }
}
