//! Network interfaces: what gateways, endpoints and load balancers put into subnets.

use super::kind::{NETWORK_INTERFACE, SECURITY_GROUP, SUBNET};
use super::list::{self, List};
use crate::services::members::{items, text};
use crate::world::{Call, Fault};
use ipnet::Ipv4Net;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const LIST: List = List {
    kind: &NETWORK_INTERFACE,
    ids: "NetworkInterfaceIds",
    filters: "Filters",
    output: "NetworkInterfaces",
    tags: "TagSet",
    known: &[
        ("addresses.association.public-ip", "PrivateIpAddresses.Association.PublicIp"),
        ("addresses.primary", "PrivateIpAddresses.Primary"),
        ("addresses.private-ip-address", "PrivateIpAddresses.PrivateIpAddress"),
        ("association.allocation-id", "Association.AllocationId"),
        ("association.association-id", "Association.AssociationId"),
        ("association.ip-owner-id", "Association.IpOwnerId"),
        ("association.public-dns-name", "Association.PublicDnsName"),
        ("association.public-ip", "Association.PublicIp"),
        ("attachment.attachment-id", "Attachment.AttachmentId"),
        ("attachment.instance-id", "Attachment.InstanceId"),
        ("attachment.instance-owner-id", "Attachment.InstanceOwnerId"),
        ("attachment.status", "Attachment.Status"),
        ("availability-zone", "AvailabilityZone"),
        ("description", "Description"),
        ("group-id", "Groups.GroupId"),
        ("group-name", "Groups.GroupName"),
        ("interface-type", "InterfaceType"),
        ("mac-address", "MacAddress"),
        ("network-interface-id", "NetworkInterfaceId"),
        ("owner-id", "OwnerId"),
        ("private-dns-name", "PrivateDnsName"),
        ("private-ip-address", "PrivateIpAddress"),
        ("requester-id", "RequesterId"),
        ("requester-managed", "RequesterManaged"),
        ("source-dest-check", "SourceDestCheck"),
        ("status", "Status"),
        ("subnet-id", "SubnetId"),
        ("vpc-id", "VpcId"),
    ],
};

/// An interface that a service makes for itself.
#[derive(Default)]
pub struct Wanted<'w> {
    pub subnet: &'w str,
    pub groups: &'w [String],
    pub description: String,
    /// EC2's interface type; `interface` for load balancers of type application.
    pub interface_type: &'w str,
    /// The service that asks, such as `amazon-elb`.
    pub requester: &'w str,
    /// A given address instead of the next free one.
    pub private_ip: Option<String>,
    /// The public address that maps to it: an `Association` object.
    pub association: Option<Value>,
}

/// Makes the interface; it answers its id. The subnet must exist.
pub fn create(call: &mut Call<'_>, wanted: Wanted<'_>) -> Result<String, Fault> {
    let subnet = SUBNET.find(call, wanted.subnet)?.clone();
    let address = match wanted.private_ip {
        Some(address) => address,
        None => free_address(call, &subnet)?,
    };
    let id = call.new_id(NETWORK_INTERFACE.prefix);
    let attachment = call.new_id("eni-attach");
    let mac = call.hex(10);
    let mac: Vec<&str> = (0..5).map(|at| &mac[at * 2..at * 2 + 2]).collect();
    let domain = if call.region == "us-east-1" { "ec2".to_owned() } else { format!("{}.compute", call.region) };
    let name = format!("ip-{}.{domain}.internal", address.replace('.', "-"));
    let mut own = json!({"Primary": true, "PrivateIpAddress": address, "PrivateDnsName": name});
    let groups: Vec<Value> = wanted
        .groups
        .iter()
        .filter_map(|id| Some(json!({"GroupId": id, "GroupName": text(call.get(SECURITY_GROUP.table, id)?, "GroupName")})))
        .collect();
    let mut row = json!({
        "NetworkInterfaceId": id,
        "Attachment": {
            "AttachmentId": attachment, "DeleteOnTermination": false, "DeviceIndex": 1,
            "InstanceOwnerId": wanted.requester, "Status": "attached", "AttachTime": call.now(),
        },
        "AvailabilityZone": subnet["AvailabilityZone"],
        "Description": wanted.description,
        "Groups": groups,
        "InterfaceType": wanted.interface_type,
        "Ipv6Addresses": [],
        "MacAddress": format!("02:{}", mac.join(":")),
        "OwnerId": call.account(),
        "PrivateDnsName": name,
        "PrivateIpAddress": address,
        "RequesterId": wanted.requester,
        "RequesterManaged": true,
        "SourceDestCheck": false,
        "Status": "in-use",
        "SubnetId": wanted.subnet,
        "VpcId": subnet["VpcId"],
    });
    if let Some(association) = wanted.association {
        own["Association"] = association.clone();
        row["Association"] = association;
    }
    row["PrivateIpAddresses"] = json!([own]);
    NETWORK_INTERFACE.insert(call, &id, row, Vec::new());
    Ok(id)
}

/// Puts other groups on an interface.
pub fn set_groups(call: &mut Call<'_>, id: &str, groups: &[String]) {
    let named: Vec<Value> = groups
        .iter()
        .filter_map(|id| Some(json!({"GroupId": id, "GroupName": text(call.get(SECURITY_GROUP.table, id)?, "GroupName")})))
        .collect();
    if let Some(row) = call.get_mut(NETWORK_INTERFACE.table, id) {
        row["Groups"] = named.into();
    }
}

pub fn describe(call: &mut Call<'_>) -> Result<Value, Fault> {
    list::describe(call, &LIST, list::as_stored)
}

/// The lowest address of the subnet that nothing has. AWS keeps the first four and the last.
fn free_address(call: &Call<'_>, subnet: &Value) -> Result<String, Fault> {
    let id = text(subnet, "SubnetId");
    let own = |row: &&Value| text(row, "SubnetId") == id;
    let interfaces: Vec<&Value> = call.all(NETWORK_INTERFACE.table).into_iter().map(|(_, row)| row).filter(own).collect();
    let taken: BTreeSet<&str> =
        interfaces.into_iter().flat_map(|row| items(row, "PrivateIpAddresses")).map(|address| text(address, "PrivateIpAddress")).collect();
    let net: Option<Ipv4Net> = text(subnet, "CidrBlock").parse().ok();
    let free = net.and_then(|net| net.hosts().skip(3).map(|address| address.to_string()).find(|address| !taken.contains(address.as_str())));
    free.ok_or_else(|| {
        Fault::new(
            "InsufficientFreeAddressesInSubnet",
            format!("There are not enough free addresses in subnet '{id}' to satisfy the request."),
        )
    })
}
