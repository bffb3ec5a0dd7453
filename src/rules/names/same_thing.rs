//! NAME202: two nodes are one thing in AWS.

use crate::core::address::Address;
use crate::core::code::{Category, Code, Example};
use crate::core::graph::Finding;
use crate::core::reference::{Piece, pieces};
use crate::core::rule::{Look, Rule};
use crate::core::view::{Seen, View};
use ipnet::IpNet;
use std::collections::HashMap;

pub const RULE: Rule = Rule {
    code: Code {
        id: "NAME202",
        category: Category::Request,
        about: "Two resources are one thing in AWS.",
        why: "AWS has one listener a port and one scalable target a service: the second create answers the first one or overwrites it, and every plan after that has something to change.",
        page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateListener.html",
        example: Example::Stack {
            wrong: &[
                r#"
        [resource.vpc]
        kind = "ec2.vpc"
        cidr = "10.0.0.0/16"
        [resource.one]
        kind = "ec2.internet_gateway"
        vpc_id = "${resource.vpc.id}"
        [resource.two]
        kind = "ec2.internet_gateway"
        vpc_id = "${resource.vpc.id}"
    "#,
                r#"
        [network]
        nat = "none"
        [resource.again]
        kind = "ec2.vpc_endpoint"
        vpc_id = "${network.vpc.id}"
        service_name = "com.amazonaws.us-east-1.s3"
        route_table_ids = ["${network.route-table.public.id}"]
    "#,
                r#"
        [resource.one]
        kind = "cloudfront.distribution"
        aliases = ["www.example.com"]
        acm_certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d"
        origins = [{ id = "app", domain_name = "app.example.com", custom = {} }]
        default_cache_behavior = { target_origin_id = "app", viewer_protocol_policy = "redirect-to-https" }
        [resource.two]
        kind = "cloudfront.distribution"
        aliases = ["WWW.example.com"]
        acm_certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d"
        origins = [{ id = "app", domain_name = "app.example.com", custom = {} }]
        default_cache_behavior = { target_origin_id = "app", viewer_protocol_policy = "redirect-to-https" }
    "#,
            ],
            right: &[r#"
        [resource.one]
        kind = "ec2.vpc"
        cidr = "10.0.0.0/16"
        [resource.two]
        kind = "ec2.vpc"
        cidr = "10.1.0.0/16"
        [resource.gateway-one]
        kind = "ec2.internet_gateway"
        vpc_id = "${resource.one.id}"
        [resource.gateway-two]
        kind = "ec2.internet_gateway"
        vpc_id = "${resource.two.id}"
    "#],
        },
        ..Code::NEW
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let (mut known, mut held) = (HashMap::<_, &Address>::new(), HashMap::<_, &Address>::new());
    let mut findings = Vec::new();
    for seen in view.resources() {
        for (field, thing) in seen.kind.holds.map_or_else(Vec::new, |holds| holds(seen.spec)) {
            let holder = *held.entry((seen.kind.name, thing.clone())).or_insert(seen.address);
            if holder != seen.address {
                let finding = seen.finding(field, format!("`{holder}` has {thing}, and AWS has only one such"));
                findings.push(finding.help("keep one of the two, or give them different values"));
            }
        }
        for fields in seen.kind.about.exclusive {
            let Some(values) = fields.iter().map(|field| value(seen, field)).collect::<Option<Vec<_>>>() else { continue };
            if let Some(first) = known.insert((seen.kind.name, *fields, values), seen.address) {
                let message = format!("has the same {} as `{first}`, and AWS has only one such {}", fields.join(" and "), seen.kind.name);
                let finding = seen.finding(fields[fields.len() - 1], message);
                findings.push(finding.help("keep one of the two, or give them different values"));
            }
        }
    }
    findings
}

/// The value of a field as it can be compared: a reference by what it refers to, since an id and an ARN name one thing. None
/// where there is none; IP ranges have a rule of their own, which sees them overlap as well.
fn value(seen: &Seen<'_>, field: &str) -> Option<String> {
    let value = seen.spec.get(field).filter(|value| !value.is_null())?;
    let Some(text) = value.as_str() else { return Some(value.to_string()) };
    if text.parse::<IpNet>().is_ok() {
        return None;
    }
    match pieces(text).as_slice() {
        [Piece::Reference(reference)] => Some(reference.address.to_string()),
        // The resource of a scalable target may be put together of cluster and service: the last one says which it is.
        [Piece::Text(text), .., Piece::Reference(reference)] if text == "service/" => Some(reference.address.to_string()),
        _ => Some(text.to_owned()),
    }
}
