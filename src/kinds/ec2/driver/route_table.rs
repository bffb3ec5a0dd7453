//! Makes, reads, changes and deletes `ec2.route_table` in AWS.

use crate::aws::{Aws, Create, Driver, During, Error, Made, Result, Retag, Select, Update};
use crate::core::identity::own_tags;
use crate::core::snapshot::{Live, State};
use crate::kinds::after_create::{patient, unfinished};
use crate::kinds::ec2::driver;
use crate::kinds::ec2::route_table::*;
use aws_sdk_ec2::types::{self as sdk, Filter, ResourceType, RouteOrigin, RouteTableAssociationStateCode};
use futures::future::try_join_all;
use std::collections::BTreeMap;

impl Driver for RouteTable {
    const ABSENT: &'static [&'static str] = &["InvalidRouteTableID.NotFound"];
    const PASSING: &'static [&'static str] = &["DependencyViolation", "InvalidVpcID.NotFound"];
    /// AWS answers the one that the token made, and then knows nothing of it.
    const SPENT: &'static [&'static str] = Self::ABSENT;

    async fn list(aws: &Aws, select: &Select) -> Result<Vec<Live<Spec>>> {
        let tables = describe(aws, driver::filters(aws, select, "route-table-id")).await?;
        Ok(tables.into_iter().map(|table| live(aws, table)).collect())
    }

    async fn create(aws: &Aws, new: &Create<Spec>) -> Result<Made> {
        let answer = aws
            .ec2
            .create_route_table()
            .vpc_id(&new.spec.vpc_id)
            .client_token(&new.token)
            .tag_specifications(driver::tag_specification(ResourceType::RouteTable, &new.tags))
            .send()
            .await
            .during("ec2.CreateRouteTable")?;
        let id = answer
            .route_table
            .and_then(|table| table.route_table_id)
            .ok_or_else(|| Error::missing("ec2.CreateRouteTable", "RouteTableId"))?;
        // Routes first: a subnet that moves here must not lose its way for a moment.
        try_join_all(new.spec.routes.iter().map(|route| patient(aws, || add(aws, &id, route)))).await.map_err(spent_or_unfinished)?;
        let associations = new.spec.subnet_ids.iter().map(|subnet| patient(aws, || associate(aws, &id, subnet)));
        try_join_all(associations).await.map_err(spent_or_unfinished)?;
        Ok(Made::new(&id, [("id", id.clone()), ("arn", aws.ec2_arn("route-table", &id))]))
    }

    async fn update(aws: &Aws, change: &Update<Spec>) -> Result<BTreeMap<String, String>> {
        let (id, old, new) = (&change.live.id, &change.live.spec, &change.wanted);
        if change.changes("routes") {
            let was = |destination: &str| old.routes.iter().find(|route| route.destination == destination);
            try_join_all(new.routes.iter().filter(|route| was(&route.destination) != Some(*route)).map(async |route| {
                match was(&route.destination) {
                    Some(_) => replace_route(aws, id, route).await,
                    None => add(aws, id, route).await,
                }
            }))
            .await?;
            let gone = old.routes.iter().filter(|route| !new.routes.iter().any(|kept| kept.destination == route.destination));
            try_join_all(gone.map(|route| remove(aws, id, &route.destination))).await?;
        }
        if change.changes("subnet_ids") {
            let added = new.subnet_ids.iter().filter(|subnet| !old.subnet_ids.contains(subnet));
            try_join_all(added.map(|subnet| associate(aws, id, subnet))).await?;
            if old.subnet_ids.iter().any(|subnet| !new.subnet_ids.contains(subnet)) {
                release(aws, id, |subnet| !new.subnet_ids.iter().any(|kept| kept == subnet)).await?;
            }
        }
        Ok(BTreeMap::new())
    }

    async fn delete(aws: &Aws, live: &Live<Spec>) -> Result<()> {
        if !live.spec.subnet_ids.is_empty() {
            release(aws, &live.id, |_| true).await?;
        }
        aws.ec2.delete_route_table().route_table_id(&live.id).send().await.during("ec2.DeleteRouteTable")?;
        Ok(())
    }

    async fn retag(aws: &Aws, live: &Live<Spec>, tags: &Retag) -> Result<()> {
        driver::retag(aws, &live.id, tags).await
    }
}

