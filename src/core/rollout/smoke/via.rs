//! The place that smoke checks connect to where the load balancer itself is out of reach, such as the near end of a tunnel.

use std::fmt;
use std::str::FromStr;

/// `web=localhost:8443` for one service, or `localhost:8443` for each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Via {
    pub service: Option<String>,
    pub host: String,
    pub port: u16,
}

impl Via {
    /// Returns the one that is for a service: one with its name before one without.
    #[must_use]
    pub fn find<'a>(all: &'a [Via], service: &str) -> Option<&'a Via> {
        let named = all.iter().find(|via| via.service.as_deref() == Some(service));
        named.or_else(|| all.iter().find(|via| via.service.is_none()))
    }
}

impl FromStr for Via {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (service, place) = text.split_once('=').map_or((None, text), |(service, place)| (Some(service), place));
        let (host, port) = place.rsplit_once(':').ok_or("it has no port: write it as `localhost:8443`")?;
        let port = port.parse().ok().filter(|port| *port > 0).ok_or_else(|| format!("`{port}` is no port: they go from 1 to 65535"))?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-".contains(&byte);
        if host.is_empty() || !host.bytes().all(plain) {
            return Err("its host is no name and no IPv4 address: write it as `localhost:8443`".into());
        }
        if service.is_some_and(str::is_empty) {
            return Err("no service stands before `=`: write it as `web=localhost:8443`".into());
        }
        Ok(Via { service: service.map(str::to_owned), host: host.to_owned(), port })
    }
}

impl fmt::Display for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Via { service, host, port } = self;
        let service = service.as_ref().map(|service| format!("{service}=")).unwrap_or_default();
        write!(f, "{service}{host}:{port}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_has_a_host_and_a_port_and_may_name_a_service() {
        for text in ["localhost:8443", "web=127.0.0.1:80", "api=tunnel.internal.example:65535"] {
            assert_eq!(text.parse::<Via>().unwrap().to_string(), text);
        }
        for text in
            ["localhost", "localhost:0", "localhost:65536", ":80", "=localhost:80", "web=local host:80", "http://localhost:80", "a/b:80"]
        {
            assert!(text.parse::<Via>().is_err(), "{text}");
        }
        let all = ["localhost:1", "web=localhost:2"].map(|text| text.parse::<Via>().unwrap());
        assert_eq!((Via::find(&all, "web").unwrap().port, Via::find(&all, "api").unwrap().port), (2, 1));
        assert_eq!(Via::find(&[], "web"), None);
    }
}
