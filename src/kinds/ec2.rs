//! What EC2's resource types share: checks of ranges and ids; for the drivers tag filters, tag specifications, tag calls.

use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;
use ipnet::{IpNet, Ipv4Net};

#[cfg(feature = "aws")]
pub(crate) use driver::{filters, retag, tag_specification, tags};

/// What is wrong with an IPv4 range; a reference is left alone.
pub(crate) fn check_ipv4(field: &str, text: &str) -> Option<Problem> {
    if is_symbolic(text) {
        return None;
    }
    match text.parse::<Ipv4Net>() {
        Err(_) => Some(Problem::new(field, format!("`{text}` is not an IPv4 range")).help("write it as 10.0.0.0/16")),
        Ok(net) => check_bits(field, IpNet::V4(net)),
    }
}

/// What is wrong with an IPv4 or IPv6 range; a reference is left alone.
pub(crate) fn check_range(field: &str, text: &str) -> Option<Problem> {
    if is_symbolic(text) {
        return None;
    }
    match text.parse::<IpNet>() {
        Err(_) => Some(Problem::new(field, format!("`{text}` is not an IP range")).help("write it as 10.0.0.0/16, 0.0.0.0/0 or ::/0")),
        Ok(net) => check_bits(field, net),
    }
}

/// What is wrong with an id that begins with a prefix of AWS's, such as `vpc-`; a reference is left alone.
pub(crate) fn check_id(field: &str, text: &str, prefix: &str) -> Option<Problem> {
    let plain = |rest: &str| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let fits = is_symbolic(text) || text.strip_prefix(prefix).is_some_and(plain);
    (!fits).then(|| {
        Problem::new(field, format!("`{text}` is not an id that begins with `{prefix}`"))
            .help(format!("write an id such as {prefix}0123456789abcdef0, or a reference to a node's output"))
    })
}

/// A range as AWS writes it: without bits beyond its prefix, IPv6 in its short form. Anything else stays as it is.
pub(crate) fn canonical_range(text: &str) -> String {
    text.parse::<IpNet>().map_or_else(|_| text.to_owned(), |net| net.trunc().to_string())
}

fn check_bits(field: &str, net: IpNet) -> Option<Problem> {
    (net.trunc() != net).then(|| {
        Problem::new(field, format!("`{net}` has bits set beyond its prefix")).help(format!("the range is written {}", net.trunc()))
    })
}

#[cfg(feature = "aws")]
mod driver {
    use crate::aws::{Aws, During, Result, Retag, Select};
    use crate::core::identity::TAG_STACK;
    use aws_sdk_ec2::types::{Filter, ResourceType, Tag, TagSpecification};
    use std::collections::BTreeMap;

    /// Ours by tag, or these ids by the filter `id` (a filter leaves out what is absent; an id parameter would be an error).
    pub(crate) fn filters(aws: &Aws, select: &Select, id: &str) -> Vec<Filter> {
        let filter = match select {
            Select::Owned { .. } => Filter::builder().name(format!("tag:{TAG_STACK}")).values(aws.scope.owner()),
            Select::Ids(ids) => Filter::builder().name(id).set_values(Some(ids.clone())),
        };
        vec![filter.build()]
    }

    pub(crate) fn tag_specification(of: ResourceType, tags: &BTreeMap<String, String>) -> TagSpecification {
        TagSpecification::builder().resource_type(of).set_tags(Some(tag_list(tags))).build()
    }

    pub(crate) fn tags(tags: Option<Vec<Tag>>) -> BTreeMap<String, String> {
        tags.unwrap_or_default().into_iter().map(|tag| (tag.key.unwrap_or_default(), tag.value.unwrap_or_default())).collect()
    }

    pub(crate) async fn retag(aws: &Aws, id: &str, tags: &Retag) -> Result<()> {
        if !tags.set.is_empty() {
            aws.ec2.create_tags().resources(id).set_tags(Some(tag_list(&tags.set))).send().await.during("ec2.CreateTags")?;
        }
        if !tags.unset.is_empty() {
            let keys = tags.unset.iter().map(|key| Tag::builder().key(key).build()).collect();
            aws.ec2.delete_tags().resources(id).set_tags(Some(keys)).send().await.during("ec2.DeleteTags")?;
        }
        Ok(())
    }

    fn tag_list(tags: &BTreeMap<String, String>) -> Vec<Tag> {
        tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
    }

    impl Aws {
        /// EC2 answers ids; ARNs follow from them.
        pub fn ec2_arn(&self, noun: &str, id: &str) -> String {
            format!("arn:aws:ec2:{}:{}:{noun}/{id}", self.scope.region, self.scope.account)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_and_ids_are_checked_unless_they_are_references() {
        for good in ["10.0.0.0/16", "0.0.0.0/0", "${network.vpc.cidr}"] {
            assert_eq!(check_ipv4("cidr", good), None, "{good}");
        }
        for bad in ["10.0.0.0", "10.0.0.1/16", "::/0", "", "10.0.0.0/33"] {
            assert!(check_ipv4("cidr", bad).is_some(), "{bad}");
        }
        assert_eq!(check_range("cidr", "2001:db8::/32"), None);
        assert_eq!(check_id("vpc_id", "vpc-0123456789abcdef0", "vpc-"), None);
        assert_eq!(check_id("vpc_id", "${network.vpc.id}", "vpc-"), None);
        for bad in ["", "vpc-", "subnet-1", "vpc-A b"] {
            assert!(check_id("vpc_id", bad, "vpc-").is_some(), "{bad}");
        }
        assert_eq!(canonical_range("2001:DB8:0:0::/32"), "2001:db8::/32");
        assert_eq!(canonical_range("10.1.2.3/8"), "10.0.0.0/8");
    }
}
