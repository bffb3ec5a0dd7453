//! `[checks]`: the weight of warnings in one stack, by their codes or the families of these.

use super::code::{Code, Level};
use super::diagnostic::Diagnostic;
use schemars::JsonSchema;
use serde::Deserialize;

/// The weight of warnings. Of several names that fit a code the longest counts; errors stay errors.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Checks {
    /// Warnings that refuse the stack as errors do: codes, families such as "SEC", or "warnings" for all of them.
    #[serde(default)]
    pub deny: Vec<String>,
    /// Warnings that stay warnings although their family is denied or allowed.
    #[serde(default)]
    pub warn: Vec<String>,
    /// Warnings that are not said.
    #[serde(default)]
    pub allow: Vec<String>,
}

/// The name that stands for every warning.
pub const WARNINGS: &str = "warnings";

/// The weight that is chosen for a warning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Weight {
    Allow,
    Warn,
    Deny,
}

impl Checks {
    /// Returns the checks of a command line over these: what it denies is denied.
    #[must_use]
    pub fn denying(&self, names: &[String]) -> Checks {
        let mut own = self.clone();
        own.warn.retain(|name| !names.contains(name));
        own.allow.retain(|name| !names.contains(name));
        own.deny.extend(names.iter().cloned());
        own
    }

    /// Returns diagnostics at the level that they have in this stack, without those that are allowed.
    #[must_use]
    pub fn apply(&self, diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
        if *self == Checks::default() {
            return diagnostics;
        }
        let level = |one: Diagnostic| Some(Diagnostic { level: self.level(one.code, one.level)?, ..one });
        diagnostics.into_iter().filter_map(level).collect()
    }

    /// Returns the level of a finding of a code, which is `level` where nothing is said of it; none if it is allowed.
    pub fn level(&self, code: &str, level: Level) -> Option<Level> {
        if level == Level::Error {
            return Some(level);
        }
        let lists = [(&self.allow, Weight::Allow), (&self.warn, Weight::Warn), (&self.deny, Weight::Deny)];
        let fitting = lists.iter().flat_map(|(names, weight)| names.iter().map(move |name| (name.as_str(), *weight)));
        // The stricter of two lists that have the same name counts, since its place is behind.
        let chosen = fitting.filter_map(|(name, weight)| Some((fits(name, code)?, weight))).max_by_key(|(length, _)| *length);
        match chosen {
            Some((_, Weight::Allow)) => None,
            Some((_, Weight::Deny)) => Some(Level::Error),
            Some((_, Weight::Warn)) | None => Some(level),
        }
    }

    /// Returns every list with its name, as the file has it.
    pub fn lists(&self) -> [(&'static str, &[String]); 3] {
        let Checks { deny, warn, allow } = self;
        [("deny", deny), ("warn", warn), ("allow", allow)]
    }
}

/// Returns how closely a name fits a code: more for a code than for its family, and least for all warnings.
fn fits(name: &str, code: &str) -> Option<usize> {
    let family = code.trim_end_matches(|letter: char| letter.is_ascii_digit());
    match name {
        WARNINGS => Some(0),
        name if name == code || name == family => Some(name.len()),
        // The beginning of its number, such as `SEC2`.
        name if name.len() > family.len() && code.starts_with(name) => Some(name.len()),
        _ => None,
    }
}

/// True for a name that fits one of these codes at least.
pub fn is_known(name: &str, mut codes: impl Iterator<Item = Code>) -> bool {
    codes.any(|code| fits(name, code.id).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checks([deny, warn, allow]: [&[&str]; 3]) -> Checks {
        let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Checks { deny: own(deny), warn: own(warn), allow: own(allow) }
    }

    #[test]
    fn the_closest_name_decides_and_errors_stay() {
        let (error, warning) = (Some(Level::Error), Some(Level::Warning));
        for (lists, code, want) in [
            ([&["SEC201"][..], &[], &[]], "SEC201", error),
            ([&["SEC201"], &[], &[]], "SEC202", warning),
            ([&["SEC"], &[], &[]], "SEC202", error),
            ([&["SE"], &[], &[]], "SEC202", warning),
            ([&["SEC2"], &[], &[]], "SEC202", error),
            ([&["SEC"], &["SEC202"], &[]], "SEC202", warning),
            ([&["SEC202"], &[], &["SEC"]], "SEC202", error),
            ([&["warnings"], &[], &["SEC"]], "SEC202", None),
            ([&["warnings"], &[], &["SEC"]], "NET202", error),
            ([&["SEC"], &[], &["SEC"]], "SEC202", error),
            ([&[], &["SEC"], &["SEC"]], "SEC202", warning),
        ] {
            assert_eq!(checks(lists).level(code, Level::Warning), want, "{lists:?} {code}");
            assert_eq!(checks(lists).level(code, Level::Error), error);
        }
    }

    #[test]
    fn a_command_line_denies_what_the_file_allows_by_the_same_name() {
        let file = checks([&[], &["NET201"], &["SEC202", "OPS"]]);
        let denied = file.denying(&["SEC202".to_owned(), "NET201".to_owned()]);
        assert_eq!(denied, checks([&["SEC202", "NET201"], &[], &["OPS"]]));
        assert_eq!(file.denying(&["warnings".to_owned()]).level("OPS201", Level::Warning), None);
    }
}
