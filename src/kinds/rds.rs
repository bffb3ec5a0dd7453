//! What the kinds of RDS share: how its groups may be named, and the calls for tags.

use crate::core::check::Problem;
use crate::core::reference::is_symbolic;

/// The rule for the names of instances and parameter groups, `max` characters long at most.
pub(crate) fn name_problem(name: Option<&str>, max: usize) -> Option<Problem> {
    let name = name.filter(|name| !is_symbolic(name))?;
    let good = (1..=max).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && !name.ends_with('-')
        && !name.contains("--");
    (!good).then(|| {
        Problem::new("name", format!("`{name}` cannot be the name"))
            .help(format!("up to {max} of a-z, 0-9 and single hyphens, a letter first, no hyphen at the end"))
    })
}

/// `03:00`.
pub(crate) fn is_time(text: &str) -> bool {
    text.split_once(':').is_some_and(|(hour, minute)| {
        let within = |part: &str, max: u8| part.len() == 2 && part.parse::<u8>().is_ok_and(|value| value <= max);
        within(hour, 23) && within(minute, 59)
    })
}

/// `sun:04:30-sun:05:30`, as RDS and ElastiCache write their maintenance windows.
pub(crate) fn is_week_window(text: &str) -> bool {
    const DAYS: &[&str] = &["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let end = |text: &str| text.split_once(':').is_some_and(|(day, time)| DAYS.contains(&day.to_lowercase().as_str()) && is_time(time));
    text.split_once('-').is_some_and(|(from, to)| end(from) && end(to))
}

#[cfg(feature = "aws")]
pub(crate) use driver::*;

#[cfg(feature = "aws")]
mod driver {
    use crate::aws::{Aws, During, Result, Retag, Select};
    use aws_sdk_rds::types::Tag;
    use std::collections::BTreeMap;

    pub(crate) fn tag_list(tags: &BTreeMap<String, String>) -> Vec<Tag> {
        tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
    }

    pub(crate) fn tags(tags: Option<Vec<Tag>>) -> BTreeMap<String, String> {
        tags.unwrap_or_default().into_iter().map(|tag| (tag.key.unwrap_or_default(), tag.value.unwrap_or_default())).collect()
    }

    /// The tags of a group, which its listing does not answer.
    pub(crate) async fn tags_of(aws: &Aws, select: &Select, arn: &str, name: &str) -> Result<BTreeMap<String, String>> {
        match select {
            Select::Owned { names } => {
                let likely = aws.looks_ours(name) || names.iter().any(|wanted| wanted == name);
                aws.tagged.tags(aws, arn, likely, || ask(aws, arn)).await
            }
            Select::Ids(_) => ask(aws, arn).await,
        }
    }

    async fn ask(aws: &Aws, arn: &str) -> Result<BTreeMap<String, String>> {
        let answer = aws.rds.list_tags_for_resource().resource_name(arn).send().await.during("rds.ListTagsForResource")?;
        Ok(tags(answer.tag_list))
    }

    pub(crate) async fn retag(aws: &Aws, arn: &str, tags: &Retag) -> Result<()> {
        if !tags.set.is_empty() {
            let set = Some(tag_list(&tags.set));
            aws.rds.add_tags_to_resource().resource_name(arn).set_tags(set).send().await.during("rds.AddTagsToResource")?;
        }
        if !tags.unset.is_empty() {
            let keys = Some(tags.unset.clone());
            aws.rds.remove_tags_from_resource().resource_name(arn).set_tag_keys(keys).send().await.during("rds.RemoveTagsFromResource")?;
        }
        Ok(())
    }
}
