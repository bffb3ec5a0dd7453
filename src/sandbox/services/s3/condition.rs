//! Conditions of reads, writes and copies: ETags and times.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html>

use crate::world::{Call, Fault};
use serde_json::Value;

/// `condition` is the header that did not hold.
fn failed(condition: &str) -> Fault {
    let text = "At least one of the pre-conditions you specified did not hold";
    Fault::new("PreconditionFailed", text).status(412).detail("Condition", condition)
}

fn same(version: &Value, wanted: &str) -> bool {
    wanted == "*" || version["ETag"].as_str().is_some_and(|etag| etag.trim_matches('"') == wanted.trim_matches('"'))
}

/// Refuses a read whose conditions do not hold, with 304 where the caller has the content already.
pub fn read(call: &Call<'_>, version: &Value) -> Result<(), Fault> {
    let members = ["IfMatch", "IfNoneMatch", "IfModifiedSince", "IfUnmodifiedSince"];
    four(call, version, members, Fault::new("NotModified", "Not Modified").status(304))
}

/// Refuses a copy whose conditions on the source do not hold.
pub fn source(call: &Call<'_>, version: &Value) -> Result<(), Fault> {
    let members = ["CopySourceIfMatch", "CopySourceIfNoneMatch", "CopySourceIfModifiedSince", "CopySourceIfUnmodifiedSince"];
    four(call, version, members, failed("x-amz-copy-source-If-None-Match"))
}

/// A condition by ETag wins over the one by time beside it.
fn four(call: &Call<'_>, version: &Value, members: [&str; 4], unchanged: Fault) -> Result<(), Fault> {
    let [matches, matches_not, modified_since, unmodified_since] = members;
    let time = |member: &str| call.input[member].as_f64();
    let modified = version["LastModified"].as_f64().unwrap_or_default().floor();
    let (wanted, unwanted) = (call.text(matches), call.text(matches_not));
    let holds = if wanted.is_empty() { time(unmodified_since).is_none_or(|since| modified <= since) } else { same(version, wanted) };
    if !holds {
        let condition = if wanted.is_empty() { "If-Unmodified-Since" } else { "If-Match" };
        return Err(failed(condition));
    }
    let fresh = if unwanted.is_empty() { time(modified_since).is_none_or(|since| modified > since) } else { !same(version, unwanted) };
    if fresh { Ok(()) } else { Err(unchanged) }
}

/// Refuses a write onto `current` whose conditions do not hold.
pub fn write(call: &Call<'_>, current: Option<&Value>) -> Result<(), Fault> {
    if call.text("IfNoneMatch") == "*" && current.is_some() {
        return Err(failed("If-None-Match"));
    }
    matching(call.text("IfMatch"), current)
}

/// Refuses a change of something that is not what the caller thinks it is.
pub fn matching(wanted: &str, current: Option<&Value>) -> Result<(), Fault> {
    match current {
        _ if wanted.is_empty() => Ok(()),
        None => Err(super::object::no_such_key()),
        Some(version) if same(version, wanted) => Ok(()),
        Some(_) => Err(failed("If-Match")),
    }
}
