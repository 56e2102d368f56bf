//! For how long nothing has changed: what a load from a replica relies on.

use super::*;
use crate::generation::Monotonic;

const LAG: Duration = Duration::from_secs(10);
const SECOND: Duration = Duration::from_secs(1);
const NEVER: Duration = Duration::ZERO;

/// The monotonic clock of a test.
#[derive(Clone, Default)]
struct Time(Arc<AtomicU64>);

impl Time {
    fn pass(&self, by: Duration) {
        self.0.fetch_add(by.as_millis() as u64, SeqCst);
    }

    fn options(&self, hands: &Hands) -> GenerationOptions {
        let now = Arc::clone(&self.0);
        GenerationOptions {
            monotonic: Monotonic::Injected(Arc::new(move || Duration::from_millis(now.load(SeqCst)))),
            ..hands.options()
        }
    }
}

fn soft() -> Slot {
    Slot::soft("", "default")
}

/// Returns for how long a table has not changed, as a load would ask.
fn unchanged(generations: &Local, slot: Slot) -> Duration {
    let softly = generations.read().generation(soft()).unwrap();
    let stamp = generations.stamp([slot]).unwrap();
    generations.unchanged_for(&stamp, (soft(), softly), false)
}

/// Generations of this process with a first snapshot, and their clock.
fn kept() -> (Local, Time) {
    let (time, hands) = (Time::default(), Hands::new());
    let generations = Local::in_process(time.options(&hands));
    generations.keep_history(LAG);
    (generations, time)
}

#[test]
fn nothing_is_known_without_snapshots_or_before_them() {
    let (time, hands) = (Time::default(), Hands::new());
    let generations = Local::in_process(time.options(&hands));
    time.pass(LAG);
    assert!(!generations.is_history_due());
    assert_eq!(unchanged(&generations, person()), NEVER);
    generations.keep_history(LAG);
    assert_eq!(unchanged(&generations, person()), NEVER);
    time.pass(SECOND);
    assert_eq!(unchanged(&generations, person()), SECOND);
}

#[test]
fn a_write_counts_from_its_end_and_other_tables_are_left_alone() {
    let (generations, time) = kept();
    time.pass(LAG);
    generations.fence(&[person()], SERVER).lift();
    assert_eq!(unchanged(&generations, person()), NEVER);
    assert_eq!(unchanged(&generations, address()), LAG);
    generations.record_history();
    time.pass(SECOND);
    assert_eq!(unchanged(&generations, person()), SECOND);
}

/// It becomes visible after the snapshot, which has the generation that comes after it only if it was lifted before.
#[test]
fn a_write_that_was_in_flight_at_the_snapshot_counts() {
    let (time, hands) = (Time::default(), Hands::new());
    let generations = Local::in_process(time.options(&hands));
    let fence = generations.fence(&[person()], SERVER);
    generations.keep_history(LAG);
    time.pass(LAG);
    fence.lift();
    assert_eq!(unchanged(&generations, person()), NEVER);
    assert_eq!(unchanged(&generations, address()), LAG);
}

/// A fence that is lifted without a move, and one in doubt.
#[test]
fn a_fence_in_the_snapshot_counts_whatever_becomes_of_it() {
    let (generations, time) = kept();
    time.pass(LAG);
    generations.fence(&[person()], session(1)).doubt();
    generations.record_history();
    time.pass(LAG);
    let softly = (soft(), 0);
    assert!(generations.stamp([person()]).is_err());
    let doubts = generations.doubts_to_ask("any");
    doubts.iter().for_each(|doubt| assert!(generations.settle(doubt)));
    let stamp = generations.stamp([person()]).unwrap();
    assert_eq!(generations.unchanged_for(&stamp, softly, false), NEVER);
}

#[test]
fn an_invalidation_by_hand_counts_and_so_does_a_soft_one() {
    let (generations, time) = kept();
    time.pass(LAG);
    generations.bump(&[person()]);
    assert_eq!(unchanged(&generations, person()), NEVER);
    assert_eq!(unchanged(&generations, address()), LAG);
    generations.bump(&[soft()]);
    assert_eq!(unchanged(&generations, address()), NEVER);
}

