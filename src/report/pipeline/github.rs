//! A workflow of GitHub Actions.
//!
//! <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax>. Actions are those of GitHub alone, each by the
//! commit of a release: a tag can be moved. Credentials come by the job's own token, which `trueup` exchanges and renews itself.

use super::{filled, watched};
use crate::core::pipeline::{Environment, Gate, Install, Pipeline};

const CHECKOUT: &str = "actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2";
const UPLOAD: &str = "actions/upload-artifact@043fb46d1a93c77aae656e7c1c64a875d1fc6a0a # v7.0.1";
const DOWNLOAD: &str = "actions/download-artifact@3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c # v8.0.1";

const HEAD: &str = r#"# Plans, approves and applies the stack `<<STACK>>`. Written by
#   <<COMMAND>>
# and written anew by the same; with --check it says whether this is still what would be written.
#
# To be set in the repository, once (docs/ci.md):
<<SETTINGS>>
name: trueup <<STACK>>

on:
  pull_request:
    branches: ["<<BRANCH>>"]
    paths: [<<PATHS>>]
  push:
    branches: ["<<BRANCH>>"]
    paths: [<<PATHS>>]
  workflow_dispatch:

# A job has what it names below, and nothing else.
permissions: {}

env:
<<VERSION>>

defaults:
  run:
    shell: bash

jobs:
"#;

const CHECK: &str = r#"  # For forks, too: it has no credentials, and needs none.
  check:
    runs-on: ubuntu-24.04
    timeout-minutes: 30
    permissions:
      contents: read
<<NEEDS>>    steps:
      - uses: <<CHECKOUT>>
        with:
          persist-credentials: false
<<INSTALL>>
      - name: Check
        run: trueup validate <<FILE>> --format github
<<COSTS>>
"#;

const COST: &str = r#"      - name: Cost of <<ENV>>
        run: trueup cost <<FILE>><<OPTION>> --markdown >> "$GITHUB_STEP_SUMMARY"
"#;

const PLAN: &str = r#"  plan-<<ENV>>:
    name: plan <<ENV>>
    # Of a fork there is nothing to plan with: it is checked, and costed.
    if: ${{ github.event_name != 'pull_request' || github.event.pull_request.head.repo.full_name == github.repository }}
<<NEEDS>>    runs-on: ubuntu-24.04
    timeout-minutes: 30
    permissions:
      contents: read
      id-token: write
    concurrency:
      group: trueup-<<STACK>>-<<ENV>>-plan-${{ github.event.pull_request.number || github.sha }}
      cancel-in-progress: true
    env:
      AWS_ROLE_ARN: ${{ vars.<<ROLE>> }}
      TRUEUP_AUTHOR: ${{ github.actor }}
    steps:
      - uses: <<CHECKOUT>>
        with:
          persist-credentials: false
<<INSTALL>>
      - name: Plan
        run: trueup plan <<FILE>><<OPTION>><<ALL>> --out plan.json --markdown > plan.md
      - name: Show it
        if: ${{ !cancelled() }}
        run: |
          if [ -s plan.md ]; then cat plan.md >> "$GITHUB_STEP_SUMMARY"; fi
          if [ -s plan.json ]; then trueup show plan.json --html > plan.html; fi
      - name: Keep it
        if: ${{ !cancelled() }}
        uses: <<UPLOAD>>
        with:
          name: trueup-<<STACK>>-plan-<<ENV>>
          path: |
            plan.json
            plan.md
            plan.html
          if-no-files-found: ignore
          retention-days: 30

"#;

const COMMENT: &str = r#"  comment:
    if: ${{ !cancelled() && github.event_name == 'pull_request' && github.event.pull_request.head.repo.full_name == github.repository }}
    needs: [<<PLANS>>]
    runs-on: ubuntu-24.04
    timeout-minutes: 10
    permissions:
      pull-requests: write
    concurrency:
      group: trueup-<<STACK>>-comment-${{ github.event.pull_request.number }}
      cancel-in-progress: true
    env:
      GITHUB_TOKEN: ${{ github.token }}
    steps:
<<INSTALL>>
      - name: Take the plans
        uses: <<DOWNLOAD>>
        with:
          pattern: trueup-<<STACK>>-plan-*
          path: plans
      - name: Comment
        run: trueup ci comment --marker <<STACK>><<FILES>>

