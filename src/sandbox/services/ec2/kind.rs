//! The form of each EC2 resource's ids, ARNs and "does not exist" errors.

use crate::world::{Call, Fault};
use serde_json::{Value, json};

/// One EC2 resource type.
pub struct Kind {
    /// The start of its ids, without the hyphen.
    pub prefix: &'static str,
    /// Its name in TagSpecifications and in ARNs.
    pub resource: &'static str,
    pub table: &'static str,
    pub not_found: &'static str,
    /// The code for an id that cannot be one; where AWS has none, such an id is just not found.
    pub malformed: Option<&'static str>,
    /// AWS's name for it in error texts.
    pub noun: &'static str,
}

pub static VPC: Kind =
    Kind { prefix: "vpc", resource: "vpc", table: "ec2.vpc", not_found: "InvalidVpcID.NotFound", malformed: None, noun: "vpc ID" };
pub static SUBNET: Kind = Kind {
    prefix: "subnet",
    resource: "subnet",
    table: "ec2.subnet",
    not_found: "InvalidSubnetID.NotFound",
    malformed: None,
    noun: "subnet ID",
};
pub static INTERNET_GATEWAY: Kind = Kind {
    prefix: "igw",
    resource: "internet-gateway",
    table: "ec2.internet_gateway",
    not_found: "InvalidInternetGatewayID.NotFound",
    malformed: Some("InvalidInternetGatewayId.Malformed"),
    noun: "internetGateway ID",
};
pub static ADDRESS: Kind = Kind {
    prefix: "eipalloc",
    resource: "elastic-ip",
    table: "ec2.address",
    not_found: "InvalidAllocationID.NotFound",
    malformed: None,
    noun: "allocation ID",
};
pub static NAT_GATEWAY: Kind = Kind {
    prefix: "nat",
    resource: "natgateway",
    table: "ec2.nat_gateway",
    not_found: "NatGatewayNotFound",
    malformed: Some("NatGatewayMalformed"),
    noun: "NAT gateway",
};
pub static ROUTE_TABLE: Kind = Kind {
    prefix: "rtb",
    resource: "route-table",
    table: "ec2.route_table",
    not_found: "InvalidRouteTableID.NotFound",
    malformed: Some("InvalidRouteTableId.Malformed"),
    noun: "routeTable ID",
};
pub static SECURITY_GROUP: Kind = Kind {
    prefix: "sg",
    resource: "security-group",
    table: "ec2.security_group",
    not_found: "InvalidGroup.NotFound",
    malformed: Some("InvalidGroupId.Malformed"),
    noun: "security group",
};
pub static SECURITY_GROUP_RULE: Kind = Kind {
    prefix: "sgr",
    resource: "security-group-rule",
    table: "ec2.security_group_rule",
    not_found: "InvalidSecurityGroupRuleId.NotFound",
    malformed: Some("InvalidSecurityGroupRuleId.Malformed"),
    noun: "security group rule ID",
};
pub static VPC_ENDPOINT: Kind = Kind {
    prefix: "vpce",
    resource: "vpc-endpoint",
    table: "ec2.vpc_endpoint",
    not_found: "InvalidVpcEndpointId.NotFound",
    malformed: Some("InvalidVpcEndpointId.Malformed"),
    noun: "Vpc Endpoint Id",
};
pub static FLOW_LOG: Kind = Kind {
    prefix: "fl",
    resource: "vpc-flow-log",
    table: "ec2.flow_log",
    not_found: "InvalidFlowLogId.NotFound",
    malformed: None,
    noun: "flow log ID",
};
pub static NETWORK_INTERFACE: Kind = Kind {
    prefix: "eni",
    resource: "network-interface",
    table: "ec2.network_interface",
    not_found: "InvalidNetworkInterfaceID.NotFound",
    malformed: Some("InvalidNetworkInterfaceId.Malformed"),
    noun: "networkInterface ID",
};
pub static NETWORK_ACL: Kind = Kind {
    prefix: "acl",
    resource: "network-acl",
    table: "ec2.network_acl",
    not_found: "InvalidNetworkAclID.NotFound",
    malformed: None,
    noun: "networkAcl ID",
};
pub static PREFIX_LIST: Kind = Kind {
    prefix: "pl",
    resource: "prefix-list",
    table: "ec2.prefix_list",
    not_found: "InvalidPrefixListID.NotFound",
    malformed: None,
    noun: "prefix list ID",
};

/// Every kind that can carry tags.
pub static ALL: [&Kind; 13] = [
    &VPC,
    &SUBNET,
    &INTERNET_GATEWAY,
    &ADDRESS,
    &NAT_GATEWAY,
    &ROUTE_TABLE,
    &SECURITY_GROUP,
    &SECURITY_GROUP_RULE,
    &VPC_ENDPOINT,
    &FLOW_LOG,
    &NETWORK_INTERFACE,
    &NETWORK_ACL,
    &PREFIX_LIST,
];

impl Kind {
    /// The kind that an id says it is of.
    pub fn of(id: &str) -> Option<&'static Kind> {
        let prefix = id.split_once('-')?.0;
        ALL.into_iter().find(|kind| kind.prefix == prefix)
    }

    pub fn arn(&self, call: &Call<'_>, id: &str) -> String {
        call.arn("ec2", &format!("{}/{id}", self.resource))
    }

    /// The resource, or the error that AWS gives for this id.
    pub fn find<'c>(&self, call: &'c Call<'_>, id: &str) -> Result<&'c Value, Fault> {
        if let Some(row) = call.get(self.table, id) {
            return Ok(row);
        }
        match self.malformed {
            Some(code) if !self.well_formed(id) => {
                Err(Fault::new(code, format!("Invalid id: \"{id}\" (expecting \"{}-...\")", self.prefix)))
            }
            _ => Err(self.unknown(id)),
        }
    }

    pub fn unknown(&self, id: &str) -> Fault {
        Fault::new(self.not_found, format!("The {} '{id}' does not exist", self.noun))
    }

    /// Stores a new resource with its ARN and the tags of its creation.
    pub fn insert(&self, call: &mut Call<'_>, id: &str, mut row: Value, tags: Vec<(String, String)>) {
        let arn = self.arn(call, id);
        if let Value::Object(members) = &mut row {
            members.insert("_arn".into(), json!(arn));
        }
        call.put(self.table, id, row);
        if !tags.is_empty() {
            call.set_tags(&arn, tags);
        }
    }

    fn well_formed(&self, id: &str) -> bool {
        let digits = id.strip_prefix(self.prefix).and_then(|rest| rest.strip_prefix('-'));
        digits.is_some_and(|digits| matches!(digits.len(), 8 | 17) && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
    }
}
