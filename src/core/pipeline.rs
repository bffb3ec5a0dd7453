//! A pipeline that plans, approves and applies a stack, as a value: which environments, who has to agree to each, and where the
//! program comes from. `report::pipeline` writes it as files of GitHub and GitLab.

use super::address::is_name;
use super::file::DEFAULT_ENV;
use super::identity::Scope;
use super::settings::StorePlace;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The service that runs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    GitHub,
    GitLab,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Pipeline {
    pub stack: String,
    /// The stack file, from the root of the repository.
    pub file: String,
    /// The branch whose commits are applied.
    pub branch: String,
    /// In the order in which they are applied.
    pub environments: Vec<Environment>,
    pub install: Install,
    /// The command line that writes it again.
    pub command: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Environment {
    pub scope: Scope,
    pub gate: Gate,
    /// The bucket that locks, journals and approvals are kept in.
    pub store: Option<StorePlace>,
    /// The variables that rollouts read from the environment of whoever applies: tokens of checks, addresses of those who are told.
    pub variables: BTreeSet<String>,
}

/// The consent that an apply waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// None: what is merged is applied.
    Open,
    /// Somebody who lets the job go on.
    Person,
    /// The same, and the approvals that `[stack.approval]` asks for.
    Signed,
}

/// The source of the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Install {
    /// An archive with the program at its top, and the SHA-256 of its bytes.
    Archive { url: String, sha256: String },
    /// The registry of crates, and a version.
    Cargo { version: String },
}

impl Environment {
    /// The option that chooses it; nothing for a file without environments.
    pub fn option(&self) -> String {
        if self.scope.env == DEFAULT_ENV { String::new() } else { format!(" --env {}", self.scope.env) }
    }
    /// Returns the name of the variable that holds the ARN of the role that plans it.
    pub fn plan_role(&self) -> String {
        format!("TRUEUP_PLAN_ROLE_{}", self.scope.env.to_uppercase().replace('-', "_"))
    }
}

impl Pipeline {
    /// Returns all that stands in the way of writing it: texts that are no names, which must reach neither a shell nor a path.
    pub fn check(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        if !is_path(&self.file) {
            wrong.push(format!("`{}` is no path within a repository of letters, digits and - _ . and /", self.file));
        }
        if !is_branch(&self.branch) {
            wrong.push(format!("`{}` is no name of a branch of letters, digits and - _ . and /", self.branch));
        }
        let names = self.environments.iter().map(|one| &one.scope.env).chain([&self.stack]);
        wrong.extend(names.filter(|name| !is_name(name)).map(|name| format!("`{name}` is no name of a stack or environment")));
        let variables = self.environments.iter().flat_map(|one| &one.variables).filter(|name| !is_variable(name));
        wrong.extend(variables.map(|name| format!("`{name}` is no name of a variable that a job could have")));
        match &self.install {
            Install::Archive { url, sha256 } => {
                let plain = url.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~:/?=&%+@".contains(&byte));
                if !plain || url.len() > 1000 || !["https://", "file:///"].iter().any(|start| url.starts_with(start)) {
                    wrong.push("the address of the archive does not begin with https://, or has letters that no address needs".into());
                }
                if sha256.len() != 64 || !sha256.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)) {
                    wrong.push("the checksum of the archive is not the 64 digits that sha256sum prints".into());
                }
            }
            Install::Cargo { version } => {
                if !version.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-+".contains(&byte)) {
                    wrong.push(format!("`{version}` is no version"));
                }
            }
        }
        wrong
    }
}

/// True for a path that stays in its repository, and is one word for a shell and for YAML.
pub fn is_path(path: &str) -> bool {
    let part = |part: &str| !part.is_empty() && part != "." && part != ".." && !part.starts_with('-') && plain(part);
    path.len() <= 200 && path.split('/').all(part)
}

fn is_variable(name: &str) -> bool {
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    // GitHub keeps the rest to itself: https://docs.github.com/en/actions/concepts/security/secrets
    plain && name.len() <= 200 && !name.starts_with(|first: char| first.is_ascii_digit()) && !name.to_uppercase().starts_with("GITHUB_")
}

fn is_branch(name: &str) -> bool {
    name.len() <= 200
        && name.split('/').all(|part| !part.is_empty() && !part.starts_with(['-', '.']) && !part.contains("..") && plain(part))
}

fn plain(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

/// A repository as its service calls it: `owner/name`, or a path of groups.
pub fn is_repository(service: Service, name: &str) -> bool {
    let parts = name.split('/').collect::<Vec<_>>();
    let count = if service == Service::GitHub { parts.len() == 2 } else { (2..=20).contains(&parts.len()) };
    count && name.len() <= 255 && parts.iter().all(|part| !part.is_empty() && !part.starts_with('-') && plain(part))
}

/// True for the name of a host, with a port if need be.
pub fn is_host(name: &str) -> bool {
    let (host, port) = name.split_once(':').unwrap_or((name, "443"));
    let label = |label: &str| !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    host.contains('.') && host.len() <= 253 && host.split('.').all(label) && port.parse::<u16>().is_ok()
}

/// The audience of the tokens; the provider in IAM lists it.
const AUDIENCE: &str = "sts.amazonaws.com";

/// The repository whose jobs are trusted.
#[derive(Debug, Clone)]
pub struct Repository<'a> {
    pub service: Service,
    pub name: &'a str,
    /// The host of the service: `gitlab.com`, or one's own.
    pub host: &'a str,
}

