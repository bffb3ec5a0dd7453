//! The network of a load balancer: its subnets, security groups and addresses.

use super::invalid;
use super::kind::LOAD_BALANCER;
use crate::services::ec2::kind::{ADDRESS, NETWORK_INTERFACE, SECURITY_GROUP, SUBNET};
use crate::services::ec2::network_interface::{self, Wanted};
use crate::services::ec2::{address, internet_gateway, security_group};
use crate::services::members::{items, text, texts};
use crate::world::{Call, Fault};
use ipnet::Ipv4Net;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A checked choice of places.
pub struct Network {
    pub vpc: String,
    pub places: Vec<Place>,
    pub groups: Vec<String>,
}

/// One subnet, with the Elastic IP or the private address that a Network Load Balancer takes in it.
pub struct Place {
    pub subnet: String,
    zone: String,
    allocation: Option<String>,
    private_ip: Option<String>,
}

/// The places that a request names, checked as AWS checks them.
pub fn chosen(call: &Call<'_>, kind: &str, scheme: &str) -> Result<Network, Fault> {
    let places = places(call, kind)?;
    let vpc = places.first().and_then(|place| call.get(SUBNET.table, &place.subnet)).map_or("", |subnet| text(subnet, "VpcId")).to_owned();
    if scheme == "internet-facing" && internet_gateway::of_vpc(call, &vpc).is_none() {
        return Err(Fault::new("InvalidSubnet", format!("VPC {vpc} has no internet gateway")));
    }
    let mut groups = call.texts("SecurityGroups");
    if groups.is_empty() && kind == "application" {
        groups.extend(security_group::by_name(call, &vpc, "default"));
    }
    check_groups(call, &vpc, &groups)?;
    Ok(Network { vpc, places, groups })
}

/// Puts the load balancer's interfaces into the places where it has none yet.
pub fn occupy(call: &mut Call<'_>, row: &mut Value, network: &Network) -> Result<(), Fault> {
    let application = text(row, "Type") == "application";
    let arn = text(row, "LoadBalancerArn").to_owned();
    let public = text(row, "Scheme") == "internet-facing";
    let present: BTreeSet<String> = items(row, "AvailabilityZones").iter().map(|zone| text(zone, "SubnetId").to_owned()).collect();
    for place in network.places.iter().filter(|place| !present.contains(&place.subnet)) {
        let association = if public { Some(association(call, place)) } else { None };
        let wanted = Wanted {
            subnet: &place.subnet,
            groups: &network.groups,
            description: format!("ELB {}", super::kind::path(&arn)),
            interface_type: if application { "interface" } else { "network_load_balancer" },
            requester: "amazon-elb",
            private_ip: place.private_ip.clone(),
            association: association.clone(),
        };
        let interface = network_interface::create(call, wanted)?;
        let mut zone = json!({"ZoneName": place.zone, "SubnetId": place.subnet, "LoadBalancerAddresses": []});
        if let (Some(allocation), Some(association)) = (&place.allocation, &association) {
            let own = call.get(NETWORK_INTERFACE.table, &interface).map(|row| row["PrivateIpAddress"].clone()).unwrap_or_default();
            if let Some(address) = call.get_mut(ADDRESS.table, allocation) {
                address["AssociationId"] = association["AssociationId"].clone();
                address["NetworkInterfaceId"] = json!(interface);
                address["PrivateIpAddress"] = own;
            }
            zone["LoadBalancerAddresses"] = json!([{"AllocationId": allocation, "IpAddress": association["PublicIp"]}]);
        } else if let Some(private_ip) = &place.private_ip {
            zone["LoadBalancerAddresses"] = json!([{"PrivateIPv4Address": private_ip}]);
        }
        for (list, item) in [("AvailabilityZones", zone), ("_interfaces", json!(interface))] {
            if let Some(list) = row[list].as_array_mut() {
                list.push(item);
            }
        }
    }
    Ok(())
}

/// Frees the Elastic IPs of a load balancer that goes.
pub fn release_addresses(call: &mut Call<'_>, row: &Value, after: f64) {
    let taken: Vec<String> = items(row, "AvailabilityZones")
        .iter()
        .flat_map(|zone| items(zone, "LoadBalancerAddresses"))
        .map(|address| text(address, "AllocationId").to_owned())
        .filter(|allocation| !allocation.is_empty())
        .collect();
    for allocation in taken {
        call.later(ADDRESS.table, &allocation, after, json!({"AssociationId": null, "NetworkInterfaceId": null, "PrivateIpAddress": null}));
    }
}

