//! CIDR blocks as EC2 reads them: host bits are dropped, nonsense is refused.

use crate::world::Fault;
use ipnet::{Ipv4Net, Ipv6Net};

/// A block in its canonical form, so 10.0.0.18/16 is 10.0.0.0/16.
pub fn ipv4(text: &str, parameter: &str) -> Result<Ipv4Net, Fault> {
    text.parse::<Ipv4Net>().map(|net| net.trunc()).map_err(|_| invalid(text, parameter))
}

pub fn ipv6(text: &str, parameter: &str) -> Result<Ipv6Net, Fault> {
    text.parse::<Ipv6Net>().map(|net| net.trunc()).map_err(|_| invalid(text, parameter))
}

pub fn overlaps(one: &Ipv4Net, other: &Ipv4Net) -> bool {
    one.contains(other) || other.contains(one)
}

fn invalid(text: &str, parameter: &str) -> Fault {
    Fault::new("InvalidParameterValue", format!("Value ({text}) for parameter {parameter} is invalid. This is not a valid CIDR block."))
}
