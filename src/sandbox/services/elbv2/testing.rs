//! A stage for this folder's tests: a load balancer and two target groups.

use crate::services::ec2::testing::{call, internet_gateway, subnet, vpc, world};
use crate::world::World;
use serde_json::json;

pub struct Stage {
    pub world: World,
    pub load_balancer: String,
    pub one: String,
    pub two: String,
}

pub fn stage() -> Stage {
    let mut world = world();
    let vpc = vpc(&mut world);
    internet_gateway(&mut world, &vpc);
    let subnets = [subnet(&mut world, &vpc, 1, 'a'), subnet(&mut world, &vpc, 2, 'b')];
    let made = call(&mut world, "CreateLoadBalancer", json!({"Name": "web", "Subnets": subnets}));
    let load_balancer = made["LoadBalancers"][0]["LoadBalancerArn"].as_str().unwrap().into();
    let mut group = |name: &str| -> String {
        let input = json!({"Name": name, "Protocol": "HTTP", "Port": 8080, "VpcId": vpc, "TargetType": "ip"});
        call(&mut world, "CreateTargetGroup", input)["TargetGroups"][0]["TargetGroupArn"].as_str().unwrap().into()
    };
    let (one, two) = (group("one"), group("two"));
    Stage { world, load_balancer, one, two }
}
