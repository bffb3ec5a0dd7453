//! The one place that knows about ordering. Graphs are lists of indices: `needs[a]` holds what `a` comes after.

/// Every index once, each after what it needs; among equals the lowest index first. The error is one cycle.
pub fn sort(needs: &[Vec<usize>]) -> Result<Vec<usize>, Vec<usize>> {
    let mut open = needs.iter().map(Vec::len).collect::<Vec<_>>();
    let mut wanted_by = vec![Vec::new(); needs.len()];
    for (at, targets) in needs.iter().enumerate() {
        for &target in targets {
            wanted_by[target].push(at);
        }
    }
    let mut ready = (0..needs.len()).filter(|at| open[*at] == 0).map(std::cmp::Reverse).collect::<std::collections::BinaryHeap<_>>();
    let mut order = Vec::with_capacity(needs.len());
    while let Some(std::cmp::Reverse(at)) = ready.pop() {
        order.push(at);
        for &next in &wanted_by[at] {
            open[next] -= 1;
            if open[next] == 0 {
                ready.push(std::cmp::Reverse(next));
            }
        }
    }
    if order.len() == needs.len() { Ok(order) } else { Err(cycle(needs, &open)) }
}

// Whatever is still open leads, need by need, into a cycle.
fn cycle(needs: &[Vec<usize>], open: &[usize]) -> Vec<usize> {
    let mut path = Vec::<usize>::new();
    let mut next = open.iter().position(|count| *count > 0);
    while let Some(at) = next {
        if let Some(start) = path.iter().position(|seen| *seen == at) {
            path.drain(..start);
            path.push(at);
            return path;
        }
        path.push(at);
        next = needs[at].iter().copied().find(|target| open[*target] > 0);
    }
    path
}

/// Strongly connected components: two indices have the same number if each can be reached from the other.
/// Tarjan's algorithm with its own stack, so that depth is no limit.
pub fn components(needs: &[Vec<usize>]) -> Vec<usize> {
    const UNSEEN: usize = usize::MAX;
    let count = needs.len();
    let (mut seen, mut low, mut component) = (vec![UNSEEN; count], vec![0; count], vec![UNSEEN; count]);
    let (mut stack, mut clock, mut found) = (Vec::new(), 0, 0);
    for root in 0..count {
        if seen[root] != UNSEEN {
            continue;
        }
        let mut work = vec![(root, 0)];
        while let Some((at, child)) = work.pop() {
            if child == 0 {
                seen[at] = clock;
                low[at] = clock;
                clock += 1;
                stack.push(at);
            } else {
                low[at] = low[at].min(low[needs[at][child - 1]]);
            }
            let mut child = child;
            let mut descend = None;
            while let Some(&target) = needs[at].get(child) {
                child += 1;
                if seen[target] == UNSEEN {
                    descend = Some(target);
                    break;
                }
                if component[target] == UNSEEN {
                    low[at] = low[at].min(seen[target]);
                }
            }
            if let Some(target) = descend {
                work.push((at, child));
                work.push((target, 0));
            } else if low[at] == seen[at] {
                while let Some(member) = stack.pop() {
                    component[member] = found;
                    if member == at {
                        break;
                    }
                }
                found += 1;
            }
        }
    }
    component
}

/// Joins edges that must hold with edges that should: of the latter, those that would close a circle are left out.
pub fn join(mut must: Vec<Vec<usize>>, should: Vec<Vec<usize>>) -> Vec<Vec<usize>> {
    if should.iter().all(Vec::is_empty) {
        for targets in &mut must {
            targets.sort_unstable();
            targets.dedup();
        }
        return must;
    }
    let all = must.iter().zip(&should).map(|(must, should)| must.iter().chain(should).copied().collect::<Vec<_>>()).collect::<Vec<_>>();
    let circle = components(&all);
    for (at, targets) in should.into_iter().enumerate() {
        must[at].extend(targets.into_iter().filter(|target| circle[at] != circle[*target]));
        must[at].sort_unstable();
        must[at].dedup();
    }
    must
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn needed_ones_come_first_and_ties_go_by_index() {
        assert_eq!(sort(&[vec![2], vec![], vec![1], vec![]]), Ok(vec![1, 2, 0, 3]));
    }
    #[test]
    fn a_cycle_is_named_from_end_to_end() {
        assert_eq!(sort(&[vec![1], vec![2], vec![1], vec![]]), Err(vec![1, 2, 1]));
    }
    #[test]
    fn components_are_the_circles() {
        let found = components(&[vec![1], vec![2], vec![0], vec![0], vec![]]);
        assert!(found[0] == found[1] && found[1] == found[2] && found[3] != found[0] && found[4] != found[3]);
    }
    #[test]
    fn wishes_that_close_a_circle_are_dropped() {
        assert_eq!(join(vec![vec![], vec![0]], vec![vec![1], vec![]]), vec![vec![], vec![0]]);
        assert_eq!(join(vec![vec![], vec![]], vec![vec![1], vec![]]), vec![vec![1], vec![]]);
    }
    #[test]
    fn depth_is_no_limit() {
        let chain = (0..200_000usize).map(|at| if at == 0 { vec![] } else { vec![at - 1] }).collect::<Vec<_>>();
        assert_eq!(sort(&chain).map(|order| order.len()), Ok(200_000));
        assert_eq!(components(&chain).into_iter().max(), Some(199_999));
    }
}
