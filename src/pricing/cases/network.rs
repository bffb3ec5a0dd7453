//! Ways in, ways out, names.

use super::Resource;
use super::words::given;
use crate::core::money::Decimal;
use crate::pricing::tariffs;
use crate::pricing::tariffs::elb::{Flow, Traffic};
use crate::pricing::{Charge, Count, HOURS};

pub(super) fn balancer(resource: &Resource<'_>) -> Vec<Charge> {
    let Resource { attributes, usage, .. } = resource;
    let traffic = Traffic {
        // The amounts are those of a month, all together.
        connections: usage.given("new_connections"),
        active: usage.given("active_connections"),
        gb: usage.given("processed_bytes_gb"),
        rules: None,
    };
    match attributes.choice("load_balancer_type", &["application", "network"]).unwrap_or("application") {
        "network" => tariffs::elb::network(vec![(Flow::Tcp, traffic)]),
        _ => tariffs::elb::application(Traffic { rules: Some(usage.given("rule_evaluations")), ..traffic }),
    }
}

pub(super) fn nat_gateway(resource: &Resource<'_>) -> Vec<Charge> {
    tariffs::vpc::nat_gateway(resource.usage.given("monthly_data_processed_gb"))
}

/// An address by itself is one that nobody uses.
pub(super) fn address(resource: &Resource<'_>) -> Vec<Charge> {
    let Resource { attributes, .. } = resource;
    if attributes.text("customer_owned_ipv4_pool").is_some() {
        return Vec::new();
    }
    let users = ["instance", "network_interface", "allocation_id"].map(|name| attributes.text(name));
    let in_use = users.iter().any(Option::is_some);
    vec![tariffs::vpc::public_addresses(&Count::of(1), in_use)]
}

pub(super) fn endpoint(resource: &Resource<'_>) -> Vec<Charge> {
    let Resource { attributes, usage, .. } = resource;
    let zones = attributes.count("subnet_ids").max(1);
    let through = || usage.given("monthly_data_processed_gb");
    match attributes.choice("vpc_endpoint_type", &["Interface", "GatewayLoadBalancer", "Gateway"]).unwrap_or("Gateway") {
        "Interface" => tariffs::vpc::interface_endpoint(zones, through()),
        "GatewayLoadBalancer" => tariffs::vpc::gateway_balancer_endpoint(zones, through()),
        _ => Vec::new(),
    }
}

pub(super) fn transfer(resource: &Resource<'_>) -> Vec<Charge> {
    let usage = resource.usage;
    let near = usage.given("monthly_outbound_us_east_to_us_east_gb");
    vec![
        tariffs::transfer::between_zones(usage.given("monthly_intra_region_gb")),
        tariffs::transfer::internet(usage.given("monthly_outbound_internet_gb")),
        Charge::usage("data between the regions of the US East", "datatransfer.out.us_east_to_us_east.gb", "GB", near),
        tariffs::transfer::other_region(usage.given("monthly_outbound_other_regions_gb")),
    ]
}

pub(super) fn transit(resource: &Resource<'_>) -> Vec<Charge> {
    vec![
        Charge::fixed("attachment", "vpc.transit_gateway.vpc_attachment.hour", "hour", HOURS),
        Charge::usage("data through the gateway", "vpc.transit_gateway.gb", "GB", resource.usage.given("monthly_data_processed_gb")),
    ]
}

pub(super) fn vpn(resource: &Resource<'_>) -> Vec<Charge> {
    let mut charges = vec![Charge::fixed("connection", "vpc.vpn_connection.hour", "hour", HOURS)];
    if resource.attributes.text("transit_gateway_id").is_some() {
        charges.extend(transit(resource));
    }
    charges
}

pub(super) fn client_vpn(resource: &Resource<'_>) -> Vec<Charge> {
    let connections = resource.usage.given("monthly_connection_hrs");
    vec![
        Charge::fixed("association", "vpc.client_vpn.endpoint_hour", "hour", HOURS),
        Charge::usage("connections", "vpc.client_vpn.connection_hour", "hour", connections),
    ]
}

