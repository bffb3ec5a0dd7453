//! NAT gateways: minutes to `available`, and an hour in the listings after they are `deleted` or `failed`.

use super::kind::{ADDRESS, NAT_GATEWAY, NETWORK_INTERFACE, SUBNET};
use super::list::{self, List};
use super::network_interface::{self, Wanted};
use super::{idempotency, internet_gateway, tag, unmodelled};
use crate::services::members::{items, text};
use crate::world::{Call, Fault};
use serde_json::{Value, json};

/// Seconds from `pending` to `available`, to `failed`, from `deleting` to `deleted`, and until it is forgotten.
const CREATING: f64 = 90.0;
const FAILING: f64 = 20.0;
const DELETING: f64 = 45.0;
const LINGERING: f64 = 3600.0;

const LIST: List = List {
    kind: &NAT_GATEWAY,
    ids: "NatGatewayIds",
    filters: "Filter",
    output: "NatGateways",
    tags: "Tags",
    known: &[("nat-gateway-id", "NatGatewayId"), ("state", "State"), ("subnet-id", "SubnetId"), ("vpc-id", "VpcId")],
};

pub fn create(call: &mut Call<'_>) -> Result<Value, Fault> {
    unmodelled::refuse(
        call,
        &["AvailabilityZoneAddresses", "SecondaryAllocationIds", "SecondaryPrivateIpAddressCount", "SecondaryPrivateIpAddresses", "VpcId"],
    )?;
    if let Some(id) = idempotency::earlier(call, &NAT_GATEWAY)? {
        return Ok(answer(call, &id));
    }
    if call.text("AvailabilityMode") == "regional" {
        unmodelled::refuse(call, &["AvailabilityMode"])?;
    }
    let subnet_id = call.text("SubnetId").to_owned();
    if subnet_id.is_empty() {
        return Err(Fault::new("MissingParameter", "The request must contain the parameter SubnetId"));
    }
    let subnet = SUBNET.find(call, &subnet_id)?.clone();
    let public = call.text("ConnectivityType") != "private";
    let allocation = call.text("AllocationId").to_owned();
    if public && allocation.is_empty() {
        return Err(Fault::new("MissingParameter", "The request must contain the parameter AllocationId"));
    }
    if !public && !allocation.is_empty() {
        return Err(Fault::new(
            "InvalidParameterCombination",
            "AllocationId cannot be specified for a NAT gateway with ConnectivityType private",
        ));
    }
    let tags = tag::specified(call, &NAT_GATEWAY)?;
    let vpc = text(&subnet, "VpcId").to_owned();
    let failure = if public { why_public_fails(call, &vpc, &allocation)? } else { None };

    let id = call.new_id(NAT_GATEWAY.prefix);
    let mut row = json!({
        "NatGatewayId": id,
        "SubnetId": subnet_id,
        "VpcId": vpc,
        "State": "pending",
        "ConnectivityType": if public { "public" } else { "private" },
        "AvailabilityMode": "zonal",
        "CreateTime": call.now(),
        "NatGatewayAddresses": [{"AllocationId": allocation, "IsPrimary": true, "Status": "associating"}],
    });
    idempotency::remember(call, &mut row);
    match failure {
        Some((code, message)) => {
            NAT_GATEWAY.insert(call, &id, row, tags);
            let failed = json!({"State": "failed", "FailureCode": code, "FailureMessage": message, "DeleteTime": call.now() + FAILING});
            call.later(NAT_GATEWAY.table, &id, FAILING, failed);
            call.remove_later(NAT_GATEWAY.table, &id, FAILING + LINGERING);
        }
        None => {
            let private_ip = call.input.get("PrivateIpAddress").and_then(Value::as_str).map(String::from);
            let association = public.then(|| call.new_id("eipassoc"));
            let mapped = association.as_ref().map(|association| {
                let address = call.get(ADDRESS.table, &allocation).map(|row| row["PublicIp"].clone());
                json!({"AllocationId": allocation, "AssociationId": association, "IpOwnerId": call.account(), "PublicIp": address})
            });
            let wanted = Wanted {
                subnet: &subnet_id,
                description: format!("Interface for NAT Gateway {id}"),
                interface_type: "nat_gateway",
                requester: "amazon-aws",
                private_ip,
                association: mapped.clone(),
                ..Wanted::default()
            };
            let interface = network_interface::create(call, wanted)?;
            let private = call.get(NETWORK_INTERFACE.table, &interface).map(|row| row["PrivateIpAddress"].clone()).unwrap_or_default();
            let mut address = json!({"NetworkInterfaceId": interface, "PrivateIp": private, "IsPrimary": true, "Status": "succeeded"});
            if let Some(mapped) = mapped {
                for member in ["AllocationId", "AssociationId", "PublicIp"] {
                    address[member] = mapped[member].clone();
                }
                let account = call.account();
                if let Some(row) = call.get_mut(ADDRESS.table, &allocation) {
                    row["AssociationId"] = mapped["AssociationId"].clone();
                    row["NetworkInterfaceId"] = json!(interface);
                    row["NetworkInterfaceOwnerId"] = json!(account);
                    row["PrivateIpAddress"] = private;
                }
            }
            NAT_GATEWAY.insert(call, &id, row, tags);
            call.later(NAT_GATEWAY.table, &id, CREATING, json!({"State": "available", "NatGatewayAddresses": [address]}));
            if let Some(row) = call.get_mut(NAT_GATEWAY.table, &id) {
                row["_interface"] = json!(interface);
            }
        }
    }
    Ok(answer(call, &id))
}

