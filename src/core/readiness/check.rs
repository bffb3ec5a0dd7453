//! The checks of readiness: a question each, and how it is answered.

use super::super::address::Address;
use super::super::code::{Code, Level};
use super::super::stack::Stack;
use super::super::view::{Seen, View};
use super::area::Area;
use super::observed::Observed;
use std::borrow::Cow;

/// One question about a stack. Its code is its documentation, and the name by which a failure of it is accepted.
#[derive(Debug)]
pub struct Check {
    pub code: Code,
    pub area: Area,
    /// The share of its area's points that it has, beside those of the area's other checks.
    pub weight: u32,
    /// A question to which yes is the good answer.
    pub question: &'static str,
    /// The remedy where nothing closer is said.
    pub remedy: &'static str,
    /// True where a stack that fails it is not to be depended on, whatever else is well.
    pub blocks: bool,
    /// Codes of rules that find a part of the same: they are not said a second time, and who lives with theirs lives with this.
    pub same: &'static [&'static str],
    /// The nodes of which the rules say nothing because nobody can tell, each with the reason.
    pub doubt: Option<Doubt>,
    pub look: Look,
}

impl Check {
    /// A check of which everything else is still to be said.
    pub const NEW: Check = Check {
        code: Code::NEW,
        area: Area::Network,
        weight: 1,
        question: "",
        remedy: "",
        blocks: false,
        same: &[],
        doubt: None,
        look: Look::Rest { kinds: &[] },
    };
}

/// Returns nodes of which nobody can tell, each with the reason.
pub type Doubt = fn(&Subject<'_>) -> Vec<(Address, String)>;

/// The way in which a check is answered.
#[derive(Debug, Clone, Copy)]
pub enum Look {
    /// Rules with these codes find nothing, in a stack that has something of these kinds.
    Rules { kinds: &'static [&'static str], codes: &'static [&'static str] },
    /// No rule of the area finds anything that no other check has by name.
    Rest { kinds: &'static [&'static str] },
    /// Each thing that it asks about is well, as far as the file tells.
    Stack(fn(&Subject<'_>) -> Asked),
    /// Each thing that it asks about is well in AWS.
    Live(fn(&Subject<'_>, &Observed) -> Asked),
}

impl Look {
    #[must_use]
    pub fn is_live(&self) -> bool {
        matches!(self, Look::Live(_))
    }
}

/// Returns a code of an area, of which everything else is still to be said.
#[must_use]
pub const fn code(area: Area) -> Code {
    Code { level: Level::Warning, category: area.category(), ..Code::NEW }
}

/// The stack that is asked about.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    pub stack: &'a Stack,
    pub view: &'a View<'a>,
    /// None where nobody has priced it.
    pub bill: Option<&'a Bill>,
}

/// A month's cost, as far as readiness asks about it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bill {
    /// The likely total, as people read it.
    pub month: String,
    /// Lines without a price.
    pub unpriced: usize,
    /// The reason why the stack's budget refuses it.
    pub refused: Option<String>,
}

/// Everything that a check has asked about. Where that is nothing, the check does not apply.
#[derive(Debug, Clone, Default)]
pub struct Asked(pub Vec<Thing>);

/// One thing with the answer.
#[derive(Debug, Clone)]
pub struct Thing {
    pub at: At,
    pub answer: Answer,
}

/// The place of a thing: a field of a node, or a table of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum At {
    Node(Address, Cow<'static, str>),
    File(&'static [&'static str]),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    Good,
    /// The sentence that says what is not well, and its remedy where the check's own is not close enough.
    Bad {
        says: String,
        help: Option<String>,
    },
    /// The reason why nobody can tell.
    Unknown(String),
}

impl Answer {
    /// Returns the answer to a question, and what is said where it is no.
    pub fn of(good: bool, says: impl FnOnce() -> String) -> Self {
        if good { Answer::Good } else { Answer::bad(says()) }
    }

    #[must_use]
    pub fn bad(says: impl Into<String>) -> Self {
        Answer::Bad { says: says.into(), help: None }
    }

    #[must_use]
    pub fn help(self, text: impl Into<String>) -> Self {
        match self {
            Answer::Bad { says, .. } => Answer::Bad { says, help: Some(text.into()) },
            other => other,
        }
    }
}

impl Asked {
    /// Adds a thing that is a node, with the field that decides; empty for the whole.
    pub fn node(&mut self, seen: &Seen<'_>, field: impl Into<Cow<'static, str>>, answer: Answer) {
        self.at(seen.address, field, answer);
    }

    pub fn at(&mut self, address: &Address, field: impl Into<Cow<'static, str>>, answer: Answer) {
        self.0.push(Thing { at: At::Node(address.clone(), field.into()), answer });
    }

    /// Adds the stack itself, by the table of the file that it is about.
    pub fn stack(&mut self, table: &'static [&'static str], answer: Answer) {
        self.0.push(Thing { at: At::File(table), answer });
    }
}
