//! `[secrets.NAME]`: an application secret in Secrets Manager. Its value never passes through a file, a plan or a log.

use crate::core::address::Address;
use crate::core::codes::OUT_OF_RANGE;
use crate::core::diagnostic::Diagnostic;
use crate::core::module::{Keep, Module, Nodes, Site};
use crate::kinds::secretsmanager::secret;
use crate::modules::codes;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A value that only services see.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Secrets {
    /// The description of the secret.
    pub description: String,
    /// Generates a random value when the secret is created. If not, set it with `trueup secret set`.
    pub generate: bool,
    /// The keys of a secret that is JSON. They hold placeholders until it is set, so that services can start.
    pub keys: Vec<String>,
    /// The length of a generated value.
    pub length: u32,
    /// Makes a generated value of letters and digits only.
    pub plain: bool,
    /// The KMS key; left out, AWS's own for Secrets Manager.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kms_key: Option<String>,
    /// Days in which a deleted secret can be restored: 7 to 30.
    pub recovery_days: u32,
    /// Makes Trueup refuse to delete it.
    pub protect: bool,
    /// Leaves it in AWS, no longer managed, when it goes from the file.
    pub retain: bool,
    /// Tags of its resources.
    pub tags: BTreeMap<String, String>,
}

impl Default for Secrets {
    fn default() -> Self {
        Secrets {
            description: String::new(),
            generate: false,
            keys: Vec::new(),
            length: 48,
            plain: true,
            kms_key: None,
            recovery_days: 30,
            protect: true,
            retain: false,
            tags: BTreeMap::new(),
        }
    }
}

impl Module for Secrets {
    const SECTION: &'static str = "secrets";
    const NAMED: bool = true;
    const OUTPUTS: &'static [(&'static str, &'static str)] = &[("arn", "the secret's ARN"), ("name", "the secret's name in AWS")];

    const KEYS: &'static [(&'static str, &'static str)] = &[
        ("recovery_window_in_days", "recovery_days"),
        ("generate.exclude_punctuation", "plain"),
        ("generate", "length"),
        ("generate", "plain"),
        ("kms_key_id", "kms_key"),
        ("description", "description"),
    ];

    fn output(&self, site: &Site<'_>, output: &str) -> Option<String> {
        match output {
            "arn" => Some(site.out("secret", "arn")),
            "name" => Some(site.out("secret", "name")),
            _ => None,
        }
    }

    fn check(&self, site: &Site<'_>) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        if self.generate && !(8..=4096).contains(&self.length) {
            let one = site.wrong(&OUT_OF_RANGE, "length", format!("a generated secret has 8 to 4096 characters, not {}", self.length));
            found.push(one.help("32 and more cannot be guessed"));
        }
        if self.generate && !self.keys.is_empty() {
            let one = site.wrong(&codes::GENERATED_WITH_KEYS, "keys", "a generated secret is one value, and this one has keys");
            found.push(one.help("leave out `generate`: the keys hold placeholders until `trueup secret set`"));
        }
        found
    }

    fn expand(&self, nodes: &mut Nodes<'_>) {
        let description = if self.description.is_empty() { format!("The secret {}", nodes.site.name()) } else { self.description.clone() };
        let spec = secret::Spec {
            name: None,
            description,
            kms_key_id: self.kms_key.clone(),
            recovery_window_in_days: i64::from(self.recovery_days),
            generate: self.made(),
            tags: self.tags.clone(),
        };
        nodes.add_kept::<secret::Secret>("secret", spec, Keep { protect: self.protect, retain: self.retain });
    }
}

/// Returns the name by which commands take a secret: `jwt` for `[secrets.jwt]`, the address of one that no such module made.
pub fn name_of(address: &Address) -> &str {
    let own = address.as_str().strip_prefix("secrets.").and_then(|rest| rest.strip_suffix(".secret"));
    own.unwrap_or(address.as_str())
}

impl Secrets {
    fn made(&self) -> Option<secret::Generate> {
        let generate =
            secret::Generate { password_length: i64::from(self.length), exclude_punctuation: self.plain, ..secret::Generate::default() };
        match self.keys.split_last() {
            None => self.generate.then_some(generate),
            Some((last, others)) => {
                let template = others.iter().map(|key| (key.clone(), "unset".into())).collect::<serde_json::Map<_, _>>();
                Some(secret::Generate {
                    secret_string_template: Some(serde_json::Value::Object(template).to_string()),
                    generate_string_key: Some(last.clone()),
                    ..generate
                })
            }
        }
    }
}
