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

/// Returns the number of a revision of a task definition; none for a family alone.
#[must_use]
pub fn revision(task_definition: &str) -> Option<u32> {
    last_part(task_definition).rsplit_once(':')?.1.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_and_arns_end() {
        let arn = "arn:aws:ecs:us-east-1:123456789012:task-definition/web:42";
        assert_eq!((last_part(arn), family(arn)), ("web:42", "web"));
        assert_eq!((revision(arn), revision("web:42"), revision("web")), (Some(42), Some(42), None));
        assert_eq!((last_part("web:42"), family("web"), last_part("")), ("web:42", "web", ""));
    }
}
