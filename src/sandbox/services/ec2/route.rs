//! Routes: one a destination, to a target in the same VPC; black holes when the target has gone.

use super::kind::{INTERNET_GATEWAY, NAT_GATEWAY, NETWORK_INTERFACE, ROUTE_TABLE, VPC_ENDPOINT};
use super::{cidr, nat_gateway, prefix_list};
use crate::services::members::{items, text, texts};
use crate::world::{Call, Fault};
use ipnet::Ipv4Net;
use serde_json::{Value, json};

const DESTINATIONS: [&str; 3] = ["DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId"];
const TARGETS: [&str; 12] = [
    "CarrierGatewayId",
    "CoreNetworkArn",
    "EgressOnlyInternetGatewayId",
    "GatewayId",
    "InstanceId",
    "LocalGatewayId",
    "NatGatewayId",
    "NetworkInterfaceId",
    "OdbNetworkArn",
    "TransitGatewayId",
    "VpcEndpointId",
    "VpcPeeringConnectionId",
];

pub fn create(call: &mut Call<'_>) -> Result<Value, Fault> {
    let id = call.text("RouteTableId").to_owned();
    ROUTE_TABLE.find(call, &id)?;
    let (member, destination) = destination(call)?;
    let route = route(call, &id, member, &destination)?;
    if position(call, &id, member, &destination).is_some() {
        return Err(Fault::new("RouteAlreadyExists", format!("The route identified by {destination} already exists.")));
    }
    if let Some(routes) = call.get_mut(ROUTE_TABLE.table, &id).and_then(|row| row["Routes"].as_array_mut()) {
        routes.push(route);
    }
    Ok(json!({"Return": true}))
}

pub fn replace(call: &mut Call<'_>) -> Result<Value, Fault> {
    let id = call.text("RouteTableId").to_owned();
    ROUTE_TABLE.find(call, &id)?;
    let (member, destination) = destination(call)?;
    let Some(at) = position(call, &id, member, &destination) else {
        let message = format!("There is no route defined for '{destination}' in the route table. Use CreateRoute instead.");
        return Err(Fault::new("InvalidParameterValue", message));
    };
    let route = route(call, &id, member, &destination)?;
    if let Some(row) = call.get_mut(ROUTE_TABLE.table, &id) {
        row["Routes"][at] = route;
    }
    Ok(json!({}))
}

pub fn delete(call: &mut Call<'_>) -> Result<Value, Fault> {
    let id = call.text("RouteTableId").to_owned();
    let table = ROUTE_TABLE.find(call, &id)?;
    let (member, destination) = destination(call)?;
    let Some(at) = position(call, &id, member, &destination) else {
        let name = if member == "DestinationCidrBlock" { "destination-cidr-block" } else { "destination" };
        return Err(Fault::new("InvalidRoute.NotFound", format!("no route with {name} {destination} in route table {id}")));
    };
    if table["Routes"][at]["GatewayId"] == "local" {
        return Err(Fault::new("InvalidParameterValue", format!("cannot remove local route {destination} in route table {id}")));
    }
    if let Some(routes) = call.get_mut(ROUTE_TABLE.table, &id).and_then(|row| row["Routes"].as_array_mut()) {
        routes.remove(at);
    }
    Ok(json!({}))
}

/// Adds to a shown route table what follows from other resources: black holes, and the routes of gateway endpoints.
pub fn complete(call: &Call<'_>, table: &mut Value) {
    let (id, vpc) = (text(table, "RouteTableId").to_owned(), text(table, "VpcId").to_owned());
    let endpoints = call.all(VPC_ENDPOINT.table).into_iter().filter(|(_, row)| texts(row, "RouteTableIds").contains(&id));
    let from_endpoints: Vec<Value> = endpoints
        .filter_map(|(endpoint, row)| {
            let list = prefix_list::of_service(call.region, text(row, "ServiceName"))?;
            Some(json!({"DestinationPrefixListId": list, "GatewayId": endpoint, "Origin": "CreateRoute", "State": "active"}))
        })
        .collect();
    let Some(routes) = table["Routes"].as_array_mut() else { return };
    for route in routes.iter_mut() {
        route["State"] = json!(if leads_somewhere(call, &vpc, route) { "active" } else { "blackhole" });
    }
    routes.extend(from_endpoints);
}

