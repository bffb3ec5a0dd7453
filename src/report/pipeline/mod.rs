//! A pipeline as the files that GitHub and GitLab run.
//!
//! They are templates with holes: a test parses what comes of them, and runs their commands. Whatever fills a hole was checked by
//! `Pipeline::check` to be a plain word; whatever only a run knows reaches a command through its environment, and never as a part of it.

mod github;
mod gitlab;

use crate::core::pipeline::{Pipeline, Service};

/// A file of a pipeline, by its path from the root of the repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    pub path: String,
    pub text: String,
}

/// Writes a pipeline for a service.
pub fn file(service: Service, pipeline: &Pipeline) -> Written {
    match service {
        Service::GitHub => Written { path: format!(".github/workflows/trueup-{}.yml", pipeline.stack), text: github::workflow(pipeline) },
        Service::GitLab => Written { path: format!(".gitlab/ci/trueup-{}.yml", pipeline.stack), text: gitlab::part(pipeline) },
    }
}

/// Says what has to be set by hand, once, before the first run.
pub fn next(service: Service, pipeline: &Pipeline, policies: bool) -> String {
    let mut text = String::from("before its first run:\n");
    for environment in &pipeline.environments {
        let (env, role) = (&environment.scope.env, environment.plan_role());
        text += &match service {
            Service::GitHub => format!("  variable {role}, and TRUEUP_APPLY_ROLE of the environment `{env}`: the ARNs of its two roles\n"),
            Service::GitLab => {
                format!("  variables {role}, and TRUEUP_APPLY_ROLE for the environment `{env}`: the ARNs of its two roles\n")
            }
        };
    }
    if service == Service::GitLab {
        text += "  variable TRUEUP_GITLAB_TOKEN, masked: a project access token with the scope `api`, for the comment\n";
        text += &format!("  in .gitlab-ci.yml: include: [{{ local: {} }}]\n", file(service, pipeline).path);
    }
    if !policies {
        text += "  --policies DIR --repository NAME writes the policies of these roles\n";
    }
    text + "docs/ci.md has each step"
}

/// Fills the holes of a template, `<<NAME>>` each, in one pass: what fills one is not looked at again.
fn filled(template: &str, holes: &[(&str, &str)]) -> String {
    let mut text = String::with_capacity(template.len() * 2);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("<<") {
        let (name, after) = after.split_once(">>").unwrap_or((after, ""));
        text += before;
        text += holes.iter().find(|(hole, _)| *hole == name).map_or("", |(_, value)| value);
        rest = after;
    }
    text + rest
}

/// The paths whose changes matter: the stack file, that of signers, and the pipeline's own.
fn watched(pipeline: &Pipeline, own: &str) -> String {
    let beside = pipeline.file.rsplit_once('/').map_or("*.toml".to_owned(), |(folder, _)| format!("{folder}/**"));
    let mut paths = vec![pipeline.file.clone()];
    if beside != "*.toml" {
        paths = vec![beside];
    } else {
        paths.push("allowed_signers".into());
    }
    paths.push(own.to_owned());
    paths.iter().map(|path| format!("\"{path}\"")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hole_is_filled_once() {
        assert_eq!(filled("a <<X>> b <<Y>>", &[("X", "<<Y>>"), ("Y", "2")]), "a <<Y>> b 2");
    }
}
