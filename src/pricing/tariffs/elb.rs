//! Load balancers: hours, and capacity units by whichever dimension is used most.
//! <https://aws.amazon.com/elasticloadbalancing/pricing/>

use crate::core::money::Decimal;
use crate::pricing::{Charge, Given, HOURS};

/// The traffic of a load balancer in a month.
#[derive(Debug, Clone)]
pub struct Traffic {
    /// New connections, or requests that each open one.
    pub connections: Given,
    /// Connections that are open at once, on average.
    pub active: Given,
    /// Both directions.
    pub gb: Given,
    /// Rules looked at each second, beyond the ten that are free.
    pub rules: Option<Given>,
}

pub fn application(traffic: Traffic) -> Vec<Charge> {
    let units = units(traffic, 25, 3_000);
    vec![
        Charge::fixed("Application Load Balancer", "elb.alb.hour", "hour", HOURS),
        Charge::usage("load balancer capacity units", "elb.alb.lcu_hour", "LCU-hour", units),
    ]
}

pub fn network(traffic: Traffic) -> Vec<Charge> {
    let units = units(Traffic { rules: None, ..traffic }, 800, 100_000);
    vec![
        Charge::fixed("Network Load Balancer", "elb.nlb.hour", "hour", HOURS),
        Charge::usage("load balancer capacity units", "elb.nlb.nlcu_hour", "NLCU-hour", units),
    ]
}

/// A unit is so many new connections a second, so many open ones, 1 GB an hour or 1000 rules a second: the largest counts.
fn units(traffic: Traffic, per_second: u32, open: u32) -> Given {
    let Traffic { connections, active, gb, rules } = traffic;
    let connections = connections.map(|number| number / Decimal::from(per_second * 3_600));
    let active = active.map(|number| number / Decimal::from(open) * HOURS);
    let most = connections.join(active, Decimal::max).join(gb, Decimal::max);
    match rules {
        Some(rules) => most.join(rules.map(|number| number / Decimal::from(1_000) * HOURS), Decimal::max),
        None => most,
    }
}
