//! The command after a version that its service owes, as the value of a tag of the service.
//!
//! ```text
//! arn:…:task-definition/web:42           it is to run
//! arn:…:task-definition/web:42 failed    it ran, and failed
//! ```

/// The words that the state of a service begins with whose command failed.
pub const OWED: &str = "the command after the new version failed";

/// The words that its state ends with while nobody has run it.
pub const DUE: &str = "the command after the new version has not run";

const FAILED: &str = " failed";

/// Returns the value for a version whose command failed.
#[must_use]
pub fn failed(version: &str) -> String {
    format!("{version}{FAILED}")
}

/// Returns the version, and true where its command has failed.
#[must_use]
pub fn read(value: &str) -> (&str, bool) {
    value.strip_suffix(FAILED).map_or((value, false), |version| (version, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_owed_reads_as_it_was_written() {
        assert_eq!(read("arn:web:42"), ("arn:web:42", false));
        assert_eq!(read(&failed("arn:web:42")), ("arn:web:42", true));
    }
}
