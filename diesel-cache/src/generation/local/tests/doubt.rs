//! What a writer's record says about the fences held.
#![cfg(not(miri))]

use std::sync::atomic::Ordering::SeqCst;

use super::layout::record;
use super::*;

fn record_of(generations: &Local) -> Vec<u64> {
    let id = generations.writing().own_id().unwrap();
    let mapped = generations.0.current.load_full().unwrap();
    mapped.map.record(id).iter().map(|word| word.load(SeqCst)).collect()
}

#[test]
fn the_strictest_terms_hold_for_all_fences() {
    let (directory, hands) = (TempDirectory::new(), Hands::new());
    let writer = open(&directory.0, &hands);
    let grace = |seconds| DoubtPolicy::Grace {
        grace: Duration::from_secs(seconds),
        session: None,
    };
    let file = writer.fence(&[person()], DoubtPolicy::AtDeath);
    assert_eq!(record_of(&writer)[record::GRACE], 0);
    let long = writer.fence(&[person()], grace(90));
    let short = writer.fence(&[address()], grace(30));
    assert_eq!(record_of(&writer)[record::GRACE], 90_000);
    [file, long, short].into_iter().for_each(Fence::lift);
    let file = writer.fence(&[person()], DoubtPolicy::AtDeath);
    assert_eq!(record_of(&writer)[record::GRACE], 0, "the other fences are lifted");
    file.lift();
}

#[test]
fn sessions_are_on_record_while_their_fences_stand() {
    let (directory, hands) = (TempDirectory::new(), Hands::new());
    let writer = open(&directory.0, &hands);
    let fences: Vec<_> = (1..=12).map(|id| writer.fence(&[person()], session(id))).collect();
    assert_eq!(record_of(&writer)[record::UNNAMED], 0);
    assert_eq!(record_of(&writer)[record::SESSIONS..][22..], [77, 12]);
    let one_too_many = writer.fence(&[person()], session(13));
    assert_eq!(record_of(&writer)[record::UNNAMED], 1, "only the grace settles it now");
    one_too_many.lift();
    fences.into_iter().for_each(Fence::lift);
    let ids = |record: Vec<u64>| record[record::SESSIONS..].iter().skip(1).step_by(2).sum::<u64>();
    assert_eq!(ids(record_of(&writer)), 0);
    let fence = writer.fence(&[person()], session(14));
    let record = record_of(&writer);
    assert_eq!((record[record::UNNAMED], ids(record)), (0, 14));
    fence.lift();
}

#[test]
fn without_a_lock_file_the_ghost_fences() {
    let (directory, hands) = (TempDirectory::new(), Hands::new());
    let (writer, reader) = (open(&directory.0, &hands), open(&directory.0, &hands));
    let stamp = reader.stamp([person()]).unwrap();
    // No lock file can be created where a file has the name of their directory.
    fs::remove_dir_all(directory.0.join("writers")).unwrap();
    fs::write(directory.0.join("writers"), "").unwrap();
    let fence = writer.fence(&[person()], SERVER);
    assert!(!reader.is_valid(&stamp) && reader.stamp([person()]).is_err());
    fence.lift();
    assert!(!reader.is_valid(&stamp));
}

#[test]
#[cfg_attr(miri, ignore)] // needs files
fn a_fence_shows_whose_it_is() {
    let (hands, directory) = (Hands::new(), TempDirectory::new());
    let [one, other] = [(); 2].map(|()| open(&directory.0, &hands));
    let fence = one.fence(&[person()], SERVER);
    let by = |generations: &Local| generations.written_by(person());
    assert_eq!(
        (by(&one), by(&other)),
        (Some(WrittenBy::ThisProcess), Some(WrittenBy::AnotherProcess))
    );
    assert_eq!(one.written_by(address()), None);
    fence.doubt();
    assert_eq!(by(&one), Some(WrittenBy::InDoubt));
    hands.forward(DOUBT_GRACE);
    hands.look();
    assert!(one.stamp([person()]).is_ok());
    assert_eq!((by(&one), by(&other)), (None, None));
}
