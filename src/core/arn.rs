//! Ends of Amazon Resource Names.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>

/// Returns what stands behind the last slash of an ARN: a cluster, a task, or a task definition with its revision (`web:42`). A name stays.
#[must_use]
pub fn last_part(arn: &str) -> &str {
    arn.rsplit_once('/').map_or(arn, |(_, last)| last)
}

/// Returns the family of a task definition, by its ARN or as `family:revision`.
#[must_use]
pub fn family(task_definition: &str) -> &str {
    let last = last_part(task_definition);
    last.rsplit_once(':').map_or(last, |(family, _)| family)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_and_arns_end() {
        let arn = "arn:aws:ecs:us-east-1:123456789012:task-definition/web:42";
        assert_eq!((last_part(arn), family(arn)), ("web:42", "web"));
        assert_eq!((last_part("web:42"), family("web"), last_part("")), ("web:42", "web", ""));
    }
}
