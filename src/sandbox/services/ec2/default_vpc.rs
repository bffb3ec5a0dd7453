//! The VPC that every region of an account has from the start.
//!
//! It is made when somebody first looks where it could be seen, so that an account that nobody looks at stays empty.
//! <https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc.html>

use super::kind::{ROUTE_TABLE, SUBNET, VPC};
use super::list::List;
use super::{internet_gateway, route, subnet, vpc, zone};
use crate::services::Handler;
use crate::services::members::{flag, items, text};
use crate::world::{Call, Fault};
use serde_json::{Value, json};

/// One row, once the region has had its default VPC.
const MADE: &str = "ec2.default_vpc";

/// Makes it before a listing that would show something of it: not by ids or tags, which nobody can know yet, and not where it is left
/// out.
pub fn show(call: &mut Call<'_>, list: &List) -> Result<(), Fault> {
    let filters = items(call.input, list.filters);
    let hides = |filter: &Value| {
        let name = text(filter, "Name");
        name.starts_with("tag")
            || name.ends_with("-id")
            || (["is-default", "isDefault"].contains(&name) && items(filter, "Values") == [json!("false")])
    };
    match call.texts(list.ids).is_empty() && !filters.iter().any(hides) {
        true => ensure(call),
        false => Ok(()),
    }
}

/// Makes it, if the region has never had one.
fn ensure(call: &mut Call<'_>) -> Result<(), Fault> {
    match call.get(MADE, "default") {
        Some(_) => Ok(()),
        None => make(call).map(|_| ()),
    }
}

/// The region's default VPC, unless it was deleted.
pub fn id(call: &mut Call<'_>) -> Result<Option<String>, Fault> {
    ensure(call)?;
    Ok(call.all(VPC.table).into_iter().find(|(_, row)| flag(row, "IsDefault")).map(|(id, _)| id.clone()))
}

pub fn create(call: &mut Call<'_>) -> Result<Value, Fault> {
    if id(call)?.is_some() {
        let message = "A Default VPC already exists for this account in this region.";
        return Err(Fault::new("DefaultVpcAlreadyExists", message));
    }
    make(call)
}

/// 172.31.0.0/16 with a public subnet of 4,096 addresses in every zone.
fn make(call: &mut Call<'_>) -> Result<Value, Fault> {
    call.put(MADE, "default", json!({}));
    let made = run(call, vpc::create, json!({"CidrBlock": "172.31.0.0/16"}))?;
    let id = text(&made["Vpc"], "VpcId").to_owned();
    let gateway = run(call, internet_gateway::create, json!({}))?;
    let gateway = text(&gateway["InternetGateway"], "InternetGatewayId").to_owned();
    run(call, internet_gateway::attach, json!({"InternetGatewayId": gateway, "VpcId": id}))?;
    let main = call.all(ROUTE_TABLE.table).into_iter().find(|(_, row)| text(row, "VpcId") == id).map(|(table, _)| table.clone());
    run(call, route::create, json!({"RouteTableId": main, "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": gateway}))?;
    for (number, zone) in zone::of(call.region).into_iter().enumerate() {
        let input = json!({"VpcId": id, "CidrBlock": format!("172.31.{}.0/20", number * 16), "AvailabilityZone": zone.name});
        let made = run(call, subnet::create, input)?;
        if let Some(row) = call.get_mut(SUBNET.table, text(&made["Subnet"], "SubnetId")) {
            row["DefaultForAz"] = json!(true);
            row["MapPublicIpOnLaunch"] = json!(true);
        }
    }
    if let Some(row) = call.get_mut(VPC.table, &id) {
        row["IsDefault"] = json!(true);
        row["State"] = json!("available");
        row["_enableDnsHostnames"] = json!(true);
    }
    let mut answer = made;
    answer["Vpc"]["IsDefault"] = json!(true);
    Ok(answer)
}

/// Calls another operation of EC2 on the same world.
fn run(call: &mut Call<'_>, handler: Handler, input: Value) -> Result<Value, Fault> {
    let (region, service) = (call.region, call.service);
    handler(&mut Call::new(&mut call.world, &input, service, "", region))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{call, fault, world};
    use serde_json::json;

    #[test]
    fn every_region_has_one_until_it_is_deleted() {
        let mut world = world();
        let filter = json!({"Filters": [{"Name": "is-default", "Values": ["true"]}]});
        let vpc = call(&mut world, "DescribeVpcs", filter.clone())["Vpcs"][0].clone();
        assert_eq!((&vpc["CidrBlock"], &vpc["IsDefault"], &vpc["State"]), (&json!("172.31.0.0/16"), &json!(true), &json!("available")));
        let subnets = call(&mut world, "DescribeSubnets", json!({}))["Subnets"].clone();
        assert_eq!((subnets.as_array().unwrap().len(), &subnets[0]["DefaultForAz"]), (6, &json!(true)));
        let routes = call(&mut world, "DescribeRouteTables", json!({}))["RouteTables"][0]["Routes"].clone();
        assert!(routes.as_array().unwrap().iter().any(|route| route["GatewayId"].as_str().unwrap().starts_with("igw-")));
        let group = json!({"GroupName": "web", "Description": "d"});
        call(&mut world, "CreateSecurityGroup", group.clone());
        assert_eq!(fault(&mut world, "CreateDefaultVpc", json!({})), "DefaultVpcAlreadyExists");
        assert_eq!(fault(&mut world, "DeleteVpc", json!({"VpcId": vpc["VpcId"]})), "DependencyViolation");

        let mut other = super::super::testing::world();
        let id = call(&mut other, "DescribeVpcs", filter.clone())["Vpcs"][0]["VpcId"].clone();
        for subnet in call(&mut other, "DescribeSubnets", json!({}))["Subnets"].as_array().unwrap() {
            call(&mut other, "DeleteSubnet", json!({"SubnetId": subnet["SubnetId"]}));
        }
        let gateway = call(&mut other, "DescribeInternetGateways", json!({}))["InternetGateways"][0]["InternetGatewayId"].clone();
        call(&mut other, "DetachInternetGateway", json!({"InternetGatewayId": gateway, "VpcId": id}));
        call(&mut other, "DeleteVpc", json!({"VpcId": id}));
        assert_eq!(call(&mut other, "DescribeVpcs", filter)["Vpcs"], json!([]), "what was deleted stays so");
        assert_eq!(fault(&mut other, "CreateSecurityGroup", group), "VPCIdNotSpecified");
        assert_eq!(call(&mut other, "CreateDefaultVpc", json!({}))["Vpc"]["IsDefault"], true);
    }
}
