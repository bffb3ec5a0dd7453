//! Subnets: blocks inside a VPC's, none overlapping, each in one zone.

use super::kind::{NETWORK_INTERFACE, SUBNET, VPC};
use super::list::{self, List};
use super::{cidr, default_vpc, in_use, route_table, tag, unmodelled, zone};
use crate::services::members::{items, text};
use crate::world::{Call, Fault};
use ipnet::{Ipv4Net, Ipv6Net};
use serde_json::{Value, json};

const LIST: List = List {
    kind: &SUBNET,
    ids: "SubnetIds",
    filters: "Filters",
    output: "Subnets",
    tags: "Tags",
    known: &[
        ("availability-zone", "AvailabilityZone"),
        ("availabilityZone", "AvailabilityZone"),
        ("availability-zone-id", "AvailabilityZoneId"),
        ("availabilityZoneId", "AvailabilityZoneId"),
        ("available-ip-address-count", "AvailableIpAddressCount"),
        ("cidr", "CidrBlock"),
        ("cidr-block", "CidrBlock"),
        ("cidrBlock", "CidrBlock"),
        ("customer-owned-ipv4-pool", "CustomerOwnedIpv4Pool"),
        ("default-for-az", "DefaultForAz"),
        ("defaultForAz", "DefaultForAz"),
        ("enable-dns64", "EnableDns64"),
        ("enable-lni-at-device-index", "EnableLniAtDeviceIndex"),
        ("ipv6-cidr-block-association.ipv6-cidr-block", "Ipv6CidrBlockAssociationSet.Ipv6CidrBlock"),
        ("ipv6-cidr-block-association.association-id", "Ipv6CidrBlockAssociationSet.AssociationId"),
        ("ipv6-cidr-block-association.state", "Ipv6CidrBlockAssociationSet.Ipv6CidrBlockState.State"),
        ("ipv6-native", "Ipv6Native"),
        ("map-customer-owned-ip-on-launch", "MapCustomerOwnedIpOnLaunch"),
        ("map-public-ip-on-launch", "MapPublicIpOnLaunch"),
        ("outpost-arn", "OutpostArn"),
        ("owner-id", "OwnerId"),
        ("private-dns-name-options-on-launch.hostname-type", "PrivateDnsNameOptionsOnLaunch.HostnameType"),
        (
            "private-dns-name-options-on-launch.enable-resource-name-dns-a-record",
            "PrivateDnsNameOptionsOnLaunch.EnableResourceNameDnsARecord",
        ),
        (
            "private-dns-name-options-on-launch.enable-resource-name-dns-aaaa-record",
            "PrivateDnsNameOptionsOnLaunch.EnableResourceNameDnsAAAARecord",
        ),
        ("state", "State"),
        ("subnet-arn", "SubnetArn"),
        ("subnet-id", "SubnetId"),
        ("vpc-id", "VpcId"),
    ],
};

/// The attributes that ModifySubnetAttribute sets: the input member, and where the subnet shows it.
const FLAGS: [(&str, &str); 4] = [
    ("AssignIpv6AddressOnCreation", "/AssignIpv6AddressOnCreation"),
    ("EnableDns64", "/EnableDns64"),
    ("MapCustomerOwnedIpOnLaunch", "/MapCustomerOwnedIpOnLaunch"),
    ("MapPublicIpOnLaunch", "/MapPublicIpOnLaunch"),
];
const NAME_OPTIONS: [(&str, &str); 2] = [
    ("EnableResourceNameDnsARecordOnLaunch", "/PrivateDnsNameOptionsOnLaunch/EnableResourceNameDnsARecord"),
    ("EnableResourceNameDnsAAAARecordOnLaunch", "/PrivateDnsNameOptionsOnLaunch/EnableResourceNameDnsAAAARecord"),
];

