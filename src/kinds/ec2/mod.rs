//! EC2: networks. The checks of ranges and ids that its kinds share stand here.

#[cfg(feature = "aws")]
pub(crate) mod driver;
pub mod eip;
pub mod internet_gateway;
pub mod nat_gateway;
pub mod route_table;
pub mod security_group;
pub mod subnet;
pub mod vpc;
pub mod vpc_endpoint;

use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;
use ipnet::{IpNet, Ipv4Net};

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
