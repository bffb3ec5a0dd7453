//! VPC endpoints: gateways that become routes, and interfaces with addresses in subnets.

use super::kind::{NETWORK_INTERFACE, ROUTE_TABLE, SECURITY_GROUP, SUBNET, VPC, VPC_ENDPOINT};
use super::list::{self, List};
use super::network_interface::{self, Wanted};
use super::vpc_endpoint_service as service;
use super::{idempotency, security_group, tag, unmodelled};
use crate::services::iam;
use crate::services::members::{flag, text, texts};
use crate::world::{Call, Fault};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Seconds from `pending` to `available` and from `deleting` to gone, for interfaces. Gateways are there at once.
const CREATING: f64 = 60.0;
const DELETING: f64 = 40.0;

const LIST: List = List {
    kind: &VPC_ENDPOINT,
    ids: "VpcEndpointIds",
    filters: "Filters",
    output: "VpcEndpoints",
    tags: "Tags",
    known: &[
        ("ip-address-type", "IpAddressType"),
        ("service-name", "ServiceName"),
        ("service-region", "ServiceRegion"),
        ("vpc-endpoint-id", "VpcEndpointId"),
        ("vpc-endpoint-state", "State"),
        ("vpc-endpoint-type", "VpcEndpointType"),
        ("vpc-id", "VpcId"),
    ],
};

pub fn create(call: &mut Call<'_>) -> Result<Value, Fault> {
    unmodelled::refuse(call, &["DnsOptions", "ResourceConfigurationArn", "ServiceNetworkArn", "ServiceRegion", "SubnetConfigurations"])?;
    if let Some(id) = idempotency::earlier(call, &VPC_ENDPOINT)? {
        return Ok(answer(call, &id));
    }
    let (vpc, service_name) = (call.text("VpcId").to_owned(), call.text("ServiceName").to_owned());
    VPC.find(call, &vpc)?;
    let kind = if call.text("VpcEndpointType").is_empty() { "Gateway" } else { call.text("VpcEndpointType") }.to_owned();
    service::check(call.region, &service_name, &kind)?;
    if let Some(policy) = call.input.get("PolicyDocument").and_then(Value::as_str) {
        check_policy(policy)?;
    }
    let tags = tag::specified(call, &VPC_ENDPOINT)?;
    let gateway = kind == "Gateway";
    let mut row = json!({
        "VpcEndpointType": kind,
        "VpcId": vpc,
        "ServiceName": service_name,
        "ServiceRegion": call.region,
        "CreationTimestamp": call.now(),
        "OwnerId": call.account(),
        "RequesterManaged": false,
        "PolicyDocument": call.input.get("PolicyDocument").cloned().unwrap_or(json!(if gateway { service::GATEWAY_POLICY } else { service::INTERFACE_POLICY })),
        "RouteTableIds": [],
        "SubnetIds": [],
        "Groups": [],
        "NetworkInterfaceIds": [],
        "DnsEntries": [],
        "PrivateDnsEnabled": false,
        // AWS writes these states in lower case, whatever its own model lists.
        "State": if gateway { "available" } else { "pending" },
    });
    if gateway {
        set_route_tables(call, &mut row, None, call.texts("RouteTableIds"))?;
    } else {
        row["IpAddressType"] = json!(if call.text("IpAddressType").is_empty() { "ipv4" } else { call.text("IpAddressType") });
        row["DnsOptions"] = json!({"DnsRecordIpType": "ipv4"});
        row["PrivateDnsEnabled"] = json!(private_dns(call, &vpc, &service_name)?);
        let mut groups = call.texts("SecurityGroupIds");
        if groups.is_empty() {
            groups.extend(security_group::by_name(call, &vpc, "default"));
        }
        check_groups(call, &vpc, &groups)?;
        check_subnets(call, &vpc, &call.texts("SubnetIds"))?;
        set_groups(call, &mut row, &groups);
    }
    let id = call.new_id(VPC_ENDPOINT.prefix);
    row["VpcEndpointId"] = json!(id);
    if !gateway {
        add_subnets(call, &mut row, &call.texts("SubnetIds"))?;
        row["_suffix"] = json!(call.hex(8));
        row["DnsEntries"] = service::dns_entries(call.region, &row);
    }
    idempotency::remember(call, &mut row);
    VPC_ENDPOINT.insert(call, &id, row, tags);
    if !gateway {
        call.later(VPC_ENDPOINT.table, &id, CREATING, json!({"State": "available"}));
    }
    Ok(answer(call, &id))
}

