//! RDY6: the cost.

use super::of_rules;
use crate::core::code::{Code, Example};
use crate::core::readiness::area::Area;
use crate::core::readiness::check::{Answer, Asked, Check, Look, Subject, code};

pub const BUDGET: Check = Check {
    code: Code {
        id: "RDY601",
        about: "The stack has no budget.",
        why: "Nothing refuses a plan that doubles the bill.",
        page: "",
        example: Example::Readiness {
            wrong: "[network]",
            right: "[stack]\nname = \"shop\"\nregion = \"us-east-1\"\nbudget = { monthly = 150 }\n[network]",
        },
        ..code(Area::Cost)
    },
    area: Area::Cost,
    weight: 2,
    question: "Is there a budget that plans are held to?",
    remedy: "write [stack.budget] with the most that a month may cost: monthly = 150",
    look: Look::Stack(budget),
    ..Check::NEW
};

fn budget(subject: &Subject<'_>) -> Asked {
    let mut asked = Asked::default();
    asked.stack(&["stack"], Answer::of(subject.stack.settings.budget.is_some(), || "the stack has no budget".into()));
    asked
}

pub const PRICED: Check = Check {
    code: Code {
        id: "RDY602",
        about: "A month costs more than the budget, or something of it has no price.",
        why: "The bill is then the first to tell.",
        page: "",
        example: Example::Readiness {
            wrong: "[stack]\nname = \"shop\"\nregion = \"us-east-1\"\nbudget = { monthly = 10 }\n[network]",
            right: "[stack]\nname = \"shop\"\nregion = \"us-east-1\"\nbudget = { monthly = 150 }\n[network]",
        },
        ..code(Area::Cost)
    },
    area: Area::Cost,
    weight: 2,
    question: "Is the cost of a month known, and within the budget?",
    remedy: "`trueup cost --detail` shows every line, and `trueup cost --advise` what is cheaper",
    look: Look::Stack(priced),
    ..Check::NEW
};

fn priced(subject: &Subject<'_>) -> Asked {
    let mut asked = Asked::default();
    let answer = match subject.bill {
        None => Answer::Unknown("nobody has priced it".into()),
        Some(bill) => match (&bill.refused, bill.unpriced) {
            (Some(why), _) => Answer::bad(format!("the budget refuses it: {why}")),
            (None, 0) => Answer::Good,
            (None, 1) => Answer::Unknown(format!("a month costs {} and what one line without a price comes to", bill.month)),
            (None, lines) => Answer::Unknown(format!("a month costs {} and what {lines} lines without a price come to", bill.month)),
        },
    };
    asked.stack(&["stack"], answer);
    asked
}

pub const USAGE: Check = Check {
    code: Code {
        id: "RDY603",
        about: "Nothing says how much traffic and data the stack is made for.",
        why: "What depends on use is then priced by defaults, which are those of a stack that nobody uses.",
        page: "",
        example: Example::Readiness {
            wrong: "[network]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80",
            right: "[network]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80\n[usage.\"service.web\"]\nrequests = 1_000_000",
        },
        ..code(Area::Cost)
    },
    area: Area::Cost,
    weight: 1,
    question: "Does somebody say what the stack is made for?",
    remedy: "write [usage] tables; `trueup cost --usage-from 30d` makes them of what CloudWatch knows",
    look: Look::Stack(usage),
    ..Check::NEW
};

/// Kinds whose bill depends on what goes through them.
const USED: &[&str] = &["elbv2.load_balancer", "cloudfront.distribution", "s3.bucket"];

fn usage(subject: &Subject<'_>) -> Asked {
    let mut asked = Asked::default();
    if subject.view.resources().any(|seen| USED.contains(&seen.kind.name)) {
        let answer = Answer::of(!subject.stack.usage.tables.is_empty(), || "no [usage] says what goes through it".into());
        asked.stack(&["usage"], answer);
    }
    asked
}

pub const REST: Check = Check {
    code: of_rules(
        "RDY604",
        Area::Cost,
        "A rule finds something that is paid for in vain, or an amount of `[usage]` that counts for nothing.",
        "It is on every bill.",
    ),
    area: Area::Cost,
    weight: 2,
    question: "Is nothing paid for in vain?",
    remedy: "mend what the rules find",
    look: Look::Rest { kinds: &[] },
    ..Check::NEW
};
