//! Reservations of what runs all the time, where their price is known.

use super::{Candidate, Sight};
use crate::core::commitment::{Commitment, Committed, Payment};
use crate::core::graph::Node;
use crate::core::money::shown;
use crate::kinds::elasticache::replication_group::ReplicationGroup;
use crate::kinds::opensearch::domain::OpensearchDomain;
use crate::kinds::rds::instance::DbInstance;
use crate::pricing::committed::pays_off;

/// Each way to pay for a year that has a price. Three years are a bet on the years to come, which nobody here knows.
pub fn reserved(sight: &Sight<'_>) -> Vec<Candidate> {
    let databases = sight.nodes::<DbInstance>().into_iter().map(|(node, spec)| {
        let engine = spec.engine.name().to_owned();
        (node, Wanted { service: Committed::Rds, class: spec.instance_class, engine: Some(engine), multi_az: spec.multi_az, count: 1 })
    });
    let caches = sight.nodes::<ReplicationGroup>().into_iter().map(|(node, spec)| {
        let engine = spec.engine.name().to_owned();
        let count = spec.num_cache_clusters.into();
        (node, Wanted { service: Committed::Elasticache, class: spec.cache_node_type, engine: Some(engine), multi_az: false, count })
    });
    let domains = sight.nodes::<OpensearchDomain>().into_iter().map(|(node, spec)| {
        let count = spec.instance_count.into();
        (node, Wanted { service: Committed::Opensearch, class: spec.instance_type, engine: None, multi_az: false, count })
    });
    databases.chain(caches).chain(domains).flat_map(|(node, wanted)| candidates(sight, node, &wanted)).collect()
}

/// A reservation for one resource, but for the way to pay.
struct Wanted {
    service: Committed,
    class: String,
    engine: Option<String>,
    multi_az: bool,
    count: i64,
}

fn candidates(sight: &Sight<'_>, node: &Node, wanted: &Wanted) -> Vec<Candidate> {
    let place = sight.place(node);
    let name = place.replace('.', "-").chars().take(40).collect::<String>();
    if sight.stack.settings.commitment.contains_key(name.trim_end_matches('-')) {
        return Vec::new();
    }
    let way = |(payment, word): (Payment, &str)| {
        let Wanted { service, class, engine, multi_az, count } = wanted;
        let count = u32::try_from(*count).ok()?;
        let one = Commitment {
            service: *service,
            years: 1,
            payment,
            begins: None,
            class: Some(class.clone()),
            engine: engine.clone(),
            multi_az: multi_az.then_some(true),
            count: (count != 1).then_some(count),
            hourly: None,
            upfront: None,
            discount: None,
        };
        let months = pays_off(&one, &sight.stack.settings.region, sight.catalog)?;
        let service = match service {
            Committed::Elasticache => "elasticache",
            Committed::Opensearch => "opensearch",
            _ => "rds",
        };
        let keys = [("service", Some(service.to_owned())), ("class", Some(class.clone())), ("engine", engine.clone())];
        let more = [
            ("multi_az", multi_az.then(|| "true".to_owned())),
            ("count", one.count.map(|count| count.to_string())),
            ("payment", Some(word.to_owned())),
        ];
        let edit = |(key, value): (&str, Option<String>)| Some(format!("stack.commitment.{}.{key}={}", name.trim_end_matches('-'), value?));
        let edits = keys.into_iter().chain(more).filter_map(edit).collect();
        let what = format!("reserved for a year, {}", payment.words());
        let otherwise = format!("it is paid for the year, also if it goes: cheaper from {} months on", shown(months.ceil()));
        Some(Candidate::new("reserved", place.clone(), what, edits, otherwise))
    };
    let ways = [(Payment::NoUpfront, "no-upfront"), (Payment::PartialUpfront, "partial-upfront"), (Payment::AllUpfront, "all-upfront")];
    ways.into_iter().filter_map(way).collect()
}
