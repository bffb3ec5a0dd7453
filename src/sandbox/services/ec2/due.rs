//! Changing one's mind about what was still to happen to a resource.

use crate::world::Call;

impl Call<'_> {
    /// Drops every change that was due for the resource, so that a deletion is not undone by an arrival.
    pub fn forget_due(&mut self, table: &str, id: &str) {
        let table = format!("{}/{table}", self.region);
        self.world.due.retain(|due| due.table != table || due.id != id);
    }
}
