//! Reachability: a question by the names that people use, and all pairs of a stack that should talk.

use crate::core::address::Address;
use crate::core::reach::{End, Groups, Host, Net, Port, Talk, Verdict};
use crate::core::suggest::{nearest, some_of};
use crate::core::view::View;
use crate::kinds::ecs::service::Service;
use crate::kinds::elbv2::load_balancer::LoadBalancer;
use crate::rules::reach::{Pairs, Place, Reach, Why, listeners, port_of, to_balancer};
use ipnet::Ipv4Net;
use std::net::Ipv4Addr;

/// The reason why a question has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoAnswer {
    #[error("`{name}` is no end that a flow could have in this stack")]
    Name { name: String, hint: String },
    #[error("`{name}` is more than one end")]
    Several { name: String, hint: String },
    #[error("nothing says which port of `{0}` is meant")]
    Port(String),
}

impl NoAnswer {
    pub fn hint(&self) -> String {
        match self {
            NoAnswer::Name { hint, .. } | NoAnswer::Several { hint, .. } => hint.clone(),
            NoAnswer::Port(to) => format!("name it as the third: trueup reach FROM {to} 443"),
        }
    }
}

/// Answers whether one end reaches another, by a port or by the one that the other listens on.
///
/// A service as the target is reached as its users reach it, by its load balancer and from there its tasks; its node (`service.api.service`)
/// is the tasks alone.
pub fn ask(view: &View<'_>, from: &str, to: &str, port: Option<Port>) -> Result<Talk, NoAnswer> {
    let reach = view.derived(Reach::of);
    let source = find(view, &reach, from, |named| if named.tasks.is_some() { named.tasks } else { named.other })?;
    let target = named(view, &reach, to)?;
    let answer = |port, verdict| Ok(Talk { from: from.to_owned(), to: to.to_owned(), port, why: String::new(), verdict });
    if let Some(balancer) = target.balancer {
        let tasks = target.tasks;
        // The tasks' own port, where somebody names it, is theirs and not the load balancer's.
        let direct = tasks.and_then(|address| reach.places.get(address)).is_some_and(|place| place.port.is_some() && place.port == port);
        let ports = view.get::<LoadBalancer>(balancer).map(|(seen, _)| listeners(view, seen)).unwrap_or_default();
        let ports = ports.into_iter().filter_map(|(_, listener)| port_of(listener)).collect::<Vec<_>>();
        if !direct || port.is_some_and(|port| ports.contains(&port)) {
            // The most secure one is where requests end up: the other redirects there.
            let port =
                port.or(ports.iter().find(|port| port.number == 443).or(ports.first()).copied()).ok_or(NoAnswer::Port(to.to_owned()))?;
            let front = to_balancer(view, &reach, &source.end, balancer, port);
            return answer(port, front.then(|| tasks.map_or(Verdict::Open(Vec::new()), |tasks| behind(view, balancer, tasks))));
        }
    }
    let place = find(view, &reach, to, |named| if named.tasks.is_some() { named.tasks } else { named.other })?;
    let port = port.or(place.port).ok_or(NoAnswer::Port(to.to_owned()))?;
    let others = place.also.iter().map(|name| End::Service((*name).to_owned()));
    let ends = [place.end].into_iter().chain(others);
    let flows = ends.map(|end| reach.net.flow(&source.end, &end, port));
    answer(port, flows.reduce(Verdict::worse).unwrap_or(Verdict::Open(Vec::new())))
}

/// Returns all pairs that the stack says should talk.
pub fn all(view: &View<'_>) -> Vec<Talk> {
    view.derived(Pairs::of).0.iter().map(|pair| pair.talk.clone()).collect()
}

/// Returns the way from a load balancer to the tasks behind it.
fn behind(view: &View<'_>, balancer: &Address, tasks: &Address) -> Verdict {
    let pairs = view.derived(Pairs::of);
    let ways = pairs.0.iter().filter(|pair| pair.why == Why::Traffic && pair.user == *balancer && pair.used.as_ref() == Some(tasks));
    let nothing = || Verdict::Unknown(Vec::new(), format!("nothing of the stack leads from `{balancer}` to `{tasks}`"));
    ways.map(|pair| pair.talk.verdict.clone()).reduce(Verdict::worse).unwrap_or_else(nothing)
}

