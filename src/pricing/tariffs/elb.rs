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

/// The protocols of a Network Load Balancer, the cheapest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flow {
    Tcp,
    Udp,
    Tls,
}

impl Flow {
    pub fn name(self) -> &'static str {
        match self {
            Flow::Tcp => "TCP",
            Flow::Udp => "UDP",
            Flow::Tls => "TLS",
        }
    }
    /// Returns how many new connections a second and how many open ones a unit is: <https://aws.amazon.com/elasticloadbalancing/pricing/>
    /// of 2026-09-20.
    fn unit(self) -> (u32, u32) {
        match self {
            Flow::Tcp => (800, 100_000),
            Flow::Udp => (400, 50_000),
            Flow::Tls => (50, 3_000),
        }
    }
}

pub fn application(traffic: Traffic) -> Vec<Charge> {
    let units = units(traffic, 25, 3_000);
    vec![
        Charge::fixed("Application Load Balancer", "elb.alb.hour", "hour", HOURS),
        Charge::usage("load balancer capacity units", "elb.alb.lcu_hour", "LCU-hour", units),
    ]
}

/// A load balancer with what goes through it of each protocol, whose units are counted apart and added up: CloudWatch shows them as
/// `ConsumedLCUs_TCP`, `ConsumedLCUs_UDP`, `ConsumedLCUs_TLS`.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-cloudwatch-metrics.html>
pub fn network(traffic: Vec<(Flow, Traffic)>) -> Vec<Charge> {
    let each = traffic.into_iter().map(|(flow, traffic)| {
        let (per_second, open) = flow.unit();
        units(Traffic { rules: None, ..traffic }, per_second, open)
    });
    let units = each.reduce(|one, other| one.join(other, |one, other| one + other));
    let units = units.map(|units| Charge::usage("load balancer capacity units", "elb.nlb.nlcu_hour", "NLCU-hour", units));
    std::iter::once(Charge::fixed("Network Load Balancer", "elb.nlb.hour", "hour", HOURS)).chain(units).collect()
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