pub fn delete(call: &mut Call<'_>) -> Result<Value, Fault> {
    let mut unsuccessful = Vec::new();
    for id in call.texts("VpcEndpointIds") {
        let Some(row) = call.get(VPC_ENDPOINT.table, &id).cloned() else {
            let error = json!({"Code": "InvalidVpcEndpoint.NotFound", "Message": format!("The Vpc Endpoint Id '{id}' does not exist")});
            unsuccessful.push(json!({"ResourceId": id, "Error": error}));
            continue;
        };
        if text(&row, "VpcEndpointType") == "Gateway" {
            call.remove(VPC_ENDPOINT.table, &id);
            continue;
        }
        if text(&row, "State") == "deleting" {
            continue;
        }
        call.forget_due(VPC_ENDPOINT.table, &id);
        if let Some(row) = call.get_mut(VPC_ENDPOINT.table, &id) {
            row["State"] = json!("deleting");
        }
        for interface in texts(&row, "NetworkInterfaceIds") {
            call.remove_later(NETWORK_INTERFACE.table, &interface, DELETING);
        }
        call.remove_later(VPC_ENDPOINT.table, &id, DELETING);
    }
    Ok(json!({"Unsuccessful": unsuccessful}))
}

pub fn describe(call: &mut Call<'_>) -> Result<Value, Fault> {
    list::describe(call, &LIST, list::as_stored)
}

pub fn modify(call: &mut Call<'_>) -> Result<Value, Fault> {
    unmodelled::refuse(call, &["DnsOptions", "IpAddressType", "SubnetConfigurations"])?;
    let id = call.text("VpcEndpointId").to_owned();
    let mut row = VPC_ENDPOINT.find(call, &id)?.clone();
    let vpc = text(&row, "VpcId").to_owned();
    let gateway = text(&row, "VpcEndpointType") == "Gateway";
    let (for_gateways, for_interfaces) = (
        ["AddRouteTableIds", "RemoveRouteTableIds"],
        ["AddSubnetIds", "RemoveSubnetIds", "AddSecurityGroupIds", "RemoveSecurityGroupIds", "PrivateDnsEnabled"],
    );
    let foreign: &[&str] = if gateway { &for_interfaces } else { &for_gateways };
    if let Some(member) = foreign.iter().find(|member| call.input.get(**member).is_some()) {
        return Err(Fault::new("InvalidParameter", format!("{member} is not applicable for {} endpoints.", text(&row, "VpcEndpointType"))));
    }
    if flag(call.input, "ResetPolicy") {
        row["PolicyDocument"] = json!(if gateway { service::GATEWAY_POLICY } else { service::INTERFACE_POLICY });
    } else if let Some(policy) = call.input.get("PolicyDocument").and_then(Value::as_str) {
        check_policy(policy)?;
        row["PolicyDocument"] = json!(policy);
    }
    let wanted = |list: Vec<String>, add: &str, remove: &str| -> Vec<String> {
        let (added, removed) = (call.texts(add), call.texts(remove));
        let mut wanted: Vec<String> = list.into_iter().filter(|id| !removed.contains(id)).collect();
        wanted.extend(added);
        let mut seen = BTreeSet::new();
        wanted.retain(|id| seen.insert(id.clone()));
        wanted
    };
    if gateway {
        let tables = wanted(texts(&row, "RouteTableIds"), "AddRouteTableIds", "RemoveRouteTableIds");
        set_route_tables(call, &mut row, Some(&id), tables)?;
    } else {
        let present = row["Groups"].as_array().into_iter().flatten().map(|group| text(group, "GroupId").to_owned()).collect();
        let groups = wanted(present, "AddSecurityGroupIds", "RemoveSecurityGroupIds");
        let subnets = wanted(texts(&row, "SubnetIds"), "AddSubnetIds", "RemoveSubnetIds");
        check_groups(call, &vpc, &groups)?;
        check_subnets(call, &vpc, &subnets)?;
        if let Some(enabled) = call.input.get("PrivateDnsEnabled").and_then(Value::as_bool) {
            if enabled && !flag(&row, "PrivateDnsEnabled") {
                check_private_dns(call, &vpc, text(&row, "ServiceName"))?;
            }
            row["PrivateDnsEnabled"] = json!(enabled);
            row["DnsEntries"] = service::dns_entries(call.region, &row);
        }
        set_groups(call, &mut row, &groups);
        remove_subnets(call, &mut row, &call.texts("RemoveSubnetIds"));
        add_subnets(call, &mut row, &subnets)?;
    }
    call.put(VPC_ENDPOINT.table, &id, row);
    Ok(json!({"Return": true}))
}

