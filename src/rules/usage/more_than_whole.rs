//! USE203: a part that is more than the whole.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::rule::{Look, Rule};

pub const RULE: Rule = Rule {
    code: Code {
        id: "USE203",
        level: Level::Warning,
        category: Category::Cost,
        about: "`[usage]` gives a part of an amount that is more than the amount.",
        why: "Both cannot be meant. The part is billed as it is said, and nothing remains of the whole for what else there is.",
        page: "",
        example: Example::Stack {
            wrong: &["[network]\n[usage.network]\nnat_gb = 10\nnat_sent_gb = 20"],
            right: &["[network]\n[usage.network]\nnat_gb = 20\nnat_sent_gb = 20", "[network]\n[usage.network]\nnat_sent_gb = 20"],
        },
    },
    look: Look::Usage(|usage, view| super::find(usage, view).parts.clone()),
};