async fn describe(aws: &Aws, filters: Vec<Filter>) -> Result<Vec<sdk::RouteTable>> {
    let mut pages = aws.ec2.describe_route_tables().set_filters(Some(filters)).into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        found.extend(page.during("ec2.DescribeRouteTables")?.route_tables.unwrap_or_default());
    }
    Ok(found)
}

fn live(aws: &Aws, table: sdk::RouteTable) -> Live<Spec> {
    let subnet_ids = associations(&table).map(|(subnet, _)| subnet.to_owned()).collect();
    let (id, tags) = (table.route_table_id.unwrap_or_default(), driver::tags(table.tags));
    let arn = aws.ec2_arn("route-table", &id);
    Live {
        name: String::new(),
        claim: aws.claim(&tags),
        state: State::Ready,
        outputs: BTreeMap::from([("id".into(), id.clone()), ("arn".into(), arn.clone())]),
        spec: Spec {
            vpc_id: table.vpc_id.unwrap_or_default(),
            routes: table.routes.unwrap_or_default().into_iter().filter_map(route).collect(),
            subnet_ids,
            tags: own_tags(&tags),
        },
        id,
        arn,
    }
}

// Each subnet that uses the table, with the id of the association.
fn associations(table: &sdk::RouteTable) -> impl Iterator<Item = (&str, &str)> {
    table.associations().iter().filter_map(|association| {
        let state = association.association_state().and_then(|state| state.state());
        let gone = matches!(
            state,
            Some(
                RouteTableAssociationStateCode::Disassociating
                    | RouteTableAssociationStateCode::Disassociated
                    | RouteTableAssociationStateCode::Failed
            )
        );
        Some((association.subnet_id()?, association.route_table_association_id()?)).filter(|_| !gone)
    })
}

// None for the routes that AWS makes: the local one, propagated ones, and the prefix list of a gateway endpoint.
fn route(route: sdk::Route) -> Option<Route> {
    let endpoint = route.gateway_id.clone().filter(|id| id.starts_with("vpce-"));
    let made_by_aws = route.origin.as_ref().is_some_and(|origin| *origin != RouteOrigin::CreateRoute)
        || route.gateway_id.as_deref() == Some("local")
        || route.destination_prefix_list_id.is_some() && endpoint.is_some();
    if made_by_aws {
        return None;
    }
    Some(Route {
        destination: route.destination_cidr_block.or(route.destination_ipv6_cidr_block).or(route.destination_prefix_list_id)?,
        gateway_id: route.gateway_id.filter(|_| endpoint.is_none()),
        nat_gateway_id: route.nat_gateway_id,
        egress_only_internet_gateway_id: route.egress_only_internet_gateway_id,
        network_interface_id: route.network_interface_id,
        transit_gateway_id: route.transit_gateway_id,
        vpc_endpoint_id: endpoint,
        vpc_peering_connection_id: route.vpc_peering_connection_id,
    })
}

/// Keeps the error that tells a spent token: the route table is gone that the create was answered with.
fn spent_or_unfinished(error: Error) -> Error {
    if error.is(RouteTable::SPENT) { error } else { unfinished(error) }
}

// A destination in the one of three parameters that it belongs to.
fn destination(text: &str) -> (Option<String>, Option<String>, Option<String>) {
    let text = Some(text.to_owned());
    match text.as_deref() {
        Some(list) if list.starts_with("pl-") => (None, None, text),
        Some(range) if range.contains(':') => (None, text, None),
        _ => (text, None, None),
    }
}

async fn add(aws: &Aws, table: &str, route: &Route) -> Result<()> {
    let (ipv4, ipv6, list) = destination(&route.destination);
    let answer = aws
        .ec2
        .create_route()
        .route_table_id(table)
        .set_destination_cidr_block(ipv4)
        .set_destination_ipv6_cidr_block(ipv6)
        .set_destination_prefix_list_id(list)
        .set_gateway_id(route.gateway_id.clone())
        .set_nat_gateway_id(route.nat_gateway_id.clone())
        .set_egress_only_internet_gateway_id(route.egress_only_internet_gateway_id.clone())
        .set_network_interface_id(route.network_interface_id.clone())
        .set_transit_gateway_id(route.transit_gateway_id.clone())
        .set_vpc_endpoint_id(route.vpc_endpoint_id.clone())
        .set_vpc_peering_connection_id(route.vpc_peering_connection_id.clone())
        .send()
        .await;
    match answer.during("ec2.CreateRoute") {
        Err(error) if error.is(&["RouteAlreadyExists"]) => replace_route(aws, table, route).await,
        answer => answer.map(|_| ()),
    }
}

