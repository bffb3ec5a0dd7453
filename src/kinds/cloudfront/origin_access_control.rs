//! `cloudfront.origin_access_control`: signs a distribution's requests to a bucket that is not public.

use crate::core::code::Check;
use crate::core::kind::{About, Field, Kind, Naming, update};
use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;
use crate::pricing::Priced;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub struct OriginAccessControl;

/// It has no tags: its description says whose it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// Its name; left out, it is made from stack, environment and address.
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default)]
    pub origin_type: OriginType,
    #[serde(default)]
    pub signing_behavior: SigningBehavior,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OriginType {
    #[default]
    S3,
    Lambda,
    Mediastore,
    Mediapackagev2,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SigningBehavior {
    /// Every request is signed.
    #[default]
    Always,
    Never,
    /// Requests that carry the viewer's own Authorization header pass as they are.
    NoOverride,
}

impl Kind for OriginAccessControl {
    type Spec = Spec;
    const NAME: &'static str = "cloudfront.origin_access_control";
    const ABOUT: About = About {
        doc: "Signs a distribution's requests to a bucket that is not public.",
        outputs: &["id", "name", "arn"],
        renewed: &["name"],
        naming: Naming::Hyphens { max: 64 },
        console: "https://us-east-1.console.aws.amazon.com/cloudfront/v4/home#/originAccess",
        free: "part of the distribution",
        ..About::NEW
    };
    // The name is a part of what is updated.
    // https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_OriginAccessControlConfig.html
    const FIELDS: &'static [Field] = &[update("name").unmanaged(), update("origin_type"), update("signing_behavior")];

    fn example() -> Spec {
        Spec { name: None, origin_type: OriginType::S3, signing_behavior: SigningBehavior::Always }
    }

    const CHECKS: &'static [Check<Spec>] = &[Check {
        id: "CFD081",
        about: "The name of an origin access control is empty or longer than 64 characters.",
        why: "CreateOriginAccessControl refuses it.",
        page: "https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_OriginAccessControlConfig.html",
        wrong: &[r#"{"name": ""}"#],
        right: &[r#"{"name": "the shop's files"}"#],
        find: name,
    }];
}

impl Priced for OriginAccessControl {}

fn name(spec: &Spec) -> Vec<Problem> {
    let wrong = spec.name.as_deref().filter(|name| !is_symbolic(name) && !(1..=64).contains(&name.len()));
    wrong.map(|name| Problem::new("name", format!("the name `{name}` is not 1 to 64 characters long"))).into_iter().collect()
}
