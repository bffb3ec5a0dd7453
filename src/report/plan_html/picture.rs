//! The picture of a plan's order: each change to the right of those that it waits for.

use super::super::page::{escape, note};
use super::class;
use crate::core::plan::{Action, Plan};
use std::collections::{BTreeMap, BTreeSet};

/// A plan of more changes than this is drawn by module.
const DETAILED: usize = 80;
/// More boxes than this are no picture.
const MOST: usize = 160;
const BOX: (f64, f64) = (184.0, 26.0);
const GAP: (f64, f64) = (44.0, 8.0);
const LETTERS: usize = 25;

/// A box: its name, and the class of its colour.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Node {
    name: String,
    class: &'static str,
}

/// Boxes, and for each those that it waits for.
#[derive(Debug, Default)]
struct Order {
    nodes: Vec<Node>,
    after: Vec<BTreeSet<usize>>,
}

pub fn section(plan: &Plan) -> String {
    let order = order(plan);
    if order.nodes.len() < 2 {
        return String::new();
    }
    if order.nodes.len() > MOST {
        return note(&format!("Its order has {} steps, too many for a picture.", order.nodes.len()));
    }
    format!("<h2>Order</h2>\n<div class=\"scroll\">{}</div>\n", draw(&order))
}

/// Returns what waits for what, by change, or by module where there are many.
fn order(plan: &Plan) -> Order {
    let by_module = plan.changes.len() > DETAILED;
    let mut numbers = BTreeMap::<&str, usize>::new();
    let mut order = Order::default();
    // One address may have two changes: what is made anew, and what an earlier replacement left.
    let of_change = plan.changes.iter().map(|change| {
        let name = if by_module { change.address.group() } else { change.address.as_str() };
        let number = *numbers.entry(name).or_insert(order.nodes.len());
        let class = class(change.action);
        if number == order.nodes.len() {
            order.nodes.push(Node { name: name.to_owned(), class });
            order.after.push(BTreeSet::new());
        } else if order.nodes[number].class != class && change.action != Action::Wait {
            order.nodes[number].class = "update";
        }
        number
    });
    let of_change = of_change.collect::<Vec<_>>();
    for step in &plan.steps {
        for before in step.after.iter().filter_map(|at| plan.steps.get(*at)) {
            let (Some(&late), Some(&early)) = (of_change.get(step.change), of_change.get(before.change)) else { continue };
            if late != early {
                order.after[late].insert(early);
            }
        }
    }
    // Modules wait for each other in both directions at times, as an alarm's topic and its policy do.
    let layers = layers(&order);
    for late in 0..order.nodes.len() {
        order.after[late].retain(|early| layers[*early] < layers[late]);
    }
    reduce(&mut order);
    order
}

/// The number of each box's column: one more than that of the last which it waits for. A circle ends where it began.
fn layers(order: &Order) -> Vec<usize> {
    fn depth(order: &Order, at: usize, known: &mut Vec<Option<usize>>, open: &mut Vec<bool>) -> usize {
        if let Some(depth) = known[at] {
            return depth;
        }
        if std::mem::replace(&mut open[at], true) {
            return 0;
        }
        let deepest = order.after[at].iter().map(|before| depth(order, *before, known, open) + 1).max().unwrap_or(0);
        open[at] = false;
        known[at] = Some(deepest);
        deepest
    }
    let (mut known, mut open) = (vec![None; order.nodes.len()], vec![false; order.nodes.len()]);
    (0..order.nodes.len()).map(|at| depth(order, at, &mut known, &mut open)).collect()
}

/// Leaves out what follows from the rest.
fn reduce(order: &mut Order) {
    let all = order.after.clone();
    let reaches = |from: usize, to: usize| {
        let (mut open, mut seen) = (vec![from], BTreeSet::new());
        while let Some(at) = open.pop() {
            if at == to {
                return true;
            }
            open.extend(all[at].iter().copied().filter(|next| seen.insert(*next)));
        }
        false
    };
    for late in &mut order.after {
        let direct = late.clone();
        late.retain(|early| !direct.iter().any(|other| other != early && reaches(*other, *early)));
    }
}

