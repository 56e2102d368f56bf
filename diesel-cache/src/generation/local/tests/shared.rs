//! What two users of one directory, or of one process, see of each other.

use super::*;

/// Runs the same scenario in one process and through a file.
fn everywhere(test: impl Fn(&Local, &Local)) {
    let alone = Local::in_process(Hands::new().options());
    test(&alone, &alone.clone());
    if !cfg!(miri) {
        let directory = TempDirectory::new();
        let hands = Hands::new();
        test(&open(&directory.0, &hands), &open(&directory.0, &hands));
    }
}

#[test]
fn a_bump_invalidates_what_depends_on_it_and_nothing_else() {
    everywhere(|a, b| {
        let (people, both) = (
            a.stamp([person()]).unwrap(),
            b.stamp([address(), person(), address()]).unwrap(),
        );
        let key = a.stamp([Slot::key(&[1; 32])]).unwrap();
        assert!(a.is_valid(&both) && b.is_valid(&people));
        a.bump(&[address()]);
        assert!(b.is_valid(&people) && b.is_valid(&key));
        assert!(!a.is_valid(&both) && !b.is_valid(&both));
    });
}

#[test]
fn a_fence_refuses_stamps_and_hits_until_it_is_lifted() {
    everywhere(|a, b| {
        let (people, others) = (b.stamp([person()]).unwrap(), b.stamp([address()]).unwrap());
        let fence = a.fence(&[person()], SERVER);
        assert!(!b.is_valid(&people) && b.stamp([address(), person()]).is_err());
        assert!(b.is_valid(&others));
        fence.lift();
        assert!(!b.is_valid(&people), "a new generation");
        let new = b.stamp([person()]).unwrap();
        assert!(a.is_valid(&new));
    });
}

#[test]
fn the_last_of_several_fences_clears_the_slot() {
    everywhere(|a, b| {
        let people = a.stamp([person()]).unwrap();
        let (one, two, three) = (
            a.fence(&[person()], SERVER),
            a.fence(&[person()], SERVER),
            b.fence(&[person()], SERVER),
        );
        one.lift();
        assert!(a.stamp([person()]).is_err());
        two.lift();
        assert!(a.stamp([person()]).is_err());
        three.lift();
        assert!(a.stamp([person()]).is_ok() && !a.is_valid(&people));
    });
}

#[test]
fn an_abandoned_fence_outlasts_the_grace_and_no_more() {
    let hands = Hands::new();
    let alone = Local::in_process(hands.options());
    let people = alone.stamp([person()]).unwrap();
    alone.fence(&[person()], SERVER).doubt();
    drop(alone.fence(&[address()], DoubtPolicy::AtDeath));
    hands.forward(DOUBT_GRACE - Duration::from_millis(1));
    assert!(alone.stamp([person()]).is_err() && alone.stamp([address()]).is_err());
    hands.forward(Duration::from_secs(1));
    assert!(alone.stamp([person()]).is_ok() && alone.stamp([address()]).is_ok());
    assert!(!alone.is_valid(&people));
}

#[test]
#[cfg_attr(miri, ignore)] // needs files
fn an_abandoned_fence_of_an_idle_table_is_swept_too() {
    let (directory, hands) = (TempDirectory::new(), Hands::new());
    let (a, b) = (open(&directory.0, &hands), open(&directory.0, &hands));
    a.fence(&[person()], session(5)).doubt();
    hands.forward(DOUBT_GRACE * 2);
    assert!(b.stamp([person()]).is_err(), "a lives: only a may lift it");
    assert!(a.stamp([address()]).is_ok(), "any use of a will do");
    hands.look();
    assert!(b.stamp([person()]).is_ok());
}

#[test]
fn a_session_known_to_be_gone_settles_an_abandoned_fence() {
    everywhere(|a, _| {
        a.fence(&[person()], session(5)).doubt();
        a.fence(&[address()], session(6)).doubt();
        let doubts = a.doubts();
        assert_eq!(
            doubts.iter().map(|doubt| doubt.sessions[0].id).collect::<Vec<_>>(),
            [5, 6]
        );
        assert!(a.settle(&doubts[0]) && !a.settle(&doubts[0]));
        assert!(a.stamp([person()]).is_ok() && a.stamp([address()]).is_err());
    });
}

#[test]
fn stamps_of_another_directory_are_of_another_epoch() {
    let (a, b) = (
        Local::in_process(GenerationOptions::default()),
        Local::in_process(GenerationOptions::default()),
    );
    let stamp = a.stamp([]).unwrap();
    assert!(a.is_valid(&stamp) && !b.is_valid(&stamp));
}

#[test]
#[cfg_attr(miri, ignore)] // needs files
fn the_449th_writer_fences_too() {
    let (directory, hands) = (TempDirectory::new(), Hands::new());
    let reader = open(&directory.0, &hands);
    let holders: Vec<_> = (0..layout::CLAIMABLE)
        .map(|id| {
            let lock = writer_lock::open(&directory.0, id).unwrap();
            lock.lock().unwrap();
            lock
        })
        .collect();
    let (one, two) = (open(&directory.0, &hands), open(&directory.0, &hands));
    let people = reader.stamp([person()]).unwrap();
    let (first, second) = (
        one.fence(&[person()], DoubtPolicy::AtDeath),
        two.fence(&[person()], DoubtPolicy::AtDeath),
    );
    assert!(reader.stamp([person()]).is_err());
    first.lift();
    hands.look();
    assert!(
        reader.stamp([person()]).is_err(),
        "the other process still holds the fence"
    );
    second.lift();
    hands.look();
    assert!(reader.stamp([person()]).is_ok() && !reader.is_valid(&people));
    // With a server behind it, a lift under the shared id cannot be told from a death: the grace must pass.
    one.fence(&[person()], SERVER).lift();
    hands.look();
    assert!(reader.stamp([person()]).is_err());
    hands.forward(DOUBT_GRACE);
    assert!(reader.stamp([person()]).is_ok());
    drop(holders);
    one.fence(&[person()], SERVER).lift();
    assert!(reader.stamp([person()]).is_ok(), "an id of its own again");
}
