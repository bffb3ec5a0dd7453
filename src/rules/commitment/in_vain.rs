//! COM201: a reservation or a Savings Plan that covers nothing.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::money::Decimal;
use crate::core::rule::{Look, Rule};

pub const RULE: Rule = Rule {
    code: Code {
        id: "COM201",
        level: Level::Warning,
        category: Category::Cost,
        about: "A `[stack.commitment]` covers nothing in the stack.",
        why: "AWS bills it whether it is used or not.",
        page: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithReservedDBInstances.html",
        example: Example::Stack {
            wrong: &[
                concat!(
                    "[stack]\nname = \"shop\"\nregion = \"us-east-1\"\n[stack.commitment.main]\nservice = \"rds\"\n",
                    "class = \"db.t4g.medium\"\nengine = \"mysql\"\n[network]\n[database.main]\nclass = \"db.t4g.medium\"",
                ),
                concat!(
                    "[stack]\nname = \"shop\"\nregion = \"us-east-1\"\n[stack.commitment.tasks]\nservice = \"compute-savings-plan\"\n",
                    "hourly = 0.01\n[storage.files]",
                ),
            ],
            right: &[concat!(
                "[stack]\nname = \"shop\"\nregion = \"us-east-1\"\n[stack.commitment.main]\nservice = \"rds\"\n",
                "class = \"db.t4g.medium\"\nengine = \"postgres\"\n[network]\n[database.main]\nclass = \"db.t4g.large\"",
            )],
        },
    },
    look: Look::Commitments(|usage, view| {
        let unused = super::find(usage, view);
        let unused = unused.iter().filter(|(one, _)| one.used.is_some_and(|used| used.high == Decimal::ZERO));
        let help = "commit to what runs here, or accept this where something else in the account uses it";
        unused.map(|one| super::remark(one, "it covers nothing here, and is paid all the same".to_owned(), help)).collect()
    }),
};
