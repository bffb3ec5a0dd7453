//! Images: a manifest under its digest, and the tags that point at it.

use super::repository::{invalid, wanted};
use crate::services::members::{items, matches, number, present, set, text, texts};
use crate::world::{Call, Fault};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

type Answer = Result<Value, Fault>;

const DOCKER: &str = "application/vnd.docker.distribution.manifest.v2+json";

pub fn put(call: &mut Call<'_>) -> Answer {
    let repository = wanted(call)?.clone();
    let (name, manifest, tag) =
        (call.text("repositoryName").to_owned(), call.text("imageManifest").to_owned(), call.text("imageTag").to_owned());
    let Ok(parsed) = serde_json::from_str::<Value>(&manifest) else { return Err(invalid("ImageManifest", "Invalid JSON syntax")) };
    let digest = format!("sha256:{}", Sha256::digest(&manifest).iter().map(|byte| format!("{byte:02x}")).collect::<String>());
    if !call.text("imageDigest").is_empty() && call.text("imageDigest") != digest {
        return Err(Fault::new(
            "ImageDigestDoesNotMatchException",
            format!("Image digest does not match: {} was given, {digest} computed", call.text("imageDigest")),
        ));
    }
    let id = format!("{name}@{digest}");
    let holder = (!tag.is_empty()).then(|| find(call, &name, &json!({"imageTag": tag}))).flatten();
    if call.get("ecr.image", &id).is_some() && (tag.is_empty() || holder.as_ref() == Some(&id)) {
        let tagged = if tag.is_empty() { String::new() } else { format!(" and tag '{tag}'") };
        let message = format!(
            "Image with digest '{digest}'{tagged} already exists in the repository with name '{name}' in registry with id '{}'",
            call.world.account
        );
        return Err(Fault::new("ImageAlreadyExistsException", message));
    }
    if let Some(holder) = holder {
        if frozen(&repository, &tag) {
            let message = format!(
                "The image tag '{tag}' already exists in the '{name}' repository and cannot be overwritten because the tag is immutable."
            );
            return Err(Fault::new("ImageTagAlreadyExistsException", message));
        }
        untag(call, &holder, &tag);
    }
    let media = [call.text("imageManifestMediaType"), text(&parsed, "mediaType"), DOCKER]
        .into_iter()
        .find(|media| !media.is_empty())
        .unwrap_or(DOCKER)
        .to_owned();
    let size: i64 = items(&parsed, "layers").iter().chain(parsed.get("config")).filter_map(|part| number(part, "size")).sum();
    let mut row = call.get("ecr.image", &id).cloned().unwrap_or_else(|| {
        json!({
            "registryId": call.world.account, "repositoryName": name, "imageDigest": digest, "imageManifest": manifest, "imageManifestMediaType": media, "imagePushedAt": call.now(),
            "imageSizeInBytes": size, "imageTags": [], "artifactMediaType": parsed.get("config").and_then(|config| config.get("mediaType")),
        })
    });
    if !tag.is_empty() {
        let mut tags = texts(&row, "imageTags");
        tags.push(tag.clone());
        set(&mut row, "imageTags", tags.into());
    }
    call.put("ecr.image", &id, present(row.clone()));
    Ok(json!({"image": shown(&row, (!tag.is_empty()).then_some(tag.as_str()))}))
}

fn frozen(repository: &Value, tag: &str) -> bool {
    let excluded = items(repository, "imageTagMutabilityExclusionFilters").iter().any(|filter| matches(text(filter, "filter"), tag));
    match text(repository, "imageTagMutability") {
        "IMMUTABLE" => true,
        "IMMUTABLE_WITH_EXCLUSION" => !excluded,
        "MUTABLE_WITH_EXCLUSION" => excluded,
        _ => false,
    }
}

fn untag(call: &mut Call<'_>, id: &str, tag: &str) {
    if let Some(row) = call.get_mut("ecr.image", id) {
        let tags: Vec<String> = texts(row, "imageTags").into_iter().filter(|other| other != tag).collect();
        set(row, "imageTags", tags.into());
    }
}

fn shown(row: &Value, tag: Option<&str>) -> Value {
    json!({
        "registryId": row["registryId"], "repositoryName": row["repositoryName"], "imageManifest": row["imageManifest"], "imageManifestMediaType": row["imageManifestMediaType"],
        "imageId": present(json!({"imageDigest": row["imageDigest"], "imageTag": tag})),
    })
}

