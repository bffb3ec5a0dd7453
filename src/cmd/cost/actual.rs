//! `trueup cost --actual` and `--usage-from`: what an account knows of a stack's cost.

use super::Desk;
use crate::cmd::exit::{Exit, Failure};
use crate::core::source::Source;

#[cfg(feature = "aws")]
pub(super) use with_account::{actual, usage_from};

/// The period of a bill where none is named.
pub(super) const LAST_MONTH: &str = "month";

/// Reads the days of `--usage-from`. CloudWatch keeps what is older than two months by the hour, for 455 days.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html>
pub(super) fn days(text: &str) -> Result<u32, String> {
    let days = text.strip_suffix('d').and_then(|days| days.parse().ok()).filter(|days| (1..=455).contains(days));
    days.ok_or_else(|| "write days as 30d, from 1d to 455d".to_owned())
}

#[cfg(feature = "aws")]
mod with_account {
    use super::*;
    use crate::cmd::connect::{watched, with};
    use crate::cmd::cost::{Args, Form};
    use crate::cmd::options::Options;
    use crate::cmd::stack::shown;
    use crate::core::identity::TAG_STACK;
    use crate::ops::{self, stack};
    use crate::pricing::actual::{Period, compare};
    use crate::report::{self, cost};
    use jiff::civil::Date;
    use jiff::tz::TimeZone;

    /// Days are AWS's own, in UTC.
    fn today() -> Date {
        jiff::Timestamp::now().to_zoned(TimeZone::UTC).date()
    }

    /// Shows the estimate of the file beside the bill of a period.
    pub fn actual(desk: &Desk<'_>, source: Source, period: &str) -> Result<Exit, Failure> {
        let Args { form, aws, .. } = desk.args;
        let period = match period {
            LAST_MONTH => Period::last_month(today()),
            text => Period::parse(text, today()).map_err(|why| Failure::usage(format!("--actual: {why}")))?,
        };
        let loaded = stack::parse(source, desk.choice()).map_err(shown(form.json))?;
        let priced = desk.shown(ops::cost::wanted(&loaded, desk.basis));
        let bill =
            with(aws, (&loaded).into(), &Options::plain(form.json), async |session| Ok(ops::actual::bill(&session.aws, &period).await?))?;
        if bill.is_empty() {
            let message = format!(
                "Cost Explorer knows no costs of `{TAG_STACK} = {}` from {} to {}; that does not say that there were none",
                priced.view.title, period.from, period.to
            );
            return Err(Failure::new(message).hint(ACTIVATE));
        }
        let compared = compare(&priced.cost, &bill);
        match form {
            Form { json: true, .. } => report::json(&cost::actual_json(&priced.cost, &bill, &compared, &priced.view)),
            Form { markdown: true, .. } => report::data(&cost::actual_markdown(&priced.cost, &bill, &compared, &priced.view)),
            Form { .. } => report::data(&cost::actual(&priced.cost, &bill, &compared, &priced.view)),
        }
        desk.end(&[&priced])
    }

    /// A tag is in Cost Explorer from the day on that somebody activates it, which takes AWS up to a day, after up to a day until it
    /// can be chosen. <https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/activating-tags.html>
    const ACTIVATE: &str = "the account that pays must activate the tag as a cost allocation tag: in the Billing and Cost Management console, or by \
         `aws ce update-cost-allocation-tags-status --cost-allocation-tags-status TagKey=trueup:stack,Status=Active`. AWS offers it a day \
         after a resource has it, takes a day to activate it, and counts from then on; `aws ce start-cost-allocation-tag-backfill` goes \
         back up to a year. Or the stack is younger than the period: `--actual=30d` asks for the last days";

    /// Prints the `[usage]` tables of what CloudWatch knows of the last days.
    pub fn usage_from(desk: &Desk<'_>, source: Source, days: u32) -> Result<Exit, Failure> {
        let Args { form, aws, .. } = desk.args;
        let loaded = stack::parse(source, desk.choice()).map_err(shown(form.json))?;
        let owner = loaded.scope("").owner();
        let (snapshot, measured) = with(aws, (&loaded).into(), &Options::plain(form.json), async |session| {
            let snapshot = watched(session, form.json, async |events| session.read(&loaded.graph, true, events).await).await?;
            let measured = ops::usage_from::usage_from(&session.aws, &snapshot, days, today()).await?;
            Ok((snapshot, measured))
        })?;
        if !snapshot.unread.is_empty() {
            snapshot.unread.iter().for_each(|unread| report::error(&format!("failed to read {}: {}", unread.kind, unread.reason), None));
            return Err(Failure::new("the use of resources that could not be read is not known"));
        }
        match form {
            Form { json: true, .. } => report::json(&cost::usage_json(&owner, &measured)),
            Form { .. } => report::data(&cost::usage_toml(&owner, &measured)),
        }
        Ok(Exit::Done)
    }
}

#[cfg(not(feature = "aws"))]
pub(super) fn actual(_: &Desk<'_>, _: Source, _: &str) -> Result<Exit, Failure> {
    Err(Failure::usage("this trueup was built without feature `aws`").hint("without --actual, the file is priced"))
}

#[cfg(not(feature = "aws"))]
pub(super) fn usage_from(_: &Desk<'_>, _: Source, _: u32) -> Result<Exit, Failure> {
    Err(Failure::usage("this trueup was built without feature `aws`").hint("without --usage-from, the file is priced"))
}
