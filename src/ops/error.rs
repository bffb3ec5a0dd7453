//! The failures of use cases, each with a remedy.

use crate::core::approval::judge::Judged;
use crate::core::bar::Bar;
use crate::core::diagnostic::Rejected;
use crate::pricing::catalog::refresh::PriceChange;
use std::collections::BTreeSet;
use std::fmt::Display;
use std::io;
use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The stack file has problems.
    #[error("the stack cannot be used:\n{}", .0.render(false))]
    Rejected(Rejected),
    /// A file of `[usage]` has problems, or does not fit the stack that it is laid over.
    #[error("{} cannot be used:\n{}", path.display(), rejected.render(false))]
    Usage { path: PathBuf, rejected: Rejected },
    /// The file is sound, and a rule calls what it describes an error.
    #[error("the stack is refused:\n{}", .0.render(false))]
    Judged(Rejected),
    #[error("failed to {doing} {}: {source}", path.display())]
    File { doing: &'static str, path: PathBuf, source: io::Error, hint: Option<String> },
    /// A file that was read is not what it was taken for.
    #[error("{} {why}", path.display())]
    Unfit { path: PathBuf, why: String, hint: Option<String> },
    #[error("failed to read the prices in {}: {why}", path.display())]
    Prices { path: PathBuf, why: String },
    /// A secret is not there, or cannot have a value.
    #[error("{why}")]
    Secret { why: String, hint: Option<String> },
    /// A rollout is not there, or cannot go where somebody wants it.
    #[error("{why}")]
    Rollout { why: String, hint: String, refused: bool },
    /// A comment could not be made, or brought up to date.
    #[error("{why}")]
    Comment { why: String, hint: String },
    /// An apply is not there, or nobody can go back to it.
    #[error("{why}")]
    History { why: String, hint: String },
    /// Nothing could be signed, or not so that it would count.
    #[error("{why}")]
    Unsigned { why: String, hint: Option<String> },
    /// A plan cannot be applied.
    #[error("{}", barred(plan, bar))]
    Barred {
        /// The name that people know the plan by: its file.
        plan: String,
        bar: Bar,
    },
    #[cfg(feature = "aws")]
    #[error("the stack belongs to account {wanted}, and these credentials to {found} ({arn})")]
    OtherAccount { wanted: String, found: String, arn: String },
    /// A call failed; `region` is set if AWS may have no region of that name.
    #[cfg(feature = "aws")]
    #[error("{}", call(source))]
    Call { source: Box<crate::aws::Error>, region: Option<String> },
    /// The price list could not be fetched.
    #[cfg(feature = "aws")]
    #[error("failed to refresh the prices: {0}")]
    Fetch(#[from] crate::pricing::fetch::Error),
    /// Prices were fetched, or could not be, and nothing was replaced.
    #[error("{why}")]
    Refresh { why: String, hint: Option<String> },
    /// Fetched prices look like mistakes, so nothing was replaced.
    #[error("{}, so nothing was replaced", if .0.len() == 1 { "1 price looks like a mistake".into() } else { format!("{} prices look like mistakes", .0.len()) })]
    Jumps(Vec<PriceChange>),
    /// Worked cases do not hold with the fetched prices, so nothing was replaced.
    #[error("the fetched prices cannot be used: {0}")]
    UnusablePrices(String),
    #[cfg(feature = "aws")]
    #[error(transparent)]
    Store(#[from] crate::engine::store::Error),
}

/// The meaning of a failure to the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It could not be done.
    Failed,
    /// It could be done, and a check, a budget or the plan's own seal says no.
    Refused,
}

impl Error {
    /// A file that could not be read or written.
    pub fn file(doing: &'static str, path: impl Into<PathBuf>, source: io::Error) -> Self {
        Error::File { doing, path: path.into(), source, hint: None }
    }

    /// A plan that cannot be used; `plan` is what people know it by.
    pub fn barred(plan: impl Display, bar: Bar) -> Self {
        Error::Barred { plan: plan.to_string(), bar }
    }

    /// Returns a word for how something went wrong, and none where it went well: AWS's own code, where AWS said no.
    #[cfg(feature = "aws")]
    pub(super) fn word<T>(answer: &Result<T, Error>) -> Option<String> {
        let error = answer.as_ref().err()?;
        Some(match error {
            Error::Call { source, .. } => source.code.clone(),
            other if other.kind() == Kind::Refused => "refused".into(),
            _ => "failed".into(),
        })
    }

    pub fn kind(&self) -> Kind {
        match self {
            Error::Judged(_) | Error::Jumps(_) | Error::UnusablePrices(_) | Error::Rollout { refused: true, .. } => Kind::Refused,
            // Nobody said no: it is not known.
            Error::Barred { bar: Bar::Unread(_) | Bar::Incomplete, .. } => Kind::Failed,
            Error::Barred { .. } => Kind::Refused,
            #[cfg(feature = "aws")]
            Error::Store(crate::engine::store::Error::Applied(_)) => Kind::Refused,
            #[cfg(feature = "aws")]
            Error::OtherAccount { .. } | Error::Call { .. } | Error::Store(_) | Error::Fetch(_) => Kind::Failed,
            Error::Rejected(_)
            | Error::Usage { .. }
            | Error::File { .. }
            | Error::Unfit { .. }
            | Error::Secret { .. }
            | Error::Unsigned { .. }
            | Error::Rollout { .. }
            | Error::Comment { .. }
            | Error::History { .. }
            | Error::Prices { .. }
            | Error::Refresh { .. } => Kind::Failed,
        }
    }

    /// Says what to do about it, where that is known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::Rejected(_) | Error::Usage { .. } | Error::Judged(_) | Error::Prices { .. } => None,
            Error::File { hint, .. }
            | Error::Unfit { hint, .. }
            | Error::Secret { hint, .. }
            | Error::Unsigned { hint, .. }
            | Error::Refresh { hint, .. } => hint.clone(),
            Error::Rollout { hint, .. } | Error::Comment { hint, .. } | Error::History { hint, .. } => Some(hint.clone()),
            Error::Jumps(_) => {
                Some("check them against AWS's pricing page, and take them with --accept-jumps; nothing is fetched again".into())
            }
            Error::UnusablePrices(_) => Some("nothing was replaced".into()),
            #[cfg(feature = "aws")]
            Error::Fetch(error) => Some(error.hint().into()),
            Error::Barred { bar: Bar::Unread(unread), .. } => unread.hint.clone(),
            Error::Barred { bar: Bar::Refused(_), .. } => None,
            Error::Barred { bar: Bar::NeedsApproval(_), .. } => None,
            Error::Barred { plan, bar: Bar::Unapproved(judged) } => Some(remedies(plan, judged)),
            Error::Barred { bar: Bar::Masked, .. } => Some("save it with `trueup plan --out plan.json`".into()),
            Error::Barred { .. } => Some("plan again".into()),
            #[cfg(feature = "aws")]
            Error::OtherAccount { .. } => Some("choose another profile with --profile, or mend `account` in [stack]".into()),
            #[cfg(feature = "aws")]
            Error::Call { region: Some(region), .. } => {
                Some(format!("there may be no region `{region}`, as [stack] names it; or the network is down"))
            }
            #[cfg(feature = "aws")]
            Error::Call { source, region: None } => source.hint(),
            #[cfg(feature = "aws")]
            Error::Store(error) => Some(error.hint().into()),
        }
    }
}

