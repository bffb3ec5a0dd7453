//! The ways that requests take from a load balancer: by the default action of each listener, and by those of its rules.

use crate::core::view::{Seen, View};
use crate::kinds::elbv2::action::Action;
use crate::kinds::elbv2::listener::{self, Listener};
use crate::kinds::elbv2::listener_rule::ListenerRule;
use crate::kinds::elbv2::target_group::{self, TargetGroup};

/// An action of a listener on requests, by default or by a rule.
pub struct Way<'v, 'a> {
    /// The listener, or the rule.
    pub seen: &'v Seen<'a>,
    pub listener: &'v listener::Spec,
    /// The field of the action.
    field: &'static str,
    action: &'v Action,
}

/// Returns the ways of all listeners, and then those of all rules whose listener is known.
pub fn ways<'v, 'a>(view: &'v View<'a>) -> impl Iterator<Item = Way<'v, 'a>> {
    let by_default =
        view.all::<Listener>().map(|(seen, spec)| Way { seen, field: "default_action", listener: spec, action: &spec.default_action });
    let by_rule = view.all::<ListenerRule>().filter_map(|(seen, spec)| {
        let (_, listener) = view.target::<Listener>(&spec.listener_arn)?;
        Some(Way { seen, field: "action", listener, action: &spec.action })
    });
    by_default.chain(by_rule)
}

impl<'v, 'a> Way<'v, 'a> {
    /// True for what a listener does where no rule fits.
    pub fn is_default(&self) -> bool {
        self.field == "default_action"
    }

    /// Returns the target groups that it forwards to, as they are written.
    pub fn arns(&self) -> &'v [String] {
        if let Action::Forward { target_group_arns, .. } = self.action { target_group_arns } else { &[] }
    }

    /// Returns those of them that are known.
    pub fn groups(&self, view: &'v View<'a>) -> impl Iterator<Item = (&'v Seen<'a>, &'v target_group::Spec)> {
        self.arns().iter().filter_map(|arn| view.target::<TargetGroup>(arn))
    }

    /// Returns the field that names its target groups.
    pub fn to(&self) -> String {
        format!("{}.target_group_arns", self.field)
    }
}