fn draw(order: &Order) -> String {
    let layers = layers(order);
    let mut columns = vec![Vec::new(); layers.iter().max().map_or(0, |last| last + 1)];
    (0..order.nodes.len()).for_each(|at| columns[layers[at]].push(at));
    // Each as near as can be to what it waits for.
    let mut row = vec![0.0; order.nodes.len()];
    for column in &mut columns {
        let wish = |at: &usize| {
            let before = &order.after[*at];
            if before.is_empty() { f64::MAX } else { before.iter().map(|early| row[*early]).sum::<f64>() / before.len() as f64 }
        };
        let mut sorted = column.iter().map(|at| (wish(at), *at)).collect::<Vec<_>>();
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        *column = sorted.into_iter().map(|(_, at)| at).collect();
        column.iter().enumerate().for_each(|(place, at)| row[*at] = place as f64);
    }
    let rows = columns.iter().map(Vec::len).max().unwrap_or(0);
    let place = |at: usize| {
        let column = &columns[layers[at]];
        let lead = (rows - column.len()) as f64 / 2.0;
        (layers[at] as f64 * (BOX.0 + GAP.0) + 1.0, (lead + row[at]) * (BOX.1 + GAP.1) + 1.0)
    };
    let width = columns.len() as f64 * (BOX.0 + GAP.0) - GAP.0 + 2.0;
    let height = rows as f64 * (BOX.1 + GAP.1) - GAP.1 + 2.0;
    let mut text = format!(
        "<svg class=\"order\" width=\"{width:.0}\" height=\"{height:.0}\" viewBox=\"0 0 {width:.0} {height:.0}\" role=\"img\"><title>{} boxes, each to the right of those that it waits for</title>\n",
        order.nodes.len()
    );
    for late in 0..order.nodes.len() {
        let (x, y) = place(late);
        for early in &order.after[late] {
            let (from, at) = place(*early);
            let (from, at, y) = (from + BOX.0, at + BOX.1 / 2.0, y + BOX.1 / 2.0);
            let bend = (from + x) / 2.0;
            text += &format!("<path d=\"M{from:.1} {at:.1}C{bend:.1} {at:.1} {bend:.1} {y:.1} {x:.1} {y:.1}\"/>\n");
        }
    }
    for (at, node) in order.nodes.iter().enumerate() {
        let (x, y) = place(at);
        let count = node.name.chars().count();
        let shown = match count > LETTERS {
            true => format!("…{}", node.name.chars().skip(count + 1 - LETTERS).collect::<String>()),
            false => node.name.clone(),
        };
        text += &format!(
            "<g class=\"{}\"><title>{}</title><rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{}\" height=\"{}\" rx=\"4\"/><text x=\"{:.1}\" y=\"{:.1}\">{}</text></g>\n",
            node.class,
            escape(&node.name),
            BOX.0,
            BOX.1,
            x + 8.0,
            y + 17.5,
            escape(&shown),
        );
    }
    text + "</svg>"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(edges: &[(usize, usize)], count: usize) -> Order {
        let nodes = (0..count).map(|at| Node { name: format!("n{at}"), class: "create" }).collect();
        let mut after = vec![BTreeSet::new(); count];
        for (late, early) in edges {
            after[*late].insert(*early);
        }
        Order { nodes, after }
    }

    #[test]
    fn a_box_stands_right_of_all_that_it_waits_for() {
        let mut shown = order(&[(1, 0), (2, 1), (2, 0), (3, 0)], 4);
        assert_eq!(layers(&shown), [0, 1, 2, 1]);
        reduce(&mut shown);
        assert_eq!(shown.after[2], BTreeSet::from([1]), "that it waits for 0 follows");
        let picture = draw(&shown);
        assert_eq!((picture.matches("<rect").count(), picture.matches("<path").count()), (4, 3));
        // A circle, which no plan has, is no reason to run forever.
        assert_eq!(layers(&order(&[(0, 1), (1, 0)], 2)).len(), 2);
    }
}
