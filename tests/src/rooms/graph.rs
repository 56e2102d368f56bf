//! Circles in a graph.

use std::collections::{BTreeMap, BTreeSet};

/// Returns the sets of two or more nodes that reach each other.
pub(super) fn circles<'a>(arrows: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<BTreeSet<&'a str>> {
    let mut next: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (from, to) in arrows {
        if from != to {
            next.entry(from).or_default().insert(to);
        }
    }
    let reached: BTreeMap<&str, BTreeSet<&str>> = next.keys().map(|node| (*node, reach(&next, node))).collect();
    let mut circles: Vec<BTreeSet<&str>> = Vec::new();
    for (node, there) in &reached {
        let back = |other: &&&str| reached.get(**other).is_some_and(|others| others.contains(node));
        let circle: BTreeSet<&str> = there.iter().filter(back).copied().collect();
        if circle.contains(node) && !circles.contains(&circle) {
            circles.push(circle);
        }
    }
    circles
}

fn reach<'a>(next: &BTreeMap<&'a str, BTreeSet<&'a str>>, from: &str) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut open = vec![from];
    while let Some(node) = open.pop() {
        for to in next.get(node).into_iter().flatten() {
            if reached.insert(*to) {
                open.push(to);
            }
        }
    }
    reached
}

#[test]
fn circles_are_found_and_nothing_else() {
    assert_eq!(
        circles([("a", "b"), ("b", "c"), ("a", "c"), ("c", "c")]),
        Vec::<BTreeSet<&str>>::new()
    );
    let found = circles([("a", "b"), ("b", "c"), ("c", "b"), ("c", "d"), ("d", "e"), ("e", "d")]);
    assert_eq!(found, [BTreeSet::from(["b", "c"]), BTreeSet::from(["d", "e"])]);
}