fn leads_somewhere(call: &Call<'_>, vpc: &str, route: &Value) -> bool {
    if let Some(nat) = route.get("NatGatewayId").and_then(Value::as_str) {
        return call.get(NAT_GATEWAY.table, nat).is_some_and(nat_gateway::is_live);
    }
    if let Some(interface) = route.get("NetworkInterfaceId").and_then(Value::as_str) {
        return call.get(NETWORK_INTERFACE.table, interface).is_some();
    }
    let gateway = text(route, "GatewayId");
    let attached = |row: &Value| items(row, "Attachments").iter().any(|attachment| text(attachment, "VpcId") == vpc);
    gateway == "local" || call.get(INTERNET_GATEWAY.table, gateway).is_some_and(attached)
}

/// The one destination that a request names, canonical.
fn destination(call: &Call<'_>) -> Result<(&'static str, String), Fault> {
    let given: Vec<&'static str> = DESTINATIONS.into_iter().filter(|member| !call.text(member).is_empty()).collect();
    let [member] = given[..] else {
        let message = "The request must contain exactly one of destinationCidrBlock, destinationIpv6CidrBlock and destinationPrefixListId";
        return Err(Fault::new(if given.is_empty() { "MissingParameter" } else { "InvalidParameterCombination" }, message));
    };
    let value = call.text(member);
    let canonical = match member {
        "DestinationCidrBlock" => cidr::ipv4(value, "destinationCidrBlock")?.to_string(),
        "DestinationIpv6CidrBlock" => cidr::ipv6(value, "destinationIpv6CidrBlock")?.to_string(),
        _ => prefix_list::check(call, value).map(|_| value.to_owned())?,
    };
    Ok((member, canonical))
}

/// The route that a request describes, its target checked.
fn route(call: &Call<'_>, table: &str, member: &'static str, destination: &str) -> Result<Value, Fault> {
    let vpc = call.get(ROUTE_TABLE.table, table).map_or("", |row| text(row, "VpcId"));
    let given: Vec<&'static str> = TARGETS.into_iter().filter(|target| !call.text(target).is_empty()).collect();
    let local = call.input.get("LocalTarget").and_then(Value::as_bool).unwrap_or(false);
    let (target, value) = match given[..] {
        [] if local => ("GatewayId", "local"),
        [target] => (target, call.text(target)),
        [] => return Err(Fault::new("MissingParameter", "The request must contain a target for the route")),
        _ => {
            return Err(Fault::new(
                "InvalidParameterCombination",
                format!("The request may name only one target, but has {}", given.join(", ")),
            ));
        }
    };
    check_target(call, table, vpc, target, value)?;
    if target != "NetworkInterfaceId" && value != "local" && narrower_than_local(call, table, destination) {
        return Err(Fault::new("InvalidParameterValue", "Route destination doesn't match any subnet CIDR blocks."));
    }
    Ok(json!({member: destination, target: value, "Origin": "CreateRoute", "State": "active"}))
}

fn check_target(call: &Call<'_>, table: &str, vpc: &str, target: &str, value: &str) -> Result<(), Fault> {
    let missing = |code: &str, noun: &str| Err(Fault::new(code, format!("The {noun} ID '{value}' does not exist")));
    let apart = |noun: &str| {
        Err(Fault::new("InvalidParameterValue", format!("route table {table} and {noun} {value} belong to different networks")))
    };
    match target {
        "GatewayId" if value == "local" => Ok(()),
        "GatewayId" => match call.get(INTERNET_GATEWAY.table, value) {
            None => missing("InvalidGatewayID.NotFound", "gateway"),
            Some(row) if items(row, "Attachments").iter().any(|attachment| text(attachment, "VpcId") == vpc) => Ok(()),
            Some(_) => apart("network gateway"),
        },
        "NatGatewayId" => match call.get(NAT_GATEWAY.table, value) {
            Some(row) if nat_gateway::is_live(row) && text(row, "VpcId") == vpc => Ok(()),
            Some(row) if nat_gateway::is_live(row) => apart("NAT gateway"),
            _ => missing("InvalidNatGatewayID.NotFound", "natGateway"),
        },
        "NetworkInterfaceId" => match NETWORK_INTERFACE.find(call, value)? {
            row if text(row, "VpcId") == vpc => Ok(()),
            _ => apart("interface"),
        },
        "InstanceId" => missing("InvalidInstanceID.NotFound", "instance"),
        "TransitGatewayId" => missing("InvalidTransitGatewayID.NotFound", "transitGateway"),
        "VpcEndpointId" => missing("InvalidVpcEndpointId.NotFound", "vpcEndpoint"),
        "VpcPeeringConnectionId" => missing("InvalidVpcPeeringConnectionID.NotFound", "vpcPeeringConnection"),
        _ => missing("InvalidGatewayID.NotFound", "gateway"),
    }
}

