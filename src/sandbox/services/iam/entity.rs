//! Whoever has policies: roles, users and groups, which their calls name by different members.

use super::{group, policy, role, user};
use crate::world::{Call, Fault};
use serde_json::{Value, json};

type Answer = Result<Value, Fault>;

/// One of the three. A row has `_inline` and `_attached` once it has such policies.
pub struct Entity {
    /// The member of requests that holds its name.
    pub member: &'static str,
    pub table: &'static str,
    pub noun: &'static str,
    /// The characters that its inline policies may have together, without white space.
    pub inline_size: usize,
    /// AWS's name for the number of policies that it may have attached.
    pub quota: &'static str,
}

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
pub static ROLE: Entity = Entity { member: "RoleName", table: "iam.role", noun: "role", inline_size: 10_240, quota: "PoliciesPerRole" };
pub static USER: Entity = Entity { member: "UserName", table: user::USERS, noun: "user", inline_size: 2_048, quota: "PoliciesPerUser" };
pub static GROUP: Entity =
    Entity { member: "GroupName", table: group::GROUPS, noun: "group", inline_size: 5_120, quota: "PoliciesPerGroup" };

impl Entity {
    /// The kind that a call names; each names one.
    pub fn of(call: &Call<'_>) -> &'static Entity {
        [&ROLE, &GROUP].into_iter().find(|entity| call.input.get(entity.member).is_some()).unwrap_or(&USER)
    }

    pub fn wanted<'c>(&self, call: &'c Call<'_>) -> Result<&'c Value, Fault> {
        let name = call.text(self.member);
        call.get(self.table, name).ok_or_else(|| self.missing(name))
    }

    pub fn changeable<'c>(&self, call: &'c mut Call<'_>) -> Result<&'c mut Value, Fault> {
        if self.table == ROLE.table {
            return role::changeable(call);
        }
        let name = call.text(self.member).to_owned();
        call.get_mut(self.table, &name).ok_or_else(|| self.missing(&name))
    }

    pub fn missing(&self, name: &str) -> Fault {
        Fault::new("NoSuchEntity", format!("The {} with name {name} cannot be found.", self.noun)).status(404)
    }
}

/// The boundary that a request names, as answers show it.
pub fn boundary(call: &Call<'_>) -> Answer {
    let arn = call.text("PermissionsBoundary");
    match policy::find(call, arn) {
        Some(_) => Ok(json!({"PermissionsBoundaryType": "PermissionsBoundaryPolicy", "PermissionsBoundaryArn": arn})),
        None => Err(Fault::new("NoSuchEntity", format!("Scope ARN: {arn} does not exist or is not attachable.")).status(404)),
    }
}

pub fn put_boundary(call: &mut Call<'_>) -> Answer {
    let (entity, boundary) = (Entity::of(call), boundary(call)?);
    entity.changeable(call)?["PermissionsBoundary"] = boundary;
    Ok(json!({}))
}

pub fn delete_boundary(call: &mut Call<'_>) -> Answer {
    let entity = Entity::of(call);
    let row = entity.changeable(call)?;
    let removed = row.as_object_mut().and_then(|members| members.remove("PermissionsBoundary"));
    let missing = || Fault::new("NoSuchEntity", format!("The {} has no permissions boundary.", entity.noun)).status(404);
    removed.map(|_| json!({})).ok_or_else(missing)
}
