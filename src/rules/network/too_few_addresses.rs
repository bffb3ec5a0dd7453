//! NET211: the subnets of a service have fewer addresses than its tasks need in a deployment.

use crate::core::address::Address;
use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::{Seen, View};
use crate::kinds::autoscaling::scalable_target::{ScalableTarget, Spec as Scaling};
use crate::kinds::ec2::nat_gateway::NatGateway;
use crate::kinds::ec2::subnet::Subnet;
use crate::kinds::ec2::vpc_endpoint::{EndpointType, VpcEndpoint};
use crate::kinds::ecs::deployment::Strategy;
use crate::kinds::ecs::service::{Service, Spec};
use crate::kinds::elbv2::load_balancer::LoadBalancer;
use ipnet::Ipv4Net;
use std::collections::BTreeMap;

pub const RULE: Rule = Rule {
    code: Code {
        id: "NET211",
        level: Level::Warning,
        category: Category::Network,
        about: "The subnets of a service have fewer addresses than its tasks need, with those of a deployment beside the ones that run.",
        why: "Each task has an address of its own. Where none is left, ECS cannot place the new tasks, and the deployment hangs just when the service is at its largest.",
        page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-networking.html",
        example: Example::Stack {
            wrong: &[
                "[network]\ncidr = \"10.0.0.0/24\"\n[service.worker]\nimage = \"nginx:1.29\"\nscale = { min = 2, max = 12 }",
                "[network]\ncidr = \"10.0.0.0/24\"\n[service.worker]\nimage = \"nginx:1.29\"\ntasks = 12",
            ],
            right: &[
                "[network]\ncidr = \"10.0.0.0/20\"\n[service.worker]\nimage = \"nginx:1.29\"\nscale = { min = 2, max = 12 }",
                "[network]\ncidr = \"10.0.0.0/24\"\n[service.worker]\nimage = \"nginx:1.29\"\ntasks = 5",
            ],
        },
    },
    look: Look::Resources(find),
};

/// The addresses of a subnet that AWS keeps. <https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html>
const KEPT: u64 = 5;

fn find(view: &View<'_>) -> Vec<Finding> {
    let taken = taken(view);
    let found = view.all::<Service>().filter_map(|(seen, spec)| {
        let scaling = view.users::<ScalableTarget>(seen.address).find(|(_, scaling)| is_of(view, scaling, seen));
        let tasks = match scaling {
            Some((_, scaling)) => scaling.max_capacity,
            None => spec.desired_count?,
        };
        let room = spec.subnet_ids.iter().map(|id| {
            let (subnet, of) = view.target::<Subnet>(id)?;
            let size = 1_u64 << (32 - of.cidr.parse::<Ipv4Net>().ok()?.prefix_len());
            Some(size.saturating_sub(KEPT + taken.get(subnet.address).copied().unwrap_or(0)))
        });
        let room = room.sum::<Option<u64>>()?;
        let (times, needed) = in_deployment(spec, tasks);
        (needed > room).then(|| {
            let (at, field) = scaling.map_or((seen, "desired_count"), |(scaling, _)| (scaling, "max_capacity"));
            let message = format!("{tasks} tasks and {times} in a deployment need {needed} addresses, and the subnets have {room} free");
            at.finding(field, message).help("give the network a larger range, or let fewer tasks run")
        })
    });
    found.collect()
}

fn is_of(view: &View<'_>, scaling: &Scaling, service: &Seen<'_>) -> bool {
    service.output("resource_id").as_ref() == Some(&scaling.resource_id)
        || view.target::<Service>(&scaling.resource_id).is_some_and(|(seen, _)| seen.address == service.address)
}

/// Returns how many more tasks a deployment starts beside these, in words, and the number of all.
fn in_deployment(spec: &Spec, tasks: u32) -> (String, u64) {
    let tasks = u64::from(tasks);
    match spec.deployment.strategy {
        Strategy::BlueGreen | Strategy::Linear | Strategy::Canary => ("as many again".into(), tasks * 2),
        Strategy::Rolling => {
            let all = tasks * u64::from(spec.deployment.maximum_percent) / 100;
            (format!("{} more", all.saturating_sub(tasks)), all.max(tasks))
        }
    }
}

/// Returns the addresses of each subnet that others have at least: one for each thing that stands in it.
fn taken<'v>(view: &'v View<'_>) -> BTreeMap<&'v Address, u64> {
    let nats = view.all::<NatGateway>().map(|(_, nat)| &nat.subnet_id);
    let endpoints = view.all::<VpcEndpoint>().filter(|(_, endpoint)| endpoint.endpoint_type == EndpointType::Interface);
    let endpoints = endpoints.flat_map(|(_, endpoint)| &endpoint.subnet_ids);
    let balancers = view.all::<LoadBalancer>().flat_map(|(_, balancer)| &balancer.subnet_ids);
    let mut taken = BTreeMap::new();
    for id in nats.chain(endpoints).chain(balancers) {
        if let Some((subnet, _)) = view.target::<Subnet>(id) {
            *taken.entry(subnet.address).or_insert(0) += 1;
        }
    }
    taken
}