/// The ends that a name stands for.
#[derive(Default)]
struct Named<'r> {
    tasks: Option<&'r Address>,
    balancer: Option<&'r Address>,
    other: Option<&'r Address>,
}

fn named<'r>(view: &View<'_>, reach: &'r Reach, name: &str) -> Result<Named<'r>, NoAnswer> {
    let mut found = Named::default();
    let (mut all, mut several) = (Vec::new(), false);
    for (address, place) in &reach.places {
        let exact = address.as_str() == name;
        let below = address.as_str().strip_prefix(name).is_some_and(|rest| rest.starts_with('.'));
        // A module's log group and its repository are not what people mean by its name.
        let aside = matches!(&place.end, End::Service(service) if matches!(service.as_str(), "logs" | "ecr.api"));
        if !exact && (!below || aside) {
            continue;
        }
        let slot = if view.get::<Service>(address).is_some() {
            &mut found.tasks
        } else if view.get::<LoadBalancer>(address).is_some() {
            &mut found.balancer
        } else {
            &mut found.other
        };
        all.push(address.as_str());
        several |= slot.replace(address).is_some();
    }
    if several {
        return Err(NoAnswer::Several { name: name.to_owned(), hint: format!("name one of {}", some_of(all)) });
    }
    Ok(found)
}

fn find<'r>(view: &View<'_>, reach: &'r Reach, name: &str, choose: impl Fn(Named<'r>) -> Option<&'r Address>) -> Result<Place, NoAnswer> {
    let outside = |end, port: Option<u16>| Place { end, port: port.map(Port::tcp), also: &[] };
    if name == "internet" {
        return Ok(outside(End::Internet, Some(443)));
    }
    if let Some(service) = name.strip_prefix("aws.").filter(|service| !service.is_empty()) {
        return Ok(outside(End::Service(service.to_owned()), Some(443)));
    }
    let address = name.parse::<Ipv4Addr>().map(Ipv4Net::from).or_else(|_| name.parse::<Ipv4Net>());
    if let Ok(range) = address {
        return by_address(reach, name, range.trunc());
    }
    let named = named(view, reach, name)?;
    let balancer = named.balancer;
    match choose(named).or(balancer).and_then(|address| reach.places.get(address)) {
        Some(place) => Ok(place.clone()),
        None => Err(unknown(reach, name)),
    }
}

fn unknown(reach: &Reach, name: &str) -> NoAnswer {
    let short = |address: &Address| address.segments().take(2).collect::<Vec<_>>().join(".");
    let names = reach.places.keys().flat_map(|address| [short(address), address.to_string()]).collect::<Vec<_>>();
    let known = reach.places.keys().map(short).filter(|name| !name.starts_with("network."));
    let mut known = known.chain(["internet".to_owned(), "aws.s3".to_owned(), "10.0.1.5".to_owned()]).collect::<Vec<_>>();
    known.dedup();
    let hint = match nearest(name, names.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("it is one of {}, or the address of a node", some_of(known)),
    };
    NoAnswer::Name { name: name.to_owned(), hint }
}

/// Returns the end that an address is: in a subnet of the stack, or outside.
fn by_address(reach: &Reach, name: &str, range: Ipv4Net) -> Result<Place, NoAnswer> {
    let place = |end| Place { end, port: None, also: &[] };
    let subnets = reach.net.subnets.iter().enumerate();
    let mut around = subnets.filter(|(_, subnet)| subnet.range.is_some_and(|whole| whole.contains(&range)));
    if let Some((at, _)) = around.next() {
        let groups = Groups::Some { known: Vec::new(), others: true };
        let host = Host { name: name.to_owned(), address: None, subnets: vec![Some(at)], only: Some(range), groups, public: None };
        return Ok(place(End::Host(host)));
    }
    let meets = |whole: &Ipv4Net| whole.contains(&range) || range.contains(whole);
    if reach.vpcs.values().any(meets) {
        let ranges = |net: &Net| net.subnets.iter().filter_map(|subnet| Some(subnet.range?.to_string())).collect::<Vec<_>>();
        let hint = format!("the subnets of the stack have {}", some_of(ranges(&reach.net)));
        return Err(NoAnswer::Name { name: name.to_owned(), hint });
    }
    Ok(place(End::Range(range)))
}