pub(super) fn zone(_resource: &Resource<'_>) -> Vec<Charge> {
    vec![Charge::fixed("hosted zone", "route53.hosted_zone.month", "zone-month", 1).global()]
}

pub(super) fn record(resource: &Resource<'_>) -> Vec<Charge> {
    // The first thousand million queries of a sort have another price than the rest; the catalogue has a key for either.
    let most = Decimal::from(1_000_000_000);
    let sorts = [("standard", "monthly_standard_queries"), ("latency", "monthly_latency_based_queries"), ("geo", "monthly_geo_queries")];
    let charges = sorts.into_iter().flat_map(|(sort, name)| {
        let queries = resource.usage.number(name).unwrap_or_default();
        let charge = |what: &str, key: String, amount: Decimal| {
            Charge::usage(format!("{what}, {sort}"), key, "1M queries", given(amount, name).per(1_000_000)).global()
        };
        let above = (queries - most).max(Decimal::ZERO);
        [
            charge("queries", format!("route53.queries.{sort}"), queries.min(most)),
            charge("queries above a thousand million", format!("route53.queries.{sort}_over_1b"), above),
        ]
    });
    charges.collect()
}

pub(super) fn resolver(resource: &Resource<'_>) -> Vec<Charge> {
    let attributes = resource.attributes;
    // Their number is billed, whatever stands in them.
    attributes.idle(&["ip_address"]);
    let stated = attributes.whole("resolver_endpoint_interfaces").map(Decimal::from).unwrap_or_default();
    let interfaces = Decimal::from(attributes.count("ip_address")).max(stated);
    vec![Charge::fixed("interfaces", "route53.resolver_endpoint.eni_hour", "ENI-hour", HOURS * interfaces)]
}

pub(super) fn distribution(resource: &Resource<'_>) -> Vec<Charge> {
    let usage = resource.usage;
    let mut charges = Vec::new();
    for place in ["us", "europe", "south_africa", "south_america", "japan", "australia", "asia_pacific", "india"] {
        charges.extend([
            tariffs::cloudfront::data(place, usage.given(&format!("monthly_data_transfer_to_internet_gb.{place}"))),
            tariffs::cloudfront::data_to_origin(place, usage.given(&format!("monthly_data_transfer_to_origin_gb.{place}"))),
            tariffs::cloudfront::requests("http", place, usage.given(&format!("monthly_http_requests.{place}"))),
            tariffs::cloudfront::requests("https", place, usage.given(&format!("monthly_https_requests.{place}"))),
        ]);
    }
    for place in ["us", "europe", "south_america", "japan", "australia", "singapore", "south_korea", "india"] {
        let requests = usage.given(&format!("monthly_shield_requests.{place}")).per(10_000);
        charges.push(
            Charge::usage("requests to the origin shield", format!("cloudfront.origin_shield.{place}"), "10k requests", requests).global(),
        );
    }
    let free = Decimal::from(1_000);
    let paths = usage.given("monthly_invalidation_requests").map(|paths| (paths - free).max(Decimal::ZERO));
    let lines = usage.given("monthly_log_lines").per(1_000_000);
    let fields = usage.given("monthly_encryption_requests").per(10_000);
    charges.extend([
        Charge::usage("invalidated paths above 1000", "cloudfront.invalidation.path_over_1000", "path", paths).global(),
        Charge::usage("real-time log lines", "cloudfront.real_time_logs", "1M lines", lines).global(),
        Charge::usage("encrypted fields", "cloudfront.field_level_encryption", "10k requests", fields).global(),
        Charge::usage(
            "certificates on addresses of their own",
            "cloudfront.dedicated_ip_cert.month",
            "cert-month",
            usage.given("custom_ssl_certificates"),
        )
        .global(),
    ]);
    charges
}
