//! A part of a pipeline of GitLab, to be included in `.gitlab-ci.yml`.
//!
//! <https://docs.gitlab.com/ci/yaml/>. Credentials come by the job's own token, which `trueup` exchanges itself:
//! <https://docs.gitlab.com/ci/secrets/id_token_authentication/>

use super::{filled, watched};
use crate::core::pipeline::{Gate, Install, Pipeline};

const HEAD: &str = r#"# Plans, approves and applies the stack `<<STACK>>`. Written by
#   <<COMMAND>>
# and written anew by the same; with --check it says whether this is still what would be written.
#
# Of `.gitlab-ci.yml`: include: [{ local: <<OWN>> }]
# To be set in the project, once (docs/ci.md):
<<SETTINGS>>

.trueup-<<STACK>>:
  # Any image with a shell, curl, tar and sha256sum; name it by its digest.
  image: $TRUEUP_IMAGE
  variables:
    TRUEUP_IMAGE: "<<IMAGE>>"
<<VERSION>>
    TRUEUP_HOME: $CI_PROJECT_DIR/.trueup-program
  before_script:
<<INSTALL>>

"#;

const BUILD: &str = r#""trueup <<STACK>> program":
  stage: build
  image: "rust:1.94"
  timeout: 1h
  interruptible: true
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event" || $CI_COMMIT_BRANCH == "<<BRANCH>>"
      changes: [<<PATHS>>]
  script:
    - cargo install --locked --version "<<VERSIONED>>" --root .trueup-built trueup
  artifacts:
    paths: [.trueup-built/bin/trueup]
    expire_in: 1 day

"#;

const CHECK: &str = r#""trueup <<STACK>> check":
  extends: .trueup-<<STACK>>
  stage: test
  timeout: 30m
  interruptible: true
  needs: [<<PROGRAM>>]
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event" || $CI_COMMIT_BRANCH == "<<BRANCH>>"
      changes: [<<PATHS>>]
  script:
    - trueup validate <<FILE>> --format junit > trueup-checks.xml || trueup validate <<FILE>>
<<COSTS>>
  artifacts:
    when: always
    reports:
      junit: trueup-checks.xml
    expire_in: 30 days

"#;

const PLAN: &str = r#""trueup <<STACK>> plan <<ENV>>":
  extends: .trueup-<<STACK>>
  stage: test
  timeout: 30m
  interruptible: true
  needs: [<<PROGRAM>>]
  rules:
    # Of a fork there is nothing to plan with: it is checked, and costed.
    - if: $CI_PIPELINE_SOURCE == "merge_request_event" && $CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_PROJECT_ID
      changes: [<<PATHS>>]
    - if: $CI_COMMIT_BRANCH == "<<BRANCH>>" && $CI_PIPELINE_SOURCE != "schedule"
      changes: [<<PATHS>>]
  id_tokens:
    TRUEUP_ID_TOKEN:
      aud: sts.amazonaws.com
  variables:
    AWS_ROLE_ARN: $<<ROLE>>
    TRUEUP_AUTHOR: $GITLAB_USER_LOGIN
  script:
    - trueup plan <<FILE>><<OPTION>><<ALL>> --out <<ENV>>.plan.json --markdown > <<ENV>>.plan.md
    - trueup show <<ENV>>.plan.json --html > <<ENV>>.plan.html
  artifacts:
    when: always
    # Those who may see the project's code may see what it makes of AWS.
    access: developer
    paths: [<<ENV>>.plan.json, <<ENV>>.plan.md, <<ENV>>.plan.html]
    expire_in: 30 days

"#;

const COMMENT: &str = r#""trueup <<STACK>> comment":
  extends: .trueup-<<STACK>>
  stage: test
  timeout: 10m
  interruptible: true
  needs:
<<NEEDS>>
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event" && $CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_PROJECT_ID
      changes: [<<PATHS>>]
      # Of a plan that is refused, too.
      when: always
  script:
    - trueup ci comment --marker <<STACK>><<FILES>>

"#;

const APPLY: &str = r#""trueup <<STACK>> apply <<ENV>>":
  extends: .trueup-<<STACK>>
  stage: deploy
  timeout: 6h
  # One at a time, and none is cut off by the next.
  interruptible: false
  resource_group: trueup-<<STACK>>-<<ENV>>
  needs:
<<NEEDS>>
  rules:
    - if: $CI_COMMIT_BRANCH == "<<BRANCH>>" && $CI_PIPELINE_SOURCE != "schedule"
      changes: [<<PATHS>>]
<<GATE>>  environment:
    name: <<ENV>>
  id_tokens:
    TRUEUP_ID_TOKEN:
      aud: sts.amazonaws.com
  variables:
    AWS_ROLE_ARN: $TRUEUP_APPLY_ROLE
  script:
    - trueup apply <<FILE>><<OPTION>> --plan <<ENV>>.plan.json --report release.md --report release.html --report release.json
  after_script:
    - if [ "$CI_JOB_STATUS" != success ]; then "$TRUEUP_HOME/trueup" ci notify "the apply of <<STACK>>/<<ENV>> did not end well"; fi
  artifacts:
    when: always
    access: developer
    paths: [release.md, release.html, release.json, .trueup/]
    expire_in: 90 days

"#;