fn answer(call: &Call<'_>, id: &str) -> Value {
    let row = call.get(VPC_ENDPOINT.table, id).cloned().unwrap_or_default();
    let mut answer = json!({"VpcEndpoint": list::show(call, &VPC_ENDPOINT, "Tags", id, row, list::as_stored)});
    if !call.text("ClientToken").is_empty() {
        answer["ClientToken"] = json!(call.text("ClientToken"));
    }
    answer
}

fn check_policy(policy: &str) -> Result<(), Fault> {
    // <https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html>
    let right = |statement: &Value| statement["Effect"] == "Allow" || statement["Effect"] == "Deny";
    match serde_json::from_str::<Value>(policy).as_ref().map(iam::statements) {
        Ok(statements) if !statements.is_empty() && statements.iter().all(|statement| right(statement)) => Ok(()),
        _ => Err(Fault::new("InvalidPolicyDocument", "The policy is not a valid JSON policy document.")),
    }
}

fn set_route_tables(call: &Call<'_>, row: &mut Value, own: Option<&str>, tables: Vec<String>) -> Result<(), Fault> {
    for id in &tables {
        if ROUTE_TABLE.find(call, id)?["VpcId"] != row["VpcId"] {
            let message = format!("Route table {id} belongs to a different VPC than the endpoint");
            return Err(Fault::new("InvalidParameter", message));
        }
        let other = call.all(VPC_ENDPOINT.table).into_iter().any(|(other, endpoint)| {
            Some(other.as_str()) != own && endpoint["ServiceName"] == row["ServiceName"] && texts(endpoint, "RouteTableIds").contains(id)
        });
        if other {
            let message = format!("route table {id} already has a route to the service {}", text(row, "ServiceName"));
            return Err(Fault::new("RouteAlreadyExists", message));
        }
    }
    row["RouteTableIds"] = json!(tables);
    Ok(())
}

/// True when the endpoint answers under the service's own name: AWS's default is yes, except for S3's.
fn private_dns(call: &Call<'_>, vpc: &str, service: &str) -> Result<bool, Fault> {
    let enabled = call.input.get("PrivateDnsEnabled").and_then(Value::as_bool).unwrap_or(!service.ends_with(".s3"));
    if enabled {
        check_private_dns(call, vpc, service)?;
    }
    Ok(enabled)
}

fn check_private_dns(call: &Call<'_>, vpc: &str, service: &str) -> Result<(), Fault> {
    if call.get(VPC.table, vpc).is_none_or(|row| !flag(row, "_enableDnsSupport") || !flag(row, "_enableDnsHostnames")) {
        let message =
            format!("Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for {vpc}");
        return Err(Fault::new("InvalidParameter", message));
    }
    let taken = |row: &Value| {
        text(row, "VpcId") == vpc
            && text(row, "ServiceName") == service
            && flag(row, "PrivateDnsEnabled")
            && text(row, "State") != "deleting"
    };
    if call.all(VPC_ENDPOINT.table).into_iter().any(|(_, row)| taken(row)) {
        let message =
            format!("private-dns-enabled cannot be set because there is already a conflicting DNS domain for {service} in the VPC {vpc}");
        return Err(Fault::new("InvalidParameter", message));
    }
    Ok(())
}

fn check_groups(call: &Call<'_>, vpc: &str, groups: &[String]) -> Result<(), Fault> {
    for id in groups {
        if text(SECURITY_GROUP.find(call, id)?, "VpcId") != vpc {
            return Err(Fault::new("InvalidParameter", format!("Security group {id} and VPC {vpc} belong to different networks.")));
        }
    }
    Ok(())
}

