//! The CDN: its file names no regions, but parts of the world.

use super::{Product, Wanted};

pub(super) fn keys(product: &Product, _: &str) -> Vec<Wanted> {
    let usage = product.whole_usage();
    let (key, unit) = match usage {
        "Invalidations" => ("invalidation.path_over_1000".to_owned(), "path"),
        "SSL-Cert-Custom" => ("dedicated_ip_cert.month".to_owned(), "cert-month"),
        _ if product.operation == "RealTimeLog" => ("real_time_logs".to_owned(), "1M lines"),
        _ if product.usage("") == "Requests-OriginShield" => match shield(product) {
            Some(place) => (format!("origin_shield.{place}"), "10k requests"),
            None => return Vec::new(),
        },
        // One price everywhere; Europe's stands for all.
        _ if product.request_description == "HTTPS Proxy requests with Field Level Encryption" => {
            if product.location != "Europe" {
                return Vec::new();
            }
            ("field_level_encryption".to_owned(), "10k requests")
        }
        _ => {
            let Some((place, rest)) = usage.split_once('-').and_then(|(code, rest)| Some((place(code)?, rest))) else {
                return Vec::new();
            };
            match rest {
                "DataTransfer-Out-Bytes" => (format!("data_out.internet.{place}"), "GB"),
                "DataTransfer-Out-OBytes" => (format!("data_out.origin.{place}"), "GB"),
                "Requests-Tier1" => (format!("requests.http.{place}"), "10k requests"),
                "Requests-Tier2-HTTPS" => (format!("requests.https.{place}"), "10k requests"),
                _ => return Vec::new(),
            }
        }
    };
    vec![Wanted::new(format!("cloudfront.{key}"), unit).global()]
}

fn place(code: &str) -> Option<&'static str> {
    Some(match code {
        "US" => "us",
        "CA" => "canada",
        "EU" => "europe",
        "ZA" => "south_africa",
        "ME" => "middle_east",
        "SA" => "south_america",
        "JP" => "japan",
        "AU" => "australia",
        "AP" => "asia_pacific",
        "IN" => "india",
        _ => return None,
    })
}

/// Tells where a shield stands: in a region, and each part of the world has one price.
fn shield(product: &Product) -> Option<&'static str> {
    Some(match product.location.as_str() {
        "Asia Pacific (Tokyo)" => "japan",
        "Asia Pacific (Seoul)" => "south_korea",
        "Asia Pacific (Singapore)" => "singapore",
        "Asia Pacific (Sydney)" => "australia",
        "Asia Pacific (Mumbai)" => "india",
        location if location.starts_with("US ") => "us",
        location if location.starts_with("EU ") || location.starts_with("Europe ") => "europe",
        location if location.starts_with("South America ") => "south_america",
        _ => return None,
    })
}
