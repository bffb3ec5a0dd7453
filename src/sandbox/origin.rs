//! Refuses what a web page sends: the sandbox on its port is for programs of this machine.
//!
//! A page can send requests to a loopback port, with an image tag or a form, and with a name of its own that it lets resolve to
//! 127.0.0.1 it could read the answers, too. A browser says so in headers that no page can change: Host, Origin, Sec-Fetch-Site.
//! <https://developer.mozilla.org/en-US/docs/Glossary/Forbidden_request_header>

use super::world::Fault;
use hyper::HeaderMap;
use std::net::IpAddr;

/// `Err` says which header gives the sender away.
pub fn check(headers: &HeaderMap) -> Result<(), Fault> {
    let value = |name: &str| headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase());
    let host = value("host").unwrap_or_default();
    if !is_loopback(name_of(&host)) {
        return Err(refusal("Host", &host, "call it by 127.0.0.1 or localhost"));
    }
    if let Some(origin) = value("origin").filter(|origin| origin.strip_prefix("http://") != Some(&host)) {
        return Err(refusal("Origin", &origin, "a web page may not use it"));
    }
    match value("sec-fetch-site").as_deref() {
        None | Some("same-origin" | "none") => Ok(()),
        Some(site) => Err(refusal("Sec-Fetch-Site", site, "a web page may not use it")),
    }
}

fn refusal(header: &str, value: &str, remedy: &str) -> Fault {
    let text = format!("the sandbox serves programs of its own machine alone, and {header} is `{}`; {remedy}", value.escape_debug());
    Fault::new("AccessDenied", text).status(403)
}

/// The host without its port.
fn name_of(host: &str) -> &str {
    match host.strip_prefix('[') {
        Some(six) => six.split(']').next().unwrap_or(six),
        None => host.split(':').next().unwrap_or(host),
    }
}

/// Names that nobody else can give an address to: <https://www.rfc-editor.org/rfc/rfc6761#section-6.3>
fn is_loopback(name: &str) -> bool {
    name == "localhost" || name.ends_with(".localhost") || name.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(headers: &[(&'static str, &str)]) -> Option<String> {
        let map = headers.iter().map(|(name, value)| (hyper::header::HeaderName::from_static(name), value.parse().unwrap())).collect();
        check(&map).err().map(|fault| fault.message)
    }

    #[test]
    fn programs_are_served_and_pages_are_not() {
        let here = ("host", "127.0.0.1:5001");
        for host in ["127.0.0.1:5001", "127.0.0.1", "localhost:5001", "LOCALHOST", "bucket.localhost:5001", "[::1]:5001"] {
            assert_eq!(refused(&[("host", host)]), None, "{host}");
        }
        for host in
            ["evil.example", "evil.example:5001", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.1", "notlocalhost", ""]
        {
            assert!(refused(&[("host", host)]).is_some_and(|why| why.contains("Host is")), "{host}");
        }
        for origin in ["https://evil.example", "null", "http://127.0.0.1:3000", "file://"] {
            assert!(refused(&[here, ("origin", origin)]).is_some_and(|why| why.contains("Origin is")), "{origin}");
        }
        for site in ["cross-site", "same-site"] {
            assert!(refused(&[here, ("sec-fetch-site", site)]).is_some_and(|why| why.contains("Sec-Fetch-Site is")), "{site}");
        }
        assert_eq!(refused(&[here, ("origin", "http://127.0.0.1:5001"), ("sec-fetch-site", "same-origin")]), None);
        assert!(refused(&[]).is_some());
    }
}
