//! The owner and the name of a live resource: tags, generations, physical names.

use super::address::Address;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

pub const TAG_STACK: &str = "trueup:stack";
pub const TAG_NODE: &str = "trueup:node";
pub const TAG_GENERATION: &str = "trueup:generation";
pub const TAG_RETAIN: &str = "trueup:retain";
/// On a service: the word of somebody that its rollout is not to go on.
pub const TAG_ROLLOUT: &str = "trueup:rollout";
/// On a task definition: the commands that ran for it before and after its rollout, and how they ended.
pub const TAG_DRY_RUN: &str = "trueup:dry-run";
pub const TAG_EXPAND: &str = "trueup:expand";
pub const TAG_CONTRACT: &str = "trueup:contract";
/// And those that took back what they had done.
pub const TAG_EXPAND_BACK: &str = "trueup:expand-back";
pub const TAG_CONTRACT_BACK: &str = "trueup:contract-back";
/// On the task definition of a version that was told to go back: why.
pub const TAG_ROLLBACK: &str = "trueup:rollback";
/// On a resource of the stack: the address of something that was let go, stays in AWS and uses it.
pub const TAG_USED: &str = "trueup:used-by";

/// One environment of one stack, in one account and region: the extent of everything we read and own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    pub stack: String,
    pub env: String,
    pub account: String,
    pub region: String,
}

impl Scope {
    /// The value of `trueup:stack`. Neither part may hold a slash.
    pub fn owner(&self) -> String {
        format!("{}/{}", self.stack, self.env)
    }
    /// Returns the beginning of IAM paths, and of names that are listed by prefix: `/trueup/web/prod/`.
    pub fn path(&self) -> String {
        format!("/trueup/{}/{}/", self.stack, self.env)
    }
    /// Returns the same where slashes are not allowed: `trueup_web_prod_`.
    pub fn underscored(&self) -> String {
        format!("trueup_{}_{}_", self.stack, self.env)
    }
    /// The part of AWS that the region belongs to, as ARNs write it: `aws`, `aws-cn` or `aws-us-gov`.
    pub fn partition(&self) -> &'static str {
        partition(&self.region)
    }
    /// The ARN of something that belongs to this account and region: `arn("es", "domain/logs")`.
    pub fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:{}:{service}:{}:{}:{resource}", self.partition(), self.region, self.account)
    }
    /// The ARN of something that belongs to this account in all regions: roles, distributions, dashboards.
    pub fn global_arn(&self, service: &str, resource: &str) -> String {
        format!("arn:{}:{service}::{}:{resource}", self.partition(), self.account)
    }
    /// The ARN of a bucket. It names neither region nor account, since no two buckets of a partition share a name.
    pub fn bucket_arn(&self, bucket: &str) -> String {
        format!("arn:{}:s3:::{bucket}", self.partition())
    }
    /// The tags that prove ownership, to be sent in the create call itself.
    pub fn claim_tags(&self, claim: &Claim) -> BTreeMap<String, String> {
        let mut tags = BTreeMap::from([
            (TAG_STACK.to_owned(), self.owner()),
            (TAG_NODE.to_owned(), claim.address.to_string()),
            (TAG_GENERATION.to_owned(), claim.generation.clone()),
        ]);
        if claim.retain {
            tags.insert(TAG_RETAIN.to_owned(), "true".to_owned());
        }
        if let Some(user) = &claim.used {
            tags.insert(TAG_USED.to_owned(), user.to_string());
        }
        tags
    }
    /// Reads the proof of ownership back from live tags; `None` means foreign.
    pub fn claim(&self, tags: &BTreeMap<String, String>) -> Option<Claim> {
        (tags.get(TAG_STACK)? == &self.owner()).then_some(())?;
        let text = |key: &str| tags.get(key).map(String::as_str).unwrap_or_default();
        let address = Address::parse(text(TAG_NODE)).ok()?;
        let used = Address::parse(text(TAG_USED)).ok();
        Some(Claim { address, generation: text(TAG_GENERATION).to_owned(), retain: text(TAG_RETAIN) == "true", used })
    }
    /// The physical name of a node: deterministic, and ending in a digest of all that makes it this very resource,
    /// so that a replacement has another name and nothing is ambiguous however much is cut away.
    pub fn physical_name(&self, naming: Naming, claim: &Claim) -> String {
        let digest = digest(&[&self.stack, &self.env, &self.account, &self.region, claim.address.as_str(), &claim.generation], 6);
        let words = claim.address.segments().collect::<Vec<_>>().join("-");
        match naming {
            Naming::None => String::new(),
            Naming::Hyphens { max } => cut(&format!("{}-{}-{words}", self.stack, self.env), max - 7) + "-" + &digest,
            Naming::Global { max } => cut(&format!("{}-{}-{words}", self.stack, self.env), max - 20) + "-" + &self.account + "-" + &digest,
            Naming::Path { max } => cut(&format!("{}{}", self.path(), claim.address), max - 7) + "-" + &digest,
            Naming::Underscores { max } => cut(&(self.underscored() + &claim.address.as_str().replace('.', "_")), max - 7) + "-" + &digest,
        }
    }
    /// The address inside a name made by `Naming::Path` or `Naming::Underscores`, if the name is of this very scope.
    pub fn address_in_name(&self, name: &str) -> Option<Address> {
        let (body, _digest) = name.rsplit_once('-')?;
        if let Some(rest) = body.strip_prefix(&self.path()) {
            return Address::parse(rest).ok();
        }
        Address::parse(&body.strip_prefix(&self.underscored())?.replace('_', ".")).ok()
    }
}

