//! The metrics that AWS's services send to CloudWatch, and the dimensions that they come with.

use crate::core::suggest::nearest;
use std::collections::BTreeSet;

const TABLE: &str = include_str!("metrics.txt");

/// A namespace of AWS with its lines.
pub struct Namespace {
    pub name: &'static str,
    lines: Vec<&'static str>,
}

/// Returns a namespace of the table; its name counts as it is written.
pub fn namespace(name: &str) -> Option<Namespace> {
    let found = TABLE.lines().skip_while(|line| line.strip_prefix("@ ").and_then(|line| line.split(' ').next()) != Some(name));
    let mut lines = found.skip(1).take_while(|line| !line.starts_with('@')).collect::<Vec<_>>();
    lines.retain(|line| !line.is_empty());
    let name = names().find(|known| *known == name)?;
    Some(Namespace { name, lines })
}

fn names() -> impl Iterator<Item = &'static str> {
    TABLE.lines().filter_map(|line| line.strip_prefix("@ ")?.split(' ').next())
}

/// Returns the namespace that was most likely meant; none for one that is there, or that nobody knows.
pub fn namespace_meant_by(name: &str) -> Option<&'static str> {
    if names().any(|known| known == name) {
        return None;
    }
    // Namespaces differ in upper and lower case.
    let same = names().find(|known| known.eq_ignore_ascii_case(name));
    let short = |known: &&str| known.len().abs_diff(name.len()) <= 2 && strsim::damerau_levenshtein(known, name) <= 2;
    // Two of AWS's own are as near to each other as a slip.
    let other = ["AWS/EC2", "AWS/EFS", "AWS/EBS", "AWS/ELB", "AWS/DMS", "AWS/ECR", "AWS/EKS", "AWS/SES", "AWS/SWF", "AWS/SSM"];
    same.or_else(|| names().find(short).filter(|_| name.len() > 6 && !other.contains(&name)))
}

impl Namespace {
    /// Returns the names of its metrics.
    pub fn metrics(&self) -> impl Iterator<Item = &'static str> {
        self.lines.iter().filter(|line| !line.contains("= ")).flat_map(|line| line.split(' '))
    }

    /// Returns the metric that was most likely meant.
    pub fn meant_by(&self, name: &str) -> Option<&'static str> {
        let same = self.metrics().find(|known| known.eq_ignore_ascii_case(name));
        same.or_else(|| nearest(name, self.metrics().filter(|known| known.len().abs_diff(name.len()) <= 3)))
    }

    /// Returns the sets of dimensions that a metric comes in.
    pub fn sets(&self, metric: &str) -> Vec<BTreeSet<&'static str>> {
        let own = self.lines.iter().find_map(|line| line.strip_prefix(metric)?.strip_prefix(" = "));
        let sets = own.or_else(|| self.lines.iter().find_map(|line| line.strip_prefix("= "))).unwrap_or_default();
        sets.split(' ').map(|set| if set == "-" { BTreeSet::new() } else { set.split('+').collect() }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read() {
        let ecs = namespace("AWS/ECS").unwrap();
        assert!(ecs.metrics().any(|metric| metric == "CPUUtilization") && ecs.metrics().all(|metric| !metric.contains('=')));
        assert_eq!(ecs.meant_by("CPUUtilisation"), Some("CPUUtilization"));
        let balancer = namespace("AWS/ApplicationELB").unwrap();
        assert_eq!(balancer.sets("UnHealthyHostCount").len(), 2);
        assert!(balancer.sets("RequestCount").len() > 2);
        assert_eq!(namespace_meant_by("AWS/ApplicationElb"), Some("AWS/ApplicationELB"));
        assert_eq!((namespace_meant_by("AWS/EC2"), namespace_meant_by("Shop"), namespace_meant_by("AWS/RDS")), (None, None, None));
    }
}