pub fn delete(call: &mut Call<'_>) -> Result<Value, Fault> {
    let id = call.text("NatGatewayId").to_owned();
    let row = NAT_GATEWAY.find(call, &id)?;
    let state = text(row, "State").to_owned();
    let interface = text(row, "_interface").to_owned();
    match state.as_str() {
        "deleted" | "failed" => return Err(NAT_GATEWAY.unknown(&id)),
        "deleting" => return Ok(json!({"NatGatewayId": id})),
        _ => {}
    }
    call.forget_due(NAT_GATEWAY.table, &id);
    let deleted = call.now() + DELETING;
    if let Some(row) = call.get_mut(NAT_GATEWAY.table, &id) {
        row["State"] = json!("deleting");
        row["DeleteTime"] = json!(deleted);
    }
    call.later(NAT_GATEWAY.table, &id, DELETING, json!({"State": "deleted", "_interface": null}));
    call.remove_later(NAT_GATEWAY.table, &id, DELETING + LINGERING);
    let mapped: Vec<String> = call
        .all(ADDRESS.table)
        .into_iter()
        .filter(|(_, row)| !interface.is_empty() && text(row, "NetworkInterfaceId") == interface)
        .map(|(id, _)| id.clone())
        .collect();
    for address in mapped {
        let free = json!({"AssociationId": null, "NetworkInterfaceId": null, "NetworkInterfaceOwnerId": null, "PrivateIpAddress": null});
        call.later(ADDRESS.table, &address, DELETING, free);
    }
    call.remove_later(NETWORK_INTERFACE.table, &interface, DELETING);
    Ok(json!({"NatGatewayId": id}))
}

pub fn describe(call: &mut Call<'_>) -> Result<Value, Fault> {
    list::describe(call, &LIST, list::as_stored)
}

/// AWS accepts these requests, and the gateway fails afterwards.
fn why_public_fails(call: &Call<'_>, vpc: &str, allocation: &str) -> Result<Option<(&'static str, String)>, Fault> {
    let address = ADDRESS.find(call, allocation)?;
    if address.get("AssociationId").is_some() {
        return Ok(Some(("Resource.AlreadyAssociated", format!("Elastic IP address [{allocation}] is already associated"))));
    }
    if internet_gateway::of_vpc(call, vpc).is_none() {
        return Ok(Some(("Gateway.NotAttached", format!("Network {vpc} has no Internet gateway attached"))));
    }
    Ok(None)
}

fn answer(call: &Call<'_>, id: &str) -> Value {
    let row = call.get(NAT_GATEWAY.table, id).cloned().unwrap_or_default();
    let mut answer = json!({"NatGateway": list::show(call, &NAT_GATEWAY, "Tags", id, row, list::as_stored)});
    if !call.text("ClientToken").is_empty() {
        answer["ClientToken"] = json!(call.text("ClientToken"));
    }
    answer
}

