//! USE201: an amount of something that could be billed there, and is not as things are set.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::rule::{Look, Rule};

pub const RULE: Rule = Rule {
    code: Code {
        id: "USE201",
        level: Level::Warning,
        category: Category::Cost,
        about: "`[usage]` gives an amount by which nothing there is billed as it is set.",
        why: "AWS would bill it only with another setting, so either the amount or the setting is not what is meant.",
        page: "",
        example: Example::Stack {
            wrong: &[
                "[storage.files]\n[usage.\"storage.files\"]\nglacier_deep_gb = 10_000",
                "[network]\n[database.main]\nclass = \"db.m5.large\"\n[usage.\"database.main\"]\ncpu_credit_hours = 10",
                "[storage.files]\n[usage.storage]\nstored_gb = 9\n[usage.\"storage.files\"]\nstored_gb = 5",
            ],
            right: &[
                "[storage.files]\ninfrequent_days = 30\n[usage.\"storage.files\"]\nstandard_ia_gb = 10_000",
                "[storage.files]\n[usage.\"storage.files\"]\nglacier_deep_gb = 0",
            ],
        },
    },
    look: Look::Usage(|usage, view| super::find(usage, view).idle.clone()),
};
