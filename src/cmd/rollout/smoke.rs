//! `trueup rollout smoke`: the smoke checks of a service, against what is live.

use super::Which;
use crate::cmd::apply::Reach;
use crate::cmd::connect::with;
use crate::cmd::exit::{Exit, Failure};
use crate::cmd::options::Options;
use crate::cmd::outside::outside;
use crate::cmd::stack::shown;
use crate::core::rollout::observation::Smoke;
use crate::core::rollout::policy::Policy;
use crate::core::rollout::smoke::Door;
use crate::ops::outside::{Lack, of, refuse};
use crate::ops::rollout::{self, VERSION};
use crate::ops::smoke;
use crate::report;
use serde_json::json;
use std::path::PathBuf;

const AFTER: &str = "\
Examples:
  trueup rollout smoke --env staging                       the checks of the stack, by the test rule
  trueup rollout smoke --production                        by the rule that users' requests go by
  trueup rollout smoke --file smoke.toml --smoke-via localhost:8443

The test rule leads to the new version while a rollout is under way, and to the one that runs otherwise. Nothing is \
decided by it: a rollout sends its checks by itself. Checks that write something write it for real.

Exit codes: 0 all passed, 3 refused, or the file is wrong, 5 one failed, 6 one was not answered.";

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub struct Args {
    #[command(flatten)]
    which: Which,
    /// A file of [[smoke]] tables, in place of the checks of the stack
    #[arg(long = "file", value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    checks: Option<PathBuf>,
    /// Send them where the requests of users go
    #[arg(long)]
    production: bool,
    #[command(flatten)]
    reach: Reach,
}

pub fn run(args: &Args) -> Result<Exit, Failure> {
    let Args { which, checks, production, reach } = args;
    let given = checks.as_deref().map(smoke::read).transpose();
    let given = given.map_err(|error| Failure { exit: Exit::Refused, ..shown(which.json)(error) })?;
    let loaded = which.stack.load(which.json)?;
    let node = rollout::find(&loaded, which.service.as_deref())?;
    let door = if *production { Door::Production } else { Door::Test };
    with(&which.aws, (&loaded).into(), &Options::plain(which.json), async |session| {
        let live = super::live(session, &loaded, node).await?.reached_by(&reach.smoke_via);
        // A load balancer that is played answers nothing, and says so for each check.
        let rules = &live.subject.policy;
        let sent = given.clone().unwrap_or_else(|| rules.smoke.clone());
        let lacks = of(
            &live.subject.name,
            &Policy { smoke: sent, notify: None, ..rules.clone() },
            &outside(&reach.smoke_via, session.aws.embedded),
        );
        refuse(&lacks.into_iter().filter(|lack| !matches!(lack, Lack::Answers { .. })).collect())?;
        let mut outcomes = Vec::new();
        let end = smoke::run(session, &live, given.as_deref(), door, |outcome| {
            if !which.json {
                report::data(&report::smoke::outcome(&outcome));
            }
            outcomes.push(outcome);
        })
        .await?;
        if which.json {
            let smoke = json!({ "service": live.subject.name, "rule": door, "end": end, "checks": outcomes });
            report::json(&json!({ "version": VERSION, "smoke": smoke }));
        } else {
            report::data(&report::smoke::end(&end));
        }
        Ok(match end {
            Smoke::Passed { .. } => Exit::Done,
            Smoke::Failed { .. } => Exit::RolledBack,
            Smoke::Unanswered { .. } => Exit::Waiting,
        })
    })
}