fn narrower_than_local(call: &Call<'_>, table: &str, destination: &str) -> bool {
    let (Some(row), Ok(net)) = (call.get(ROUTE_TABLE.table, table), destination.parse::<Ipv4Net>()) else { return false };
    items(row, "Routes").iter().filter(|route| text(route, "Origin") == "CreateRouteTable").any(|local| {
        text(local, "DestinationCidrBlock")
            .parse::<Ipv4Net>()
            .is_ok_and(|local| local.contains(&net) && local.prefix_len() < net.prefix_len())
    })
}

fn position(call: &Call<'_>, table: &str, member: &str, destination: &str) -> Option<usize> {
    items(call.get(ROUTE_TABLE.table, table)?, "Routes").iter().position(|route| text(route, member) == destination)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{call, fault, internet_gateway, pass, subnet, vpc, world};
    use serde_json::json;

    #[test]
    fn one_route_a_destination() {
        let mut world = world();
        let vpc = vpc(&mut world);
        let gateway = internet_gateway(&mut world, &vpc);
        let table = call(&mut world, "CreateRouteTable", json!({"VpcId": vpc}))["RouteTable"]["RouteTableId"].clone();
        let input = |destination: &str| json!({"RouteTableId": table, "DestinationCidrBlock": destination, "GatewayId": gateway});
        assert_eq!(fault(&mut world, "ReplaceRoute", input("0.0.0.0/0")), "InvalidParameterValue");
        call(&mut world, "CreateRoute", input("0.0.0.0/0"));
        assert_eq!(fault(&mut world, "CreateRoute", input("0.0.0.0/0")), "RouteAlreadyExists");
        assert_eq!(fault(&mut world, "CreateRoute", input("10.0.0.0/16")), "RouteAlreadyExists");
        assert_eq!(fault(&mut world, "CreateRoute", input("10.0.7.0/24")), "InvalidParameterValue");
        assert_eq!(fault(&mut world, "DeleteRoute", input("10.0.0.0/16")), "InvalidParameterValue");
        call(&mut world, "ReplaceRoute", input("0.0.0.0/0"));
        call(&mut world, "DeleteRoute", input("0.0.0.0/0"));
        assert_eq!(fault(&mut world, "DeleteRoute", input("0.0.0.0/0")), "InvalidRoute.NotFound");
    }

    #[test]
    fn a_route_whose_target_is_gone_is_a_black_hole() {
        let mut world = world();
        let vpc = vpc(&mut world);
        let subnet = subnet(&mut world, &vpc, 1, 'a');
        let gateway = internet_gateway(&mut world, &vpc);
        let nat =
            call(&mut world, "CreateNatGateway", json!({"SubnetId": subnet, "ConnectivityType": "private"}))["NatGateway"]["NatGatewayId"]
                .clone();
        pass(&mut world, 100);
        let table = call(&mut world, "CreateRouteTable", json!({"VpcId": vpc}))["RouteTable"]["RouteTableId"].clone();
        call(&mut world, "CreateRoute", json!({"RouteTableId": table, "DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": nat}));
        call(&mut world, "CreateRoute", json!({"RouteTableId": table, "DestinationIpv6CidrBlock": "::/0", "GatewayId": gateway}));
        call(&mut world, "DeleteNatGateway", json!({"NatGatewayId": nat}));
        let routes = call(&mut world, "DescribeRouteTables", json!({"RouteTableIds": [table]}))["RouteTables"][0]["Routes"].clone();
        assert_eq!(
            routes.as_array().unwrap().iter().map(|route| route["State"].clone()).collect::<Vec<_>>(),
            ["active", "blackhole", "active"]
        );
    }

    #[test]
    fn targets_elsewhere() {
        let mut world = world();
        let (one, two) = (vpc(&mut world), vpc(&mut world));
        let gateway = internet_gateway(&mut world, &two);
        let table = call(&mut world, "CreateRouteTable", json!({"VpcId": one}))["RouteTable"]["RouteTableId"].clone();
        for (member, target, code) in [
            ("GatewayId", gateway.as_str(), "InvalidParameterValue"),
            ("GatewayId", "igw-0123456789abcdef0", "InvalidGatewayID.NotFound"),
            ("NatGatewayId", "nat-0123456789abcdef0", "InvalidNatGatewayID.NotFound"),
            ("TransitGatewayId", "tgw-0123456789abcdef0", "InvalidTransitGatewayID.NotFound"),
        ] {
            let input = json!({"RouteTableId": table, "DestinationCidrBlock": "0.0.0.0/0", member: target});
            assert_eq!(fault(&mut world, "CreateRoute", input), code, "{target}");
        }
        assert_eq!(
            fault(&mut world, "CreateRoute", json!({"RouteTableId": table, "DestinationCidrBlock": "0.0.0.0/0"})),
            "MissingParameter"
        );
    }
}
