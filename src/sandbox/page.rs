//! Paging for every list, driven by the models: handlers answer all there is, callers get pages.

use super::codec::Target;
use super::model::{Model, Pagination};
use super::services;
use super::world::Fault;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

/// Their tokens name a place in the listing itself, or the model says them in a way of its own.
const PAGED_BY_HANDLER: &[&str] = &["GetMetricData", "ListObjects", "ListParts"];

/// Cuts the answer to the page that the input asks for, and puts the token for the next one into it.
pub fn cut(target: &Target, input: &Value, output: &mut Value) -> Result<(), Fault> {
    let Some(pages) = pagination(target.model, &target.operation.name) else { return Ok(()) };
    // Several tokens at once name a place in the listing itself; the handlers of those operations page.
    let ([input_token], [output_token]) = (pages.input_token.names(), pages.output_token.names()) else { return Ok(()) };
    if PAGED_BY_HANDLER.contains(&target.operation.name.as_str()) || at(output, output_token).is_some_and(|token| token != "") {
        return Ok(());
    }
    let asked =
        pages.limit_key.as_deref().and_then(|key| input.get(key)).and_then(|limit| limit.as_u64().or_else(|| limit.as_str()?.parse().ok()));
    let limit = asked.map_or_else(|| default_limit(target.model.name, &target.operation.name), |limit| limit as usize).max(1);
    let mark = mark(target, input, &[Some(input_token.as_str()), pages.limit_key.as_deref()]);
    let start = match input.get(input_token).and_then(Value::as_str).filter(|token| !token.is_empty()) {
        Some(token) => offset(token, &mark)
            .ok_or_else(|| Fault::new(token_code(target), format!("the {input_token} is not one that this listing gave")))?,
        None => 0,
    };
    let (mut seen, mut kept) = (0, 0);
    for key in pages.result_key.names() {
        let (parent, name) = key.rsplit_once('.').unwrap_or(("", key));
        let Some(parent) = object_mut(output, parent) else { continue };
        let Some(Value::Array(items)) = parent.get_mut(name) else { continue };
        let from = start.saturating_sub(seen).min(items.len());
        let to = (start + limit).saturating_sub(seen).min(items.len());
        seen += items.len();
        *items = items[from..to].to_vec();
        kept += items.len();
        for total in ["Quantity", "KeyCount"] {
            if parent.contains_key(total) {
                parent.insert(total.into(), kept.into());
            }
        }
    }
    let more = seen > start + limit;
    if let Some((parent, name)) = pages.more_results.as_deref().map(split)
        && let Some(parent) = object_mut(output, parent)
    {
        parent.insert(name.into(), more.into());
    }
    if let (true, (parent, name)) = (more, split(output_token))
        && let Some(parent) = object_mut(output, parent)
    {
        parent.insert(name.into(), URL_SAFE_NO_PAD.encode(format!("{mark}:{}", start + limit)).into());
    }
    Ok(())
}

/// The model's own paging, and what botocore's paginators leave out.
pub fn pagination<'a>(model: &'a Model, operation: &str) -> Option<&'a Pagination> {
    static MORE: LazyLock<Vec<(&str, &str, Pagination)>> = LazyLock::new(|| {
        let row = |service, operation, limit: &str, token: &str, result: &str| {
            let pages = serde_json::json!({"input_token": token, "output_token": token, "limit_key": limit, "result_key": result});
            serde_json::from_value(pages).ok().map(|pages| (service, operation, pages))
        };
        let rows = [
            row("ecs", "DescribeCapacityProviders", "maxResults", "nextToken", "capacityProviders"),
            row("ecs", "ListServiceDeployments", "maxResults", "nextToken", "serviceDeployments"),
            row("events", "ListArchives", "Limit", "NextToken", "Archives"),
            row("events", "ListConnections", "Limit", "NextToken", "Connections"),
            row("opensearch", "ListVersions", "MaxResults", "NextToken", "Versions"),
            row("opensearch", "ListInstanceTypeDetails", "MaxResults", "NextToken", "InstanceTypeDetails"),
            row("secretsmanager", "ListSecretVersionIds", "MaxResults", "NextToken", "Versions"),
        ];
        rows.into_iter().flatten().collect()
    });
    model
        .pagination
        .get(operation)
        .or_else(|| MORE.iter().find(|(service, name, _)| *service == model.name && *name == operation).map(|(.., pages)| pages))
}

