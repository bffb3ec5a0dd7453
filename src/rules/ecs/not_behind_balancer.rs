//! ECS204: a service may be made before its target group has a load balancer, or never gets one.

use crate::core::code::{Category, Code, Example};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::{Seen, View};
use crate::kinds::ecs::service::{Service, Spec};
use crate::kinds::elbv2::action::Action;
use crate::kinds::elbv2::listener::Listener;
use crate::kinds::elbv2::listener_rule::ListenerRule;
use crate::kinds::elbv2::target_group::TargetGroup;

pub const RULE: Rule = Rule {
    code: Code {
        id: "ECS204",
        category: Category::Request,
        about: "A service's target group has no listener or rule that leads to it, or the service does not wait for it.",
        why: "CreateService refuses a target group that no load balancer leads to yet: \"does not have an associated load balancer\".",
        page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/troubleshoot-service-load-balancers.html",
        example: Example::Stack {
            wrong: &[
                r#"
        [network]
        [service.web]
        image = "nginx:1.29"
        port = 80
        deployment = "rolling"
        [override."service.web.service"]
        load_balancers = [{ target_group_arn = "${service.web.target-group.blue.arn}", container_name = "app", container_port = 80 }]
        after = []
    "#,
                r#"
        [network]
        [service.web]
        image = "nginx:1.29"
        port = 80
        deployment = "rolling"
        [resource.targets]
        kind = "elbv2.target_group"
        vpc_id = "${network.vpc.id}"
        port = 80
        [override."service.web.service"]
        load_balancers = [{ target_group_arn = "${resource.targets.arn}", container_name = "app", container_port = 80 }]
    "#,
            ],
            right: &["[network]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80\ndeployment = \"rolling\""],
        },
        ..Code::NEW
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (seen, spec) in view.all::<Service>() {
        for balancer in &spec.load_balancers {
            let Some((group, _)) = view.target::<TargetGroup>(&balancer.target_group_arn) else { continue };
            let leading = leading(view, &balancer.target_group_arn);
            let Some(first) = leading.first() else {
                let message = format!("no listener and no rule of this stack leads to `{}`", group.address);
                found.push(
                    seen.finding("load_balancers", message).help("add a listener or a rule that forwards to it, and name it in `after`"),
                );
                continue;
            };
            if !leading.iter().any(|one| waits(view, spec, one)) {
                let message = format!("it may be made before `{}` leads to its target group", first.address);
                let help = format!("write after = [\"${{{}.id}}\"]", first.address);
                found.push(seen.finding("load_balancers", message).help(help));
            }
        }
    }
    found
}

/// The listeners and rules that forward to a target group.
fn leading<'v, 'a>(view: &'v View<'a>, group: &str) -> Vec<&'v Seen<'a>> {
    let forwards =
        |action: &Action| matches!(action, Action::Forward { target_group_arns, .. } if target_group_arns.iter().any(|arn| arn == group));
    let rules = view.all::<ListenerRule>().filter(|(_, rule)| forwards(&rule.action)).map(|(seen, _)| seen);
    let listeners = view.all::<Listener>().filter(|(_, listener)| forwards(&listener.default_action)).map(|(seen, _)| seen);
    rules.chain(listeners).collect()
}

fn waits(view: &View<'_>, spec: &Spec, one: &Seen<'_>) -> bool {
    let advanced = spec.load_balancers.iter().filter_map(|balancer| balancer.advanced_configuration.as_ref());
    let rules = advanced.flat_map(|advanced| [Some(&advanced.production_listener_rule_arn), advanced.test_listener_rule_arn.as_ref()]);
    let is_it = |text: &String| {
        let rule = view.target::<ListenerRule>(text).map(|(seen, _)| seen.address);
        rule.or_else(|| view.target::<Listener>(text).map(|(seen, _)| seen.address)) == Some(one.address)
    };
    spec.after.iter().chain(rules.flatten()).any(is_it)
}
