//! `trueup rollout plan`: the preflight.

use super::catalog;
use super::connect::{watched, with};
use super::exit::{Exit, Failure};
use super::options::Options;
use super::outside::outside;
use super::rollout::Which;
use crate::core::reason::Refusal;
use crate::core::rollout::preflight::{CHECKS, standing};
use crate::ops::outside::{Lack, of_plan};
use crate::ops::plan::Wish;
use crate::ops::preflight::cost;
use crate::ops::rollout::{VERSION, find};
use crate::report::{self, preflight};
use serde_json::json;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    which: Which,
    /// Begin although nobody can answer this check, by its number; repeatable
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u8).range(1..=i64::from(CHECKS)))]
    allow: Vec<u8>,
}

/// Drafts the plan of the stack, and shows the preflight of each service that it rolls out. Nothing is changed.
pub fn run(Args { which, allow }: &Args) -> Result<Exit, Failure> {
    let loaded = which.stack.load_for_account(None, which.json)?;
    let node = which.service.as_ref().map(|name| find(&loaded, Some(name))).transpose()?;
    let options = Options::plain(which.json);
    let wish = Wish { policy: options.policy(false)?, accepted: None, catalog: catalog::current() };
    let (plan, _, found) = with(&which.aws, (&loaded).into(), &options, async |session| {
        watched(session, which.json, async |events| session.checked(&loaded, &wish, events).await).await
    })?;
    let today = plan.created.split('T').next().unwrap_or_default();
    let asked = found.iter().filter(|one| node.is_none_or(|node| node.address == one.address));
    let services = asked.map(|one| (one, cost(&loaded, one, wish.catalog, today))).collect::<Vec<_>>();
    // A plan may be refused for what no check looks at, such as a version that went back before.
    let others = plan.refusals.iter().filter(|refusal| !matches!(refusal, Refusal::Preflight { .. }));
    let others =
        others.map(|refusal| format!("{} [{}]", report::reason::refusal(refusal, &[]).message, refusal.code())).collect::<Vec<_>>();
    // Where its checks are sent is said when it begins.
    let lacks = of_plan(&plan, &outside(&[], which.aws.sandbox));
    let (unset, unanswered): (Vec<_>, Vec<_>) =
        lacks.into_iter().partition(|lack| matches!(lack, Lack::Variable { .. } | Lack::Value { .. }));
    let is_sound = others.is_empty();
    if which.json {
        let services = services.iter().map(|(one, cost)| preflight::json(one, cost, allow)).collect::<Vec<_>>();
        report::json(&json!({ "version": VERSION, "services": services, "refusals": plan.refusals, "unset": unset }));
    } else {
        let lacking = unset.iter().map(Lack::says);
        let others = others.into_iter().chain(lacking).collect::<Vec<_>>();
        report::data(&preflight::render(&services, allow, &others, report::text_width()));
    }
    for lack in unanswered.iter().chain(&unset) {
        report::warn(&lack.says(), &lack.remedy());
    }
    let refused = !unset.is_empty() || !is_sound || services.iter().any(|(one, _)| !standing(&one.checked, allow).is_empty());
    match refused {
        true => Ok(Exit::Refused),
        false if !plan.is_complete() => {
            Err(Failure::new("not everything could be read, so more may be rolled out").hint("`trueup plan` says what could not"))
        }
        false => Ok(Exit::Done),
    }
}
