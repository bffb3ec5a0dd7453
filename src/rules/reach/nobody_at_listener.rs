//! REACH202: nobody can reach a listener.

use super::{Pair, Pairs, Reach, Why, finding, listeners, port_of};
use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::reach::{Cause, Groups, Port};
use crate::core::rule::{Look, Rule};
use crate::core::view::{Seen, View};
use crate::kinds::elbv2::action::Action;
use crate::kinds::elbv2::listener::{self, Listener};
use crate::kinds::elbv2::listener_rule::ListenerRule;
use crate::kinds::elbv2::load_balancer::{BalancerType, IpAddressType, LoadBalancer};

pub const RULE: Rule = Rule {
    code: Code {
        id: "REACH202",
        level: Level::Warning,
        category: Category::Network,
        about: "A load balancer listens on a port that its security groups let nobody in on, or faces the internet from subnets that it does not come to.",
        why: "Whoever calls it waits until the call times out. AWS makes both without a word.",
        page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-update-security-groups.html",
        example: Example::Stack {
            wrong: &[
                r#"
        [network]
        [service.web]
        image = "nginx:1.29"
        port = 80
        public = true
        [override."service.web.load-balancer-security-group"]
        ingress = [{ from_port = 443, to_port = 443, cidr = "0.0.0.0/0" }]
    "#,
                r#"
        [network]
        [service.web]
        image = "nginx:1.29"
        port = 80
        public = true
        [override."service.web.load-balancer"]
        subnet_ids = ["${network.subnet.private-a.id}", "${network.subnet.private-b.id}"]
    "#,
            ],
            right: &["[network]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80\npublic = true"],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let (reach, pairs) = (view.derived(Reach::of), view.derived(Pairs::of));
    let mut found = Vec::new();
    for (balancer, spec) in view.all::<LoadBalancer>() {
        let routes = pairs.0.iter().filter(|pair| pair.why == Why::Listener && pair.user == *balancer.address);
        let route = routes.filter_map(|pair| Some((pair, pair.talk.verdict.block()?))).find(|(_, block)| block.cause == Cause::Route);
        if let Some((pair, block)) = route {
            let one = finding(view, pair, block, format!("nobody reaches it from the internet: {}", block.words));
            found.extend(one.map(|one| one.help("let it stand in public subnets, or write scheme = \"internal\"")));
        }
        let Some(Groups::Some { known, others: false }) = reach.host(balancer.address).map(|host| &host.groups) else { continue };
        // Rules for IPv6 are not read.
        if spec.ip_address_type != IpAddressType::Ipv4 || known.iter().any(|at| reach.net.groups[*at].ingress.others) {
            continue;
        }
        let takes = |port: Port| known.iter().any(|at| reach.net.groups[*at].ingress.list.iter().any(|rule| rule.takes(port)));
        // A listener of another protocol than the load balancer's is another fault, with a rule of its own.
        let fits = |of: &listener::Spec| of.protocol.is_http() == (spec.balancer_type == BalancerType::Application);
        for (listener, of) in listeners(view, balancer).into_iter().filter(|(_, of)| fits(of)) {
            let Some(port) = port_of(of).filter(|_| does_more(view, listener, of)) else { continue };
            let Some(group) = known.first().map(|at| &reach.net.groups[*at].address) else { continue };
            let Some(group) = view.at(group) else { continue };
            if takes(port) {
                // The rules are of ranges and groups inside, and who comes from the internet is in none of them.
                let of = |pair: &&Pair| pair.why == Why::Listener && pair.used.as_ref() == Some(listener.address);
                let block = pairs.0.iter().find(of).and_then(|pair| pair.talk.verdict.block());
                if block.is_some_and(|block| block.cause == Cause::Ingress) {
                    let message = format!("`{}` faces the internet, and port {port} is open to private ranges alone", balancer.address);
                    let help = format!("let 0.0.0.0/0 or the ranges of its users in on {port}, or write scheme = \"internal\"");
                    found.push(group.finding("ingress", message).help(help));
                }
                continue;
            }
            let message = format!("`{}` listens on {port}, and nobody is let in there", listener.address);
            let help = format!("let port {port} in, or let it listen on a port that is open");
            found.push(group.finding("ingress", message).help(help).or(listener.address, "port"));
        }
    }
    found
}

/// True unless it only leads to another listener, which is then the one that people come to.
fn does_more(view: &View<'_>, seen: &Seen<'_>, listener: &listener::Spec) -> bool {
    let of = |rule: &str| view.target::<Listener>(rule).is_some_and(|(other, _)| other.address == seen.address);
    let mut rules = view.users::<ListenerRule>(seen.address);
    !matches!(listener.default_action, Action::Redirect { .. }) || rules.any(|(_, rule)| of(&rule.listener_arn))
}
