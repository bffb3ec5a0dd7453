//! COST202: a trial environment pays for several NAT gateways.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::ec2::nat_gateway::{Connectivity, NatGateway};
use crate::rules::environment::{Environment, environment};

pub const RULE: Rule = Rule {
    code: Code {
        id: "COST202",
        level: Level::Warning,
        category: Category::Cost,
        about: "An environment for trials has a NAT gateway in each zone.",
        why: "Each is billed by the hour, whatever goes through it. The second one is there for the day on which a zone fails.",
        page: "https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-pricing.html",
        example: Example::Stack {
            wrong: &["[stack]\nname = \"shop-staging\"\nregion = \"us-east-1\"\n[network]\nnat = \"per-zone\""],
            right: &[
                "[stack]\nname = \"shop-staging\"\nregion = \"us-east-1\"\n[network]\nnat = \"one\"",
                "[stack]\nname = \"shop-prod\"\nregion = \"us-east-1\"\n[network]\nnat = \"per-zone\"",
            ],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    if environment(&view.scope) != Some(Environment::Trial) {
        return Vec::new();
    }
    let public = view.all::<NatGateway>().filter(|(_, spec)| spec.connectivity == Connectivity::Public).collect::<Vec<_>>();
    let Some((second, _)) = public.get(1) else { return Vec::new() };
    let message = format!("{} NAT gateways in an environment for trials", public.len());
    vec![
        second
            .finding("subnet_id", message)
            .help("one serves all zones: nat = \"one\" in [network]; `trueup cost --advise` says what that saves"),
    ]
}
