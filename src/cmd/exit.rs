//! The ends of a command: exit codes and failures.

use crate::ops;

/// Exit codes; documented in `--help` and README.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    Done,
    Failed,
    /// The plan has changes, and `--detailed-exitcode` asked to be told so; or something has drifted.
    Changes,
    /// Checks or gates refused.
    Refused,
    /// Apply stopped part-way.
    Partial,
    /// A new version was not taken, and the old one is well.
    RolledBack,
    /// A rollout is under way, or waits at a gate.
    Waiting,
    Usage,
    Interrupted,
    /// The exit code of a command that ran in a task.
    Command(u8),
}

impl Exit {
    pub fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Changes => 2,
            Exit::Refused => 3,
            Exit::Partial => 4,
            Exit::RolledBack => 5,
            Exit::Waiting => 6,
            Exit::Usage => 64,
            Exit::Interrupted => 130,
            Exit::Command(code) => code,
        }
    }
}

impl std::process::Termination for Exit {
    fn report(self) -> std::process::ExitCode {
        std::process::ExitCode::from(self.code())
    }
}

/// The reason why a command ends early.
#[derive(Debug)]
pub struct Failure {
    pub exit: Exit,
    /// Empty if it has been shown already.
    pub message: String,
    pub hint: Option<String>,
}

impl Failure {
    pub fn new(message: impl Into<String>) -> Self {
        Failure { exit: Exit::Failed, message: message.into(), hint: None }
    }
    pub fn usage(message: impl Into<String>) -> Self {
        Failure { exit: Exit::Usage, ..Failure::new(message) }
    }
    /// Everything has been said; only the code is left.
    pub fn shown(exit: Exit) -> Self {
        Failure { exit, message: String::new(), hint: None }
    }
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Failure { hint: Some(hint.into()), ..self }
    }
    /// Refuses to begin where a file could not be written in the end.
    pub fn unwritable(what: &str, path: &std::path::Path) -> Result<(), Self> {
        let failed = |error| Failure::new(format!("failed to write {what} {}: {error}", crate::report::path(path)));
        crate::files::try_replace(path).map_err(|error| failed(error).hint("nothing was begun: name a file that can be written"))
    }
    /// The lock of a stack that was not had, for a command that says so by its own code where others hold it.
    #[cfg(feature = "aws")]
    pub fn held(error: ops::Error) -> Self {
        let is_held = matches!(error, ops::Error::Store(crate::engine::store::Error::Locked { .. }));
        let failure = Failure::from(error);
        Failure { exit: if is_held { Exit::Refused } else { failure.exit }, ..failure }
    }
    /// A file that could not be read or written.
    pub fn file(doing: &str, path: &std::path::Path, error: &std::io::Error) -> Self {
        Failure::new(format!("failed to {doing} {}: {error}", path.display()))
    }
}

impl From<ops::Kind> for Exit {
    fn from(kind: ops::Kind) -> Self {
        match kind {
            ops::Kind::Failed => Exit::Failed,
            ops::Kind::Refused => Exit::Refused,
        }
    }
}

impl From<ops::Error> for Failure {
    fn from(error: ops::Error) -> Self {
        Failure { exit: error.kind().into(), hint: error.hint(), message: error.to_string() }
    }
}

#[cfg(feature = "aws")]
impl From<crate::aws::Error> for Failure {
    fn from(error: crate::aws::Error) -> Self {
        ops::Error::from(error).into()
    }
}