pub fn create(call: &mut Call<'_>) -> Result<Value, Fault> {
    unmodelled::refuse(call, &["Ipv4IpamPoolId", "Ipv4NetmaskLength", "Ipv6IpamPoolId", "Ipv6Native", "Ipv6NetmaskLength", "OutpostArn"])?;
    let vpc_id = call.text("VpcId").to_owned();
    let vpc = VPC.find(call, &vpc_id)?;
    let block = call.text("CidrBlock");
    if block.is_empty() {
        return Err(Fault::new("MissingParameter", "Either 'cidrBlock' or 'ipv4IpamPoolId' should be provided."));
    }
    let net = cidr::ipv4(block, "cidrBlock")?;
    let inside = items(vpc, "CidrBlockAssociationSet")
        .iter()
        .any(|of_vpc| text(of_vpc, "CidrBlock").parse::<Ipv4Net>().is_ok_and(|of_vpc| of_vpc.contains(&net)));
    if !inside || !(16..=28).contains(&net.prefix_len()) {
        return Err(Fault::new("InvalidSubnet.Range", format!("The CIDR '{block}' is invalid.")));
    }
    let taken =
        |row: &Value| text(row, "VpcId") == vpc_id && text(row, "CidrBlock").parse().is_ok_and(|other| cidr::overlaps(&net, &other));
    if call.all(SUBNET.table).into_iter().any(|(_, row)| taken(row)) {
        return Err(Fault::new("InvalidSubnet.Conflict", format!("The CIDR '{block}' conflicts with another subnet")));
    }
    let ipv6 = checked_ipv6(call, &vpc_id)?;
    let zone = zone::chosen(call.region, call.text("AvailabilityZone"), call.text("AvailabilityZoneId"))?;
    let tags = tag::specified(call, &SUBNET)?;
    let id = call.new_id(SUBNET.prefix);
    let ipv6: Vec<Value> = ipv6.map(|block| associated(call, &block)).into_iter().collect();
    let row = json!({
        "SubnetId": id,
        "SubnetArn": SUBNET.arn(call, &id),
        "VpcId": vpc_id,
        "CidrBlock": net.to_string(),
        "AvailabilityZone": zone.name,
        "AvailabilityZoneId": zone.id,
        "AssignIpv6AddressOnCreation": false,
        "DefaultForAz": false,
        "EnableDns64": false,
        "Ipv6CidrBlockAssociationSet": ipv6,
        "Ipv6Native": false,
        "MapCustomerOwnedIpOnLaunch": false,
        "MapPublicIpOnLaunch": false,
        "OwnerId": call.account(),
        "PrivateDnsNameOptionsOnLaunch": {"HostnameType": "ip-name", "EnableResourceNameDnsARecord": false, "EnableResourceNameDnsAAAARecord": false},
        "BlockPublicAccessStates": {"InternetGatewayBlockMode": "off"},
        "State": "available",
        "_aclAssociation": call.new_id("aclassoc"),
    });
    let answer = list::show(call, &SUBNET, "Tags", &id, row.clone(), count_addresses);
    SUBNET.insert(call, &id, row, tags.clone());
    Ok(json!({"Subnet": list::with_tags(answer, &tags)}))
}

/// The IPv6 block that a request asks for: one of 64 bits within the VPC's, and not within another subnet's.
/// <https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html>
fn checked_ipv6(call: &Call<'_>, vpc: &str) -> Result<Option<String>, Fault> {
    let block = call.text("Ipv6CidrBlock");
    if block.is_empty() {
        return Ok(None);
    }
    let net = cidr::ipv6(block, "ipv6CidrBlock")?;
    let blocks = |row: &Value| {
        items(row, "Ipv6CidrBlockAssociationSet")
            .iter()
            .filter_map(|of| text(of, "Ipv6CidrBlock").parse::<Ipv6Net>().ok())
            .collect::<Vec<_>>()
    };
    if net.prefix_len() != 64 || !blocks(VPC.find(call, vpc)?).iter().any(|of_vpc| of_vpc.contains(&net)) {
        return Err(Fault::new("InvalidSubnet.Range", format!("The CIDR '{block}' is invalid.")));
    }
    if call.all(SUBNET.table).into_iter().any(|(_, row)| text(row, "VpcId") == vpc && blocks(row).contains(&net)) {
        return Err(Fault::new("InvalidSubnet.Conflict", format!("The CIDR '{block}' conflicts with another subnet")));
    }
    Ok(Some(net.to_string()))
}

fn associated(call: &mut Call<'_>, block: &str) -> Value {
    json!({
        "AssociationId": call.new_id("subnet-cidr-assoc"), "Ipv6CidrBlock": block, "Ipv6CidrBlockState": {"State": "associated"},
        "Ipv6AddressAttribute": "public", "IpSource": "amazon",
    })
}

pub fn delete(call: &mut Call<'_>) -> Result<Value, Fault> {
    let id = call.text("SubnetId").to_owned();
    SUBNET.find(call, &id)?;
    if in_use::subnet(call, &id) {
        return Err(in_use::violation("subnet", &id));
    }
    route_table::forget_subnet(call, &id);
    call.remove(SUBNET.table, &id);
    Ok(json!({}))
}

pub fn describe(call: &mut Call<'_>) -> Result<Value, Fault> {
    default_vpc::show(call, &LIST)?;
    list::describe(call, &LIST, count_addresses)
}

