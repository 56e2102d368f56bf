//! Fences of statements that have begun. Their connection lifts them, or a caller that learns that they are over.
#![cfg(not(miri))]

use super::*;

fn begun(database: &str) -> Begun {
    Begun {
        database: database.into(),
        session: None,
        locked: ["person".into()].into(),
    }
}

/// Returns a fence whose statement has begun.
fn shared(generations: &Local, slot: Slot, database: &str) -> Fence {
    let mut fence = generations.fence(&[slot], SERVER);
    fence.share(begun(database));
    fence
}

#[test]
fn a_caller_that_learns_that_the_statement_is_over_lifts_its_fence() {
    let (directory, hands) = (TempDirectory::new(), Hands::new());
    let (writer, reader) = (open(&directory.0, &hands), open(&directory.0, &hands));
    let stamp = writer.stamp([person()]).unwrap();
    let fence = shared(&writer, person(), "here");
    assert!(writer.stamp([person()]).is_err() && reader.stamp([person()]).is_err());
    assert_eq!(writer.doubts_to_ask("elsewhere"), []);
    let doubts = writer.doubts_to_ask("here");
    assert_eq!(
        doubts.iter().map(|doubt| doubt.begun.clone()).collect::<Vec<_>>(),
        [Some(begun("here"))]
    );
    assert!(writer.settle(&doubts[0]));
    assert!(!writer.settle(&doubts[0]), "once");
    assert!(!writer.is_valid(&stamp), "there is a new generation");
    let stamp = writer.stamp([person()]).unwrap();
    assert!(reader.stamp([person()]).is_ok());
    // Its connection, which is answered later, has nothing left to do.
    fence.lift();
    assert!(writer.is_valid(&stamp));
}

#[test]
fn the_connection_may_lift_its_fence_first() {
    let generations = Local::in_process(Hands::new().options());
    let fence = shared(&generations, person(), "here");
    let doubts = generations.doubts_to_ask("here");
    fence.lift();
    let stamp = generations.stamp([person()]).unwrap();
    assert!(!generations.settle(&doubts[0]));
    assert!(generations.is_valid(&stamp));
    assert_eq!(generations.doubts_to_ask("here"), []);
}

#[test]
fn an_answer_does_not_cover_statements_that_begin_after_the_question() {
    let hands = Hands::new();
    let generations = Local::in_process(hands.options());
    let first = shared(&generations, person(), "here");
    let doubts = generations.doubts_to_ask("here");
    let second = shared(&generations, person(), "here");
    assert!(generations.settle(&doubts[0]));
    assert!(generations.stamp([person()]).is_err());
    // The database is asked about a new fence at once, but not about an earlier one again for a moment.
    let third = shared(&generations, address(), "here");
    assert_eq!(generations.doubts_to_ask("here").len(), 1, "both by one question");
    assert_eq!(generations.doubts_to_ask("here"), []);
    hands.look();
    let doubts = generations.doubts_to_ask("here");
    assert!(generations.settle(&doubts[0]));
    assert!(generations.stamp([person(), address()]).is_ok());
    [first, second, third].into_iter().for_each(Fence::lift);
}

#[test]
fn the_grace_begins_when_its_connection_is_gone() {
    let (directory, hands) = (TempDirectory::new(), Hands::new());
    let generations = open(&directory.0, &hands);
    let fence = shared(&generations, person(), "here");
    hands.forward(2 * DOUBT_GRACE);
    assert!(generations.stamp([person()]).is_err(), "the connection lives");
    drop(fence);
    hands.forward(DOUBT_GRACE / 2);
    assert!(generations.stamp([person()]).is_err());
    assert_eq!(
        generations.doubts_to_ask("here").len(),
        1,
        "it can still be asked about"
    );
    hands.forward(DOUBT_GRACE);
    assert!(generations.stamp([person()]).is_ok());
    assert_eq!(generations.doubts_to_ask("here"), []);
}
