//! `[stack]`: what the whole file is about.

use super::address::is_name;
use super::approval::rule::Rule;
use super::codes;
use super::commitment::Commitments;
use super::identity::partition;
use super::money::LARGEST;
use super::problem::Problem;
use super::suggest::nearest;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The name of the stack, where it lives, and what it may cost.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The name of the stack: a-z, 0-9 and single hyphens. Part of every name and of the proof of ownership.
    pub name: String,
    /// The AWS region, such as `us-east-1`.
    pub region: String,
    /// The twelve digits of the AWS account. With another account's credentials nothing is even read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Tags of every resource.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// Tags that others set on any resource, by their keys, in which `*` stands for any part: what is live stays.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignore_tags: Vec<String>,
    /// Limits on its monthly cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Budget>,
    /// The place of locks and journals: `s3://bucket/prefix`, for several machines. Without it they are kept in a directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store: Option<String>,
    /// The approvals that a plan needs before it is applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Rule>,
    /// Reservations and Savings Plans of the account, by a name of one's own.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub commitment: Commitments,
}

/// Limits on the likely monthly list price, in US dollars.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// The most that a month may cost.
    pub monthly: f64,
    /// Warn from this share of the limit on.
    #[serde(default = "most")]
    pub warn_at: f64,
    /// The most that one plan may add to a month.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub largest_increase: Option<f64>,
}

/// The least that is printed and accepted.
const CENT: f64 = 0.01;
const WHOLE_CENTS: &str = "amounts are US dollars, as 150 or 0.01";

/// True for an amount of dollars that can be computed with.
fn is_amount(value: f64) -> bool {
    (0.0..=LARGEST).contains(&value)
}

fn most() -> f64 {
    0.8
}

/// Returns what AWS refuses in tags, each problem with its code. AWS's keys and values:
/// <https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html>
pub fn check_tags(field: &str, tags: &BTreeMap<String, String>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (key, value) in tags {
        let lower = key.to_lowercase();
        let (code, help) = if lower.starts_with("aws:") || lower.starts_with("trueup:") {
            (&codes::RESERVED_TAG, "the prefixes `aws:` and `trueup:` are taken")
        } else if !is_tag_length(key) || value.chars().count() > 256 {
            (&codes::LONG_TAG, "a key has 1 to 128 characters, a value 256 at most")
        } else if !is_tag_text(key) || !is_tag_text(value) {
            (&codes::TAG_LETTERS, "keys and values hold letters, digits, spaces and _ . : / = + - @")
        } else {
            continue;
        };
        let field = format!("{field}.{key}");
        let problem = Problem::new(if key.contains('.') { "tags" } else { &field }, format!("AWS refuses the tag `{key}`"));
        problems.push(problem.help(help).of(code.id));
    }
    if tags.len() > 45 {
        let problem = Problem::new(field, "AWS allows 50 tags a resource, and Trueup needs three of them");
        problems.push(problem.help("keep to 45").of(codes::TOO_MANY_TAGS.id));
    }
    problems
}

/// Returns what is wrong with the tags that others set.
fn check_ignored(patterns: &[String], tags: &BTreeMap<String, String>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (at, pattern) in patterns.iter().enumerate() {
        let plain = pattern.replace('*', "");
        let own = || tags.keys().find(|key| fits(pattern, key));
        let (message, help) = if pattern.is_empty() || !is_tag_text(&plain) || pattern.chars().count() > 128 {
            (format!("`{pattern}` is no key of a tag"), "write a key as it stands in AWS, with `*` for any part: \"team-x/*\"".to_owned())
        } else if pattern.starts_with("trueup:") {
            (format!("`{pattern}` is the proof that a resource is of this stack"), "leave it out: nobody else may set these".to_owned())
        } else if let Some(key) = own() {
            let help = format!("take `{key}` out of `tags`, or write a narrower pattern");
            (format!("`{pattern}` is left to others, and the file sets the tag `{key}` itself"), help)
        } else {
            continue;
        };
        problems.push(Problem::new(format!("ignore_tags.{at}"), message).help(help).of(codes::IGNORES_NO_TAG.id));
    }
    problems
}