fn check_subnets(call: &Call<'_>, vpc: &str, subnets: &[String]) -> Result<(), Fault> {
    let mut zones = BTreeSet::new();
    for id in subnets {
        let row = SUBNET.find(call, id)?;
        if text(row, "VpcId") != vpc {
            return Err(Fault::new("InvalidParameter", format!("Subnet {id} and VPC {vpc} belong to different networks.")));
        }
        if !zones.insert(text(row, "AvailabilityZone")) {
            let message = format!(
                "Found another VPC endpoint subnet in the availability zone of {id}. VPC endpoint subnets should be in different availability zones supported by the VPC endpoint service."
            );
            return Err(Fault::new("DuplicateSubnetsInSameZone", message));
        }
    }
    Ok(())
}

fn set_groups(call: &mut Call<'_>, row: &mut Value, groups: &[String]) {
    let named: Vec<Value> = groups
        .iter()
        .filter_map(|id| Some(json!({"GroupId": id, "GroupName": text(call.get(SECURITY_GROUP.table, id)?, "GroupName")})))
        .collect();
    row["Groups"] = named.into();
    for interface in texts(row, "NetworkInterfaceIds") {
        network_interface::set_groups(call, &interface, groups);
    }
}

/// Puts an interface into each subnet that has none yet.
fn add_subnets(call: &mut Call<'_>, row: &mut Value, subnets: &[String]) -> Result<(), Fault> {
    let groups: Vec<String> = row["Groups"].as_array().into_iter().flatten().map(|group| text(group, "GroupId").to_owned()).collect();
    for subnet in subnets {
        if texts(row, "SubnetIds").contains(subnet) {
            continue;
        }
        let wanted = Wanted {
            subnet,
            groups: &groups,
            description: format!("VPC Endpoint Interface {}", text(row, "VpcEndpointId")),
            interface_type: "vpc_endpoint",
            requester: "amazon-vpce",
            ..Wanted::default()
        };
        let interface = network_interface::create(call, wanted)?;
        for (list, id) in [("SubnetIds", subnet.as_str()), ("NetworkInterfaceIds", interface.as_str())] {
            if let Some(list) = row[list].as_array_mut() {
                list.push(json!(id));
            }
        }
    }
    Ok(())
}

