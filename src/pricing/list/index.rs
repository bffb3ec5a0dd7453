//! AWS's indexes: which offers there are, and where the newest file of each lies.

use super::{Files, Service};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The index lies here, below the address of the price list.
pub const INDEX: &str = "/offers/v1.0/aws/index.json";

/// One file to fetch.
#[derive(Debug, Clone)]
pub struct OfferFile {
    pub service: &'static Service,
    /// The region whose prices it has; a file for all of AWS has none.
    pub region: Option<String>,
    /// The path below the address of the price list, as AWS's index has it.
    pub path: String,
}

impl OfferFile {
    /// Returns a name that is safe for a file: `AmazonRDS.us-east-1`.
    pub fn name(&self) -> String {
        let region = self.region.as_deref().unwrap_or("all");
        format!("{}.{region}", self.service.offer)
    }
}

#[derive(Deserialize)]
struct Offers {
    offers: BTreeMap<String, Links>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Links {
    current_version_url: String,
    #[serde(default)]
    current_region_index_url: String,
}

#[derive(Deserialize)]
struct Regions {
    regions: BTreeMap<String, Current>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Current {
    current_version_url: String,
}

/// The paths of the region indexes that `services` need, by offer.
pub fn region_indexes(index: &str, services: &[&'static Service]) -> Result<BTreeMap<String, String>, serde_json::Error> {
    let Offers { mut offers } = serde_json::from_str(index)?;
    let wanted = services.iter().filter(|service| service.files == Files::ByRegion);
    let links = wanted.filter_map(|service| Some((service.offer.to_owned(), offers.remove(service.offer)?.current_region_index_url)));
    Ok(links.filter(|(_, path)| is_path(path)).collect())
}

/// The files of `services` and `regions`, and in words what AWS has none of. `region_indexes` are by offer.
pub fn files(
    index: &str,
    region_indexes: &BTreeMap<String, String>,
    services: &[&'static Service],
    regions: &[String],
) -> Result<(Vec<OfferFile>, Vec<String>), serde_json::Error> {
    let Offers { offers } = serde_json::from_str(index)?;
    let (mut files, mut absent) = (Vec::new(), Vec::new());
    for service in services.iter().copied() {
        if !offers.contains_key(service.offer) {
            absent.push(format!("the price list has no offer {}", service.offer));
            continue;
        }
        if service.files == Files::One {
            let path = offers.get(service.offer).map(|links| links.current_version_url.clone()).unwrap_or_default();
            files.push(OfferFile { service, region: None, path });
            continue;
        }
        let Some(text) = region_indexes.get(service.offer) else {
            absent.push(format!("the price list has no regions of {}", service.offer));
            continue;
        };
        let Regions { regions: known } = serde_json::from_str(text)?;
        for region in regions {
            match known.get(region) {
                Some(current) => {
                    files.push(OfferFile { service, region: Some(region.clone()), path: current.current_version_url.clone() });
                }
                None => absent.push(format!("the price list has no {} in {region}", service.offer)),
            }
        }
    }
    let (files, strange) = files.into_iter().partition::<Vec<_>, _>(|file| is_path(&file.path));
    absent.extend(strange.iter().map(|file| format!("the price list says of {} that it lies at `{}`", file.name(), file.path)));
    Ok((files, absent))
}

/// True when a path stays below the address of the price list, whoever wrote it.
fn is_path(path: &str) -> bool {
    let plain = |part: &str| {
        let letters = part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
        letters && !part.is_empty() && !part.starts_with('.')
    };
    path.len() <= 500 && path.strip_prefix('/').is_some_and(|rest| rest.split('/').all(plain))
}

#[cfg(test)]
mod tests {
    use super::super::find;
    use super::*;

    const INDEX: &str = r#"{
        "formatVersion": "v1.0", "disclaimer": "…", "publicationDate": "2026-11-18T00:00:00Z",
        "offers": {
            "AmazonRDS": { "offerCode": "AmazonRDS", "versionIndexUrl": "/offers/v1.0/aws/AmazonRDS/index.json",
                "currentVersionUrl": "/offers/v1.0/aws/AmazonRDS/current/index.json",
                "currentRegionIndexUrl": "/offers/v1.0/aws/AmazonRDS/current/region_index.json" },
            "AmazonCloudFront": { "offerCode": "AmazonCloudFront", "currentVersionUrl": "/offers/v1.0/aws/AmazonCloudFront/current/index.json" },
            "AWSELB": { "offerCode": "AWSELB", "currentVersionUrl": "/x", "currentRegionIndexUrl": "https://elsewhere/region_index.json" }
        }
    }"#;
    const REGIONS: &str = r#"{ "formatVersion": "v1.0", "regions": { "us-east-1": { "regionCode": "us-east-1",
        "currentVersionUrl": "/offers/v1.0/aws/AmazonRDS/20261118000000/us-east-1/index.json" },
        "eu-west-1": { "regionCode": "eu-west-1", "currentVersionUrl": "ftp://elsewhere" } } }"#;

    #[test]
    fn paths_stay_below_the_address() {
        assert!(is_path("/offers/v1.0/aws/AmazonRDS/20261118000000/us-east-1/index.json"));
        for path in [
            "",
            "/",
            "x",
            "//elsewhere/x",
            "/../x",
            "/a/..",
            "/a/./b",
            "/a//b",
            "/a?b",
            "/a#b",
            "/a@b",
            "/a:80/b",
            "/a%2e%2e/b",
            "/a\\b",
            "/a b",
            "/a\r\nb",
            "/ä",
            "https://elsewhere/x",
            "@elsewhere/x",
        ] {
            assert!(!is_path(path), "{path}");
        }
    }

    #[test]
    fn indexes_lead_to_files_and_say_what_is_missing() {
        let services = ["AmazonRDS", "AmazonCloudFront", "AWSELB", "AmazonSNS"].map(|code| find(code)[0]);
        let links = region_indexes(INDEX, &services).unwrap();
        assert_eq!(
            links.into_iter().collect::<Vec<_>>(),
            [("AmazonRDS".into(), "/offers/v1.0/aws/AmazonRDS/current/region_index.json".into())]
        );
        let indexes = BTreeMap::from([("AmazonRDS".to_owned(), REGIONS.to_owned())]);
        let regions = ["us-east-1", "eu-west-1", "xx-north-9"].map(str::to_owned);
        let (files, absent) = files(INDEX, &indexes, &services, &regions).unwrap();
        let found = files.iter().map(|file| format!("{} {}", file.name(), file.path)).collect::<Vec<_>>();
        assert_eq!(
            found,
            [
                "AmazonRDS.us-east-1 /offers/v1.0/aws/AmazonRDS/20261118000000/us-east-1/index.json",
                "AmazonCloudFront.all /offers/v1.0/aws/AmazonCloudFront/current/index.json"
            ]
        );
        assert_eq!(
            absent,
            [
                "the price list has no AmazonRDS in xx-north-9",
                "the price list has no regions of AWSELB",
                "the price list has no offer AmazonSNS",
                "the price list says of AmazonRDS.eu-west-1 that it lies at `ftp://elsewhere`"
            ]
        );
        assert!(region_indexes("{", &services).is_err() && region_indexes("[]", &services).is_err());
    }
}
