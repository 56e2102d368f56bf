//! The order of eviction, simulated without files: the share of requests that find their entry.

use std::collections::{BTreeMap, HashMap};

use super::super::mark::UseMark;
use super::super::pool::{Candidate, Pool};
use super::*;

/// Returns requests for keys, distributed by Zipf's law.
fn zipf(exponent: f64, keys: usize, requests: usize) -> Vec<u64> {
    let mut sums = Vec::with_capacity(keys);
    let mut sum = 0.0;
    for rank in 1..=keys {
        sum += (rank as f64).powf(-exponent);
        sums.push(sum);
    }
    let mut state = 42_u64;
    (0..requests)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let at = (state >> 11) as f64 / (1_u64 << 53) as f64 * sum;
            sums.partition_point(|sum| *sum < at) as u64
        })
        .collect()
}

/// Inserts runs of keys that are requested only once.
fn with_scans(requests: &[u64], every: usize, length: u64) -> Vec<u64> {
    let mut next = 1 << 40;
    let mut all = Vec::new();
    for part in requests.chunks(every) {
        all.extend_from_slice(part);
        all.extend(next..next + length);
        next += length;
    }
    all
}

/// Returns the share of requests for keys below 2^40 that hit.
fn ratio(requests: &[u64], mut hits: impl FnMut(u64, u64) -> bool) -> f64 {
    let (mut hit, mut all) = (0, 0);
    for (time, key) in requests.iter().enumerate() {
        let is_hit = hits(*key, time as u64);
        if *key < 1 << 40 {
            hit += u64::from(is_hit);
            all += 1;
        }
    }
    hit as f64 / f64::from(all)
}

fn lru(requests: &[u64], capacity: usize) -> f64 {
    let (mut used, mut by_time) = (HashMap::new(), BTreeMap::new());
    ratio(requests, |key, time| {
        let before = used.insert(key, time);
        if let Some(before) = before {
            by_time.remove(&before);
        } else if used.len() > capacity {
            let (_, oldest) = by_time.pop_first().unwrap();
            used.remove(&oldest);
        }
        by_time.insert(time, key);
        before.is_some()
    })
}

/// Evicts as the store does, with samples of 16, of which four are evicted.
fn sampled(requests: &[u64], capacity: usize) -> f64 {
    let (mut keys, mut marks): (Vec<u64>, HashMap<u64, (usize, UseMark)>) = Default::default();
    let (mut pool, random) = (Pool::new(), super::super::random::Random::new());
    ratio(requests, |key, time| {
        if let Some((_, mark)) = marks.get_mut(&key) {
            *mark = UseMark::used(Millis(time));
            return true;
        }
        while keys.len() >= capacity {
            if pool.is_hungry() {
                let sample = (0..16).map(|_| keys[random.below(keys.len())]);
                pool.offer(
                    sample
                        .map(|entry| Candidate {
                            entry,
                            mark: marks[&entry].1,
                        })
                        .collect(),
                    4,
                );
            }
            let Some(worst) = pool.worst() else { continue };
            let Some((at, mark)) = marks.get(&worst.entry).copied() else {
                continue;
            };
            if mark == worst.mark {
                marks.remove(&worst.entry);
                keys.swap_remove(at);
                if let Some(moved) = keys.get(at) {
                    marks.get_mut(moved).unwrap().0 = at;
                }
            }
        }
        marks.insert(key, (keys.len(), UseMark::stored(Millis(time))));
        keys.push(key);
        false
    })
}

#[test]
fn eviction_is_no_worse_than_lru_and_far_better_in_scans() {
    let requests = zipf(1.0, 20_000, 200_000);
    let (exact, ours) = (lru(&requests, 1000), sampled(&requests, 1000));
    assert!(ours > exact - 0.01, "LRU {exact:.3}, this {ours:.3}");
    let requests = with_scans(&requests, 2000, 2000);
    let (exact, ours) = (lru(&requests, 1000), sampled(&requests, 1000));
    assert!(ours > exact + 0.1, "with scans: LRU {exact:.3}, this {ours:.3}");
}

/// When the popularity of keys changes, formerly popular entries must not fill the store.
#[test]
fn entries_that_were_used_long_ago_are_evicted() {
    let requests = zipf(1.0, 20_000, 100_000);
    let moved: Vec<_> = requests.iter().map(|key| key + 100_000).collect();
    let all = [&requests[..], &moved[..]].concat();
    let second = |requests: &[u64]| sampled(requests, 1000);
    let (still, moved) = (second(&requests), second(&all));
    assert!(
        moved > still - 0.02,
        "{still:.3} when nothing changes, {moved:.3} when all does"
    );
}