fn remove_subnets(call: &mut Call<'_>, row: &mut Value, subnets: &[String]) {
    let gone: Vec<String> = texts(row, "NetworkInterfaceIds")
        .into_iter()
        .filter(|id| {
            call.get(NETWORK_INTERFACE.table, id)
                .is_some_and(|interface| subnets.iter().any(|subnet| text(interface, "SubnetId") == subnet))
        })
        .collect();
    for (list, gone) in [("SubnetIds", subnets), ("NetworkInterfaceIds", gone.as_slice())] {
        if let Some(list) = row[list].as_array_mut() {
            list.retain(|id| !gone.iter().any(|gone| *id == json!(gone)));
        }
    }
    for interface in gone {
        call.remove(NETWORK_INTERFACE.table, &interface);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{call, fault, pass, security_group, subnet, vpc, world};
    use serde_json::json;

    #[test]
    fn a_gateway_endpoint_is_a_route() {
        let mut world = world();
        let vpc = vpc(&mut world);
        let table = call(&mut world, "CreateRouteTable", json!({"VpcId": vpc}))["RouteTable"]["RouteTableId"].clone();
        let input = json!({"VpcId": vpc, "ServiceName": "com.amazonaws.us-east-1.s3", "RouteTableIds": [table]});
        let policy = r#"{"Statement": [{"Effect": "Maybe", "Principal": "*", "Action": "*", "Resource": "*"}]}"#;
        let mut perhaps = input.clone();
        perhaps["PolicyDocument"] = json!(policy);
        assert_eq!(fault(&mut world, "CreateVpcEndpoint", perhaps), "InvalidPolicyDocument");
        let made = call(&mut world, "CreateVpcEndpoint", input.clone())["VpcEndpoint"].clone();
        assert_eq!((&made["State"], &made["VpcEndpointType"]), (&json!("available"), &json!("Gateway")));
        let routes = call(&mut world, "DescribeRouteTables", json!({"RouteTableIds": [table]}))["RouteTables"][0]["Routes"].clone();
        assert_eq!((&routes[1]["DestinationPrefixListId"], &routes[1]["GatewayId"]), (&json!("pl-63a5400a"), &made["VpcEndpointId"]));
        assert_eq!(fault(&mut world, "CreateVpcEndpoint", input), "RouteAlreadyExists");
        assert_eq!(fault(&mut world, "DeleteVpc", json!({"VpcId": vpc})), "DependencyViolation");
        call(&mut world, "ModifyVpcEndpoint", json!({"VpcEndpointId": made["VpcEndpointId"], "RemoveRouteTableIds": [table]}));
        call(&mut world, "DeleteVpcEndpoints", json!({"VpcEndpointIds": [made["VpcEndpointId"]]}));
        assert_eq!(
            fault(&mut world, "DescribeVpcEndpoints", json!({"VpcEndpointIds": [made["VpcEndpointId"]]})),
            "InvalidVpcEndpointId.NotFound"
        );
        let again = call(&mut world, "DeleteVpcEndpoints", json!({"VpcEndpointIds": [made["VpcEndpointId"]]}));
        assert_eq!(again["Unsuccessful"][0]["Error"]["Code"], "InvalidVpcEndpoint.NotFound");
    }

    #[test]
    fn an_interface_endpoint_sits_in_its_subnets() {
        let mut world = world();
        let vpc = vpc(&mut world);
        let (one, two, same) = (subnet(&mut world, &vpc, 1, 'a'), subnet(&mut world, &vpc, 2, 'b'), subnet(&mut world, &vpc, 3, 'a'));
        let group = security_group(&mut world, &vpc, "endpoints");
        let input = |subnets: serde_json::Value| json!({"VpcId": vpc, "ServiceName": "com.amazonaws.us-east-1.ecr.api", "VpcEndpointType": "Interface", "SubnetIds": subnets, "SecurityGroupIds": [group]});
        assert_eq!(fault(&mut world, "CreateVpcEndpoint", input(json!([one]))), "InvalidParameter");
        call(&mut world, "ModifyVpcAttribute", json!({"VpcId": vpc, "EnableDnsHostnames": {"Value": true}}));
        assert_eq!(fault(&mut world, "CreateVpcEndpoint", input(json!([one, same]))), "DuplicateSubnetsInSameZone");
        let id = call(&mut world, "CreateVpcEndpoint", input(json!([one])))["VpcEndpoint"]["VpcEndpointId"].clone();
        call(&mut world, "ModifyVpcEndpoint", json!({"VpcEndpointId": id, "AddSubnetIds": [two], "RemoveSubnetIds": [one]}));
        pass(&mut world, 61);
        let shown = call(&mut world, "DescribeVpcEndpoints", json!({"VpcEndpointIds": [id]}))["VpcEndpoints"][0].clone();
        assert_eq!((&shown["State"], &shown["SubnetIds"], &shown["PrivateDnsEnabled"]), (&json!("available"), &json!([two]), &json!(true)));
        assert_eq!(fault(&mut world, "DeleteSubnet", json!({"SubnetId": two})), "DependencyViolation");
        assert_eq!(fault(&mut world, "DeleteSecurityGroup", json!({"GroupId": group})), "DependencyViolation");
        call(&mut world, "DeleteSubnet", json!({"SubnetId": one}));
        call(&mut world, "DeleteVpcEndpoints", json!({"VpcEndpointIds": [id]}));
        pass(&mut world, 41);
        call(&mut world, "DeleteSubnet", json!({"SubnetId": two}));
        call(&mut world, "DeleteSecurityGroup", json!({"GroupId": group}));
    }

    #[test]
    fn services_that_do_not_exist() {
        let mut world = world();
        let vpc = vpc(&mut world);
        let input = |service: &str| json!({"VpcId": vpc, "ServiceName": service});
        assert_eq!(fault(&mut world, "CreateVpcEndpoint", input("com.amazonaws.us-east-1.banana")), "InvalidServiceName");
        assert_eq!(fault(&mut world, "CreateVpcEndpoint", input("com.amazonaws.eu-west-1.s3")), "InvalidServiceName");
        assert_eq!(fault(&mut world, "CreateVpcEndpoint", input("com.amazonaws.us-east-1.ecr.api")), "InvalidParameter");
    }
}
