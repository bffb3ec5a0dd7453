//! DATA204: a generated value is no token that a cache takes.

use crate::core::code::{Category, Code, Example};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::elasticache::replication_group::ReplicationGroup;
use crate::kinds::secretsmanager::secret::{Generate, Secret};

pub const RULE: Rule = Rule {
    code: Code {
        id: "DATA204",
        category: Category::Data,
        about: "The secret that a cache is to be signed in with is generated so that ElastiCache does not take it.",
        why: "A token has 16 to 128 characters, and of all signs only ! & # $ ^ < > and -: CreateReplicationGroup refuses another, and nobody knows why.",
        page: "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth.html",
        example: Example::Stack {
            wrong: &[
                "[network]\n[cache.main]\npassword = \"redis\"\n[secrets.redis]\ngenerate = true\nplain = false",
                "[network]\n[cache.main]\npassword = \"redis\"\n[secrets.redis]\ngenerate = true\nlength = 200",
            ],
            right: &[
                "[network]\n[cache.main]\npassword = \"redis\"\n[secrets.redis]\ngenerate = true",
                "[network]\n[cache.main]\npassword = \"redis\"\n[secrets.redis]",
            ],
        },
        ..Code::NEW
    },
    look: Look::Resources(find),
};

/// The signs that AWS generates and a token may not have.
/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetRandomPassword.html>
const REFUSED: &str = "\"%'()*+,./:;=?@[\\]_`{|}~";

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut found = Vec::<Finding>::new();
    for (cache, spec) in view.all::<ReplicationGroup>() {
        let Some((seen, secret)) = spec.auth_token_secret_arn.as_ref().and_then(|arn| view.target::<Secret>(arn)) else { continue };
        let Some((field, message)) = secret.generate.as_ref().and_then(wrong) else { continue };
        let finding = seen.finding(field, format!("`{}` does not take it as a token: {message}", cache.address));
        let finding = match field {
            "generate.exclude_punctuation" => finding.help("let it be of letters and digits alone").set(field, true),
            "generate.password_length" => finding.help("16 to 128").set(field, 48),
            _ => finding.help("let it be one value of 16 to 128 letters and digits"),
        };
        if found.iter().all(|known| known.address != finding.address) {
            found.push(finding);
        }
    }
    found
}

fn wrong(generate: &Generate) -> Option<(&'static str, &'static str)> {
    if generate.secret_string_template.is_some() {
        return Some(("generate.secret_string_template", "the value is a JSON object"));
    }
    if !generate.exclude_punctuation && REFUSED.chars().any(|sign| !generate.exclude_characters.contains(sign)) {
        return Some(("generate.exclude_punctuation", "of all signs it may have only ! & # $ ^ < > and -"));
    }
    if generate.include_space {
        return Some(("generate.include_space", "it may have no space"));
    }
    let length = generate.password_length;
    (!(16..=128).contains(&length)).then_some(("generate.password_length", "it has 16 to 128 characters"))
}
