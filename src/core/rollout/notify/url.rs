//! The address of a webhook, as far as it has to be understood to be trusted.

use super::address::{is_public, leads_inside};
use crate::core::rollout::hidden::Hidden;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An HTTPS address. It is a secret: whoever knows it can write there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Https {
    url: Hidden,
    host: Hidden,
}

/// The longest that is taken, in bytes.
const LONGEST: usize = 2048;

impl Https {
    /// Reads an address. The error says what is wrong with it, and shows nothing of it.
    ///
    /// It takes less than RFC 3986 does, so that whatever reads the host after it reads the same one.
    pub fn parse(url: &str) -> Result<Https, &'static str> {
        let rest = url.get(..8).filter(|scheme| scheme.eq_ignore_ascii_case("https://")).map(|_| &url[8..]);
        let rest = rest.ok_or("it does not begin with `https://`")?;
        if url.len() > LONGEST || !url.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\') {
            return Err("it is too long, or has letters that no address has");
        }
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        if rest[..end].contains('@') {
            return Err("it holds a user or a password before its host");
        }
        let (host, port) = match rest[..end].rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
            _ => (&rest[..end], None),
        };
        if port.is_some_and(|port| port.parse::<u16>().map_or(true, |port| port == 0) || port.starts_with('+')) {
            return Err("its port is none");
        }
        let literal = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
            Some(inner) => Some(IpAddr::V6(inner.parse::<Ipv6Addr>().map_err(|_| "its host is none")?)),
            None => host.parse::<Ipv4Addr>().ok().map(IpAddr::V4),
        };
        match literal {
            Some(address) if !is_public(address) => Err("it leads into a private network, to this host, or to a metadata service"),
            Some(_) => Ok(()),
            // An address is also written in fewer parts, and as octal or hexadecimal numbers: https://url.spec.whatwg.org/#concept-ipv4-parser
            None if is_local(host) || leads_inside(host) => Err("it leads to this host or into a private network"),
            None if is_host(host) => Ok(()),
            None => Err("its host is none"),
        }?;
        let whole = url.split('#').next().unwrap_or_default();
        Ok(Https { url: Hidden::new(whole), host: Hidden::new(host) })
    }

    /// Returns the address, for a request alone.
    #[must_use]
    pub fn reveal(&self) -> &str {
        self.url.reveal()
    }

    /// Takes its host out of a text, such as an error about a certificate.
    #[must_use]
    pub fn taken_out_of(&self, text: &str) -> String {
        text.replace(self.host.reveal(), "(hidden)")
    }
}

fn is_host(host: &str) -> bool {
    let label = |label: &str| {
        let plain = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        plain && (1..=63).contains(&label.len())
    };
    host.len() <= 253 && host.contains('.') && host.strip_suffix('.').unwrap_or(host).split('.').all(label)
}

/// Names that never lead out: <https://www.iana.org/assignments/special-use-domain-names/special-use-domain-names.xhtml>, and `internal`,
/// which ICANN keeps for private use.
fn is_local(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    ["localhost", "local", "internal", "home.arpa", "localdomain"]
        .iter()
        .any(|name| host.strip_suffix(name).is_some_and(|before| before.is_empty() || before.ends_with('.')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_https_and_leads_out() {
        for url in [
            "https://hooks.slack.com/services/T0/B0/x",
            "HTTPS://example.com",
            "https://example.com:8443/a?b=c",
            "https://example.com./",
            "https://1.1.1.1/",
            "https://[2606:4700::1111]/",
            "https://[2606:4700::1111]:8443/",
        ] {
            assert!(Https::parse(url).is_ok(), "{url}");
        }
        let url = Https::parse("https://example.com:8443/a#b").unwrap();
        assert_eq!((url.reveal(), format!("{url:?}").contains("example")), ("https://example.com:8443/a", false));
        assert_eq!(url.taken_out_of("no certificate for example.com"), "no certificate for (hidden)");
        for url in ["https://user:pass@example.com/", "https://token@example.com:8443/", "https://u:p@10.0.0.1/"] {
            assert_eq!(Https::parse(url), Err("it holds a user or a password before its host"), "{url}");
        }
        for url in [
            "",
            "http://example.com/",
            "ftp://example.com/",
            "//example.com/",
            "https:/example.com/",
            "https:///x",
            "https://",
            "https://user:pass@example.com/",
            "https://example.com@169.254.169.254/",
            "https://example.com\\@evil.example/",
            "https://exa mple.com/",
            "https://example.com/\r\nHost: evil",
            "https://example.com:0/",
            "https://example.com:99999/",
            "https://example.com:+443/",
            "https://localhost/",
            "https://LOCALHOST./",
            "https://api.localhost/",
            "https://instance-data.ec2.internal/",
            "https://metadata.google.internal/",
            "https://printer.local/",
            "https://host/",
            "https://127.0.0.1/",
            "https://169.254.169.254/latest/meta-data/",
            "https://10.0.0.1/",
            "https://127.0.0.1./",
            "https://2130706433/",
            "https://127.1/",
            "https://0x7f.1/",
            "https://0X7F.0.0.1/",
            "https://0177.0.0.1/",
            "https://169.254.43518/",
            "https://0xa9fea9fe/",
            "https://metadata.goog/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::ffff:a9fe:a9fe]/",
            "https://[fd00:ec2::254]/",
            "https://[fe80::1%25eth0]/",
            "https://[64:ff9b::a9fe:a9fe]/",
            "https://[::1/",
            "https://ex%61mple.com/",
            "https://exämple.com/",
        ] {
            assert!(Https::parse(url).is_err(), "{url}");
        }
    }
}