/// The key of the image that an identifier means.
fn find(call: &Call<'_>, repository: &str, identifier: &Value) -> Option<String> {
    let (digest, tag) = (text(identifier, "imageDigest"), text(identifier, "imageTag"));
    let fits = |row: &Value| {
        text(row, "repositoryName") == repository
            && (digest.is_empty() || text(row, "imageDigest") == digest)
            && (tag.is_empty() || texts(row, "imageTags").iter().any(|known| known == tag))
    };
    call.all("ecr.image").into_iter().find(|(_, row)| fits(row) && !(digest.is_empty() && tag.is_empty())).map(|(id, _)| id.clone())
}

fn failure(identifier: &Value) -> Value {
    let nothing = text(identifier, "imageDigest").is_empty() && text(identifier, "imageTag").is_empty();
    let (code, reason) = if nothing {
        ("MissingDigestAndTag", "Invalid request parameters: both tag and digest cannot be null")
    } else {
        ("ImageNotFound", "Requested image not found")
    };
    json!({"imageId": identifier, "failureCode": code, "failureReason": reason})
}

pub fn batch_get(call: &mut Call<'_>) -> Answer {
    wanted(call)?;
    let (mut images, mut failures) = (Vec::new(), Vec::new());
    for identifier in items(call.input, "imageIds") {
        match find(call, call.text("repositoryName"), identifier).and_then(|id| call.get("ecr.image", &id)) {
            Some(row) => images.push(shown(row, identifier.get("imageTag").and_then(Value::as_str))),
            None => failures.push(failure(identifier)),
        }
    }
    Ok(json!({"images": images, "failures": failures}))
}

pub fn batch_delete(call: &mut Call<'_>) -> Answer {
    wanted(call)?;
    let repository = call.text("repositoryName").to_owned();
    let (mut gone, mut failures) = (Vec::new(), Vec::new());
    for identifier in items(call.input, "imageIds").to_vec() {
        let Some(id) = find(call, &repository, &identifier) else {
            failures.push(failure(&identifier));
            continue;
        };
        let row = call.get("ecr.image", &id).cloned().unwrap_or_default();
        let tags = texts(&row, "imageTags");
        let tag = text(&identifier, "imageTag");
        // The last tag takes the image with it; the digest takes all tags.
        if !tag.is_empty() && tags.len() > 1 {
            untag(call, &id, tag);
            gone.push(json!({"imageDigest": row["imageDigest"], "imageTag": tag}));
        } else {
            call.remove("ecr.image", &id);
            if tags.is_empty() {
                gone.push(json!({"imageDigest": row["imageDigest"]}));
            }
            gone.extend(tags.iter().map(|tag| json!({"imageDigest": row["imageDigest"], "imageTag": tag})));
        }
    }
    Ok(json!({"imageIds": gone, "failures": failures}))
}

/// The images of the repository, as the call's filter wants them.
fn filtered<'c>(call: &'c Call<'_>) -> impl Iterator<Item = &'c Value> {
    let status = call.input.get("filter").map_or("", |filter| text(filter, "tagStatus"));
    let name = call.text("repositoryName");
    call.all("ecr.image").into_iter().map(|(_, row)| row).filter(move |row| {
        let tagged = !items(row, "imageTags").is_empty();
        text(row, "repositoryName") == name && (status.is_empty() || status == "ANY" || (status == "TAGGED") == tagged)
    })
}

pub fn describe(call: &mut Call<'_>) -> Answer {
    wanted(call)?;
    let mut rows: Vec<Value> = Vec::new();
    for identifier in items(call.input, "imageIds") {
        let row = find(call, call.text("repositoryName"), identifier).and_then(|id| call.get("ecr.image", &id));
        rows.push(row.cloned().ok_or_else(|| {
            let message = format!(
                "The image with imageId {identifier} does not exist within the repository with name '{}' in the registry with id '{}'",
                call.text("repositoryName"),
                call.world.account
            );
            Fault::new("ImageNotFoundException", message)
        })?);
    }
    if items(call.input, "imageIds").is_empty() {
        rows.extend(filtered(call).cloned());
    }
    for row in rows.iter_mut().filter_map(Value::as_object_mut) {
        row.remove("imageManifest");
        row.insert("imageStatus".into(), "ACTIVE".into());
        if row.get("imageTags").and_then(Value::as_array).is_some_and(Vec::is_empty) {
            row.remove("imageTags");
        }
    }
    Ok(json!({"imageDetails": rows}))
}

pub fn list(call: &mut Call<'_>) -> Answer {
    wanted(call)?;
    let mut ids = Vec::new();
    for row in filtered(call) {
        let tags = texts(row, "imageTags");
        if tags.is_empty() {
            ids.push(json!({"imageDigest": row["imageDigest"]}));
        }
        ids.extend(tags.iter().map(|tag| json!({"imageDigest": row["imageDigest"], "imageTag": tag})));
    }
    Ok(json!({"imageIds": ids}))
}
