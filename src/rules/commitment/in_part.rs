//! COM202: a reservation or a Savings Plan of which a part is not used.

use crate::core::bill::Pledge;
use crate::core::code::{Category, Code, Example, Level};
use crate::core::money::{Decimal, Money, shown};
use crate::core::rule::{Look, Rule};

pub const RULE: Rule = Rule {
    code: Code {
        id: "COM202",
        level: Level::Warning,
        category: Category::Cost,
        about: "A part of a `[stack.commitment]` is not used by the stack in an ordinary month.",
        why: "AWS bills all of it whether it is used or not.",
        page: "https://docs.aws.amazon.com/savingsplans/latest/userguide/sp-applying.html",
        example: Example::Stack {
            wrong: &[
                concat!(
                    "[stack]\nname = \"shop\"\nregion = \"us-east-1\"\n[stack.commitment.main]\nservice = \"rds\"\n",
                    "class = \"db.t4g.medium\"\nengine = \"postgres\"\ncount = 2\n[network]\n[database.main]\nclass = \"db.t4g.medium\"",
                ),
                concat!(
                    "[stack]\nname = \"shop\"\nregion = \"us-east-1\"\n[stack.commitment.tasks]\nservice = \"compute-savings-plan\"\n",
                    "hourly = 5.00\ndiscount = 0.2\n[network]\n[service.api]\nimage = \"nginx:1.29\"",
                ),
            ],
            right: &[concat!(
                "[stack]\nname = \"shop\"\nregion = \"us-east-1\"\n[stack.commitment.main]\nservice = \"rds\"\n",
                "class = \"db.t4g.medium\"\nengine = \"postgres\"\ncount = 2\n[network]\n[database.main]\nclass = \"db.t4g.medium\"\nmulti_az = true",
            )],
        },
    },
    look: Look::Commitments(|usage, view| {
        let pledges = super::find(usage, view);
        let help = "commit to less, or accept this where something else in the account uses the rest";
        pledges.iter().filter_map(|one| Some(super::remark(one, said(&one.0)?, help))).collect()
    }),
};

fn said(pledge: &Pledge) -> Option<String> {
    let used = pledge.used.filter(|used| used.high > Decimal::ZERO && used.likely < pledge.committed)?.likely;
    let (used, all) = match pledge.unit.as_str() {
        "USD" => (Money::new(used).to_string(), Money::new(pledge.committed).to_string()),
        _ => (shown(used), format!("{} hours", shown(pledge.committed))),
    };
    Some(format!("{used} of {all} a month are used, and all of it is paid"))
}
