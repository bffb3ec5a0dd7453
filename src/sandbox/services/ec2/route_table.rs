//! Route tables and what they are associated with; their routes are in `route`.

use super::kind::{ROUTE_TABLE, SUBNET, VPC, VPC_ENDPOINT};
use super::list::{self, List};
use super::{default_vpc, idempotency, in_use, route, tag, unmodelled};
use crate::services::members::{flag, items, text};
use crate::world::{Call, Fault};
use serde_json::{Value, json};

const LIST: List = List {
    kind: &ROUTE_TABLE,
    ids: "RouteTableIds",
    filters: "Filters",
    output: "RouteTables",
    tags: "Tags",
    known: &[
        ("association.gateway-id", "Associations.GatewayId"),
        ("association.main", "Associations.Main"),
        ("association.route-table-association-id", "Associations.RouteTableAssociationId"),
        ("association.route-table-id", "Associations.RouteTableId"),
        ("association.subnet-id", "Associations.SubnetId"),
        ("owner-id", "OwnerId"),
        ("route-table-id", "RouteTableId"),
        ("route.carrier-gateway-id", "Routes.CarrierGatewayId"),
        ("route.destination-cidr-block", "Routes.DestinationCidrBlock"),
        ("route.destination-ipv6-cidr-block", "Routes.DestinationIpv6CidrBlock"),
        ("route.destination-prefix-list-id", "Routes.DestinationPrefixListId"),
        ("route.egress-only-internet-gateway-id", "Routes.EgressOnlyInternetGatewayId"),
        ("route.gateway-id", "Routes.GatewayId"),
        ("route.instance-id", "Routes.InstanceId"),
        ("route.nat-gateway-id", "Routes.NatGatewayId"),
        ("route.origin", "Routes.Origin"),
        ("route.state", "Routes.State"),
        ("route.transit-gateway-id", "Routes.TransitGatewayId"),
        ("route.vpc-peering-connection-id", "Routes.VpcPeeringConnectionId"),
        ("vpc-id", "VpcId"),
    ],
};

pub fn create(call: &mut Call<'_>) -> Result<Value, Fault> {
    if let Some(id) = idempotency::earlier(call, &ROUTE_TABLE)? {
        return Ok(answer(call, &id));
    }
    let vpc = call.text("VpcId").to_owned();
    let block = text(VPC.find(call, &vpc)?, "CidrBlock").to_owned();
    let tags = tag::specified(call, &ROUTE_TABLE)?;
    let id = call.new_id(ROUTE_TABLE.prefix);
    let mut row = empty(call, &id, &vpc, &block);
    idempotency::remember(call, &mut row);
    ROUTE_TABLE.insert(call, &id, row, tags);
    Ok(answer(call, &id))
}

/// The table that comes with a VPC.
pub fn create_main(call: &mut Call<'_>, vpc: &str, block: &str) {
    let id = call.new_id(ROUTE_TABLE.prefix);
    let mut row = empty(call, &id, vpc, block);
    row["Associations"] = json!([association(call, &id, None)]);
    ROUTE_TABLE.insert(call, &id, row, Vec::new());
}

pub fn delete(call: &mut Call<'_>) -> Result<Value, Fault> {
    let id = call.text("RouteTableId").to_owned();
    if !items(ROUTE_TABLE.find(call, &id)?, "Associations").is_empty() {
        return Err(in_use::violation("routeTable", &id));
    }
    let endpoints: Vec<String> =
        call.referrers(ROUTE_TABLE.table, &id).into_iter().filter(|(table, _)| table == VPC_ENDPOINT.table).map(|(_, id)| id).collect();
    for endpoint in endpoints {
        if let Some(tables) = call.get_mut(VPC_ENDPOINT.table, &endpoint).and_then(|row| row["RouteTableIds"].as_array_mut()) {
            tables.retain(|table| *table != json!(id));
        }
    }
    call.remove(ROUTE_TABLE.table, &id);
    Ok(json!({}))
}

pub fn describe(call: &mut Call<'_>) -> Result<Value, Fault> {
    default_vpc::show(call, &LIST)?;
    list::describe(call, &LIST, route::complete)
}