pub fn set_security_groups(call: &mut Call<'_>) -> Result<Value, Fault> {
    let arn = call.text("LoadBalancerArn").to_owned();
    let groups = call.texts("SecurityGroups");
    let row = LOAD_BALANCER.find(call, &arn)?;
    if text(row, "Type") != "application" && row.get("SecurityGroups").is_none() {
        let message = "You cannot set security groups on a Network Load Balancer that was created without one";
        return Err(Fault::new("InvalidConfigurationRequest", message));
    }
    if groups.is_empty() {
        return Err(invalid("At least one security group must be specified"));
    }
    let interfaces = texts(row, "_interfaces");
    check_groups(call, text(row, "VpcId"), &groups)?;
    for interface in interfaces {
        network_interface::set_groups(call, &interface, &groups);
    }
    if let Some(row) = call.get_mut(LOAD_BALANCER.table, &arn) {
        row["SecurityGroups"] = json!(groups);
    }
    Ok(json!({"SecurityGroupIds": groups}))
}

pub fn set_subnets(call: &mut Call<'_>) -> Result<Value, Fault> {
    let arn = call.text("LoadBalancerArn").to_owned();
    let mut row = LOAD_BALANCER.find(call, &arn)?.clone();
    let places = places(call, text(&row, "Type"))?;
    let vpc = text(&row, "VpcId").to_owned();
    if places.iter().any(|place| call.get(SUBNET.table, &place.subnet).is_none_or(|subnet| text(subnet, "VpcId") != vpc)) {
        return Err(Fault::new("InvalidConfigurationRequest", format!("The subnets must be in the VPC '{vpc}' of the load balancer")));
    }
    let kept: BTreeSet<&str> = places.iter().map(|place| place.subnet.as_str()).collect();
    let left: Vec<String> = texts(&row, "_interfaces")
        .into_iter()
        .filter(|id| call.get(NETWORK_INTERFACE.table, id).is_none_or(|interface| !kept.contains(text(interface, "SubnetId"))))
        .collect();
    if let Some(zones) = row["AvailabilityZones"].as_array_mut() {
        zones.retain(|zone| kept.contains(text(zone, "SubnetId")));
    }
    if let Some(interfaces) = row["_interfaces"].as_array_mut() {
        interfaces.retain(|interface| !left.iter().any(|left| *interface == json!(left)));
    }
    for interface in left {
        call.remove(NETWORK_INTERFACE.table, &interface);
    }
    let network = Network { vpc, places, groups: texts(&row, "SecurityGroups") };
    occupy(call, &mut row, &network)?;
    if !call.text("IpAddressType").is_empty() {
        row["IpAddressType"] = json!(call.text("IpAddressType"));
    }
    let answer = json!({"AvailabilityZones": row["AvailabilityZones"], "IpAddressType": row["IpAddressType"]});
    call.put(LOAD_BALANCER.table, &arn, row);
    Ok(answer)
}

pub fn set_ip_address_type(call: &mut Call<'_>) -> Result<Value, Fault> {
    let (arn, kind) = (call.text("LoadBalancerArn").to_owned(), call.text("IpAddressType").to_owned());
    let row = LOAD_BALANCER.find(call, &arn)?;
    if kind != "ipv4" {
        let without = |zone: &&Value| {
            call.get(SUBNET.table, text(zone, "SubnetId")).is_none_or(|subnet| items(subnet, "Ipv6CidrBlockAssociationSet").is_empty())
        };
        if let Some(zone) = items(row, "AvailabilityZones").iter().find(without) {
            return Err(Fault::new("InvalidSubnet", format!("The subnet '{}' has no IPv6 CIDR block", text(zone, "SubnetId"))));
        }
    }
    if let Some(row) = call.get_mut(LOAD_BALANCER.table, &arn) {
        row["IpAddressType"] = json!(kind);
    }
    Ok(json!({"IpAddressType": kind}))
}

/// The subnets of a request: all known, of one VPC, each in another zone, and enough of them.
fn places(call: &Call<'_>, kind: &str) -> Result<Vec<Place>, Fault> {
    let (plain, mapped) = (call.texts("Subnets"), items(call.input, "SubnetMappings"));
    if !plain.is_empty() && !mapped.is_empty() {
        return Err(invalid("Subnets and SubnetMappings cannot be specified at the same time"));
    }
    let given = |mapping: &Value, member: &str| mapping.get(member).and_then(Value::as_str).map(String::from);
    let wanted: Vec<(String, Option<String>, Option<String>)> =
        plain
            .into_iter()
            .map(|subnet| (subnet, None, None))
            .chain(mapped.iter().map(|mapping| {
                (text(mapping, "SubnetId").to_owned(), given(mapping, "AllocationId"), given(mapping, "PrivateIPv4Address"))
            }))
            .collect();
    let mut places: Vec<Place> = Vec::new();
    let mut vpc: Option<&str> = None;
    for (subnet, allocation, private_ip) in wanted {
        let Some(row) = call.get(SUBNET.table, &subnet) else {
            return Err(Fault::new("SubnetNotFound", format!("The subnet ID '{subnet}' does not exist")));
        };
        if *vpc.get_or_insert(text(row, "VpcId")) != text(row, "VpcId") {
            return Err(Fault::new("InvalidConfigurationRequest", "All subnets must belong to the same VPC"));
        }
        let zone = text(row, "AvailabilityZone").to_owned();
        if places.iter().any(|place| place.zone == zone) {
            let message = "A load balancer cannot be attached to multiple subnets in the same Availability Zone";
            return Err(Fault::new("InvalidConfigurationRequest", message));
        }
        if text(row, "CidrBlock").parse::<Ipv4Net>().is_ok_and(|net| net.prefix_len() > 27) && kind == "application" {
            let message = format!("Not enough IP space available in {subnet}. ELB requires at least 8 free IP addresses in each subnet.");
            return Err(Fault::new("InvalidSubnet", message));
        }
        if let Some(id) = &allocation {
            let address = call
                .get(ADDRESS.table, id)
                .ok_or_else(|| Fault::new("AllocationIdNotFound", format!("The allocation ID '{id}' does not exist")))?;
            if address.get("AssociationId").is_some() {
                return Err(Fault::new("ResourceInUse", format!("The allocation ID '{id}' is already associated")));
            }
        }
        places.push(Place { subnet, zone, allocation, private_ip });
    }
    if places.len() < 2 && kind == "application" {
        return Err(invalid("At least two subnets in two different Availability Zones must be specified"));
    }
    if places.is_empty() {
        return Err(invalid("At least one subnet must be specified"));
    }
    Ok(places)
}

