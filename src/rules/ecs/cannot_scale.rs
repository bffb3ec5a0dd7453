//! OPS202: a service has scaling that cannot scale.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::autoscaling::scalable_target::ScalableTarget;

pub const RULE: Rule = Rule {
    code: Code {
        id: "OPS202",
        level: Level::Warning,
        category: Category::Reliability,
        about: "The scaling of a service has as many tasks at least as at most, no policy, or begins from none.",
        why: "Nothing ever scales, though the file says so: with one number there is no room, without a policy no reason, and no task means no metric to scale by.",
        page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-auto-scaling.html",
        example: Example::Stack {
            wrong: &[
                "[network]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80\nscale = { min = 2, max = 2 }",
                "[network]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80\nscale = { min = 1, max = 4 }\n[override.\"service.web.scaling\"]\nmin_capacity = 0",
            ],
            right: &["[network]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80\nscale = { min = 2, max = 4 }"],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let stuck = view.all::<ScalableTarget>().filter_map(|(seen, spec)| {
        let (least, most) = (spec.min_capacity, spec.max_capacity);
        // None at all is a service that is turned off on purpose.
        if most == 0 {
            return None;
        }
        if least == most {
            let finding = seen.finding("max_capacity", format!("{least} tasks at least and {most} at most: nothing can scale"));
            return Some(finding.help("let the most be larger, or leave the scaling out"));
        }
        if spec.policies.is_empty() {
            return Some(seen.finding("policies", "nothing says when to scale").help("add a policy, such as 60 per cent of CPU"));
        }
        // https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-target-tracking.html
        let from_none = || seen.finding("min_capacity", "without a task there is no metric, and so nothing scales out from 0");
        (least == 0).then(|| from_none().help("1 or more"))
    });
    stuck.collect()
}
