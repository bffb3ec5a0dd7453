//! Changing one's mind about what was still to happen to a resource.

use crate::world::Call;

impl Call<'_> {
    /// Drops every change that was due for the resource, so that a deletion is not undone by an arrival.
    /// Takes back what was still to happen to a resource more than `seconds` from now.
    pub fn forget_due_after(&mut self, table: &str, id: &str, seconds: f64) {
        let (table, until) = (format!("{}/{table}", self.region), self.millis + (seconds * 1000.0) as i64);
        self.world.due.retain(|due| due.table != table || due.id != id || due.at <= until);
    }

    pub fn forget_due(&mut self, table: &str, id: &str) {
        let table = format!("{}/{table}", self.region);
        self.world.due.retain(|due| due.table != table || due.id != id);
    }
}