/// True for a key that a pattern means; `*` stands for any part.
#[must_use]
pub fn fits(pattern: &str, key: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = key.strip_prefix(first) else { return false };
    let parts = parts.collect::<Vec<_>>();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// True for what AWS takes as the key of a tag.
pub fn is_tag_key(text: &str) -> bool {
    is_tag_length(text) && is_tag_text(text)
}

fn is_tag_length(key: &str) -> bool {
    (1..=128).contains(&key.chars().count())
}

fn is_tag_text(text: &str) -> bool {
    text.chars().all(|c| c.is_alphanumeric() || c == ' ' || "_.:/=+-@".contains(c))
}

impl Settings {
    /// The part of AWS that the region belongs to, as ARNs write it.
    pub fn partition(&self) -> &'static str {
        partition(&self.region)
    }
    /// True when it is so large that nothing can be made of it: every resource would have its names and tags.
    pub(super) fn is_outsized(&self) -> bool {
        let Settings { name, region, account, tags, ignore_tags: _, budget: _, approval: _, store, commitment } = self;
        let longest = [name, region].into_iter().chain(account).chain(store).map(String::len).max().unwrap_or_default();
        longest > 200
            || tags.len() > 100
            || commitment.len() > 200
            || tags.iter().any(|(key, value)| key.len() > 1024 || value.len() > 2048)
    }
    /// Returns everything wrong with it, each problem with its code.
    pub fn check(&self) -> Vec<Problem> {
        let Settings { name, region, account, tags, ignore_tags, budget, approval, store, commitment } = self;
        let mut found = Vec::new();
        if let Some(problem) = check_name("name", name, 40) {
            found.push(problem.of(codes::BAD_NAME.id));
        } else if name.starts_with(|first: char| first.is_ascii_digit()) {
            let problem = Problem::new("name", format!("`{name}` begins with a digit, and names of databases are made from it"));
            found.push(problem.help("begin it with a letter: RDS, ElastiCache and OpenSearch take no other names").of(codes::BAD_NAME.id));
        }
        if let Some(problem) = check_region(region) {
            found.push(problem.of(codes::UNKNOWN_REGION.id));
        }
        if account.as_ref().is_some_and(|account| account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit())) {
            let help = "write the account id as twelve digits in quotes";
            found.push(Problem::new("account", "an AWS account id is twelve digits").help(help).of(codes::BAD_ACCOUNT.id));
        }
        if store.as_ref().is_some_and(|store| StorePlace::parse(store).is_none()) {
            let help = "write `s3://bucket/prefix`: the name of a bucket, and words of letters, digits and - _ . between slashes";
            found.push(Problem::new("store", "this is no place for a store").help(help).of(codes::BAD_STORE.id));
        }
        found.extend(check_tags("tags", tags));
        found.extend(check_ignored(ignore_tags, tags));
        if let Some(Budget { monthly, warn_at, largest_increase }) = budget {
            let mut wrong = |problem: Problem| found.push(problem.of(codes::OUT_OF_RANGE.id));
            let too_much = |field: &str, text: &str| {
                let help = "write at most 1000000000000, a million million dollars; without a limit leave the key out";
                Problem::new(field, format!("{text} is more than any month costs")).help(help)
            };
            if *monthly <= 0.0 {
                wrong(Problem::new("budget.monthly", "the monthly limit must be more than 0"));
            } else if *monthly < CENT {
                wrong(Problem::new("budget.monthly", "the monthly limit is less than a cent").help(WHOLE_CENTS));
            } else if !is_amount(*monthly) {
                wrong(too_much("budget.monthly", "the monthly limit"));
            }
            if !(0.0..=1.0).contains(warn_at) {
                let help = "write 0.8 for a warning from 80 % of the limit on";
                wrong(Problem::new("budget.warn_at", "this share must be from 0 to 1").help(help));
            }
            if largest_increase.is_some_and(|increase| increase < 0.0) {
                wrong(Problem::new("budget.largest_increase", "the largest increase cannot be negative"));
            } else if largest_increase.is_some_and(|increase| increase > 0.0 && increase < CENT) {
                wrong(Problem::new("budget.largest_increase", "the largest increase is less than a cent").help(WHOLE_CENTS));
            } else if largest_increase.is_some_and(|increase| !is_amount(increase)) {
                wrong(too_much("budget.largest_increase", "the largest increase"));
            }
        }
        if let Some(rule) = approval {
            found.extend(rule.check().into_iter().map(|problem| problem.below("approval")));
        }
        for (name, one) in commitment {
            match check_name("commitment", name, 40) {
                Some(problem) => found.push(problem.of(codes::BAD_NAME.id)),
                None => found.extend(one.check().into_iter().map(|problem| problem.below(&format!("commitment.{name}")))),
            }
        }
        found
    }
}

/// A store in a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StorePlace {
    pub bucket: String,
    /// Each of its keys begins with this: nothing, or words that each end with `/`.
    pub prefix: String,
}

