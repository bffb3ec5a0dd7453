//! OpenSearch Service: domains, their configuration, and what is on offer.

mod catalog;
mod check;
mod config;
mod domain;
mod tag;
mod upgrade;

#[cfg(test)]
mod tests;

use super::Handler;
use crate::world::{Call, Fault};

/// Domains by name, as DescribeDomain answers them. Private members: `_dates`, when each option was set and changed;
/// `_endpoint`, the host it will have once it is up.
const DOMAINS: &str = "opensearch.domain";

pub fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "CreateDomain" => domain::create,
        "DescribeDomain" => domain::describe,
        "DescribeDomains" => domain::describe_many,
        "DeleteDomain" => domain::delete,
        "ListDomainNames" => domain::list,
        "UpdateDomainConfig" => config::update,
        "UpgradeDomain" => upgrade::upgrade,
        "DescribeDomainConfig" => config::describe,
        "DescribeDomainChangeProgress" => config::progress,
        "ListVersions" => catalog::versions,
        "ListInstanceTypeDetails" => catalog::instance_types,
        "AddTags" => tag::add,
        "RemoveTags" => tag::remove,
        "ListTags" => tag::list,
        _ => return None,
    })
}

/// The domain that the input names.
fn find(call: &Call<'_>) -> Result<String, Fault> {
    let name = call.text("DomainName");
    match call.get(DOMAINS, name) {
        Some(_) => Ok(name.to_owned()),
        None => Err(Fault::new("ResourceNotFoundException", format!("Domain not found: {name}")).status(409)),
    }
}

fn invalid(message: impl Into<String>) -> Fault {
    Fault::new("ValidationException", message)
}