fn check_groups(call: &Call<'_>, vpc: &str, groups: &[String]) -> Result<(), Fault> {
    let known = |id: &String| call.get(SECURITY_GROUP.table, id).is_some_and(|row| text(row, "VpcId") == vpc);
    if groups.iter().all(known) {
        return Ok(());
    }
    Err(Fault::new("InvalidConfigurationRequest", "One or more security groups are invalid"))
}

/// The public address of an interface: the customer's Elastic IP, or one that the service owns.
fn association(call: &mut Call<'_>, place: &Place) -> Value {
    let owned = place.allocation.as_deref().and_then(|id| call.get(ADDRESS.table, id)).map(|row| row["PublicIp"].clone());
    match owned {
        Some(public_ip) => {
            let association = call.new_id("eipassoc");
            json!({"AllocationId": place.allocation, "AssociationId": association, "IpOwnerId": call.account(), "PublicIp": public_ip})
        }
        None => json!({"IpOwnerId": "amazon-elb", "PublicIp": address::fresh_public_ip(call)}),
    }
}

#[cfg(test)]
mod tests {
    use crate::services::ec2::testing::{call, fault, internet_gateway, security_group, subnet, vpc, world};
    use serde_json::json;

    #[test]
    fn subnets_and_groups_can_change() {
        let mut world = world();
        let vpc = vpc(&mut world);
        internet_gateway(&mut world, &vpc);
        let (one, two, three) = (subnet(&mut world, &vpc, 1, 'a'), subnet(&mut world, &vpc, 2, 'b'), subnet(&mut world, &vpc, 3, 'c'));
        let (old, new) = (security_group(&mut world, &vpc, "old"), security_group(&mut world, &vpc, "new"));
        let input = json!({"Name": "web", "Subnets": [one, two], "SecurityGroups": [old]});
        let arn = call(&mut world, "CreateLoadBalancer", input)["LoadBalancers"][0]["LoadBalancerArn"].clone();
        call(&mut world, "SetSecurityGroups", json!({"LoadBalancerArn": arn, "SecurityGroups": [new]}));
        call(&mut world, "DeleteSecurityGroup", json!({"GroupId": old}));
        assert_eq!(fault(&mut world, "DeleteSecurityGroup", json!({"GroupId": new})), "DependencyViolation");
        let zones = call(&mut world, "SetSubnets", json!({"LoadBalancerArn": arn, "Subnets": [two, three]}));
        assert_eq!(zones["AvailabilityZones"].as_array().unwrap().len(), 2);
        call(&mut world, "DeleteSubnet", json!({"SubnetId": one}));
        assert_eq!(fault(&mut world, "DeleteSubnet", json!({"SubnetId": three})), "DependencyViolation");
        assert_eq!(fault(&mut world, "SetIpAddressType", json!({"LoadBalancerArn": arn, "IpAddressType": "dualstack"})), "InvalidSubnet");
    }

    #[test]
    fn a_network_load_balancer_takes_elastic_ips() {
        let mut world = world();
        let vpc = vpc(&mut world);
        internet_gateway(&mut world, &vpc);
        let subnet = subnet(&mut world, &vpc, 1, 'a');
        let address = call(&mut world, "AllocateAddress", json!({}))["AllocationId"].clone();
        let input = json!({"Name": "net", "Type": "network", "SubnetMappings": [{"SubnetId": subnet, "AllocationId": address}]});
        let made = call(&mut world, "CreateLoadBalancer", input)["LoadBalancers"][0].clone();
        assert_eq!(made["AvailabilityZones"][0]["LoadBalancerAddresses"][0]["AllocationId"], address);
        assert!(made.get("SecurityGroups").is_none());
        assert_eq!(fault(&mut world, "ReleaseAddress", json!({"AllocationId": address})), "InvalidIPAddress.InUse");
    }
}
