//! Problems that a person can fix: values, gathered, never thrown.

use super::fix::Fix;

/// Something wrong with a spec or a module, before it is known where in a file it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The code of the check that found it; empty until one is given.
    pub code: &'static str,
    /// The field, dotted for what lies deeper (`rules.0.port`); empty for the whole.
    pub field: String,
    /// A field that is at fault as much, and is shown where the file says that one alone.
    pub or: Option<&'static str>,
    /// A lowercase fragment.
    pub message: String,
    pub help: Option<String>,
    /// The fix that mends it, where that is certain.
    pub fix: Option<Box<Fix>>,
}

impl Problem {
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Problem { code: "", field: field.into(), or: None, message: message.into(), help: None, fix: None }
    }
    pub fn of(self, code: &'static str) -> Self {
        Problem { code, ..self }
    }
    /// The same problem, of a field that lies below another one.
    pub fn below(self, parent: &str) -> Self {
        let field = if self.field.is_empty() { parent.to_owned() } else { format!("{parent}.{}", self.field) };
        Problem { field, ..self }
    }
    /// Names a field of the whole spec that is at fault as much as the first one.
    pub fn or(mut self, field: &'static str) -> Self {
        self.or = Some(field);
        self
    }
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
    pub fn fix(mut self, fix: Fix) -> Self {
        self.fix = Some(Box::new(fix));
        self
    }
}