/// Returns the number of items on a page when the caller does not say.
fn default_limit(service: &str, operation: &str) -> usize {
    match (service, operation) {
        ("ecs", "ListServices") => 10,
        ("logs", "FilterLogEvents") => 10_000,
        ("kms", "ListAliases" | "ListResourceTags") | ("cloudwatch", "DescribeAlarms") => 50,
        ("cloudwatch", "ListDashboards") => 1000,
        ("cloudwatch", "ListMetrics") => 500,
        _ => services::service(service).map_or(100, |service| service.page),
    }
}

/// Names what a token belongs to: the operation and the rest of the input.
fn mark(target: &Target, input: &Value, left_out: &[Option<&str>]) -> String {
    let rest: Map<String, Value> = input
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(key, _)| !left_out.contains(&Some(key)))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    let digest = Sha256::digest(format!("{}.{} {}", target.model.name, target.operation.name, Value::Object(rest)));
    digest[..6].iter().map(|byte| format!("{byte:02x}")).collect()
}

fn offset(token: &str, mark: &str) -> Option<usize> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
    text.strip_prefix(mark)?.strip_prefix(':')?.parse().ok()
}

fn token_code(target: &Target) -> &'static str {
    services::service(target.model.name).map_or("ValidationException", |service| service.wrong_token)
}

fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('.').unwrap_or(("", path))
}

fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(value, |value, name| value.get(name)).filter(|value| !value.is_null())
}

fn object_mut<'a>(value: &'a mut Value, path: &str) -> Option<&'a mut Map<String, Value>> {
    path.split('.').filter(|name| !name.is_empty()).try_fold(value, |value, name| value.get_mut(name))?.as_object_mut()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::Wire;
    use crate::model;
    use serde_json::json;

    fn target(service: &str, operation: &str) -> Target {
        let model = model::model(service).unwrap();
        Target { model, operation: &model.operations[operation], wire: Wire::Json, labels: Vec::new() }
    }

    /// All pages of a listing, by the caller's limit.
    fn pages(target: &Target, mut input: Value, output: &Value, token: (&str, &str), items: &str) -> Vec<Value> {
        let mut pages = Vec::new();
        loop {
            let mut page = output.clone();
            cut(target, &input, &mut page).unwrap();
            pages.push(page.pointer(items).cloned().unwrap());
            let Some(next) = page.pointer(token.1).filter(|next| !next.is_null()) else { return pages };
            input[token.0] = next.clone();
        }
    }

    #[test]
    fn pages_are_cut_by_the_model() {
        let ecs = target("ecs", "ListClusters");
        let all = json!({"clusterArns": ["a", "b", "c", "d", "e"]});
        let got = pages(&ecs, json!({"maxResults": 2}), &all, ("nextToken", "/nextToken"), "/clusterArns");
        assert_eq!(got, [json!(["a", "b"]), json!(["c", "d"]), json!(["e"])]);
        let cloudfront = target("cloudfront", "ListDistributions");
        let all = json!({"DistributionList": {"Items": [1, 2, 3], "Quantity": 3, "IsTruncated": false}});
        let got = pages(&cloudfront, json!({"MaxItems": "2"}), &all, ("Marker", "/DistributionList/NextMarker"), "/DistributionList");
        assert_eq!((&got[0]["Quantity"], &got[0]["IsTruncated"], &got[1]["Items"]), (&json!(2), &json!(true), &json!([3])));
        let alarms = target("cloudwatch", "DescribeAlarms");
        let all = json!({"MetricAlarms": [1, 2, 3], "CompositeAlarms": [4, 5]});
        let got = pages(&alarms, json!({"MaxRecords": 4}), &all, ("NextToken", "/NextToken"), "/CompositeAlarms");
        assert_eq!(got, [json!([4]), json!([5])]);
    }

    #[test]
    fn without_a_limit_the_service_has_its_own() {
        let mut page = json!({"serviceArns": (0..25).collect::<Vec<_>>()});
        cut(&target("ecs", "ListServices"), &json!({}), &mut page).unwrap();
        assert_eq!(page["serviceArns"].as_array().unwrap().len(), 10);
    }

    #[test]
    fn a_token_is_good_for_its_own_listing_alone() {
        let ecs = target("ecs", "ListServices");
        let mut page = json!({"serviceArns": [1, 2, 3]});
        cut(&ecs, &json!({"cluster": "a", "maxResults": 1}), &mut page).unwrap();
        let token = page["nextToken"].clone();
        for input in [json!({"cluster": "b", "nextToken": token}), json!({"cluster": "a", "nextToken": "guessed"})] {
            assert_eq!(cut(&ecs, &input, &mut json!({"serviceArns": []})).unwrap_err().code, "InvalidParameterException");
        }
    }
}
