//! Ways out of a network: fewer NAT gateways, or none.

use super::{Candidate, Sight};
use crate::core::reference;
use crate::core::usage::{Amount, Bounds};
use crate::modules::network::{Nat, Network};
use crate::modules::service::{Service, Setting, Subnets};

const NETWORK: &str = "network";

pub fn one_nat(sight: &Sight<'_>) -> Vec<Candidate> {
    let Some(network) = network(sight).filter(|network| network.nat == Nat::PerZone) else { return Vec::new() };
    let zones = network.letters(&sight.stack.settings.region).len();
    let mut edits = vec!["network.nat=one".to_owned()];
    // All zones but the gateway's own then send theirs through it from another one.
    let share = 1.0 - 1.0 / zones.max(1) as f64;
    if said(sight, "nat_cross_zone_gb").is_none() {
        edits.extend(said(sight, "nat_gb").map(|amount| format!("usage.network.nat_cross_zone_gb={}", written(&amount, share))));
    }
    let otherwise = "if its zone fails, private subnets of the others have no way out";
    vec![Candidate::new("one-nat", NETWORK.into(), "with one NAT gateway", edits, otherwise)]
}

/// Without NAT gateways, tasks stand in public subnets unless the file keeps them in private ones.
pub fn no_nat(sight: &Sight<'_>) -> Vec<Candidate> {
    let services = sight.modules::<Service>();
    let kept_in = services.iter().any(|(_, service)| service.subnets == Some(Subnets::Private));
    if !has_nat(sight) || kept_in || others_go_out(sight) {
        return Vec::new();
    }
    let moved = services.iter().any(|(_, service)| service.subnets.is_none());
    let otherwise = match moved {
        true => {
            "tasks stand in public subnets, each with an address of its own that changes with it, and their security groups \
                 alone keep the internet out"
        }
        false => "nothing that the file has, but nothing else in private subnets reaches the internet any more",
    };
    let mut edits = vec!["network.nat=none".to_owned()];
    // Tasks then send themselves what went out by the gateways.
    let sent = said(sight, "nat_sent_gb").filter(|_| moved);
    edits.extend(sent.map(|amount| format!("usage.service.task_sent_gb={}", written(&amount, 1.0))));
    vec![Candidate::new("no-nat", NETWORK.into(), "without NAT gateways", edits, otherwise)]
}

/// Tasks that need nothing but AWS reach it by endpoints. What Fargate itself needs:
/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html>
pub fn endpoints(sight: &Sight<'_>) -> Vec<Candidate> {
    let services = sight.modules::<Service>();
    let Some(network) = network(sight).filter(|_| !services.is_empty() && has_nat(sight) && !others_go_out(sight)) else {
        return Vec::new();
    };
    // An image of another registry cannot be pulled without the internet.
    let ours = |image: &String| image.contains("${") || image.contains(".dkr.ecr.");
    if !services.iter().all(|(_, service)| service.image.as_ref().is_none_or(ours)) {
        return Vec::new();
    }
    let any = |holds: fn(&Service) -> bool| services.iter().any(|(_, service)| holds(service));
    let mut names = network.endpoints.clone();
    let mut need = |name: &str, is_needed: bool| {
        if is_needed && !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    };
    ["s3", "ecr.api", "ecr.dkr", "logs"].into_iter().for_each(|name| need(name, true));
    need("secretsmanager", any(|service| service.environment.values().any(|value| matches!(value, Setting::Secret(_)))));
    need("ssmmessages", any(|service| service.execute_command));
    let names = names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(",");
    let mut edits = vec!["network.nat=none".to_owned(), format!("network.endpoints=[{names}]")];
    let auto = services.iter().filter(|(_, service)| service.subnets.is_none());
    edits.extend(auto.map(|(place, _)| format!("{place}.subnets=private")));
    // Traffic to S3 and DynamoDB is free then, so this is the most that may come of it.
    edits.extend(said(sight, "nat_gb").map(|amount| format!("usage.network.endpoint_gb={}", written(&amount, 1.0))));
    let otherwise = "tasks reach nothing outside of AWS, and of AWS only what has an endpoint: add those of what they call besides";
    vec![Candidate::new("endpoints", NETWORK.into(), "with endpoints instead of NAT gateways", edits, otherwise)]
}

fn network(sight: &Sight<'_>) -> Option<Network> {
    sight.modules::<Network>().into_iter().next().map(|(_, network)| network)
}

fn has_nat(sight: &Sight<'_>) -> bool {
    network(sight).is_some_and(|network| network.nat != Nat::None)
}

/// True when a resource that the file declares itself stands in a private subnet or names a gateway: it may need the way out.
fn others_go_out(sight: &Sight<'_>) -> bool {
    let others = sight.graph.nodes().filter(|node| super::sight::is_own(node));
    let mut found = false;
    for node in others {
        reference::visit(&node.spec, &mut |link| {
            let address = link.address.as_str();
            found |=
                ["network.subnet.private-", "network.route-table.private-", "network.nat."].iter().any(|start| address.starts_with(start));
        });
    }
    found
}

/// Returns what the file says of a measure of its network.
fn said(sight: &Sight<'_>, measure: &str) -> Option<Amount> {
    sight.stack.usage.tables.get(NETWORK)?.get(measure).cloned()
}

/// Returns a share of an amount as an edit says it, to a thousandth.
fn written(amount: &Amount, share: f64) -> String {
    let share = |amount: f64| (amount * share * 1000.0).round() / 1000.0;
    match amount {
        Amount::Number(number) => share(*number).to_string(),
        Amount::Range(Bounds { low, likely, high }) => {
            let bounds = [("low", *low), ("likely", Some(*likely)), ("high", *high)].into_iter();
            let bounds = bounds.filter_map(|(name, bound)| Some(format!("{name}={}", share(bound?))));
            format!("{{{}}}", bounds.collect::<Vec<_>>().join(","))
        }
    }
}
