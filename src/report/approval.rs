//! Approvals as a person reads them: what a plan needs, who has approved, and what is wrong with the others.

use super::paint;
use crate::core::approval::judge::{Counted, Demand, Judged, Refused, Why};
use crate::core::approval::statement::Statement;
use crate::core::visible::line;

/// Says what a plan needs, a line each; that it needs nothing is a line as well.
pub fn needs(demands: &[Demand]) -> String {
    if demands.is_empty() {
        return "it needs no approval\n".into();
    }
    demands.iter().map(|demand| format!("{}\n", need(demand))).collect()
}

fn need(demand: &Demand) -> String {
    let Demand { count, by, why, has: _ } = demand;
    let of = if by.is_empty() { String::new() } else { format!(" of {}", line(&by.join(", "))) };
    let count = paint::count(usize::try_from(*count).unwrap_or(usize::MAX), "approval");
    let why = why.iter().map(Why::to_string).collect::<Vec<_>>().join("; ");
    format!("it needs {count}{of}, since {}", line(&why))
}

/// The statement that is about to be signed, and by which key.
pub fn signs(statement: &Statement, key: &str) -> String {
    let Statement { plan, principal, expires, .. } = statement;
    format!("plan {plan}\nas {principal} with {key}, good until {}", paint::moment(&expires.to_string()))
}

/// Says how a plan stands.
pub fn standing(judged: &Judged) -> String {
    let Judged { demands, no_signers, counted, refused } = judged;
    let mut text = String::new();
    for demand in demands {
        let mark = match demand.is_met() && !no_signers {
            true => paint::good("has them"),
            false if *no_signers => paint::bad("nobody says whose would count"),
            false => paint::bad(&format!("has {}", demand.has)),
        };
        text += &format!("{}: {mark}\n", need(demand));
    }
    if demands.is_empty() {
        text += &needs(demands);
    }
    for Counted { place, principal, key, expires, .. } in counted {
        text += &format!("  {} {} by {principal} with {key}, until {}\n", paint::good("+"), line(place), paint::moment(expires));
    }
    for Refused { place, principal, flaws } in refused {
        let of = principal.as_ref().map(|principal| format!(" by {principal}")).unwrap_or_default();
        for flaw in flaws {
            text += &format!("  {} {}{of} {} [{}]\n", paint::bad("-"), line(place), line(&flaw.to_string()), flaw.code());
        }
    }
    text
}