#[test]
fn one_snapshot_is_between_one_lag_and_two_lags_old() {
    let (generations, time) = kept();
    time.pass(LAG);
    for _ in 0..50 {
        generations.record_history();
        let known = unchanged(&generations, person());
        assert!((LAG..=2 * LAG).contains(&known), "{known:?}");
        time.pass(SECOND);
    }
    // After a rest, the old one is as good as it was.
    time.pass(10 * LAG);
    assert!(unchanged(&generations, person()) >= 11 * LAG);
}

#[test]
fn snapshots_are_taken_once_in_a_lag() {
    let (generations, time) = kept();
    let taken = || {
        let tracks = generations.0.history.tracks();
        Arc::as_ptr(tracks[0].newer.as_ref().unwrap()).addr()
    };
    let first = taken();
    time.pass(LAG - SECOND);
    assert!(!generations.is_history_due());
    generations.record_history();
    assert_eq!(taken(), first);
    time.pass(SECOND);
    assert!(generations.is_history_due());
    generations.record_history();
    assert_ne!(taken(), first);
    assert!(!generations.is_history_due());
}

/// A writer that read the list before the shape was on it does not move the slots of its rows. All of them were over
/// when the shape was used first, and only then.
#[test]
fn slots_of_rows_count_from_the_use_of_their_shape() {
    let (generations, time) = kept();
    let (list, shape) = (ShapeList::of("", "person"), ShapeId::new("", "person", ["id"]));
    let by_rows = |slot| {
        let stamp = generations.stamp([slot]).unwrap();
        generations.unchanged_for(&stamp, (soft(), 0), true)
    };
    let row = Slot::rows(shape, [7]);
    time.pass(LAG);
    // It knows no shape: of the rows it moves nothing.
    generations.fence(&[person()], SERVER).lift();
    assert!(generations.use_shape(list, shape, person()).is_some());
    assert_eq!(
        unchanged(&generations, row),
        LAG,
        "as it would be taken without the rule"
    );
    assert_eq!(by_rows(row), NEVER);
    generations.record_history();
    time.pass(SECOND);
    assert_eq!(by_rows(row), SECOND);
}

#[test]
#[cfg_attr(miri, ignore)] // needs files
fn writes_of_other_processes_count() {
    let (directory, hands, time) = (TempDirectory::new(), Hands::new(), Time::default());
    let generations = Local::open(&directory.0, time.options(&hands)).unwrap();
    generations.keep_history(LAG);
    let other = open(&directory.0, &hands);
    time.pass(LAG);
    other.fence(&[person()], SERVER).lift();
    assert_eq!(unchanged(&generations, person()), NEVER);
    assert_eq!(unchanged(&generations, address()), LAG);
}

/// In another file the numbers begin anew, and may be the same.
#[test]
#[cfg_attr(miri, ignore)] // needs files
fn snapshots_of_another_file_do_not_count() {
    let (directory, hands, time) = (TempDirectory::new(), Hands::new(), Time::default());
    let generations = Local::open(&directory.0, time.options(&hands)).unwrap();
    generations.keep_history(LAG);
    fs::remove_file(directory.file()).unwrap();
    hands.look();
    time.pass(LAG);
    assert_eq!(unchanged(&generations, person()), NEVER);
    generations.record_history();
    time.pass(LAG);
    assert_eq!(unchanged(&generations, person()), LAG);
}

#[test]
fn many_lags_share_snapshots() {
    let (generations, time) = kept();
    for seconds in 11..40 {
        generations.keep_history(Duration::from_secs(seconds));
    }
    assert_eq!(generations.0.history.tracks().len(), crate::generation::history::MOST);
    assert!(
        generations
            .0
            .history
            .tracks()
            .iter()
            .any(|track| track.lag == 39 * SECOND)
    );
    for _ in 0..200 {
        time.pass(SECOND);
        generations.record_history();
    }
    assert!(unchanged(&generations, person()) >= 39 * SECOND);
    generations.keep_history(Duration::ZERO);
    generations.keep_history(Duration::MAX);
    time.pass(LAG);
    generations.record_history();
    assert!(unchanged(&generations, person()) >= LAG);
}
