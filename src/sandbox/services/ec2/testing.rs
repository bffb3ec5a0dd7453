//! Short calls for the tests of this folder and of the load balancers.

use crate::world::{Call, Fault, World};
use serde_json::{Value, json};

pub fn world() -> World {
    World::new("123456789012", 7, 1_700_000_000_000)
}

/// Runs an operation, of whichever of the two services has it, and lets what is due at once happen first.
pub fn try_call(world: &mut World, operation: &str, input: Value) -> Result<Value, Fault> {
    world.advance_to(world.now);
    let ec2 = super::handler(operation).map(|handler| ("ec2", handler));
    let (service, handler) = ec2.or_else(|| super::super::elbv2::handler(operation).map(|handler| ("elbv2", handler))).unwrap();
    handler(&mut Call::new(world, &input, service, operation, "us-east-1"))
}

pub fn call(world: &mut World, operation: &str, input: Value) -> Value {
    try_call(world, operation, input).unwrap()
}

/// The code of the error that an operation must give.
pub fn fault(world: &mut World, operation: &str, input: Value) -> String {
    try_call(world, operation, input).unwrap_err().code
}

pub fn pass(world: &mut World, seconds: i64) {
    world.advance_to(world.now + seconds * 1000);
}

/// A VPC 10.0.0.0/16.
pub fn vpc(world: &mut World) -> String {
    call(world, "CreateVpc", json!({"CidrBlock": "10.0.0.0/16"}))["Vpc"]["VpcId"].as_str().unwrap().into()
}

/// A subnet 10.0.{number}.0/24 in zone `a`, `b`, …
pub fn subnet(world: &mut World, vpc: &str, number: u8, zone: char) -> String {
    let input = json!({"VpcId": vpc, "CidrBlock": format!("10.0.{number}.0/24"), "AvailabilityZone": format!("us-east-1{zone}")});
    call(world, "CreateSubnet", input)["Subnet"]["SubnetId"].as_str().unwrap().into()
}

/// An internet gateway attached to the VPC.
pub fn internet_gateway(world: &mut World, vpc: &str) -> String {
    let id = call(world, "CreateInternetGateway", json!({}))["InternetGateway"]["InternetGatewayId"].as_str().unwrap().to_owned();
    call(world, "AttachInternetGateway", json!({"InternetGatewayId": id, "VpcId": vpc}));
    id
}

pub fn security_group(world: &mut World, vpc: &str, name: &str) -> String {
    let input = json!({"GroupName": name, "Description": "d", "VpcId": vpc});
    call(world, "CreateSecurityGroup", input)["GroupId"].as_str().unwrap().into()
}
