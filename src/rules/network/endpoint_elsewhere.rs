//! NET213: an endpoint leads to the service of another region.

use crate::core::code::{Category, Code, Example};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::ec2::vpc_endpoint::VpcEndpoint;

pub const RULE: Rule = Rule {
    code: Code {
        id: "NET213",
        category: Category::Network,
        about: "An endpoint leads to a service of another region.",
        why: "CreateVpcEndpoint looks for the service in the region of the VPC and refuses it: InvalidServiceName.",
        page: "https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html",
        example: Example::Stack {
            wrong: &[r#"
        [network]
        endpoints = []
        [resource.files]
        kind = "ec2.vpc_endpoint"
        vpc_id = "${network.vpc.id}"
        service_name = "com.amazonaws.eu-west-1.s3"
    "#],
            right: &[r#"
        [network]
        endpoints = []
        [resource.files]
        kind = "ec2.vpc_endpoint"
        vpc_id = "${network.vpc.id}"
        service_name = "com.amazonaws.us-east-1.s3"
    "#],
        },
        ..Code::NEW
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let own = view.scope.region.as_str();
    let found = view.all::<VpcEndpoint>().filter_map(|(seen, spec)| {
        let rest = spec.service_name.strip_prefix("com.amazonaws.")?;
        let (region, service) = rest.split_once('.').filter(|(region, _)| is_region(region))?;
        let finding = || seen.finding("service_name", format!("this service is in {region}, and the VPC in {own}"));
        (!own.is_empty() && region != own).then(|| {
            let meant = format!("com.amazonaws.{own}.{service}");
            finding().help(format!("write {meant}")).set("service_name", meant)
        })
    });
    found.collect()
}

// As `eu-west-1`; some services have a name of their own in that place.
fn is_region(text: &str) -> bool {
    let parts = text.split('-').collect::<Vec<_>>();
    parts.len() >= 3 && parts.last().is_some_and(|last| last.len() == 1 && last.bytes().all(|byte| byte.is_ascii_digit()))
}
