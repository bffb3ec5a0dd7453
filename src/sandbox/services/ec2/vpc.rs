//! VPCs, and what AWS makes with each: a main route table, a default network ACL, a default security group.

use super::kind::{NETWORK_ACL, ROUTE_TABLE, VPC};
use super::list::{self, List};
use super::{cidr, default_vpc, in_use, network_acl, route_table, security_group, tag, unmodelled};
use crate::services::members::{flag, text};
use crate::world::{Call, Fault};
use serde_json::{Value, json};

const LIST: List = List {
    kind: &VPC,
    ids: "VpcIds",
    filters: "Filters",
    output: "Vpcs",
    tags: "Tags",
    known: &[
        ("cidr", "CidrBlock"),
        ("cidrBlock", "CidrBlock"),
        ("cidr-block-association.cidr-block", "CidrBlockAssociationSet.CidrBlock"),
        ("cidr-block-association.association-id", "CidrBlockAssociationSet.AssociationId"),
        ("cidr-block-association.state", "CidrBlockAssociationSet.CidrBlockState.State"),
        ("dhcp-options-id", "DhcpOptionsId"),
        ("ipv6-cidr-block-association.association-id", "Ipv6CidrBlockAssociationSet.AssociationId"),
        ("ipv6-cidr-block-association.ipv6-cidr-block", "Ipv6CidrBlockAssociationSet.Ipv6CidrBlock"),
        ("ipv6-cidr-block-association.ipv6-pool", "Ipv6CidrBlockAssociationSet.Ipv6Pool"),
        ("ipv6-cidr-block-association.state", "Ipv6CidrBlockAssociationSet.Ipv6CidrBlockState.State"),
        ("is-default", "IsDefault"),
        ("isDefault", "IsDefault"),
        ("owner-id", "OwnerId"),
        ("state", "State"),
        ("vpc-id", "VpcId"),
    ],
};

pub fn create(call: &mut Call<'_>) -> Result<Value, Fault> {
    unmodelled::refuse(
        call,
        &[
            "Ipv4IpamPoolId",
            "Ipv4NetmaskLength",
            "Ipv6CidrBlock",
            "Ipv6IpamPoolId",
            "Ipv6NetmaskLength",
            "Ipv6Pool",
            "VpcEncryptionControl",
        ],
    )?;
    let block = call.text("CidrBlock").to_owned();
    if block.is_empty() {
        return Err(Fault::new("MissingParameter", "Either 'cidrBlock' or 'ipv4IpamPoolId' should be provided."));
    }
    let net = cidr::ipv4(&block, "cidrBlock")?;
    // Ranges of no network: <https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html>
    let address = net.network();
    let none = address.octets()[0] == 0 || address.is_loopback() || address.is_link_local() || address.octets()[0] >= 224;
    if !(16..=28).contains(&net.prefix_len()) || none {
        return Err(Fault::new("InvalidVpc.Range", format!("The CIDR '{block}' is invalid.")));
    }
    let tags = tag::specified(call, &VPC)?;
    let id = call.new_id(VPC.prefix);
    let association = call.new_id("vpc-cidr-assoc");
    let tenancy = if call.text("InstanceTenancy").is_empty() { "default" } else { call.text("InstanceTenancy") };
    let mut row = json!({
        "VpcId": id,
        "CidrBlock": net.to_string(),
        "CidrBlockAssociationSet": [{"AssociationId": association, "CidrBlock": net.to_string(), "CidrBlockState": {"State": "associated"}}],
        "DhcpOptionsId": dhcp_options(call),
        "InstanceTenancy": tenancy,
        "IsDefault": false,
        "OwnerId": call.account(),
        "State": "pending",
        "BlockPublicAccessStates": {"InternetGatewayBlockMode": "off"},
        "_enableDnsSupport": true,
        "_enableDnsHostnames": false,
        "_enableNetworkAddressUsageMetrics": false,
    });
    if flag(call.input, "AmazonProvidedIpv6CidrBlock") {
        let digits = call.hex(6);
        row["Ipv6CidrBlockAssociationSet"] = json!([{
            "AssociationId": call.new_id("vpc-cidr-assoc"),
            "Ipv6CidrBlock": format!("2600:1f18:{}:{}00::/56", &digits[..4], &digits[4..]),
            "Ipv6CidrBlockState": {"State": "associated"},
            "Ipv6Pool": "Amazon",
            "IpSource": "amazon",
            "Ipv6AddressAttribute": "public",
            "NetworkBorderGroup": call.region,
        }]);
    }
    let answer = list::show(call, &VPC, "Tags", &id, row.clone(), list::as_stored);
    VPC.insert(call, &id, row, tags.clone());
    call.later(VPC.table, &id, 0.0, json!({"State": "available"}));
    route_table::create_main(call, &id, &net.to_string());
    network_acl::create_default(call, &id);
    security_group::create_default(call, &id);
    Ok(json!({"Vpc": list::with_tags(answer, &tags)}))
}

