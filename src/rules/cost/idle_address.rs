//! COST205: an elastic address that nothing has.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::ec2::eip::Eip;

pub const RULE: Rule = Rule {
    code: Code {
        id: "COST205",
        level: Level::Warning,
        category: Category::Cost,
        about: "Nothing uses an elastic address.",
        why: "Every public IPv4 address is billed by the hour, and an elastic one also while nothing has it.",
        page: "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/elastic-ip-addresses-eip.html",
        example: Example::Stack {
            wrong: &[r#"
        [resource.spare]
        kind = "ec2.eip"
    "#],
            right: &[r#"
        [network]
        nat = "one"
    "#],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let idle = view.all::<Eip>().filter(|(seen, _)| view.is_idle(seen.address));
    idle.map(|(seen, _)| seen.finding("", "nothing of this stack uses the address").help("give it to a NAT gateway, or take it out"))
        .collect()
}