"#;

const APPLY: &str = r#"  apply-<<ENV>>:
    name: apply <<ENV>>
    if: ${{ github.event_name != 'pull_request' && github.ref == 'refs/heads/<<BRANCH>>' }}
    needs: [<<BEFORE>>]
    runs-on: ubuntu-24.04
    # As long as GitHub lets a job run: a rollout may be watched for hours, and its credentials are renewed.
    timeout-minutes: 360
    permissions:
      contents: read
      id-token: write
<<GATE>>    environment: <<ENV>>
    # One at a time, and none is cut off by the next.
    concurrency:
      group: trueup-<<STACK>>-<<ENV>>
      cancel-in-progress: false
    env:
      AWS_ROLE_ARN: ${{ vars.TRUEUP_APPLY_ROLE }}
<<SECRETS>>    steps:
      - uses: <<CHECKOUT>>
        with:
          persist-credentials: false
<<INSTALL>>
      - name: Take the plan
        uses: <<DOWNLOAD>>
        with:
          name: trueup-<<STACK>>-plan-<<ENV>>
      - name: Apply
        # It takes the place of the shell, so that it hears when the job is cancelled.
        run: exec trueup apply <<FILE>><<OPTION>> --plan plan.json --report release.md --report release.html --report release.json
      - name: Show the release
        if: ${{ !cancelled() }}
        run: if [ -s release.md ]; then cat release.md >> "$GITHUB_STEP_SUMMARY"; fi
      - name: Keep the report
        if: ${{ always() }}
        uses: <<UPLOAD>>
        with:
          name: trueup-<<STACK>>-release-<<ENV>>
          path: |
            release.md
            release.html
            release.json
            .trueup/**/*.jsonl
          include-hidden-files: true
          if-no-files-found: ignore
          retention-days: 90
      - name: Tell of a failure
        if: ${{ failure() || cancelled() }}
        env:
          TRUEUP_SLACK_WEBHOOK: ${{ secrets.TRUEUP_SLACK_WEBHOOK }}
          TRUEUP_WEBHOOK: ${{ secrets.TRUEUP_WEBHOOK }}
        run: trueup ci notify "the apply of <<STACK>>/<<ENV>> did not end well"

"#;

const ARCHIVE: &str = r#"      - name: Install trueup
        run: |
          mkdir -p "$RUNNER_TEMP/trueup"
          cd "$RUNNER_TEMP/trueup"
          curl --fail --silent --show-error --location --retry 3 --output archive "$TRUEUP_URL"
          echo "$TRUEUP_SHA256  archive" | sha256sum --check --strict
          tar -xf archive
          echo "$PWD" >> "$GITHUB_PATH"
"#;

const BUILD: &str = r#"  trueup:
    runs-on: ubuntu-24.04
    timeout-minutes: 60
    permissions: {}
    steps:
      - name: Build trueup
        run: cargo install --locked --version "$TRUEUP_VERSION" --root trueup trueup
      - uses: <<UPLOAD>>
        with:
          name: trueup-<<STACK>>-program
          path: trueup/bin/trueup
          retention-days: 1

"#;

const BUILT: &str = r#"      - uses: <<DOWNLOAD>>
        with:
          name: trueup-<<STACK>>-program
          path: ${{ runner.temp }}/trueup
      - name: Install trueup
        run: |
          chmod +x "$RUNNER_TEMP/trueup/trueup"
          echo "$RUNNER_TEMP/trueup" >> "$GITHUB_PATH"
"#;

