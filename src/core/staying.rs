//! A resource that stays in AWS when it goes from the file keeps what it uses: AWS would refuse to delete that, or it would break.

use super::address::Address;
use super::kind::Row;
use super::mentions::Mentions;
use super::snapshot::{Live, Snapshot};
use std::collections::HashMap;

/// A live resource and its kind.
pub(super) type Placed<'a> = (&'static Row, &'a Live);

/// Returns for each of `going` that is used, by itself or through another one of them, the address of what stays and uses it.
pub(super) fn users(staying: Vec<Placed<'_>>, going: &[Placed<'_>], snapshot: &Snapshot) -> HashMap<usize, Address> {
    let mut users = HashMap::new();
    if staying.is_empty() {
        return users;
    }
    let mut mentions = Mentions::new(snapshot);
    for (number, (_, live)) in going.iter().enumerate() {
        mentions.add(live, number);
    }
    let mut open = staying.into_iter().filter_map(|placed| Some((placed, &placed.1.claim.as_ref()?.address))).collect::<Vec<_>>();
    while let Some(((row, user), stays)) = open.pop() {
        let before = going.iter().enumerate().filter(|(_, (other, _))| other.about.deleted_after.contains(&row.name));
        for number in mentions.used_by(row, user).into_iter().chain(before.map(|(number, _)| number)) {
            if going[number].1.id != user.id && !users.contains_key(&number) {
                users.insert(number, stays.clone());
                open.push((going[number], stays));
            }
        }
    }
    users
}
