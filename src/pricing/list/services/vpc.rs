//! The network, but for NAT gateways, which AWS lists with EC2.

use super::{Product, Row, Wanted, one, row};

const TABLE: &[Row] = &[
    ("VpcEndpoint-Hours", "vpc.endpoint.interface.hour", "hour per AZ"),
    ("VpcEndpoint-Bytes", "vpc.endpoint.interface.gb", "GB"),
    ("VpcEndpoint-GWLBE-Hours", "vpc.endpoint.gwlb.hour", "hour per AZ"),
    ("VpcEndpoint-GWLBE-Bytes", "vpc.endpoint.gwlb.gb", "GB"),
    ("PublicIPv4:InUseAddress", "vpc.public_ipv4.in_use_hour", "hour"),
    ("PublicIPv4:IdleAddress", "vpc.public_ipv4.idle_hour", "hour"),
    ("ClientVPN-EndpointHours", "vpc.client_vpn.endpoint_hour", "hour"),
    ("ClientVPN-ConnectionHours", "vpc.client_vpn.connection_hour", "hour"),
    ("VPN-Usage-Hours:ipsec.1", "vpc.vpn_connection.hour", "hour"),
];

pub(super) fn keys(product: &Product, region: &str) -> Vec<Wanted> {
    match (product.usage(region), product.operation.as_str()) {
        // The attachments are told apart by the operation alone.
        ("TransitGateway-Hours", "TransitGatewayVPC") => one("vpc.transit_gateway.vpc_attachment.hour", "hour"),
        ("TransitGateway-Bytes", "TransitGatewayVPC") => one("vpc.transit_gateway.gb", "GB"),
        (usage, _) => row(TABLE, usage),
    }
}
