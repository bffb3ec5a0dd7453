//! Addresses that something may be sent to: those of the public internet, and no others.

use ipnet::{Ipv4Net, Ipv6Net};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6(first: u16, second: u16, prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(first, second, 0, 0, 0, 0, 0, 0), prefix)
}

/// The ranges of IPv4 that are not the public internet's:
/// <https://www.iana.org/assignments/iana-ipv4-special-registry/iana-ipv4-special-registry.xhtml>
const NOT_PUBLIC: &[Ipv4Net] = &[
    v4(0, 0, 0, 0, 8),
    v4(10, 0, 0, 0, 8),
    v4(100, 64, 0, 0, 10),
    v4(127, 0, 0, 0, 8),
    v4(169, 254, 0, 0, 16), // metadata of instances and tasks among them
    v4(172, 16, 0, 0, 12),
    v4(192, 0, 0, 0, 24),
    v4(192, 0, 2, 0, 24),
    v4(192, 31, 196, 0, 24),
    v4(192, 52, 193, 0, 24),
    v4(192, 88, 99, 0, 24),
    v4(192, 168, 0, 0, 16),
    v4(192, 175, 48, 0, 24),
    v4(198, 18, 0, 0, 15),
    v4(198, 51, 100, 0, 24),
    v4(203, 0, 113, 0, 24),
    v4(224, 0, 0, 0, 4), // multicast: <https://www.iana.org/assignments/multicast-addresses/multicast-addresses.xhtml>
    v4(240, 0, 0, 0, 4),
    // The metadata service of Azure: <https://learn.microsoft.com/en-us/azure/virtual-network/what-is-ip-address-168-63-129-16>
    v4(168, 63, 129, 16, 32),
];

/// All of IPv6 that is given to networks: <https://www.iana.org/assignments/ipv6-address-space/ipv6-address-space.xhtml>
const UNICAST: Ipv6Net = v6(0x2000, 0, 3);

/// The ranges within it that are not the public internet's, or that lead on to an address of IPv4:
/// <https://www.iana.org/assignments/iana-ipv6-special-registry/iana-ipv6-special-registry.xhtml>
const NOT_PUBLIC_6: &[Ipv6Net] = &[v6(0x2001, 0, 23), v6(0x2001, 0xdb8, 32), v6(0x2002, 0, 16), v6(0x2620, 0x4f, 32), v6(0x3fff, 0, 20)];

/// The range through which networks of IPv6 alone reach IPv4: <https://www.rfc-editor.org/rfc/rfc6052#section-2.1>
const TRANSLATED: Ipv6Net = Ipv6Net::new_assert(Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96);

/// True for an address of the public internet. An address of IPv6 that stands for one of IPv4 is looked at as that.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => !NOT_PUBLIC.iter().any(|range| range.contains(&address)),
        IpAddr::V6(address) if TRANSLATED.contains(&address) => {
            let [.., a, b, c, d] = address.octets();
            is_public(Ipv4Addr::new(a, b, c, d).into())
        }
        IpAddr::V6(address) => UNICAST.contains(&address) && !NOT_PUBLIC_6.iter().any(|range| range.contains(&address)),
    }
}

/// Names of metadata services of clouds, by which nobody calls a service of their own.
/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html>,
/// <https://cloud.google.com/compute/docs/metadata/querying-metadata>
const METADATA: [&str; 4] = ["instance-data", "instance-data.ec2.internal", "metadata.google.internal", "metadata.goog"];

/// True for a host that is written as an address which is not the public internet's, or in a way that some read as one, and for the
/// names of this host and of metadata services. Other names may lead into a private network: load balancers have such.
#[must_use]
pub fn leads_inside(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    let last = host.rsplit('.').next().unwrap_or_default();
    // A name never ends so: https://url.spec.whatwg.org/#ends-in-a-number-checker
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) || text.starts_with("0x");
    let is_this_host = last == "localhost" || last == "localdomain";
    let is_address = host.contains(':') || is_number(last);
    is_this_host || METADATA.contains(&host.as_str()) || is_address && !host.parse().is_ok_and(is_public)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_by_which_no_service_is_called_is_told_apart() {
        for inside in [
            "169.254.169.254",
            "169.254.169.254.",
            "127.0.0.1",
            "127.1",
            "0x7f.0.0.1",
            "0177.0.0.1",
            "10.0.0.7",
            "192.168.1.1",
            "api.0x7f",
            "::1",
            "fd00:ec2::254",
            "localhost",
            "api.LOCALHOST",
            "metadata.google.internal",
            "Instance-Data.ec2.internal",
        ] {
            assert!(leads_inside(inside), "{inside}");
        }
        for outside in ["api.example.com", "api.internal", "1.1.1.1", "a1.example", "2606:4700::1111", "localhost.example.com"] {
            assert!(!leads_inside(outside), "{outside}");
        }
    }

    #[test]
    fn only_the_public_internet_is_public() {
        for public in
            ["1.1.1.1", "52.94.76.10", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a05:d018::1", "::ffff:1.1.1.1", "64:ff9b::1.1.1.1"]
        {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        for not in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "100.100.100.200",
            "127.0.0.1",
            "127.255.255.254",
            "168.63.129.16",
            "169.254.169.254",
            "169.254.170.2",
            "169.254.170.23",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.192",
            "192.168.1.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "::ffff:0:127.0.0.1",
            "64:ff9b::169.254.169.254",
            "64:ff9b::10.0.0.1",
            "64:ff9b:1::a00:1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2002:a9fe:a9fe::1",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd00:ec2::254",
            "fd00:ec2::23",
            "fd20:ce::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_public(not.parse().unwrap()), "{not}");
        }
    }
}
