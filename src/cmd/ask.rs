//! The question before something is done that nobody takes back.

use super::exit::Failure;
use crate::report;
use std::io::{IsTerminal, stdin};

/// Asks for a word; true if it was given. `json` says that whoever reads the output is a program. Where there is nobody to ask, `hint` says
/// what does without.
pub fn ask(question: &str, word: &str, json: bool, hint: &str) -> Result<bool, Failure> {
    if json || !stdin().is_terminal() {
        return Err(Failure::usage("there is nobody to ask").hint(hint));
    }
    report::talk(question);
    let mut answer = String::new();
    stdin().read_line(&mut answer).map_err(|error| Failure::new(format!("failed to read the answer: {error}")))?;
    Ok(answer.trim() == word)
}