pub fn modify_attribute(call: &mut Call<'_>) -> Result<Value, Fault> {
    unmodelled::refuse(call, &["CustomerOwnedIpv4Pool", "DisableLniAtDeviceIndex", "EnableLniAtDeviceIndex"])?;
    let id = call.text("SubnetId").to_owned();
    SUBNET.find(call, &id)?;
    let input = call.input;
    let mut changes: Vec<(&str, Value)> = FLAGS
        .iter()
        .chain(&NAME_OPTIONS)
        .filter_map(|(member, path)| Some((*path, input.get(*member)?.get("Value").cloned().unwrap_or(json!(false)))))
        .collect();
    if let Some(kind) = input.get("PrivateDnsHostnameTypeOnLaunch") {
        changes.push(("/PrivateDnsNameOptionsOnLaunch/HostnameType", kind.clone()));
    }
    if changes.len() != 1 {
        let message = if changes.is_empty() { "No attributes specified." } else { "Only one subnet attribute can be modified at a time." };
        return Err(Fault::new("InvalidParameterCombination", message));
    }
    if let Some(row) = call.get_mut(SUBNET.table, &id) {
        for (path, value) in changes {
            if let Some(member) = row.pointer_mut(path) {
                *member = value;
            }
        }
    }
    Ok(json!({}))
}

/// AWS keeps five addresses of each subnet; every network interface takes one more.
fn count_addresses(call: &Call<'_>, row: &mut Value) {
    let size = text(row, "CidrBlock").parse::<Ipv4Net>().map_or(0, |net| 1_u64 << (32 - net.prefix_len()));
    let used =
        call.all(NETWORK_INTERFACE.table).into_iter().filter(|(_, interface)| text(interface, "SubnetId") == text(row, "SubnetId")).count();
    row["AvailableIpAddressCount"] = json!(size.saturating_sub(5 + used as u64));
}

#[cfg(test)]
mod tests {
    use super::super::testing::{call, fault, subnet, vpc, world};
    use serde_json::json;

    #[test]
    fn a_subnet_has_a_zone_and_counts_its_addresses() {
        let mut world = world();
        let vpc = vpc(&mut world);
        let id = subnet(&mut world, &vpc, 1, 'b');
        call(&mut world, "ModifySubnetAttribute", json!({"SubnetId": id, "MapPublicIpOnLaunch": {"Value": true}}));
        let shown = call(&mut world, "DescribeSubnets", json!({"SubnetIds": [id]}))["Subnets"][0].clone();
        assert_eq!((&shown["AvailabilityZone"], &shown["AvailabilityZoneId"]), (&json!("us-east-1b"), &json!("use1-az2")));
        assert_eq!((&shown["MapPublicIpOnLaunch"], &shown["AvailableIpAddressCount"]), (&json!(true), &json!(251)));
        call(&mut world, "DeleteSubnet", json!({"SubnetId": id}));
        assert_eq!(fault(&mut world, "DescribeSubnets", json!({"SubnetIds": [id]})), "InvalidSubnetID.NotFound");
    }

    #[test]
    fn blocks_and_zones_that_aws_refuses() {
        let mut world = world();
        let vpc = vpc(&mut world);
        subnet(&mut world, &vpc, 1, 'a');
        for (block, zone, code) in [
            ("192.168.0.0/24", "us-east-1a", "InvalidSubnet.Range"),
            ("10.0.0.0/8", "us-east-1a", "InvalidSubnet.Range"),
            ("10.0.2.0/29", "us-east-1a", "InvalidSubnet.Range"),
            ("10.0.1.128/25", "us-east-1a", "InvalidSubnet.Conflict"),
            ("10.0.0.0/23", "us-east-1a", "InvalidSubnet.Conflict"),
            ("10.0.9.0/24", "mars-1a", "InvalidParameterValue"),
            ("10.0.9.0", "us-east-1a", "InvalidParameterValue"),
        ] {
            let input = json!({"VpcId": vpc, "CidrBlock": block, "AvailabilityZone": zone});
            assert_eq!(fault(&mut world, "CreateSubnet", input), code, "{block} {zone}");
        }
    }

    #[test]
    fn an_ipv6_block_lies_within_that_of_the_network() {
        let mut world = world();
        let vpc = call(&mut world, "CreateVpc", json!({"CidrBlock": "10.0.0.0/16", "AmazonProvidedIpv6CidrBlock": true}))["Vpc"].clone();
        let block = vpc["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"].as_str().unwrap().replace("/56", "/64");
        let input =
            |number: u8, ipv6: &str| json!({"VpcId": vpc["VpcId"], "CidrBlock": format!("10.0.{number}.0/24"), "Ipv6CidrBlock": ipv6});
        let made = call(&mut world, "CreateSubnet", input(1, &block))["Subnet"].clone();
        assert_eq!(made["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"], block);
        assert_eq!(fault(&mut world, "CreateSubnet", input(2, &block)), "InvalidSubnet.Conflict");
        assert_eq!(fault(&mut world, "CreateSubnet", input(2, "2001:db8::/64")), "InvalidSubnet.Range");
    }
}
