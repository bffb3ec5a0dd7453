//! NET209: a subnet is in a zone of another region.

use crate::core::code::{Category, Code, Example};
use crate::core::graph::Finding;
use crate::core::reference::is_symbolic;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::ec2::subnet::Subnet;

pub const RULE: Rule = Rule {
    code: Code {
        id: "NET209",
        category: Category::Request,
        about: "A subnet's zone is not of the region of the stack.",
        why: "CreateSubnet refuses a zone that the region does not have.",
        page: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSubnet.html",
        example: Example::Stack {
            wrong: &[
                "[resource.vpc]\nkind = \"ec2.vpc\"\ncidr = \"10.0.0.0/16\"\n[resource.a]\nkind = \"ec2.subnet\"\nvpc_id = \"${resource.vpc.id}\"\ncidr = \"10.0.0.0/24\"\navailability_zone = \"eu-west-1a\"",
            ],
            right: &[
                "[resource.vpc]\nkind = \"ec2.vpc\"\ncidr = \"10.0.0.0/16\"\n[resource.a]\nkind = \"ec2.subnet\"\nvpc_id = \"${resource.vpc.id}\"\ncidr = \"10.0.0.0/24\"\navailability_zone = \"us-east-1a\"",
            ],
        },
        ..Code::NEW
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let region = view.scope.region.as_str();
    let elsewhere = view.all::<Subnet>().filter(|(_, spec)| {
        let zone = spec.availability_zone.as_str();
        !region.is_empty() && !is_symbolic(zone) && !zone.starts_with(region)
    });
    let found = elsewhere.map(|(seen, spec)| {
        let finding = seen.finding("availability_zone", format!("`{}` is no zone of {region}", spec.availability_zone));
        finding.help(format!("write a zone of {region}, such as {region}a"))
    });
    found.collect()
}
