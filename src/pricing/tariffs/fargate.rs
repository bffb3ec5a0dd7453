//! Tasks on Fargate: processors and memory by the hour. <https://aws.amazon.com/fargate/pricing/>

use crate::core::money::Decimal;
use crate::pricing::{Charge, Count, HOURS};

/// Tasks of one size.
#[derive(Debug, Clone)]
pub struct Tasks {
    pub count: Count,
    /// The CPU units of a task, 1024 to a vCPU.
    pub cpu_units: Decimal,
    pub memory_mib: Decimal,
    pub platform: Platform,
    pub scratch_gib: u32,
    /// True on spare capacity, whose price follows demand: no catalogue has it.
    pub spot: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Platform {
    X86,
    Arm,
    /// Its licence comes on top.
    Windows,
}

/// Scratch space that comes with every task.
const FREE_GIB: u32 = 20;

/// Tasks of a size that nobody knows here, by what names it.
pub fn unknown_tasks(definition: &str, count: &Count) -> Charge {
    let why = "the task definition is not in the stack, so nobody knows here how large its tasks are";
    Charge::unknown("Fargate tasks", format!("ecs.fargate.unknown.{definition}"), count, why)
}

pub fn tasks(tasks: &Tasks) -> Vec<Charge> {
    let Tasks { count, cpu_units, memory_mib, platform, scratch_gib, spot } = tasks;
    let (name, word) = match platform {
        Platform::X86 => ("x86", ""),
        Platform::Arm => ("arm", " (arm64)"),
        Platform::Windows => ("windows", " (Windows)"),
    };
    let on_demand = format!("ecs.fargate.{name}");
    let (stem, word) = if *spot { (format!("ecs.fargate.spot.{name}"), " (Spot)") } else { (on_demand.clone(), word) };
    let cores = cpu_units / Decimal::from(1024);
    let memory = memory_mib / Decimal::from(1024);
    let mut charges = vec![
        Charge::counted(format!("Fargate vCPU{word}"), format!("{stem}.vcpu_hour"), "vCPU-hour", HOURS * cores, count),
        Charge::counted(format!("Fargate memory{word}"), format!("{stem}.gb_hour"), "GB-hour", HOURS * memory, count),
    ];
    if *spot {
        for (charge, what) in charges.iter_mut().zip(["vcpu_hour", "gb_hour"]) {
            *charge = charge.clone().at_most(1, format!("{on_demand}.{what}"), "Spot costs no more than on demand");
        }
    }
    if *platform == Platform::Windows {
        let key = "ecs.fargate.windows.os_license.vcpu_hour";
        charges.push(Charge::counted("Windows licence", key, "vCPU-hour", HOURS * cores, count));
    }
    let extra = scratch_gib.saturating_sub(FREE_GIB);
    if extra > 0 {
        let each = HOURS * Decimal::from(extra);
        let what = format!("scratch space above {FREE_GIB} GB");
        charges.push(Charge::counted(what, "ecs.fargate.ephemeral_storage.gb_hour", "GB-hour", each, count));
    }
    charges
}
