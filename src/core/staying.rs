//! A resource that stays in AWS when it goes from the file keeps what it uses: AWS would refuse to delete that, or it would break.

use super::address::Address;
use super::kind::{Hold, Row};
use super::mentions::Mentions;
use super::snapshot::{Live, Snapshot};
use std::collections::HashMap;

/// A live resource and its kind.
pub(super) type Placed<'a> = (&'static Row, &'a Live);

/// Returns for each of `others` that is used, by itself or through another one of them, the address of what stays and uses it.
///
/// A route table stays with its subnets. The gateways that it leads to stay with all that has to reach out: data does not. Late fields
/// count where what they name stays in the file, from `kept` on: whatever goes now is taken out of them.
pub(super) fn users(staying: Vec<Placed<'_>>, others: &[Placed<'_>], kept: usize, snapshot: &Snapshot) -> HashMap<usize, Address> {
    let mut users = HashMap::new();
    if staying.is_empty() {
        return users;
    }
    let mut mentions = Mentions::new(snapshot);
    for (number, (_, live)) in others.iter().enumerate() {
        mentions.add(live, number);
    }
    let mut servants = HashMap::<usize, Vec<usize>>::new();
    for (number, (row, live)) in others.iter().enumerate() {
        for served in mentions.used_by(row, live, &[Hold::Serves]) {
            servants.entry(served).or_default().push(number);
        }
    }
    let open = staying.into_iter().filter_map(|placed| Some((placed, None, (placed.0, &placed.1.claim.as_ref()?.address))));
    let mut open = open.collect::<Vec<_>>();
    while let Some(((row, user), number, root)) = open.pop() {
        let (kind, address) = root;
        let holds: &[Hold] = if kind.about.stateful { &[Hold::Fast] } else { &[Hold::Fast, Hold::Way] };
        let before = others.iter().enumerate().filter(|(_, (other, _))| other.about.deleted_after.contains(&row.name));
        let serving = number.and_then(|number| servants.get(&number)).into_iter().flatten().copied();
        let late = if number.is_none_or(|number| number < kept) { mentions.named_late(row, user) } else { Default::default() };
        let late = late.into_iter().filter(|named| *named >= kept);
        let used = mentions.used_by(row, user, holds).into_iter().chain(before.map(|(number, _)| number)).chain(serving).chain(late);
        for number in used {
            if others[number].1.id != user.id && !users.contains_key(&number) {
                users.insert(number, address.clone());
                open.push((others[number], Some(number), root));
            }
        }
    }
    users
}