pub fn associate(call: &mut Call<'_>) -> Result<Value, Fault> {
    unmodelled::refuse(call, &["GatewayId", "PublicIpv4Pool"])?;
    let (id, subnet_id) = (call.text("RouteTableId").to_owned(), call.text("SubnetId").to_owned());
    let table = ROUTE_TABLE.find(call, &id)?;
    if subnet_id.is_empty() {
        return Err(Fault::new("MissingParameter", "The request must contain the parameter subnetId or gatewayId"));
    }
    let subnet = SUBNET.find(call, &subnet_id)?;
    if text(table, "VpcId") != text(subnet, "VpcId") {
        let message = format!("route table {id} and subnet {subnet_id} belong to different networks");
        return Err(Fault::new("InvalidParameterValue", message));
    }
    if let Some((owner, association)) = of_subnet(call, &subnet_id) {
        if owner == id {
            return Ok(associated(&association));
        }
        let message = format!("the specified association for route table {id} conflicts with an existing association");
        return Err(Fault::new("Resource.AlreadyAssociated", message));
    }
    let new = association(call, &id, Some(&subnet_id));
    let new_id = text(&new, "RouteTableAssociationId").to_owned();
    push_association(call, &id, new);
    Ok(associated(&new_id))
}

pub fn disassociate(call: &mut Call<'_>) -> Result<Value, Fault> {
    let id = call.text("AssociationId").to_owned();
    let (table, association) = by_association(call, &id)?;
    if flag(&association, "Main") {
        return Err(Fault::new("InvalidParameterValue", format!("cannot disassociate the main route table association {id}")));
    }
    drop_association(call, &table, &id);
    Ok(json!({}))
}

/// Moves a subnet, or the role of main table, to another table of the VPC.
pub fn replace_association(call: &mut Call<'_>) -> Result<Value, Fault> {
    let (id, target) = (call.text("AssociationId").to_owned(), call.text("RouteTableId").to_owned());
    let vpc = text(ROUTE_TABLE.find(call, &target)?, "VpcId").to_owned();
    let (table, old) = by_association(call, &id)?;
    if call.get(ROUTE_TABLE.table, &table).is_none_or(|row| text(row, "VpcId") != vpc) {
        let message = format!("route table {target} and association {id} belong to different networks");
        return Err(Fault::new("InvalidParameterValue", message));
    }
    let subnet = old.get("SubnetId").and_then(Value::as_str).map(String::from);
    let new = association(call, &target, subnet.as_deref());
    let new_id = text(&new, "RouteTableAssociationId").to_owned();
    drop_association(call, &table, &id);
    push_association(call, &target, new);
    Ok(json!({"NewAssociationId": new_id, "AssociationState": {"State": "associated"}}))
}

/// A deleted subnet takes its association with it.
pub fn forget_subnet(call: &mut Call<'_>, subnet: &str) {
    if let Some((table, association)) = of_subnet(call, subnet) {
        drop_association(call, &table, &association);
    }
}

pub fn is_main(table: &Value) -> bool {
    items(table, "Associations").iter().any(|association| flag(association, "Main"))
}

fn empty(call: &Call<'_>, id: &str, vpc: &str, block: &str) -> Value {
    json!({
        "RouteTableId": id,
        "VpcId": vpc,
        "OwnerId": call.account(),
        "Associations": [],
        "PropagatingVgws": [],
        "Routes": [{"DestinationCidrBlock": block, "GatewayId": "local", "Origin": "CreateRouteTable", "State": "active"}],
    })
}

/// An association with a subnet, or as the main table.
fn association(call: &mut Call<'_>, table: &str, subnet: Option<&str>) -> Value {
    let mut association = json!({
        "RouteTableAssociationId": call.new_id("rtbassoc"),
        "RouteTableId": table,
        "Main": subnet.is_none(),
        "AssociationState": {"State": "associated"},
    });
    if let Some(subnet) = subnet {
        association["SubnetId"] = json!(subnet);
    }
    association
}

fn push_association(call: &mut Call<'_>, table: &str, association: Value) {
    if let Some(list) = call.get_mut(ROUTE_TABLE.table, table).and_then(|row| row["Associations"].as_array_mut()) {
        list.push(association);
    }
}

fn drop_association(call: &mut Call<'_>, table: &str, id: &str) {
    if let Some(list) = call.get_mut(ROUTE_TABLE.table, table).and_then(|row| row["Associations"].as_array_mut()) {
        list.retain(|association| text(association, "RouteTableAssociationId") != id);
    }
}

