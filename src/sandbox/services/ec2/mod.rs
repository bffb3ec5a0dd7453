//! EC2's network half: VPCs and what lives in them, one file per resource.
//!
//! `kind` says how each resource's ids, ARNs and errors look; `list` answers every describe call;
//! `filter` and `tag` are the only places that know filters and tags; `in_use` derives DependencyViolation.

pub mod account;
pub mod address;
pub mod cidr;
pub mod default_vpc;
mod due;
pub mod filter;
pub mod flow_log;
pub mod idempotency;
pub mod in_use;
pub mod instance_type;
pub mod internet_gateway;
pub mod kind;
pub mod list;
pub mod managed_prefix_list;
pub mod nat_gateway;
pub mod network_acl;
pub mod network_interface;
pub mod permission;
pub mod prefix_list;
pub mod route;
pub mod route_table;
pub mod security_group;
pub mod security_group_rule;
pub mod subnet;
pub mod tag;
pub mod unmodelled;
pub mod vpc;
pub mod vpc_attribute;
pub mod vpc_endpoint;
pub mod vpc_endpoint_service;
pub mod zone;

#[cfg(test)]
pub mod testing;

use super::Handler;

pub fn handler(operation: &str) -> Option<Handler> {
    let action: Handler = match operation {
        "CreateVpc" => vpc::create,
        "CreateDefaultVpc" => default_vpc::create,
        "DeleteVpc" => vpc::delete,
        "DescribeVpcs" => vpc::describe,
        "ModifyVpcAttribute" => vpc_attribute::modify,
        "DescribeVpcAttribute" => vpc_attribute::describe,

        "CreateSubnet" => subnet::create,
        "DeleteSubnet" => subnet::delete,
        "DescribeSubnets" => subnet::describe,
        "ModifySubnetAttribute" => subnet::modify_attribute,

        "CreateInternetGateway" => internet_gateway::create,
        "DeleteInternetGateway" => internet_gateway::delete,
        "DescribeInternetGateways" => internet_gateway::describe,
        "AttachInternetGateway" => internet_gateway::attach,
        "DetachInternetGateway" => internet_gateway::detach,

        "AllocateAddress" => address::allocate,
        "ReleaseAddress" => address::release,
        "DescribeAddresses" => address::describe,
        "DescribeAddressesAttribute" => address::describe_attribute,
        "DisassociateAddress" => address::disassociate,

        "CreateNatGateway" => nat_gateway::create,
        "DeleteNatGateway" => nat_gateway::delete,
        "DescribeNatGateways" => nat_gateway::describe,

        "CreateRouteTable" => route_table::create,
        "DeleteRouteTable" => route_table::delete,
        "DescribeRouteTables" => route_table::describe,
        "AssociateRouteTable" => route_table::associate,
        "DisassociateRouteTable" => route_table::disassociate,
        "ReplaceRouteTableAssociation" => route_table::replace_association,
        "CreateRoute" => route::create,
        "ReplaceRoute" => route::replace,
        "DeleteRoute" => route::delete,

        "CreateSecurityGroup" => security_group::create,
        "DeleteSecurityGroup" => security_group::delete,
        "DescribeSecurityGroups" => security_group::describe,
        "AuthorizeSecurityGroupIngress" | "AuthorizeSecurityGroupEgress" => security_group_rule::authorize,
        "RevokeSecurityGroupIngress" | "RevokeSecurityGroupEgress" => security_group_rule::revoke,
        "ModifySecurityGroupRules" => security_group_rule::modify,
        "UpdateSecurityGroupRuleDescriptionsIngress" | "UpdateSecurityGroupRuleDescriptionsEgress" => {
            security_group_rule::update_descriptions
        }
        "DescribeSecurityGroupRules" => security_group_rule::describe,

        "CreateVpcEndpoint" => vpc_endpoint::create,
        "DeleteVpcEndpoints" => vpc_endpoint::delete,
        "DescribeVpcEndpoints" => vpc_endpoint::describe,
        "ModifyVpcEndpoint" => vpc_endpoint::modify,
        "DescribeVpcEndpointServices" => vpc_endpoint_service::describe,

        "DescribePrefixLists" => prefix_list::describe,
        "GetManagedPrefixListEntries" => prefix_list::entries,
        "DescribeManagedPrefixLists" => prefix_list::describe_managed,
        "GetManagedPrefixListAssociations" => managed_prefix_list::associations,
        "CreateManagedPrefixList" => managed_prefix_list::create,
        "ModifyManagedPrefixList" => managed_prefix_list::modify,
        "RestoreManagedPrefixListVersion" => managed_prefix_list::restore,
        "DeleteManagedPrefixList" => managed_prefix_list::delete,

        "CreateFlowLogs" => flow_log::create,
        "DeleteFlowLogs" => flow_log::delete,
        "DescribeFlowLogs" => flow_log::describe,

        "DescribeNetworkInterfaces" => network_interface::describe,
        "DescribeNetworkAcls" => network_acl::describe,
        "CreateNetworkAcl" => network_acl::create,
        "DeleteNetworkAcl" => network_acl::delete,
        "CreateNetworkAclEntry" => network_acl::create_entry,
        "ReplaceNetworkAclEntry" => network_acl::replace_entry,
        "DeleteNetworkAclEntry" => network_acl::delete_entry,
        "ReplaceNetworkAclAssociation" => network_acl::replace_association,
        "DescribeAvailabilityZones" => zone::describe,
        "DescribeRegions" => zone::describe_regions,
        "DescribeAccountAttributes" => account::describe_attributes,
        "DescribeInstanceTypes" => instance_type::describe,
        "DescribeInstanceTypeOfferings" => instance_type::describe_offerings,

        "CreateTags" => tag::create,
        "DeleteTags" => tag::delete,
        "DescribeTags" => tag::describe,
        _ => return None,
    };
    Some(action)
}