/// True when a NAT gateway still carries traffic.
pub fn is_live(row: &Value) -> bool {
    matches!(text(row, "State"), "pending" | "available") && !items(row, "NatGatewayAddresses").is_empty()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{call, fault, internet_gateway, pass, subnet, vpc, world};
    use crate::world::World;
    use serde_json::{Value, json};

    fn address(world: &mut World) -> String {
        call(world, "AllocateAddress", json!({}))["AllocationId"].as_str().unwrap().into()
    }
    fn shown(world: &mut World, id: &Value) -> Value {
        call(world, "DescribeNatGateways", json!({"NatGatewayIds": [id]}))["NatGateways"][0].clone()
    }

    #[test]
    fn the_life_of_a_public_nat_gateway() {
        let mut world = world();
        let vpc = vpc(&mut world);
        let subnet = subnet(&mut world, &vpc, 1, 'a');
        let gateway = internet_gateway(&mut world, &vpc);
        let address = address(&mut world);
        let input = json!({"SubnetId": subnet, "AllocationId": address, "ClientToken": "t"});
        let id = call(&mut world, "CreateNatGateway", input.clone())["NatGateway"]["NatGatewayId"].clone();
        assert_eq!(call(&mut world, "CreateNatGateway", input)["NatGateway"]["NatGatewayId"], id);
        let other = json!({"SubnetId": subnet, "ConnectivityType": "private", "ClientToken": "t"});
        assert_eq!(fault(&mut world, "CreateNatGateway", other), "IdempotentParameterMismatch");
        assert_eq!(shown(&mut world, &id)["State"], "pending");
        pass(&mut world, 91);
        assert_eq!(shown(&mut world, &id)["State"], "available");
        assert_eq!(shown(&mut world, &id)["NatGatewayAddresses"][0]["AllocationId"], json!(address));
        assert_eq!(fault(&mut world, "ReleaseAddress", json!({"AllocationId": address})), "InvalidIPAddress.InUse");
        assert_eq!(fault(&mut world, "DetachInternetGateway", json!({"InternetGatewayId": gateway, "VpcId": vpc})), "DependencyViolation");
        assert_eq!(fault(&mut world, "DeleteSubnet", json!({"SubnetId": subnet})), "DependencyViolation");
        call(&mut world, "DeleteNatGateway", json!({"NatGatewayId": id}));
        assert_eq!(shown(&mut world, &id)["State"], "deleting");
        pass(&mut world, 46);
        assert_eq!(shown(&mut world, &id)["State"], "deleted");
        assert_eq!(fault(&mut world, "DeleteNatGateway", json!({"NatGatewayId": id})), "NatGatewayNotFound");
        call(&mut world, "ReleaseAddress", json!({"AllocationId": address}));
        call(&mut world, "DetachInternetGateway", json!({"InternetGatewayId": gateway, "VpcId": vpc}));
        call(&mut world, "DeleteSubnet", json!({"SubnetId": subnet}));
        pass(&mut world, 3601);
        assert_eq!(fault(&mut world, "DescribeNatGateways", json!({"NatGatewayIds": [id]})), "NatGatewayNotFound");
    }

    #[test]
    fn without_an_internet_gateway_it_fails_afterwards() {
        let mut world = world();
        let vpc = vpc(&mut world);
        let (subnet, address) = (subnet(&mut world, &vpc, 1, 'a'), address(&mut world));
        let id = call(&mut world, "CreateNatGateway", json!({"SubnetId": subnet, "AllocationId": address}))["NatGateway"]["NatGatewayId"]
            .clone();
        pass(&mut world, 60);
        assert_eq!(
            (&shown(&mut world, &id)["State"], &shown(&mut world, &id)["FailureCode"]),
            (&json!("failed"), &json!("Gateway.NotAttached"))
        );
        call(&mut world, "DeleteSubnet", json!({"SubnetId": subnet}));
    }

    #[test]
    fn what_aws_refuses() {
        let mut world = world();
        let vpc = vpc(&mut world);
        let subnet = subnet(&mut world, &vpc, 1, 'a');
        assert_eq!(fault(&mut world, "CreateNatGateway", json!({"SubnetId": "subnet-0123456789abcdef0"})), "InvalidSubnetID.NotFound");
        assert_eq!(fault(&mut world, "CreateNatGateway", json!({"SubnetId": subnet})), "MissingParameter");
        let unknown = json!({"SubnetId": subnet, "AllocationId": "eipalloc-0123456789abcdef0"});
        assert_eq!(fault(&mut world, "CreateNatGateway", unknown), "InvalidAllocationID.NotFound");
        assert_eq!(fault(&mut world, "DeleteNatGateway", json!({"NatGatewayId": "nat-1"})), "NatGatewayMalformed");
    }
}
