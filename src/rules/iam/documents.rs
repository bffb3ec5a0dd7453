//! Every policy document of a view, with the field that it stands in.

use super::grants::members;
use crate::core::view::{Seen, View};
use crate::kinds::ec2::vpc_endpoint::VpcEndpoint;
use crate::kinds::iam::role::Role;
use crate::kinds::opensearch::domain::OpensearchDomain;
use crate::kinds::s3::bucket::Bucket;
use crate::kinds::sns::topic::Topic;
use serde_json::Value;

/// The thing that a document is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// It says what a role may do.
    Permissions,
    /// It says who may take a role.
    Trust,
    /// It says who may use a resource.
    Resource,
}

/// One document of the view.
pub struct Document<'v, 'a> {
    pub seen: &'v Seen<'a>,
    pub field: String,
    pub of: Use,
    value: &'v Value,
}

impl<'v> Document<'v, '_> {
    /// Returns its statements, each with its field.
    pub fn statements(&self) -> impl Iterator<Item = (String, &'v Value)> {
        let single = !self.value["Statement"].is_array();
        let statements = members(&self.value["Statement"]).enumerate();
        statements.map(move |(at, statement)| {
            let at = if single { String::new() } else { format!(".{at}") };
            (format!("{}.Statement{at}", self.field), statement)
        })
    }
}

/// Returns the documents of a view: those of roles, buckets, topics, search domains and endpoints.
pub fn documents<'v, 'a>(view: &'v View<'a>) -> Vec<Document<'v, 'a>> {
    let mut found = Vec::new();
    for (seen, spec) in view.all::<Role>() {
        found.push(Document { seen, field: "assume_role_policy".into(), of: Use::Trust, value: &spec.assume_role_policy });
        let inline = spec.inline_policies.iter();
        found.extend(inline.map(|(name, value)| Document { seen, field: format!("inline_policies.{name}"), of: Use::Permissions, value }));
    }
    let mut resource = |seen, field: &str, value: Option<&'v Value>| {
        found.extend(value.map(|value| Document { seen, field: field.into(), of: Use::Resource, value }));
    };
    view.all::<Bucket>().for_each(|(seen, spec)| resource(seen, "policy", spec.policy.as_ref()));
    view.all::<Topic>().for_each(|(seen, spec)| resource(seen, "policy", spec.policy.as_ref()));
    view.all::<VpcEndpoint>().for_each(|(seen, spec)| resource(seen, "policy", spec.policy.as_ref()));
    view.all::<OpensearchDomain>().for_each(|(seen, spec)| resource(seen, "access_policies", spec.access_policies.as_ref()));
    found
}