pub fn workflow(pipeline: &Pipeline) -> String {
    let Pipeline { stack, file, branch, environments, install, command } = pipeline;
    let own = format!(".github/workflows/trueup-{stack}.yml");
    let (version, steps, build) = match install {
        Install::Archive { url, sha256 } => {
            let pinned = format!("  # The program, and the digest of its bytes.\n  TRUEUP_URL: \"{url}\"\n  TRUEUP_SHA256: \"{sha256}\"");
            (pinned, ARCHIVE, "")
        }
        Install::Cargo { version } => (format!("  TRUEUP_VERSION: \"{version}\""), BUILT, BUILD),
    };
    let built = !build.is_empty();
    let names = environments.iter().map(|one| one.scope.env.as_str()).collect::<Vec<_>>();
    let plans = names.iter().map(|env| format!("plan-{env}")).collect::<Vec<_>>();
    let with_program = |jobs: &[String]| jobs.iter().cloned().chain(built.then(|| "trueup".to_owned())).collect::<Vec<_>>().join(", ");
    let files = names.iter().map(|env| format!(" plans/trueup-{stack}-plan-{env}/plan.md")).collect::<String>();
    let (paths, settings) = (watched(pipeline, &own), settings(environments, branch));
    let fill = |template: &str, more: &[(&str, &str)]| {
        let common = [
            ("STACK", stack.as_str()),
            ("FILE", file),
            ("BRANCH", branch),
            ("COMMAND", command),
            ("PATHS", &paths),
            ("SETTINGS", &settings),
            ("VERSION", &version),
            ("CHECKOUT", CHECKOUT),
            ("UPLOAD", UPLOAD),
            ("DOWNLOAD", DOWNLOAD),
        ];
        filled(template, &[&common[..], more].concat())
    };
    let steps = fill(steps, &[]);
    let steps = steps.trim_end_matches('\n');
    let needs = if built { "    needs: [trueup]\n" } else { "" };
    let costs = environments.iter().map(|one| fill(COST, &[("ENV", &one.scope.env), ("OPTION", &one.option())])).collect::<String>();
    let mut text = fill(HEAD, &[]) + &fill(build, &[]);
    text += &fill(CHECK, &[("INSTALL", steps), ("NEEDS", needs), ("COSTS", &costs)]);
    for one in environments {
        // A runner without a store begins without a journal: it does not know which kinds there were.
        let all = if one.store.is_some() { "" } else { " --all-kinds" };
        let holes = [
            ("ENV", one.scope.env.as_str()),
            ("OPTION", &one.option()),
            ("ROLE", &one.plan_role()),
            ("ALL", all),
            ("INSTALL", steps),
            ("NEEDS", needs),
        ];
        text += &fill(PLAN, &holes);
    }
    text += &fill(COMMENT, &[("PLANS", &with_program(&plans)), ("INSTALL", steps), ("FILES", &files)]);
    for (at, one) in environments.iter().enumerate() {
        let env = &one.scope.env;
        let before = [Some(format!("plan-{env}")), at.checked_sub(1).map(|before| format!("apply-{}", names[before]))];
        let before = with_program(&before.into_iter().flatten().collect::<Vec<_>>());
        let gate = match one.gate {
            Gate::Open => "",
            Gate::Person => "    # Its reviewers are asked before it begins, and only then is there a role to apply with.\n",
            Gate::Signed => {
                "    # Its reviewers are asked before it begins: once the approvals of [stack.approval] are in the store, since it\n    # refuses a plan that lacks any.\n"
            }
        };
        let secrets = one.variables.iter().map(|name| format!("      {name}: ${{{{ secrets.{name} }}}}\n")).collect::<String>();
        let holes = [
            ("ENV", env.as_str()),
            ("OPTION", &one.option()),
            ("BEFORE", &before),
            ("GATE", gate),
            ("INSTALL", steps),
            ("SECRETS", &secrets),
        ];
        text += &fill(APPLY, &holes);
    }
    text.trim_end().to_owned() + "\n"
}

/// The settings that no file can make.
fn settings(environments: &[Environment], branch: &str) -> String {
    let mut lines = Vec::new();
    for one in environments {
        let env = &one.scope.env;
        lines.push(format!("# - the variable {}: the ARN of the role that reads", one.plan_role()));
        let asks = if one.gate == Gate::Open { "" } else { ", required reviewers" };
        lines.push(format!("# - the environment `{env}`: deployment branches `{branch}` only{asks}; its variable TRUEUP_APPLY_ROLE:"));
        lines.push("#   the ARN of the role that changes".into());
        lines.extend(one.variables.iter().map(|name| format!("#   and its secret {name}, which rollouts read")));
    }
    lines.push("# - if somebody is to be told of failures, the secrets TRUEUP_SLACK_WEBHOOK or TRUEUP_WEBHOOK".into());
    lines.join("\n")
}
