//! Sorting whose code exists once.
//!
//! The sorter of the standard library is compiled anew for every type and every comparison, some
//! kilobytes each, and whoever loads the engine over a network loads them all. Here only places are
//! sorted; then everything goes to its place. What is sorted rarely, or is short, is sorted so.

use std::cmp::Ordering;

/// Sorts; equals stay in their order.
pub(crate) fn arrange<T>(items: &mut [T], mut compare: impl FnMut(&T, &T) -> Ordering) {
    let mut places = places(items.len(), &mut |a, b| match (items.get(a), items.get(b)) {
        (Some(a), Some(b)) => compare(a, b),
        _ => Ordering::Equal,
    });
    for start in 0..items.len() {
        // Each item goes where the one before it came from, until the first is reached again.
        let mut at = start;
        while let Some(place) = places.get_mut(at) {
            let from = std::mem::replace(place, at);
            if from == start {
                break;
            }
            items.swap(at, from);
            at = from;
        }
    }
}

/// Sorts by a key.
pub(crate) fn arrange_by_key<T, K: Ord>(items: &mut [T], key: impl Fn(&T) -> K) {
    arrange(items, |a, b| key(a).cmp(&key(b)));
}

/// The places from which the first, the second … of so many things come.
#[inline(never)]
fn places(count: usize, compare: &mut dyn FnMut(usize, usize) -> Ordering) -> Vec<usize> {
    let mut places: Vec<usize> = (0..count).collect();
    places.sort_by(|&a, &b| compare(a, b));
    places
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{arrange, arrange_by_key};

    proptest! {
        #[test]
        fn it_sorts_as_the_standard_library(keys in prop::collection::vec(0_u8..20, 0..60)) {
            let items: Vec<(u8, String)> =
                keys.iter().enumerate().map(|(at, &key)| (key, at.to_string())).collect();
            let mut wanted = items.clone();
            wanted.sort_by_key(|(key, _)| *key);
            let mut by_key = items.clone();
            arrange_by_key(&mut by_key, |(key, _)| *key);
            prop_assert_eq!(&by_key, &wanted);
            let mut compared = items;
            arrange(&mut compared, |(a, _), (b, _)| a.cmp(b));
            prop_assert_eq!(compared, wanted);
        }
    }
}
