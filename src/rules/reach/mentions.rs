//! The nodes and the hosts that a text of a container's environment names.

use crate::core::address::Address;
use crate::core::kind::Kind;
use crate::core::reference::{Piece, pieces};
use crate::core::view::{Origin, View};
use crate::kinds::elasticache::replication_group::ReplicationGroup;
use crate::kinds::elbv2::load_balancer::LoadBalancer;
use crate::kinds::opensearch::domain::OpensearchDomain;
use crate::kinds::rds::instance::DbInstance;
use crate::kinds::s3::bucket::Bucket;
use crate::kinds::secretsmanager::secret::Secret;
use crate::kinds::sns::topic::Topic;

/// An output of a node that a text names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    pub address: Address,
    pub output: String,
}

/// The outputs that an environment names things by. Of what is live they are looked for in the text.
const OUTPUTS: [(&str, &[&str]); 7] = [
    (DbInstance::NAME, &["host", "endpoint", "secret_arn"]),
    (ReplicationGroup::NAME, &["host", "reader_host", "endpoint"]),
    (OpensearchDomain::NAME, &["host", "endpoint"]),
    (LoadBalancer::NAME, &["dns_name"]),
    (Secret::NAME, &["arn"]),
    (Topic::NAME, &["arn"]),
    (Bucket::NAME, &["name", "arn"]),
];

/// Shorter outputs would be found everywhere.
const SHORTEST: usize = 8;

/// Returns whatever a text names, in its order.
pub fn mentions(view: &View<'_>, text: &str) -> Vec<Mention> {
    if !view.live {
        let pieces = pieces(text).into_iter();
        let references = pieces.filter_map(|piece| if let Piece::Reference(reference) = piece { Some(reference) } else { None });
        return references.map(|reference| Mention { address: reference.address, output: reference.output }).collect();
    }
    let mut found = Vec::new();
    for seen in view.resources() {
        let Some((_, outputs)) = OUTPUTS.iter().find(|(kind, _)| *kind == seen.kind.name) else { continue };
        let Origin::Live(live) = seen.from else { continue };
        let values = outputs.iter().filter_map(|output| Some((*output, live.outputs.get(*output)?)));
        let is_in = |value: &str| value.len() >= SHORTEST && text.contains(value);
        let named = values.filter(|(output, value)| if *output == "name" { text == *value } else { is_in(value) });
        found.extend(named.map(|(output, _)| Mention { address: seen.address.clone(), output: output.to_owned() }));
    }
    found
}

/// Returns the host and port of a URL on the internet; None for anything else, such as a name that is private.
pub fn outside(text: &str) -> Option<(String, u16)> {
    let (scheme, rest) = text.split_once("://")?;
    let usual = match scheme {
        "https" => 443,
        "http" => 80,
        _ => return None,
    };
    let authority = rest.split(['/', '?', '#']).next()?;
    let place = authority.rsplit('@').next()?;
    let (host, port) = match place.split_once(':') {
        Some((host, port)) => (host, port.parse().ok()?),
        None => (place, usual),
    };
    let letters = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.');
    let top = host.rsplit('.').next()?;
    let named = host.contains('.') && top.len() >= 2 && top.bytes().all(|byte| byte.is_ascii_alphabetic());
    // Names of AWS may be those of endpoints, and these are nobody's on the internet.
    let private =
        ["amazonaws.com", "amazonaws.com.cn", "internal", "local", "localhost", "test", "invalid", "example", "lan", "corp", "home"];
    let inside = private.iter().any(|end| host.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')));
    (letters && named && !inside).then(|| (host.to_owned(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_of_the_internet_is_told_from_a_private_one() {
        for (text, found) in [
            ("https://api.stripe.com/v1", Some(("api.stripe.com", 443))),
            ("http://user:pw@status.acme.io:8080?x=1", Some(("status.acme.io", 8080))),
            ("https://${service.api.load-balancer.dns_name}/", None),
            ("https://10.0.0.1/", None),
            ("http://localhost:3000", None),
            ("http://api.shop.internal", None),
            ("https://sqs.us-east-1.amazonaws.com/1/q", None),
            ("postgres://db.acme.io:5432/app", None),
            ("api.stripe.com", None),
        ] {
            assert_eq!(outside(text), found.map(|(host, port): (&str, u16)| (host.to_owned(), port)), "{text}");
        }
    }
}