#[cfg(feature = "aws")]
impl From<crate::pricing::fetch::CacheError> for Error {
    fn from(error: crate::pricing::fetch::CacheError) -> Self {
        Error::Fetch(error.into())
    }
}

#[cfg(feature = "aws")]
impl From<crate::aws::Error> for Error {
    fn from(source: crate::aws::Error) -> Self {
        Error::Call { source: Box::new(source), region: None }
    }
}

/// Says what to do about approvals that are missing, and about each that does not count.
fn remedies(plan: &str, judged: &Judged) -> String {
    let mut lines = vec![match judged.no_signers {
        true => {
            "name the stack file of a checkout that whoever makes plans cannot write to before --plan, or a file of signers by --signers"
                .into()
        }
        false => format!("have it approved with `trueup approve {plan} --key KEY`, and pass what that writes with --approval"),
    }];
    let mut told = BTreeSet::new();
    for flaw in judged.refused.iter().flat_map(|refused| &refused.flaws).filter(|flaw| told.insert(flaw.code())) {
        lines.push(format!("{}: {}", flaw.code(), flaw.remedy()));
    }
    lines.join("\n")
}

fn barred(plan: &str, bar: &Bar) -> String {
    match bar {
        Bar::Unread(_) => format!("failed to tell whether {plan} still holds: {bar}"),
        _ => format!("cannot use {plan}: {bar}"),
    }
}

#[cfg(feature = "aws")]
fn call(error: &crate::aws::Error) -> String {
    match error.code.as_str() {
        // No call was made.
        "NoCredentials" | "NoSuchProfile" | "InvalidProfile" | "NoRole" | "UnsafeAddress" => error.message.clone(),
        _ => format!("failed to call AWS: {error}"),
    }
}
