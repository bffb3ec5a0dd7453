//! The state in which an apply leaves resources, and the texts that it was planned from.

use super::address::Address;
use super::origin::Since;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// A resource as an apply left it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Applied {
    pub address: Address,
    pub kind: String,
    /// The id that AWS knows it by; empty where that was not told.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// The spec that was sent, in normal form, with its secrets masked and with all references filled in that were known. Null where the
    /// apply was cut off in the middle of it, so that nobody knows.
    pub spec: Value,
    /// The apply that gave it this spec, or found it with it first.
    pub since: Since,
}

impl Applied {
    /// True for another resource, or another spec, whichever apply gave it that.
    #[must_use]
    pub fn differs(&self, other: &Applied) -> bool {
        let Applied { address, kind, id, spec, since: _ } = self;
        (address, kind, id, spec) != (&other.address, &other.kind, &other.id, &other.spec)
    }
}

/// The texts that a plan was made from, with their secrets masked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Texts {
    /// The stack file, and then the file of usage if there was one.
    pub files: Vec<Text>,
    /// The arguments of `--set`, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub set: Vec<String>,
}

/// A file, by its path from the folder of the stack file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    pub path: String,
    pub text: String,
}

/// All that a plan tells a later record of its apply, beside its changes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Ground {
    #[serde(default)]
    pub texts: Texts,
    /// The last apply, by whose record it is told which side has changed; none where nobody has a record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Since>,
    /// Resources that the plan leaves as they are, and that the record has otherwise or not at all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kept: Vec<Applied>,
    /// The addresses of resources that the record has, and that neither the file nor AWS has any more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gone: Vec<Address>,
    /// True where the record and these together are all that the stack has.
    #[serde(default)]
    pub whole: bool,
    /// The values that the last apply gave to fields which the plan leaves as they are, since it is of one side alone.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub left: BTreeMap<Address, BTreeMap<String, Value>>,
    /// The apply whose stack file the plan goes back to, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub back_to: Option<Since>,
}

/// The apply to whose file somebody goes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Back {
    pub to: Since,
    /// The addresses of resources that were made by others and that applies since then have taken over, with the number of the apply.
    pub taken_over: BTreeMap<Address, u64>,
}

impl Ground {
    /// Gives a spec that is to be recorded the values that the last apply gave to what is left as it is.
    pub fn recall(&self, address: &Address, spec: &mut Value) {
        let Some(spec) = spec.as_object_mut() else { return };
        let left = self.left.get(address).into_iter().flatten();
        spec.extend(left.map(|(field, value)| (field.clone(), value.clone())));
    }
}
