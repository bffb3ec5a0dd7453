//! Problems of a request's input, each with its place.

use std::fmt;

/// A place in an input, built without allocation while walking down.
#[derive(Debug, Clone, Copy)]
pub enum Path<'a> {
    Root,
    Member(&'a Path<'a>, &'a str),
    /// An item, counted from zero; AWS counts from one.
    Item(&'a Path<'a>, usize),
    Key(&'a Path<'a>, &'a str),
}

impl fmt::Display for Path<'_> {
    /// Writes it as AWS does in its messages: `tags.1.member.key`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (parent, own) = match self {
            Path::Root => return Ok(()),
            Path::Member(parent, name) => (parent, lower_first(name)),
            Path::Item(parent, index) => (parent, format!("{}.member", index + 1)),
            Path::Key(parent, key) => (parent, format!("{key}.value")),
        };
        if !matches!(parent, Path::Root) {
            write!(f, "{parent}.")?;
        }
        f.write_str(&own)
    }
}

fn lower_first(name: &str) -> String {
    let mut letters = name.chars();
    // `DBInstanceIdentifier` is `dBInstanceIdentifier` in AWS's own messages, too.
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

/// Refuses what AWS's front door refuses.
#[derive(Debug, Clone, PartialEq)]
pub enum Problem {
    /// A body that cannot be read at all.
    Malformed(String),
    Unknown {
        path: String,
    },
    Type {
        path: String,
        expected: &'static str,
    },
    Missing {
        path: String,
    },
    Constraint {
        path: String,
        /// `None` where the model calls it sensitive: AWS leaves it out, then.
        value: Option<String>,
        rule: Rule,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub enum Rule {
    Enum(Vec<String>),
    Pattern(String),
    MinLength(u64),
    MaxLength(u64),
    MinValue(f64),
    MaxValue(f64),
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Rule::Enum(values) => write!(f, "Member must satisfy enum value set: [{}]", values.join(", ")),
            Rule::Pattern(pattern) => write!(f, "Member must satisfy regular expression pattern: {pattern}"),
            Rule::MinLength(min) => write!(f, "Member must have length greater than or equal to {min}"),
            Rule::MaxLength(max) => write!(f, "Member must have length less than or equal to {max}"),
            Rule::MinValue(min) => write!(f, "Member must have value greater than or equal to {min}"),
            Rule::MaxValue(max) => write!(f, "Member must have value less than or equal to {max}"),
        }
    }
}
