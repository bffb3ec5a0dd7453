//! The prices that a stack lacks, and the part of AWS's price list that may have them.

use crate::core::bill::{Cost, Line, PlanCost, Rated};
use crate::core::shell::quoted;
use crate::pricing::list::{self, Service};
use crate::pricing::year::Year;
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

/// A stack as the command line says it, so that a refresh can be asked for the same one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stated<'a> {
    /// The stack file, or the file at a revision: `stack.toml@main`.
    pub file: String,
    /// The values that are set over it.
    pub set: &'a [String],
    /// The values of a question what it would be like.
    pub what_if: &'a [String],
    /// A file of `[usage]` over its own.
    pub usage: Option<&'a Path>,
}

impl Stated<'_> {
    /// Returns the command that fetches what it lacks.
    fn refresh(&self) -> String {
        let Stated { file, set, what_if, usage } = self;
        let options = set.iter().map(|set| ["--set".to_owned(), set.clone()]);
        let options = options.chain(what_if.iter().map(|edit| ["--what-if".to_owned(), edit.clone()]));
        let options = options.chain(usage.iter().map(|file| ["--usage".to_owned(), file.display().to_string()]));
        let words = [file.clone()].into_iter().chain(options.flatten()).map(|word| quoted(&word)).collect::<Vec<_>>();
        format!("`trueup prices refresh --for {}`", words.join(" "))
    }
}

/// Says which commands fetch what is missing in some stacks: one for each that lacks what no other does; none where no list has it.
pub fn remedy(sides: &[(Stated<'_>, Holes)]) -> Option<String> {
    let lacking = sides.iter().filter(|(_, holes)| !holes.services().is_empty()).collect::<Vec<_>>();
    let covers = |other: &Holes, holes: &Holes| holes.keys.keys().all(|key| other.keys.contains_key(key));
    let needed = lacking.iter().enumerate().filter(|(at, (_, holes))| {
        !lacking.iter().enumerate().any(|(place, (_, other))| {
            // The first of two that lack the same is named.
            place != *at && covers(other, holes) && (place < *at || !covers(holes, other))
        })
    });
    let commands = needed.map(|(_, (stated, _))| stated.refresh()).collect::<Vec<_>>();
    match commands.as_slice() {
        [] => None,
        [one] => Some(format!("{one} fetches the missing prices that AWS's list has")),
        several => Some(format!("{} fetch the missing prices that AWS's list has", several.join(" and "))),
    }
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

    /// Adds what has no price in some month of a year to come.
    pub fn in_year(mut self, region: &str, year: Option<&Year>) -> Self {
        for (place, key, service) in year.into_iter().flat_map(|year| &year.lacks) {
            self.keys.insert((place.clone(), key.clone()), service.clone());
            self.regions.insert(region.to_owned());
        }
        self
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
        let lacks = |names: &[(&str, &str)]| Holes { keys: keys(names), regions: BTreeSet::new() };
        let (balancer, database) = (("elb.alb.hour", "AWSELB"), ("rds.instance.mysql.multi_az.db.t3.micro", "AmazonRDS"));
        let set = ["stack.region=eu-north-1".to_owned(), "stack.name=it's".to_owned()];
        let plain = || Stated { file: "my stack.toml".into(), set: &set, ..Stated::default() };
        let command = r"`trueup prices refresh --for 'my stack.toml' --set stack.region=eu-north-1 --set 'stack.name=it'\''s'";
        let said = |sides: &[(Stated<'_>, Holes)]| remedy(sides).unwrap_or_default();
        assert_eq!(said(&[(plain(), lacks(&[balancer]))]), format!("{command}` fetches the missing prices that AWS's list has"));
        let edits = ["database.main.multi_az=true".to_owned()];
        let asked = || Stated { what_if: &edits, usage: Some(Path::new("usage.toml")), ..plain() };
        let other = format!("{command} --what-if database.main.multi_az=true --usage usage.toml`");
        assert_eq!(
            said(&[(plain(), lacks(&[balancer])), (asked(), lacks(&[balancer, database]))]),
            format!("{other} fetches the missing prices that AWS's list has"),
            "the side that lacks more has the rest as well"
        );
        assert_eq!(
            said(&[(plain(), lacks(&[balancer])), (asked(), lacks(&[database]))]),
            format!("{command}` and {other} fetch the missing prices that AWS's list has")
        );
        assert!(said(&[(plain(), lacks(&[balancer])), (asked(), lacks(&[balancer]))]).starts_with(&format!("{command}` fetches")));
        assert_eq!(remedy(&[(plain(), lacks(&[("ecs.fargate.spot.arm.gb_hour", "AmazonECS")])), (asked(), Holes::default())]), None);
        let both = Holes { keys: keys(&[("elb.alb.hour", "AWSELB"), ("elb.nlb.hour", "AWSELB"), ("x", "")]), regions: BTreeSet::new() };
        assert_eq!(both.services().iter().map(|service| service.offer).collect::<Vec<_>>(), ["AWSELB"]);
    }
}
