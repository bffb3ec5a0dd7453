//! The four sorts of resource, and their ARNs.

use super::invalid;
use crate::world::{Call, Fault};
use serde_json::Value;

pub struct Kind {
    /// The beginning of the last part of its ARN.
    noun: &'static str,
    pub table: &'static str,
    not_found: &'static str,
    /// Its name in AWS's error texts, singular and plural.
    name: (&'static str, &'static str),
}

pub static LOAD_BALANCER: Kind = Kind {
    noun: "loadbalancer",
    table: "elbv2.load_balancer",
    not_found: "LoadBalancerNotFound",
    name: ("load balancer", "load balancers"),
};
pub static TARGET_GROUP: Kind =
    Kind { noun: "targetgroup", table: "elbv2.target_group", not_found: "TargetGroupNotFound", name: ("target group", "target groups") };
pub static LISTENER: Kind =
    Kind { noun: "listener", table: "elbv2.listener", not_found: "ListenerNotFound", name: ("listener", "listeners") };
pub static RULE: Kind = Kind { noun: "listener-rule", table: "elbv2.rule", not_found: "RuleNotFound", name: ("listener rule", "rules") };

impl Kind {
    /// The kind that an ARN says it is of.
    pub fn of(arn: &str) -> Option<&'static Kind> {
        let rest = arn.strip_prefix("arn:aws:elasticloadbalancing:")?.splitn(3, ':').nth(2)?;
        let noun = rest.split('/').next()?;
        [&LOAD_BALANCER, &TARGET_GROUP, &LISTENER, &RULE].into_iter().find(|kind| kind.noun == noun)
    }

    /// The resource, or the error that AWS gives for this ARN.
    pub fn find<'c>(&self, call: &'c Call<'_>, arn: &str) -> Result<&'c Value, Fault> {
        self.check(arn)?;
        call.get(self.table, arn).ok_or_else(|| Fault::new(self.not_found, format!("One or more {} not found", self.name.1)))
    }

    /// True when the text can be an ARN of this kind at all.
    pub fn check(&self, arn: &str) -> Result<(), Fault> {
        match Kind::of(arn) {
            Some(kind) if std::ptr::eq(kind, self) => Ok(()),
            _ => Err(invalid(format!("'{arn}' is not a valid {} ARN", self.name.0))),
        }
    }

    /// The ARN of a new resource; `path` is what comes between the noun and the fresh id.
    pub fn new_arn(&self, call: &mut Call<'_>, path: &str) -> String {
        let id = call.hex(16);
        call.arn("elasticloadbalancing", &format!("{}/{path}/{id}", self.noun))
    }

    /// Stores a new resource with the tags of its creation.
    pub fn insert(&self, call: &mut Call<'_>, arn: &str, mut row: Value, tags: Vec<(String, String)>) {
        row["_arn"] = arn.into();
        call.put(self.table, arn, row);
        if !tags.is_empty() {
            call.set_tags(arn, tags);
        }
    }
}

/// The part that follows the noun in an ARN: `app/web/0123456789abcdef`.
pub fn path(arn: &str) -> &str {
    arn.splitn(6, ':').nth(5).and_then(|rest| rest.split_once('/')).map_or("", |(_, path)| path)
}
