//! REACH206: a database, cache or search domain lets in services that nothing says should reach it.

use super::{Pairs, Reach, Why};
use crate::core::address::Address;
use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::reach::{End, Groups, Host, Peer, Port};
use crate::core::rule::{Look, Rule};
use crate::core::suggest::some_of;
use crate::core::view::View;
use crate::kinds::ecs::service::Service;
use std::collections::BTreeSet;

pub const RULE: Rule = Rule {
    code: Code {
        id: "REACH206",
        level: Level::Warning,
        category: Category::Network,
        about: "A database, a cache or a search domain can be reached by a service that does not name it, since a range lets in whoever stands there.",
        why: "A range is everything in it. A service that is broken into has a way to data that it has nothing to do with.",
        page: "https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html",
        example: Example::Stack {
            wrong: &[r#"
        [network]
        [database.main]
        allow = ["10.0.0.0/16"]
        [service.web]
        image = "nginx:1.29"
        port = 80
        environment = { DB_HOST = "${database.main.host}" }
        [service.mail]
        image = "postfix:1"
    "#],
            right: &[r#"
        [network]
        [database.main]
        [service.web]
        image = "nginx:1.29"
        port = 80
        environment = { DB_HOST = "${database.main.host}" }
        [service.mail]
        image = "postfix:1"
    "#],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let (reach, pairs) = (view.derived(Reach::of), view.derived(Pairs::of));
    let mut found = Vec::new();
    for (address, place) in &reach.places {
        let (End::Host(store), Some(port)) = (&place.end, place.port) else { continue };
        let meant = pairs.0.iter().filter(|pair| pair.why == Why::Named && pair.used.as_ref() == Some(address));
        let meant = meant.map(|pair| &pair.user).collect::<BTreeSet<_>>();
        // Where no service names it, nobody knows who should.
        let Some((rule, group)) = by_range(&reach, store, port).filter(|_| !meant.is_empty()) else { continue };
        let others = view.all::<Service>().map(|(seen, _)| seen.address).filter(|service| !meant.contains(service));
        let others = others.filter(|service| reach.host(service).is_some_and(|host| only_by_range(&reach, host, store, port)));
        let others = others.map(Address::to_string).collect::<Vec<_>>();
        let Some(group) = view.at(group).filter(|_| !others.is_empty()) else { continue };
        let message = format!("{rule} lets in {} as well, and nothing says that it should reach `{address}`", some_of(others));
        found.push(group.finding("ingress", message).help("let in the security groups of those that use it, in place of the range"));
    }
    found
}

/// Returns a range that is let in on the port, with the group that does so.
fn by_range<'r>(reach: &'r Reach, store: &Host, port: Port) -> Option<(String, &'r Address)> {
    let Groups::Some { known, others: _ } = &store.groups else { return None };
    known.iter().find_map(|at| {
        let group = &reach.net.groups[*at];
        let mut rules = group.ingress.list.iter().filter(|rule| rule.takes(port));
        rules.find_map(|rule| if let Peer::Range(range) = rule.peer { Some((range.to_string(), &group.address)) } else { None })
    })
}

/// True if a service can reach it, and no rule names a group of the service: such a rule is meant for it.
fn only_by_range(reach: &Reach, service: &Host, store: &Host, port: Port) -> bool {
    let (Groups::Some { known: mine, .. }, Groups::Some { known, .. }) = (&service.groups, &store.groups) else { return false };
    let rules = known.iter().flat_map(|at| &reach.net.groups[*at].ingress.list).filter(|rule| rule.takes(port));
    let named = rules.filter_map(|rule| if let Peer::Group(group) = rule.peer { Some(group) } else { None });
    let by_group = named.into_iter().any(|group| mine.contains(&group));
    !by_group && reach.net.flow(&End::Host(service.clone()), &End::Host(store.clone()), port).is_open()
}