async fn replace_route(aws: &Aws, table: &str, route: &Route) -> Result<()> {
    let (ipv4, ipv6, list) = destination(&route.destination);
    aws.ec2
        .replace_route()
        .route_table_id(table)
        .set_destination_cidr_block(ipv4)
        .set_destination_ipv6_cidr_block(ipv6)
        .set_destination_prefix_list_id(list)
        .set_gateway_id(route.gateway_id.clone())
        .set_nat_gateway_id(route.nat_gateway_id.clone())
        .set_egress_only_internet_gateway_id(route.egress_only_internet_gateway_id.clone())
        .set_network_interface_id(route.network_interface_id.clone())
        .set_transit_gateway_id(route.transit_gateway_id.clone())
        .set_vpc_endpoint_id(route.vpc_endpoint_id.clone())
        .set_vpc_peering_connection_id(route.vpc_peering_connection_id.clone())
        .send()
        .await
        .during("ec2.ReplaceRoute")?;
    Ok(())
}

async fn remove(aws: &Aws, table: &str, text: &str) -> Result<()> {
    let (ipv4, ipv6, list) = destination(text);
    let answer = aws
        .ec2
        .delete_route()
        .route_table_id(table)
        .set_destination_cidr_block(ipv4)
        .set_destination_ipv6_cidr_block(ipv6)
        .set_destination_prefix_list_id(list)
        .send()
        .await;
    match answer.during("ec2.DeleteRoute") {
        Err(error) if error.is(&["InvalidRoute.NotFound"]) => Ok(()),
        answer => answer.map(|_| ()),
    }
}

async fn associate(aws: &Aws, table: &str, subnet: &str) -> Result<()> {
    match attach(aws, table, subnet).await {
        // The subnet comes from another table, or the answer to the first try was lost.
        Err(error) if error.is(&["Resource.AlreadyAssociated"]) => take_over(aws, table, subnet).await,
        answer => answer,
    }
}

async fn attach(aws: &Aws, table: &str, subnet: &str) -> Result<()> {
    let call = aws.ec2.associate_route_table().route_table_id(table).subnet_id(subnet);
    call.send().await.during("ec2.AssociateRouteTable").map(|_| ())
}

async fn take_over(aws: &Aws, table: &str, subnet: &str) -> Result<()> {
    for other in describe(aws, vec![Filter::builder().name("association.subnet-id").values(subnet).build()]).await? {
        let held = associations(&other).find(|(held, _)| *held == subnet);
        let Some((_, association)) = held.filter(|_| other.route_table_id() != Some(table)) else { continue };
        let call = aws.ec2.replace_route_table_association().association_id(association).route_table_id(table);
        match call.send().await.during("ec2.ReplaceRouteTableAssociation") {
            // The other table has let go of the subnet since.
            Err(error) if error.is(&["InvalidAssociationID.NotFound"]) => attach(aws, table, subnet).await?,
            answer => drop(answer?),
        }
    }
    Ok(())
}

// Takes the table from those of its subnets that `leaves` names; they fall back to the VPC's main table.
async fn release(aws: &Aws, table: &str, leaves: impl Fn(&str) -> bool) -> Result<()> {
    let tables = describe(aws, vec![Filter::builder().name("route-table-id").values(table).build()]).await?;
    let leaving = tables.iter().flat_map(associations).filter(|(subnet, _)| leaves(subnet)).map(|(_, id)| id.to_owned());
    try_join_all(leaving.map(async |id| {
        let answer = aws.ec2.disassociate_route_table().association_id(&id).send().await;
        match answer.during("ec2.DisassociateRouteTable") {
            Err(error) if error.is(&["InvalidAssociationID.NotFound"]) => Ok(()),
            answer => answer.map(|_| ()),
        }
    }))
    .await?;
    Ok(())
}