impl StorePlace {
    /// Reads `s3://bucket/prefix`; none where it is no bucket's name, or a prefix that would be written in more than one way.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (bucket, prefix) = text.strip_prefix("s3://").map(|rest| rest.split_once('/').unwrap_or((rest, "")))?;
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let ends = bucket.bytes().next().zip(bucket.bytes().last()).is_some_and(|(first, last)| plain(first) && plain(last));
        let is_bucket = (3..=63).contains(&bucket.len()) && ends && bucket.bytes().all(|byte| plain(byte) || b"-.".contains(&byte));
        let words = prefix.trim_end_matches('/').split('/').filter(|_| !prefix.is_empty()).collect::<Vec<_>>();
        let is_word = |word: &&str| {
            !word.trim_matches('.').is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        };
        let sound = is_bucket && prefix.len() <= 200 && words.iter().all(is_word);
        let prefix = words.iter().map(|word| format!("{word}/")).collect();
        sound.then(|| StorePlace { bucket: bucket.to_owned(), prefix })
    }
}

/// True when something may be called that; names reach physical names, policies and logs unchecked from here on.
pub fn check_name(field: &str, name: &str, longest: usize) -> Option<Problem> {
    if is_name(name) && name.len() <= longest {
        return None;
    }
    let begins = name.chars().take(80).collect::<String>();
    let rest = if begins.len() < name.len() { "…" } else { "" };
    let problem = Problem::new(field, format!("`{begins}{rest}` cannot be a name: up to {longest} of a-z, 0-9 and single hyphens inside"));
    Some(match nearest_name(name, longest) {
        Some(near) => problem.help(format!("`{near}` could")),
        None => problem,
    })
}

/// Returns the name that is nearest to one that cannot be, if there is one.
pub fn nearest_name(name: &str, longest: usize) -> Option<String> {
    let plain = name.to_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "-");
    let plain = plain.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-");
    Some(plain.chars().take(longest).collect::<String>()).filter(|plain| is_name(plain))
}

// A region that is not in the list may be a new one; one that is nearly in it is a slip of the pen.
fn check_region(region: &str) -> Option<Problem> {
    if REGIONS.contains(&region) {
        return None;
    }
    let parts = region.split('-').collect::<Vec<_>>();
    let shaped = (3..=4).contains(&parts.len())
        && parts[0].len() == 2
        && parts.iter().rev().skip(1).all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase()))
        && parts.last().is_some_and(|part| part.len() == 1 && part.bytes().all(|byte| byte.is_ascii_digit()));
    match nearest(region, REGIONS.iter().copied()) {
        Some(near) => Some(Problem::new("region", format!("`{region}` is no AWS region")).help(format!("did you mean `{near}`?"))),
        None if shaped => None,
        None => Some(Problem::new("region", format!("`{region}` is no AWS region")).help("write it as `us-east-1`")),
    }
}

/// True when AWS has had a region of that name for long enough to be known here.
pub fn is_known_region(region: &str) -> bool {
    REGIONS.contains(&region)
}

/// The regions that AWS has had for long enough to be known here.
#[rustfmt::skip]
pub const REGIONS: &[&str] = &[
    "af-south-1", "ap-east-1", "ap-east-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-south-2",
    "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5", "ap-southeast-6", "ap-southeast-7",
    "ca-central-1", "ca-west-1", "cn-north-1", "cn-northwest-1", "eu-central-1", "eu-central-2", "eu-north-1", "eu-south-1",
    "eu-south-2", "eu-west-1", "eu-west-2", "eu-west-3", "il-central-1", "me-central-1", "me-south-1", "mx-central-1", "sa-east-1",
    "us-east-1", "us-east-2", "us-gov-east-1", "us-gov-west-1", "us-west-1", "us-west-2",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_names_and_tags_are_checked() {
        for good in ["us-east-1", "us-gov-west-1", "xx-newland-1"] {
            assert_eq!(check_region(good), None, "{good}");
        }
        for bad in ["us-east-7", "us-est-1", "useast1", "", "Frankfurt"] {
            assert!(check_region(bad).is_some(), "{bad}");
        }
        assert_eq!(check_name("name", "My Shop!", 40).and_then(|problem| problem.help), Some("`my-shop` could".into()));
        assert_eq!(check_name("name", "shop", 40), None);
        let tags = |key: &str, value: &str| check_tags("tags", &BTreeMap::from([(key.into(), value.into())])).len();
        for (pattern, key, want) in [
            ("team", "team", true),
            ("team", "teams", false),
            ("team-x/*", "team-x/owner", true),
            ("*:owner", "a:owner", true),
            ("a*b*c", "a-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("*", "", true),
            ("ab*ba", "aba", false),
        ] {
            assert_eq!(fits(pattern, key), want, "{pattern} {key}");
        }
        assert_eq!((tags("team", "a b"), tags("aws:x", ""), tags("", "x"), tags("a", "<b>")), (0, 1, 1, 1));
    }
}
