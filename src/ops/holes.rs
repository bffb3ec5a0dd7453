//! The prices that a stack lacks, and the part of AWS's price list that may have them.

use crate::core::bill::{Cost, Line, PlanCost, Rated};
use crate::core::shell::quoted;
use crate::pricing::list::{self, Service};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Keys without a price, by region.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Holes {
    /// The services that the keys belong to, by AWS's code.
    keys: BTreeMap<(String, String), String>,
    /// The regions that the stack is in: a key may be one that all regions share.
    regions: BTreeSet<String>,
}

impl Holes {
    /// Gathers what has no price in some costs of one file.
    pub fn of<'a>(costs: impl IntoIterator<Item = &'a Cost>) -> Self {
        let mut holes = Holes::default();
        for cost in costs {
            cost.unpriced().for_each(|(_, line)| holes.add(&cost.region, line));
        }
        holes
    }

    /// Gathers what has no price after a plan.
    pub fn of_plan(cost: &PlanCost, region: &str) -> Self {
        let mut holes = Holes::default();
        let lines = cost.resources.iter().flat_map(|resource| &resource.lines);
        lines.filter(|line| matches!(line.price, Rated::Unpriced(_))).for_each(|line| holes.add(region, line));
        holes
    }

    fn add(&mut self, region: &str, line: &Line) {
        self.keys.insert((line.region.clone(), line.key.clone()), line.service.clone());
        self.regions.insert(region.to_owned());
    }

    /// Says which command fetches what is missing for a stack file and the values set over it; none where no list has it.
    pub fn remedy(&self, file: &Path, set: &[String]) -> Option<String> {
        let words = [file.display().to_string()].into_iter().chain(set.iter().flat_map(|set| ["--set".to_owned(), set.clone()]));
        let words = words.map(|word| quoted(&word)).collect::<Vec<_>>().join(" ");
        let fetched = !self.services().is_empty();
        fetched.then(|| format!("`trueup prices refresh --for {words}` fetches the missing prices that AWS's list has"))
    }

    /// The keys, each with its region.
    pub fn keys(&self) -> impl Iterator<Item = (&str, &str)> {
        self.keys.keys().map(|(region, key)| (region.as_str(), key.as_str()))
    }

    /// The regions whose prices are missing.
    pub fn regions(&self) -> Vec<String> {
        self.regions.iter().cloned().collect()
    }

    /// The offers of AWS's price list that may have them; none for what no list has.
    pub fn services(&self) -> Vec<&'static Service> {
        let mut services = self.keys.iter().flat_map(|((_, key), code)| list::offers(code, key)).collect::<Vec<_>>();
        services.sort_by_key(|service| service.offer);
        services.dedup_by_key(|service| service.offer);
        services
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_can_be_run_as_it_is_named() {
        let keys =
            |keys: &[(&str, &str)]| keys.iter().map(|(key, code)| (("r".to_owned(), (*key).to_owned()), (*code).to_owned())).collect();
        let holes = Holes { keys: keys(&[("elb.alb.hour", "AWSELB")]), regions: BTreeSet::new() };
        let set = ["stack.region=eu-north-1".to_owned(), "stack.name=it's".to_owned()];
        assert_eq!(
            holes.remedy(Path::new("my stack.toml"), &set).as_deref(),
            Some(
                r"`trueup prices refresh --for 'my stack.toml' --set stack.region=eu-north-1 --set 'stack.name=it'\''s'` fetches the missing prices that AWS's list has"
            )
        );
        let spot = Holes { keys: keys(&[("ecs.fargate.spot.arm.gb_hour", "AmazonECS")]), regions: BTreeSet::new() };
        assert_eq!(spot.remedy(Path::new("x"), &[]), None);
        let both = Holes { keys: keys(&[("elb.alb.hour", "AWSELB"), ("elb.nlb.hour", "AWSELB"), ("x", "")]), regions: BTreeSet::new() };
        assert_eq!(both.services().iter().map(|service| service.offer).collect::<Vec<_>>(), ["AWSELB"]);
    }
}