const ARCHIVE: &str = r#"    - mkdir -p "$TRUEUP_HOME"
    - curl --fail --silent --show-error --location --retry 3 --output "$TRUEUP_HOME/archive" "$TRUEUP_URL"
    - echo "$TRUEUP_SHA256  $TRUEUP_HOME/archive" | sha256sum --check --strict
    - tar -xf "$TRUEUP_HOME/archive" -C "$TRUEUP_HOME"
    - export PATH="$TRUEUP_HOME:$PATH""#;

const BUILT: &str = r#"    - mkdir -p "$TRUEUP_HOME"
    - cp .trueup-built/bin/trueup "$TRUEUP_HOME/trueup"
    - export PATH="$TRUEUP_HOME:$PATH""#;

pub fn part(pipeline: &Pipeline) -> String {
    let Pipeline { stack, file, branch, environments, install, command } = pipeline;
    let own = format!(".gitlab/ci/trueup-{stack}.yml");
    let (version, steps, build, image, versioned) = match install {
        Install::Archive { url, sha256 } => {
            let pinned =
                format!("    # The program, and the digest of its bytes.\n    TRUEUP_URL: \"{url}\"\n    TRUEUP_SHA256: \"{sha256}\"");
            (pinned, ARCHIVE, "", "buildpack-deps:trixie-curl", "")
        }
        Install::Cargo { version } => {
            (format!("    TRUEUP_VERSION: \"{version}\""), BUILT, BUILD, "buildpack-deps:trixie-curl", version.as_str())
        }
    };
    let program = if build.is_empty() { String::new() } else { format!("\"trueup {stack} program\"") };
    let (paths, settings) = (watched(pipeline, &own), settings(pipeline));
    let fill = |template: &str, more: &[(&str, &str)]| {
        let common = [
            ("STACK", stack.as_str()),
            ("FILE", file),
            ("BRANCH", branch),
            ("COMMAND", command),
            ("OWN", &own),
            ("PATHS", &paths),
            ("SETTINGS", &settings),
            ("VERSION", &version),
            ("VERSIONED", versioned),
            ("INSTALL", steps),
            ("IMAGE", image),
            ("PROGRAM", &program),
        ];
        filled(template, &[&common[..], more].concat())
    };
    let need = |job: &str, optional: bool| {
        let optional = if optional { ", optional: true" } else { "" };
        format!("    - {{ job: \"trueup {stack} {job}\", artifacts: true{optional} }}")
    };
    let with_program = |jobs: Vec<String>| {
        let program = (!program.is_empty()).then(|| need("program", false));
        jobs.into_iter().chain(program).collect::<Vec<_>>().join("\n")
    };
    let cost = |env: &str, option: &str| format!("    - trueup cost {file}{option} --markdown > {env}.cost.md");
    let costs = environments.iter().map(|one| cost(&one.scope.env, &one.option())).collect::<Vec<_>>().join("\n");
    let mut text = fill(HEAD, &[]) + &fill(build, &[]) + &fill(CHECK, &[("COSTS", &costs)]);
    for one in environments {
        let role = one.plan_role();
        // A runner without a store begins without a journal: it does not know which kinds there were.
        let all = if one.store.is_some() { "" } else { " --all-kinds" };
        text += &fill(PLAN, &[("ENV", &one.scope.env), ("OPTION", &one.option()), ("ROLE", &role), ("ALL", all)]);
    }
    let needs = with_program(environments.iter().map(|one| need(&format!("plan {}", one.scope.env), true)).collect());
    let files = environments.iter().map(|one| format!(" {}.plan.md", one.scope.env)).collect::<String>();
    text += &fill(COMMENT, &[("NEEDS", &needs), ("FILES", &files)]);
    let mut before = None;
    for one in environments {
        let env = &one.scope.env;
        let plan = need(&format!("plan {env}"), false);
        let after = before.map(|before: &String| format!("    - {{ job: \"trueup {stack} apply {before}\", artifacts: false }}"));
        let needs = with_program([plan].into_iter().chain(after).collect());
        let gate = match one.gate {
            Gate::Open => "",
            Gate::Person => "      # Somebody whom the protected environment lets do so.\n      when: manual\n      allow_failure: false\n",
            Gate::Signed => {
                "      # Somebody whom the protected environment lets do so: once the approvals of [stack.approval] are in the store, since\n      # it refuses a plan that lacks any.\n      when: manual\n      allow_failure: false\n"
            }
        };
        text += &fill(APPLY, &[("ENV", env), ("OPTION", &one.option()), ("NEEDS", &needs), ("GATE", gate)]);
        before = Some(env);
    }
    text.trim_end().to_owned() + "\n"
}

/// The settings that no file can make.
fn settings(pipeline: &Pipeline) -> String {
    let mut lines = Vec::new();
    for one in &pipeline.environments {
        let env = &one.scope.env;
        lines.push(format!("# - the variable {}: the ARN of the role that reads", one.plan_role()));
        let who = if one.gate == Gate::Open { "" } else { ", and who may deploy to it" };
        lines.push(format!("# - the protected environment `{env}`{who}; the protected variable TRUEUP_APPLY_ROLE for it:"));
        lines.push("#   the ARN of the role that changes".into());
        lines.extend(one.variables.iter().map(|name| format!("#   and the masked variable {name}, which rollouts read")));
    }
    lines.push("# - the masked variable TRUEUP_GITLAB_TOKEN: a project access token with the scope `api`, for the comment".into());
    lines.push("# - if somebody is to be told of failures, the masked variables TRUEUP_SLACK_WEBHOOK or TRUEUP_WEBHOOK".into());
    lines.join("\n")
}