/// The part of AWS that a region belongs to, as ARNs write it.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>
pub fn partition(region: &str) -> &'static str {
    match region {
        region if region.starts_with("cn-") => "aws-cn",
        region if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}

/// The form of a physical name, which is made of stack, env, address and digest. Each form keeps stack `web`, env `prod-eu`
/// apart from stack `web-prod`, env `eu`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Naming {
    /// AWS makes the id.
    None,
    /// `web-prod-service-api-k3f9a2`, cut to `max` characters; tags or a path tell stacks apart.
    Hyphens { max: usize },
    /// The same, with the account id before the digest, for names that are global: buckets.
    Global { max: usize },
    /// `/trueup/web/prod/service.api-k3f9a2`, for kinds that are listed by prefix.
    Path { max: usize },
    /// `trueup_web_prod_service_api-k3f9a2`, for kinds that are listed by prefix where slashes are not allowed.
    Underscores { max: usize },
}

/// The node that a live resource is by its tags, and the generation of that node.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Claim {
    pub address: Address,
    /// The node's generation; empty where the kind has no place for it. One that has moved bears a mark behind a dot, of the
    /// address that it was made for: its name, and the client token that AWS remembers, are still that one's.
    pub generation: String,
    /// True to leave it alone, not delete it, once the file no longer has it. This is remembered with the resource, because then
    /// the file cannot say so any more.
    #[serde(default)]
    pub retain: bool,
    /// The address of something that was let go, stays in AWS and uses it: it stays for as long as nobody says otherwise. This is
    /// remembered with the resource, since nothing else of the stack knows what was let go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used: Option<Address>,
}

impl Claim {
    pub fn new(address: Address, generation: impl Into<String>) -> Self {
        Claim { address, generation: generation.into(), retain: false, used: None }
    }
    /// Returns the generation as it was made, wherever it has moved since.
    pub fn made(&self) -> &str {
        self.generation.split_once('.').map_or(&*self.generation, |(made, _)| made)
    }
    /// Returns the generation that it has once it moves.
    pub fn on_the_move(&self) -> String {
        let is_marked = self.generation.is_empty() || self.generation.contains('.');
        if is_marked { self.generation.clone() } else { format!("{}.{}", self.generation, digest(&[self.address.as_str()], 10)) }
    }
}

/// The tags that belong to the file's author: what is left without Trueup's and AWS's own.
pub fn own_tags(tags: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    tags.iter()
        .filter(|(key, _)| !key.starts_with("trueup:") && !key.starts_with("aws:"))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

/// A short digest in lower-case base 32 (no vowel but `a`, so no words), of parts that cannot run into each other.
pub fn digest(parts: &[&str], length: usize) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    letters(hasher, length)
}

fn letters(hasher: Sha256, length: usize) -> String {
    const LETTERS: &[u8; 32] = b"0123456789abcdfghjklmnpqrstvwxyz";
    hasher.finalize().iter().take(length).map(|byte| LETTERS[(byte % 32) as usize] as char).collect()
}

fn cut(text: &str, max: usize) -> String {
    text.chars().take(max).collect::<String>().trim_end_matches(['-', '_', '.', '/']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(stack: &str, env: &str) -> Scope {
        Scope { stack: stack.into(), env: env.into(), account: "123456789012".into(), region: "us-east-1".into() }
    }
    fn claim(address: &str) -> Claim {
        Claim::new(Address::parse(address).unwrap(), "g1")
    }

    #[test]
    fn like_sounding_stacks_never_share_a_name() {
        let (a, b) = (scope("web", "prod-eu"), scope("web-prod", "eu"));
        for naming in [Naming::Hyphens { max: 32 }, Naming::Global { max: 63 }, Naming::Path { max: 255 }, Naming::Underscores { max: 255 }]
        {
            let name = a.physical_name(naming, &claim("service.api.load-balancer"));
            assert_ne!(name, b.physical_name(naming, &claim("service.api.load-balancer")));
            assert_eq!(b.address_in_name(&name), None);
        }
        assert_eq!(b.claim(&a.claim_tags(&claim("service.api"))), None);
    }

    #[test]
    fn arns_name_the_part_of_aws_that_the_region_belongs_to() {
        let of = |region: &str| Scope { region: region.into(), ..scope("web", "prod") };
        assert_eq!(of("eu-west-1").arn("es", "domain/logs"), "arn:aws:es:eu-west-1:123456789012:domain/logs");
        assert_eq!(of("cn-north-1").arn("es", "domain/logs"), "arn:aws-cn:es:cn-north-1:123456789012:domain/logs");
        assert_eq!(of("us-gov-west-1").global_arn("iam", "role/app"), "arn:aws-us-gov:iam::123456789012:role/app");
        assert_eq!(of("us-gov-west-1").bucket_arn("files"), "arn:aws-us-gov:s3:::files");
    }

    #[test]
    fn names_keep_within_their_limit_and_read_back() {
        let scope = scope("a-rather-long-stack-name", "production");
        let claim = claim("service.a-service-with-a-long-name.load-balancer");
        for max in [32, 40, 63] {
            let name = scope.physical_name(Naming::Hyphens { max }, &claim);
            assert!(name.len() <= max && !name.contains("--"), "{name}");
        }
        for naming in [Naming::Path { max: 255 }, Naming::Underscores { max: 255 }] {
            assert_eq!(scope.address_in_name(&scope.physical_name(naming, &claim)), Some(claim.address.clone()));
        }
        assert_eq!(scope.claim(&scope.claim_tags(&claim)), Some(claim));
    }
}
