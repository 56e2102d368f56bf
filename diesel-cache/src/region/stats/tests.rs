use super::*;

#[test]
fn each_count_has_a_place_of_its_own() {
    let mut places: Vec<usize> = [
        Count::StaleHit,
        Count::Wait,
        Count::Store,
        Count::ReadFailure,
        Count::WriteFailure,
        Count::Invalidation,
        Count::Eviction,
        Count::QueryTime,
        Count::SavedTime,
    ]
    .into_iter()
    .chain(TIERS.map(Count::Hit))
    .chain(MISSES.map(Count::Miss))
    .chain(CAUSES.map(Count::Invalidated))
    .chain(BYPASSES.map(Count::Bypass))
    .chain(REFUSALS.map(Count::Refusal))
    .map(Count::place)
    .collect();
    places.sort_unstable();
    assert_eq!(places, (0..Count::NUMBER).collect::<Vec<_>>());
}
