//! The caller, service and region of a request, read from its signature, or from the host name where it has none.

use super::codec::{HttpRequest, query};
use super::model::{self, Model};
use super::world::Fault;

/// Everything that the outside of a request says.
#[derive(Debug)]
pub struct Caller {
    pub model: &'static Model,
    pub region: String,
    /// The request's path; S3's bucket is put in front where it came in the host name.
    pub path: String,
    /// The access key that signs, or nothing.
    pub key: String,
}

/// AWS's regions of the `aws` partition, for telling a region that does not exist from one that does.
pub const REGIONS: &[&str] = &[
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

/// Services with one endpoint for the world, signed for us-east-1.
const GLOBAL: &[&str] = &["ce", "cloudfront", "iam", "route53"];

pub fn identify(request: &HttpRequest, body: &[u8]) -> Result<Caller, Fault> {
    let host = host(request);
    let (key, region, service) = match scope(request) {
        Some(scope) => scope,
        None => unsigned(&host, body)?,
    };
    let model = model::signed_as(&service).ok_or_else(|| {
        Fault::new("NotInSandbox", format!("the service `{service}` is not in the sandbox; docs/sandbox.md lists what is")).status(501)
    })?;
    let region = if GLOBAL.contains(&model.name) { "us-east-1".to_owned() } else { region };
    if !REGIONS.contains(&region.as_str()) {
        return Err(Fault::new("InvalidRegion", format!("there is no region `{region}`")).status(400));
    }
    let path = if model.name == "s3" { bucket_in_path(&host, request.uri().path()) } else { request.uri().path().to_owned() };
    Ok(Caller { model, region, path, key })
}

/// Key, region and service of the credential scope, from the Authorization header or a presigned query.
fn scope(request: &HttpRequest) -> Option<(String, String, String)> {
    let header = request.headers().get("authorization").and_then(|value| value.to_str().ok());
    let credential = match header {
        Some(header) => header.split("Credential=").nth(1)?.split([',', ' ']).next()?.to_owned(),
        None => query::pairs(request.uri().query()?).find(|(name, _)| name == "X-Amz-Credential")?.1,
    };
    // AKID/20261121/eu-west-1/ec2/aws4_request; SigV4a leaves the region out.
    let mut parts = credential.rsplit('/');
    let (_, service, region) = (parts.next()?, parts.next()?, parts.next()?);
    let dated = region.len() == 8 && region.bytes().all(|byte| byte.is_ascii_digit());
    let key = credential.split('/').next().unwrap_or_default().to_owned();
    Some((key, if dated { "us-east-1".into() } else { region.into() }, service.into()))
}

/// Only the operations that take no signature are reached without one.
fn unsigned(host: &str, body: &[u8]) -> Result<(String, String, String), Fault> {
    let form = String::from_utf8_lossy(body);
    let action = query::pairs(&form).find(|(name, _)| name == "Action").map(|(_, action)| action).unwrap_or_default();
    let sts = model::model("sts")
        .filter(|model| model.operations.get(&action).is_some_and(|operation| operation.authtype.as_deref() == Some("none")));
    if sts.is_none() {
        return Err(Fault::new("MissingAuthenticationToken", "Missing Authentication Token").status(403));
    }
    let region = host.split('.').find(|label| REGIONS.contains(label)).unwrap_or("us-east-1");
    Ok((String::new(), region.to_owned(), "sts".to_owned()))
}

fn host(request: &HttpRequest) -> String {
    let header = request.headers().get("host").and_then(|value| value.to_str().ok());
    let host = header.or_else(|| request.uri().host()).unwrap_or("");
    host.rsplit_once(':')
        .filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()))
        .map_or(host, |(host, _)| host)
        .to_ascii_lowercase()
}

/// `bucket.s3.eu-west-1.amazonaws.com/key` and `bucket.localhost/key` both mean `/bucket/key`.
fn bucket_in_path(host: &str, path: &str) -> String {
    let at_aws = host.strip_suffix(".amazonaws.com").and_then(|host| {
        let labels: Vec<&str> = host.split('.').collect();
        let s3 = labels.iter().rposition(|label| *label == "s3" || label.starts_with("s3-"))?;
        (s3 > 0).then(|| labels[..s3].join("."))
    });
    match at_aws.or_else(|| host.strip_suffix(".localhost").map(String::from)).filter(|bucket| bucket != "s3") {
        Some(bucket) => format!("/{bucket}{}", if path == "/" { "" } else { path }),
        None => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_stand_in_the_path_or_in_the_host() {
        for (host, path, want) in [
            ("s3.eu-west-1.amazonaws.com", "/b/k", "/b/k"),
            ("b.s3.eu-west-1.amazonaws.com", "/k", "/b/k"),
            ("my.dotted.b.s3.amazonaws.com", "/", "/my.dotted.b"),
            ("s3.amazonaws.com", "/", "/"),
            ("b.localhost", "/k", "/b/k"),
            ("127.0.0.1", "/b", "/b"),
        ] {
            assert_eq!(bucket_in_path(host, path), want, "{host}{path}");
        }
    }
}