pub fn delete(call: &mut Call<'_>) -> Result<Value, Fault> {
    let id = call.text("VpcId").to_owned();
    VPC.find(call, &id)?;
    if in_use::vpc(call, &id) {
        return Err(in_use::violation("vpc", &id));
    }
    security_group::delete_default(call, &id);
    for kind in [&ROUTE_TABLE, &NETWORK_ACL] {
        let children: Vec<String> =
            call.all(kind.table).into_iter().filter(|(_, row)| text(row, "VpcId") == id).map(|(id, _)| id.clone()).collect();
        for child in children {
            call.remove(kind.table, &child);
        }
    }
    call.remove(VPC.table, &id);
    Ok(json!({}))
}

pub fn describe(call: &mut Call<'_>) -> Result<Value, Fault> {
    default_vpc::show(call, &LIST)?;
    list::describe(call, &LIST, list::as_stored)
}

/// Each region has one set of DHCP options that every VPC starts with.
fn dhcp_options(call: &Call<'_>) -> String {
    use sha2::{Digest, Sha256};
    let digest = Sha256::digest(format!("dhcp options of {} in {}", call.account(), call.region));
    format!("dopt-0{}", digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{call, fault, internet_gateway, security_group, subnet, vpc, world};
    use serde_json::json;

    #[test]
    fn a_new_vpc_is_pending_then_available_and_has_its_default_children() {
        let mut world = world();
        let made = call(&mut world, "CreateVpc", json!({"CidrBlock": "10.0.0.7/16"}));
        assert_eq!((&made["Vpc"]["State"], &made["Vpc"]["CidrBlock"]), (&json!("pending"), &json!("10.0.0.0/16")));
        let id = &made["Vpc"]["VpcId"];
        let filter = json!({"Filters": [{"Name": "vpc-id", "Values": [id]}]});
        assert_eq!(call(&mut world, "DescribeVpcs", filter.clone())["Vpcs"][0]["State"], "available");
        assert_eq!(call(&mut world, "DescribeSecurityGroups", filter.clone())["SecurityGroups"][0]["GroupName"], "default");
        assert_eq!(call(&mut world, "DescribeRouteTables", filter.clone())["RouteTables"][0]["Routes"][0]["GatewayId"], "local");
        assert_eq!(call(&mut world, "DescribeNetworkAcls", filter.clone())["NetworkAcls"][0]["Entries"].as_array().unwrap().len(), 4);
        call(&mut world, "DeleteVpc", json!({"VpcId": id}));
        assert_eq!(call(&mut world, "DescribeSecurityGroups", filter)["SecurityGroups"], json!([]));
        assert!(world.tables.values().all(|rows| rows.is_empty()));
        assert_eq!(fault(&mut world, "DeleteVpc", json!({"VpcId": id})), "InvalidVpcID.NotFound");
    }

    #[test]
    fn what_lives_in_a_vpc_keeps_it() {
        let mut world = world();
        let id = vpc(&mut world);
        let violated = |world: &mut _| fault(world, "DeleteVpc", json!({"VpcId": id}));
        let subnet = subnet(&mut world, &id, 1, 'a');
        assert_eq!(violated(&mut world), "DependencyViolation");
        call(&mut world, "DeleteSubnet", json!({"SubnetId": subnet}));
        let gateway = internet_gateway(&mut world, &id);
        assert_eq!(violated(&mut world), "DependencyViolation");
        call(&mut world, "DetachInternetGateway", json!({"VpcId": id, "InternetGatewayId": gateway}));
        let group = security_group(&mut world, &id, "web");
        assert_eq!(violated(&mut world), "DependencyViolation");
        call(&mut world, "DeleteSecurityGroup", json!({"GroupId": group}));
        let table = call(&mut world, "CreateRouteTable", json!({"VpcId": id}))["RouteTable"]["RouteTableId"].clone();
        assert_eq!(violated(&mut world), "DependencyViolation");
        call(&mut world, "DeleteRouteTable", json!({"RouteTableId": table}));
        call(&mut world, "DeleteVpc", json!({"VpcId": id}));
    }

    #[test]
    fn cidr_blocks_that_aws_refuses() {
        for (block, code) in [
            ("banana", "InvalidParameterValue"),
            ("10.0.0.0/8", "InvalidVpc.Range"),
            ("10.0.0.0/29", "InvalidVpc.Range"),
            ("127.0.0.0/16", "InvalidVpc.Range"),
            ("169.254.0.0/16", "InvalidVpc.Range"),
            ("0.0.0.0/16", "InvalidVpc.Range"),
            ("224.0.0.0/16", "InvalidVpc.Range"),
        ] {
            assert_eq!(fault(&mut world(), "CreateVpc", json!({"CidrBlock": block})), code, "{block}");
        }
        assert_eq!(fault(&mut world(), "CreateVpc", json!({})), "MissingParameter");
    }
}
