//! Refuses what a web page sends: the sandbox on its port is for programs of this machine.
//!
//! A page can send requests to a loopback port, with an image tag or a form, and with a name of its own that it lets resolve to
//! 127.0.0.1 it could read the answers, too. A browser says so in headers that no page can change: Host, Origin, Sec-Fetch-Site.
//! <https://developer.mozilla.org/en-US/docs/Glossary/Forbidden_request_header>

use super::world::Fault;
use hyper::http::uri::Authority;
use hyper::{HeaderMap, Uri};
use std::net::IpAddr;

/// `Err` says which header gives the sender away. A target in absolute form names a host as well, and that one would count.
/// <https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2>
pub fn check(target: &Uri, headers: &HeaderMap) -> Result<(), Fault> {
    let text = |value: &[u8]| String::from_utf8_lossy(value).to_ascii_lowercase();
    let value = |name: &str| headers.get(name).map(|value| text(value.as_bytes()));
    let mut hosts = headers.get_all("host").iter();
    let host = hosts.next().map(|value| text(value.as_bytes())).unwrap_or_default();
    if hosts.next().is_some() {
        return Err(Fault::new("BadRequest", "the request has more than one Host header"));
    }
    for host in [Some(host.as_str()), target.authority().map(Authority::as_str)].into_iter().flatten() {
        if !is_loopback(host) {
            return Err(refusal("Host", host, "call it by 127.0.0.1 or localhost"));
        }
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

/// True for a host, with or without a port, that nobody else can give an address to, and for nothing that is more than a host.
/// <https://www.rfc-editor.org/rfc/rfc6761#section-6.3>
fn is_loopback(host: &str) -> bool {
    let (name, rest) = match host.strip_prefix('[') {
        Some(six) => six.split_once(']').unwrap_or((six, "no end")),
        None => host.split_at(host.find(':').unwrap_or(host.len())),
    };
    let name = name.to_ascii_lowercase();
    let known = match name.strip_suffix("localhost") {
        Some("") => true,
        Some(before) => before.ends_with('.') && before.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte)),
        None => name.parse().is_ok_and(|address: IpAddr| address.is_loopback()),
    };
    known && (rest.is_empty() || rest.strip_prefix(':').is_some_and(|port| port.bytes().all(|byte| byte.is_ascii_digit())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(headers: &[(&'static str, &str)]) -> Option<String> {
        refused_at("/", headers)
    }

    fn refused_at(target: &str, headers: &[(&'static str, &str)]) -> Option<String> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        check(&target.parse().unwrap(), &map).err().map(|fault| fault.message)
    }

    #[test]
    fn programs_are_served_and_pages_are_not() {
        let here = ("host", "127.0.0.1:5001");
        for host in ["127.0.0.1:5001", "127.0.0.1", "localhost:5001", "LOCALHOST", "bucket.localhost:5001", "[::1]:5001"] {
            assert_eq!(refused(&[("host", host)]), None, "{host}");
        }
        for host in [
            "evil.example",
            "evil.example:5001",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "10.0.0.1",
            "notlocalhost",
            "",
            "localhost, evil.example",
            "localhost:5001, evil.example",
            "evil.example,.localhost",
            "127.0.0.1 evil.example",
            "[::1",
        ] {
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
        assert!(refused(&[here, here]).is_some_and(|why| why.contains("more than one Host")));
        assert!(refused_at("http://evil.example/a", &[here]).is_some_and(|why| why.contains("Host is `evil.example`")));
        assert_eq!(refused_at("http://127.0.0.1:5001/a", &[here]), None);
    }
}