impl Repository<'_> {
    /// The issuer of tokens, without its scheme, as IAM names the provider and its condition keys.
    fn issuer(&self) -> String {
        match self.service {
            Service::GitHub => "token.actions.githubusercontent.com".into(),
            Service::GitLab => self.host.to_owned(),
        }
    }

    /// The trust policy of the role that plans an environment: jobs of the repository's own pull requests and of its branch. A fork
    /// has no token, or one that names the fork.
    /// <https://docs.github.com/en/actions/reference/security/oidc>, <https://docs.gitlab.com/ci/cloud_services/aws/>
    pub fn trusts_to_plan(&self, scope: &Scope, branch: &str) -> Value {
        let name = self.name;
        match self.service {
            Service::GitHub => {
                let subjects = [self.subjects("pull_request"), self.subjects(&format!("ref:refs/heads/{branch}"))].concat();
                self.trust(scope, subjects, &[("repository", name)])
            }
            // A pipeline of a merge request says the branch that it comes from.
            Service::GitLab => self.trust(scope, vec![format!("project_path:{name}:ref_type:branch:ref:*")], &[]),
        }
    }

    /// The trust policy of the role that applies: jobs of that branch alone, and on GitHub those that its environment let through.
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif>
    pub fn trusts_to_apply(&self, scope: &Scope, branch: &str) -> Value {
        let name = self.name;
        match self.service {
            Service::GitHub => {
                let subjects = self.subjects(&format!("environment:{}", scope.env));
                let reference = format!("refs/heads/{branch}");
                self.trust(scope, subjects, &[("repository", name), ("environment", &scope.env), ("ref", &reference)])
            }
            Service::GitLab => self.trust(scope, vec![format!("project_path:{name}:ref_type:branch:ref:{branch}")], &[]),
        }
    }

    /// GitHub's subjects in both of their forms: repositories that are new since July 2026 have numbers in them, which never come back.
    /// <https://github.blog/changelog/2026-04-23-immutable-subject-claims-for-github-actions-oidc-tokens/>
    fn subjects(&self, rest: &str) -> Vec<String> {
        let (owner, name) = self.name.split_once('/').unwrap_or((self.name, ""));
        vec![format!("repo:{owner}/{name}:{rest}"), format!("repo:{owner}@*/{name}@*:{rest}")]
    }

    fn trust(&self, scope: &Scope, subjects: Vec<String>, claims: &[(&str, &str)]) -> Value {
        let issuer = self.issuer();
        let mut equal = json!({ format!("{issuer}:aud"): AUDIENCE });
        for (claim, value) in claims {
            equal[format!("{issuer}:{claim}")] = json!(value);
        }
        json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow",
                "Principal": { "Federated": scope.global_arn("iam", &format!("oidc-provider/{issuer}")) },
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": { "StringEquals": equal, "StringLike": { format!("{issuer}:sub"): subjects } },
            }],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_reaches_a_shell_is_a_plain_word() {
        for path in ["stack.toml", "infra/a_b/stack-1.toml", ".infra/stack.toml"] {
            assert!(is_path(path), "{path}");
        }
        for path in
            ["", "/etc/passwd", "../stack.toml", "a//b", "a b", "$(id).toml", "a;b", "-rf", "a/-x", "x\ny", "`x`", "a\"b", "a'b", "ü.toml"]
        {
            assert!(!is_path(path), "{path}");
        }
        assert!(is_branch("main") && is_branch("release/1.2") && !is_branch("a..b") && !is_branch("${{ x }}") && !is_branch("-x"));
        assert!(is_repository(Service::GitHub, "acme/shop") && !is_repository(Service::GitHub, "acme/shop/x"));
        assert!(is_repository(Service::GitLab, "acme/team/shop") && !is_repository(Service::GitHub, "acme/*"));
        assert!(is_host("gitlab.example.com:8443") && !is_host("localhost") && !is_host("a.b/c"));
    }

    #[test]
    fn a_role_trusts_no_other_repository_and_no_fork() {
        let scope = Scope { stack: "shop".into(), env: "prod".into(), account: "123456789012".into(), region: "eu-west-1".into() };
        let github = Repository { service: Service::GitHub, name: "acme/shop", host: "github.com" };
        let apply = github.trusts_to_apply(&scope, "main");
        let condition = &apply["Statement"][0]["Condition"];
        assert_eq!(
            condition["StringLike"]["token.actions.githubusercontent.com:sub"],
            json!(["repo:acme/shop:environment:prod", "repo:acme@*/shop@*:environment:prod"])
        );
        assert_eq!(
            condition["StringEquals"],
            json!({
                "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
                "token.actions.githubusercontent.com:repository": "acme/shop",
                "token.actions.githubusercontent.com:environment": "prod",
                "token.actions.githubusercontent.com:ref": "refs/heads/main",
            })
        );
        let gitlab = Repository { service: Service::GitLab, name: "acme/shop", host: "gitlab.example.com" };
        let plan = gitlab.trusts_to_plan(&scope, "main");
        assert_eq!(plan["Statement"][0]["Principal"]["Federated"], "arn:aws:iam::123456789012:oidc-provider/gitlab.example.com");
        let like = &plan["Statement"][0]["Condition"]["StringLike"]["gitlab.example.com:sub"];
        assert_eq!(*like, json!(["project_path:acme/shop:ref_type:branch:ref:*"]));
    }
}
