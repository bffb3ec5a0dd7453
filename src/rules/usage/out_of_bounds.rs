//! USE202: an amount that is more or less than can be.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::rule::{Look, Rule};

pub const RULE: Rule = Rule {
    code: Code {
        id: "USE202",
        level: Level::Warning,
        category: Category::Cost,
        about: "`[usage]` gives an amount that a setting does not allow.",
        why: "AWS keeps to the setting, and so does the bill: what is beyond it is not counted.",
        page: "",
        example: Example::Stack {
            wrong: &[
                "[network]\n[service.api]\nimage = \"nginx:1\"\nscale = { min = 1, max = 3 }\n[usage.\"service.api\"]\ntasks = 50",
                "[network]\n[service.api]\nimage = \"nginx:1\"\nscale = { min = 2, max = 3 }\n[usage.\"service.api\"]\ntasks = { low = 0, likely = 2 }",
            ],
            right: &[
                "[network]\n[service.api]\nimage = \"nginx:1\"\nscale = { min = 1, max = 3 }\n[usage.\"service.api\"]\ntasks = { low = 1, likely = 2, high = 3 }",
            ],
        },
    },
    look: Look::Usage(|usage, view| super::find(usage, view).bounded.clone()),
};
