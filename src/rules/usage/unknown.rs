//! USE002: an amount of something that nothing there has.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::rule::{Look, Rule};

pub const RULE: Rule = Rule {
    code: Code {
        id: "USE002",
        level: Level::Warning,
        category: Category::Cost,
        about: "`[usage]` gives an amount by which nothing there is billed.",
        why: "The amount changes nothing, so the bill is not what it is thought to be.",
        page: "",
        example: Example::Stack {
            wrong: &["[storage.files]\n[usage.\"storage.files\"]\nlog_gb = 5"],
            right: &["[storage.files]\n[usage.\"storage.files\"]\nstored_gb = 5"],
        },
    },
    look: Look::Usage(|usage, view| super::find(usage, view).unknown.clone()),
};
