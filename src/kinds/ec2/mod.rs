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

/// Refuses what is no IPv4 range; a reference is left alone.
pub(crate) fn not_ipv4(field: &str, text: &str) -> Option<Problem> {
    let fits = is_symbolic(text) || text.parse::<Ipv4Net>().is_ok();
    (!fits).then(|| Problem::new(field, format!("`{text}` is not an IPv4 range")).help("write it as 10.0.0.0/16"))
}

/// Refuses what is neither an IPv4 nor an IPv6 range; a reference is left alone.
pub(crate) fn not_range(field: &str, text: &str) -> Option<Problem> {
    let fits = is_symbolic(text) || text.parse::<IpNet>().is_ok();
    (!fits).then(|| Problem::new(field, format!("`{text}` is not an IP range")).help("write it as 10.0.0.0/16, 0.0.0.0/0 or ::/0"))
}

/// Refuses a range with bits beyond its prefix; what is no range is left to `not_range`.
pub(crate) fn stray_bits(field: &str, text: &str) -> Option<Problem> {
    let net = text.parse::<IpNet>().ok().filter(|net| net.trunc() != *net)?;
    Some(Problem::new(field, format!("`{net}` has bits set beyond its prefix")).help(format!("the range is written {}", net.trunc())))
}

/// The same, only of IPv4 ranges.
pub(crate) fn stray_ipv4_bits(field: &str, text: &str) -> Option<Problem> {
    text.parse::<Ipv4Net>().ok().and_then(|_| stray_bits(field, text))
}

/// Refuses the IPv4 range of a VPC or a subnet that is too large or too small for AWS. `what` names which of them.
pub(crate) fn wrong_size(field: &str, text: &str, what: &str) -> Option<Problem> {
    let net = text.parse::<Ipv4Net>().ok().filter(|net| !(16..=28).contains(&net.prefix_len()))?;
    let nearest = net.prefix_len().clamp(16, 28);
    let help = format!("write {}/{nearest}", Ipv4Net::new(net.network(), nearest).map_or(net.network(), |net| net.network()));
    Some(Problem::new(field, format!("a {what} is from /16 to /28, not /{}", net.prefix_len())).help(help))
}

/// Refuses, in a list, what is no id that begins with a prefix of AWS's.
pub(crate) fn check_ids<'a>(field: &'a str, ids: &'a [String], prefix: &'a str) -> impl Iterator<Item = Problem> + 'a {
    ids.iter().enumerate().filter_map(move |(at, id)| check_id(&format!("{field}.{at}"), id, prefix))
}

/// Refuses what is not an id that begins with a prefix of AWS's, such as `vpc-`; a reference is left alone.
pub(crate) fn check_id(field: &str, text: &str, prefix: &str) -> Option<Problem> {
    let plain = |rest: &str| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let fits = is_symbolic(text) || text.strip_prefix(prefix).is_some_and(plain);
    (!fits).then(|| {
        Problem::new(field, format!("`{text}` is not an id that begins with `{prefix}`"))
            .help(format!("write an id such as {prefix}0123456789abcdef0, or a reference to a node's output"))
    })
}

/// Returns a range as AWS writes it: without bits beyond its prefix, IPv6 in its short form. Anything else stays as it is.
pub(crate) fn canonical_range(text: &str) -> String {
    text.parse::<IpNet>().map_or_else(|_| text.to_owned(), |net| net.trunc().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_and_ids_are_checked_unless_they_are_references() {
        for good in ["10.0.0.0/16", "0.0.0.0/0", "${network.vpc.cidr}"] {
            assert_eq!(not_ipv4("cidr", good).or_else(|| stray_bits("cidr", good)), None, "{good}");
        }
        for bad in ["10.0.0.0", "::/0", "", "10.0.0.0/33"] {
            assert!(not_ipv4("cidr", bad).is_some(), "{bad}");
        }
        assert!(stray_bits("cidr", "10.0.0.1/16").is_some());
        assert_eq!(not_range("cidr", "2001:db8::/32").or_else(|| stray_bits("cidr", "2001:db8::/32")), None);
        assert_eq!(check_id("vpc_id", "vpc-0123456789abcdef0", "vpc-"), None);
        assert_eq!(check_id("vpc_id", "${network.vpc.id}", "vpc-"), None);
        for bad in ["", "vpc-", "subnet-1", "vpc-A b"] {
            assert!(check_id("vpc_id", bad, "vpc-").is_some(), "{bad}");
        }
        assert_eq!(canonical_range("2001:DB8:0:0::/32"), "2001:db8::/32");
        assert_eq!(canonical_range("10.1.2.3/8"), "10.0.0.0/8");
    }
}
