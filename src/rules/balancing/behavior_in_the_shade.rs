//! CFD201: a behavior that nothing comes to.

use super::rule_in_the_shade::covers;
use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::cloudfront::distribution::Distribution;

pub const RULE: Rule = Rule {
    code: Code {
        id: "CFD201",
        level: Level::Warning,
        category: Category::Network,
        about: "A behavior of a distribution is never reached, since one before it takes all of its paths.",
        why: "Behaviors are tried in the order in which they stand, and the first whose pattern fits decides.",
        page: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesCacheBehavior.html",
        example: Example::Stack {
            wrong: &[r#"
        [storage.files]
        cdn = {}
        [[override."storage.files.distribution".ordered_cache_behaviors]]
        path_pattern = "/img/*"
        behavior = { target_origin_id = "bucket" }
        [[override."storage.files.distribution".ordered_cache_behaviors]]
        path_pattern = "/img/new/*"
        behavior = { target_origin_id = "bucket" }
    "#],
            right: &[r#"
        [storage.files]
        cdn = {}
        [[override."storage.files.distribution".ordered_cache_behaviors]]
        path_pattern = "/img/new/*"
        behavior = { target_origin_id = "bucket" }
        [[override."storage.files.distribution".ordered_cache_behaviors]]
        path_pattern = "/img/*"
        behavior = { target_origin_id = "bucket" }
    "#],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (seen, spec) in view.all::<Distribution>() {
        let all = &spec.ordered_cache_behaviors;
        for (at, one) in all.iter().enumerate() {
            // The same pattern twice is refused as such.
            let shade = all[..at]
                .iter()
                .find(|other| other.path_pattern != one.path_pattern && covers(plain(&other.path_pattern), plain(&one.path_pattern)));
            if let Some(other) = shade {
                let message = format!("`{}` before it takes all paths of `{}`", other.path_pattern, one.path_pattern);
                found.push(
                    seen.finding(format!("ordered_cache_behaviors.{at}.path_pattern"), message).help("let the narrower one stand first"),
                );
            }
        }
    }
    found
}

/// A pattern without the slash that may stand before it.
fn plain(pattern: &str) -> &str {
    pattern.strip_prefix('/').unwrap_or(pattern)
}
