//! REACH: pairs that should talk and cannot, and pairs that can and should not. The flows are judged by `core::reach`.

pub mod balancer_to_tasks;
pub mod later_unreachable;
mod mentions;
pub mod nobody_at_listener;
pub mod other_address;
pub mod own_host;
mod pairs;
mod read;
pub mod start_unreachable;
pub mod store_open_to_others;
pub mod store_unreachable;

pub use mentions::mentions;
pub use pairs::{Pair, Pairs, Why, before, listeners, port_of, to_balancer};
pub use read::{Place, Reach};

use crate::core::graph::Finding;
use crate::core::reach::{Block, Cause};
use crate::core::suggest::some_of;
use crate::core::view::View;

/// The finding that a pair cannot talk, at the field that a person would change: the rules of the group that blocks, or else the
/// subnets of whoever wants to talk.
fn finding(view: &View<'_>, pair: &Pair, block: &Block, message: String) -> Option<Finding> {
    let by_group = |field| Some(view.at(block.at.as_ref()?)?.finding(field, message.clone()));
    match block.cause {
        Cause::Egress => by_group("egress"),
        Cause::Ingress => by_group("ingress"),
        Cause::Route | Cause::PublicAddress | Cause::OtherNetwork => Some(view.at(&pair.user)?.finding("subnet_ids", message)),
    }
}

/// Returns the remedy for a block, in the words of the file.
fn remedy(pair: &Pair, block: &Block) -> String {
    let port = pair.talk.port;
    match block.cause {
        Cause::Egress => format!("let port {port} out to it"),
        Cause::Ingress => format!("let port {port} in from it, best by its security group"),
        Cause::Route => "let it run in subnets whose route table leads there, by a NAT gateway or an endpoint".into(),
        Cause::PublicAddress => "write assign_public_ip = true, or let it run in private subnets with a NAT gateway".into(),
        Cause::OtherNetwork => "let both stand in subnets of one VPC".into(),
    }
}

/// A pair with what blocks it, and whatever else is blocked by the same: each reason with the names of what it leads to.
type Blocked<'p> = (&'p Pair, &'p Block, Vec<(&'p str, Vec<&'p str>)>);

/// The findings about services of AWS and the internet: one for whatever the same thing blocks.
fn gathered(view: &View<'_>, pairs: &Pairs, why: Why, verb: &str) -> Vec<Finding> {
    let shut = pairs.0.iter().filter(|pair| pair.why == why).filter_map(|pair| Some((pair, pair.talk.verdict.block()?)));
    let mut all = Vec::<Blocked<'_>>::new();
    for (pair, block) in shut {
        let same = all.iter().position(|one| one.0.user == pair.user && one.1.cause == block.cause && one.1.at == block.at);
        let at = same.unwrap_or(all.len());
        if at == all.len() {
            all.push((pair, block, Vec::new()));
        }
        let reasons = &mut all[at].2;
        match reasons.iter_mut().find(|(reason, _)| *reason == pair.talk.why) {
            Some((_, names)) => names.push(&pair.talk.to),
            None => reasons.push((&pair.talk.why, vec![&pair.talk.to])),
        }
    }
    let found = all.into_iter().filter_map(|(pair, block, reasons)| {
        let reasons = reasons.iter().map(|(reason, names)| format!("{reason} ({})", names.join(", ")));
        let message = format!("the tasks {verb} {}: {}", some_of(reasons), block.words);
        Some(finding(view, pair, block, message)?.help(remedy(pair, block)))
    });
    found.collect()
}
