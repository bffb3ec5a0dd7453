//! OpenID Connect providers: how a CI system becomes a role without keys.

use crate::services::members::pick;
use crate::world::{Call, Fault, tag_list, tags_from};
use serde_json::{Value, json};

type Answer = Result<Value, Fault>;

fn missing(call: &Call<'_>) -> Fault {
    let arn = call.text("OpenIDConnectProviderArn");
    Fault::new("NoSuchEntity", format!("OpenIDConnect Provider not found for arn {arn}")).status(404)
}

pub fn create(call: &mut Call<'_>) -> Answer {
    let Some(url) = call.text("Url").strip_prefix("https://").map(|url| url.trim_end_matches('/').to_owned()) else {
        return Err(Fault::new("InvalidInput", "Invalid Open ID Connect Provider URL"));
    };
    let arn = format!("arn:aws:iam::{}:oidc-provider/{url}", call.account());
    if call.get("iam.provider", &arn).is_some() {
        return Err(Fault::new("EntityAlreadyExists", format!("Provider with url {} already exists.", call.text("Url"))).status(409));
    }
    // Without thumbprints IAM takes that of the issuer's top certificate; for the sandbox any will do.
    let thumbprints = if call.texts("ThumbprintList").is_empty() { vec![call.hex(40)] } else { call.texts("ThumbprintList") };
    let row = json!({"Url": url, "ClientIDList": call.texts("ClientIDList"), "ThumbprintList": thumbprints, "CreateDate": call.now().floor(), "_arn": arn});
    call.put("iam.provider", &arn, row);
    call.set_tags(&arn, tags_from(call.input.get("Tags")));
    Ok(json!({"OpenIDConnectProviderArn": arn, "Tags": tag_list(&call.tags(&arn))}))
}

pub fn get(call: &mut Call<'_>) -> Answer {
    let arn = call.text("OpenIDConnectProviderArn");
    let row = call.get("iam.provider", arn).ok_or_else(|| missing(call))?;
    let mut answer = pick(row, &["Url", "ClientIDList", "ThumbprintList", "CreateDate"]);
    answer["Tags"] = tag_list(&call.tags(arn));
    Ok(answer)
}

pub fn delete(call: &mut Call<'_>) -> Answer {
    let arn = call.text("OpenIDConnectProviderArn").to_owned();
    call.remove("iam.provider", &arn).map(|_| json!({})).ok_or_else(|| missing(call))
}

pub fn list(call: &mut Call<'_>) -> Answer {
    let providers: Vec<Value> = call.all("iam.provider").into_iter().map(|(arn, _)| json!({"Arn": arn})).collect();
    Ok(json!({"OpenIDConnectProviderList": providers}))
}
