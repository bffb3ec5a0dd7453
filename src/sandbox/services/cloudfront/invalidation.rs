//! Invalidations.

use super::{DISTRIBUTIONS, INVALIDATIONS, bad_argument};
use crate::world::{Call, Fault};
use serde_json::{Value, json};

const RUNNING: f64 = 60.0;
const MOST_PATHS: usize = 3000;

pub fn create(call: &mut Call<'_>) -> Result<Value, Fault> {
    let distribution = distribution(call)?;
    let batch = call.input["InvalidationBatch"].clone();
    let paths: Vec<&str> = batch["Paths"]["Items"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if batch["Paths"]["Quantity"].as_u64() != Some(paths.len() as u64) {
        return Err(Fault::new("InconsistentQuantities", "The value of Quantity and the size of Items don't match."));
    }
    if paths.is_empty() || paths.iter().any(|path| !path.starts_with('/')) {
        return Err(bad_argument("Your request contains one or more invalid invalidation paths: each begins with a slash."));
    }
    if paths.len() > MOST_PATHS {
        return Err(Fault::new("BatchTooLarge", format!("An invalidation has no more than {MOST_PATHS} paths.")).status(413));
    }
    let prefix = format!("{distribution}/");
    let same = |row: &Value| row["InvalidationBatch"]["CallerReference"] == batch["CallerReference"];
    let twin = call.all(INVALIDATIONS).into_iter().find(|(name, row)| name.starts_with(&prefix) && same(row)).map(|(_, row)| row.clone());
    let row = match twin {
        Some(row) if row["InvalidationBatch"] == batch => row,
        Some(_) => return Err(bad_argument("Your request contains a caller reference that was used for a previous invalidation batch.")),
        None => {
            let id = format!("I{}", call.hex(20).to_uppercase());
            let row = json!({"Id": id, "Status": "InProgress", "CreateTime": call.now(), "InvalidationBatch": batch});
            let name = format!("{distribution}/{id}");
            call.put(INVALIDATIONS, &name, row.clone());
            call.later(INVALIDATIONS, &name, RUNNING, json!({"Status": "Completed"}));
            row
        }
    };
    let id = row["Id"].as_str().unwrap_or_default();
    let location = format!("https://cloudfront.amazonaws.com/2020-05-31/distribution/{distribution}/invalidation/{id}");
    Ok(json!({"Invalidation": row, "Location": location}))
}

pub fn get(call: &mut Call<'_>) -> Result<Value, Fault> {
    let distribution = distribution(call)?;
    let found = call.get(INVALIDATIONS, &format!("{distribution}/{}", call.text("Id")));
    let row = found.ok_or_else(|| Fault::new("NoSuchInvalidation", "The specified invalidation does not exist.").status(404))?;
    Ok(json!({"Invalidation": row}))
}

/// Returns the number of a distribution's invalidations that still run.
pub fn in_progress(call: &Call<'_>, distribution: &str) -> usize {
    let prefix = format!("{distribution}/");
    call.all(INVALIDATIONS).into_iter().filter(|(name, row)| name.starts_with(&prefix) && row["Status"] == "InProgress").count()
}

fn distribution(call: &Call<'_>) -> Result<String, Fault> {
    let id = call.text("DistributionId");
    match call.get(DISTRIBUTIONS, id) {
        Some(_) => Ok(id.to_owned()),
        None => Err(Fault::new("NoSuchDistribution", "The specified distribution does not exist.").status(404)),
    }
}