/// The table with this association, and the association.
fn by_association(call: &Call<'_>, id: &str) -> Result<(String, Value), Fault> {
    let found = call.all(ROUTE_TABLE.table).into_iter().find_map(|(table, row)| {
        let association = items(row, "Associations").iter().find(|association| text(association, "RouteTableAssociationId") == id)?;
        Some((table.clone(), association.clone()))
    });
    found.ok_or_else(|| Fault::new("InvalidAssociationID.NotFound", format!("The association ID '{id}' does not exist")))
}

/// The table that a subnet is explicitly associated with, and the association's id.
fn of_subnet(call: &Call<'_>, subnet: &str) -> Option<(String, String)> {
    call.all(ROUTE_TABLE.table).into_iter().find_map(|(table, row)| {
        let association = items(row, "Associations").iter().find(|association| text(association, "SubnetId") == subnet)?;
        Some((table.clone(), text(association, "RouteTableAssociationId").to_owned()))
    })
}

fn associated(id: &str) -> Value {
    json!({"AssociationId": id, "AssociationState": {"State": "associated"}})
}

fn answer(call: &Call<'_>, id: &str) -> Value {
    let row = call.get(ROUTE_TABLE.table, id).cloned().unwrap_or_default();
    let mut answer = json!({"RouteTable": list::show(call, &ROUTE_TABLE, "Tags", id, row, route::complete)});
    if !call.text("ClientToken").is_empty() {
        answer["ClientToken"] = json!(call.text("ClientToken"));
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::super::testing::{call, fault, subnet, vpc, world};
    use serde_json::json;

    #[test]
    fn a_subnet_has_one_table_at_a_time() {
        let mut world = world();
        let vpc = vpc(&mut world);
        let subnet = subnet(&mut world, &vpc, 1, 'a');
        let mut table = || call(&mut world, "CreateRouteTable", json!({"VpcId": vpc}))["RouteTable"]["RouteTableId"].clone();
        let (one, two) = (table(), table());
        let association =
            call(&mut world, "AssociateRouteTable", json!({"RouteTableId": one, "SubnetId": subnet}))["AssociationId"].clone();
        assert_eq!(call(&mut world, "AssociateRouteTable", json!({"RouteTableId": one, "SubnetId": subnet}))["AssociationId"], association);
        assert_eq!(
            fault(&mut world, "AssociateRouteTable", json!({"RouteTableId": two, "SubnetId": subnet})),
            "Resource.AlreadyAssociated"
        );
        assert_eq!(fault(&mut world, "DeleteRouteTable", json!({"RouteTableId": one})), "DependencyViolation");
        let moved = call(&mut world, "ReplaceRouteTableAssociation", json!({"AssociationId": association, "RouteTableId": two}));
        call(&mut world, "DeleteRouteTable", json!({"RouteTableId": one}));
        call(&mut world, "DisassociateRouteTable", json!({"AssociationId": moved["NewAssociationId"]}));
        assert_eq!(fault(&mut world, "DisassociateRouteTable", json!({"AssociationId": association})), "InvalidAssociationID.NotFound");
    }

    #[test]
    fn the_main_table_stays_until_another_takes_over() {
        let mut world = world();
        let vpc = vpc(&mut world);
        let main =
            call(&mut world, "DescribeRouteTables", json!({"Filters": [{"Name": "association.main", "Values": ["true"]}]}))["RouteTables"]
                [0]
            .clone();
        let association = &main["Associations"][0]["RouteTableAssociationId"];
        assert_eq!(fault(&mut world, "DisassociateRouteTable", json!({"AssociationId": association})), "InvalidParameterValue");
        assert_eq!(fault(&mut world, "DeleteRouteTable", json!({"RouteTableId": main["RouteTableId"]})), "DependencyViolation");
        let other = call(&mut world, "CreateRouteTable", json!({"VpcId": vpc}))["RouteTable"]["RouteTableId"].clone();
        call(&mut world, "ReplaceRouteTableAssociation", json!({"AssociationId": association, "RouteTableId": other}));
        call(&mut world, "DeleteRouteTable", json!({"RouteTableId": main["RouteTableId"]}));
        call(&mut world, "DeleteVpc", json!({"VpcId": vpc}));
    }
}
