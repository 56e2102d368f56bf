//! What a load stores its rows under, when the file of the generations is replaced meanwhile.
#![cfg(all(unix, not(miri)))]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use super::World;
use crate::cacheable::Cacheable;
use crate::engine::{FirstProbe, Step};
use crate::generation::{BootClock, GenerationOptions, Generations};
use crate::wait::{Blocking, TaskStep, now};

/// A step of a task does not map another file. The blocking work behind it takes the stamp and the soft generation
/// from the same one, even where there is no other thread than the task's.
#[test]
fn the_stamp_and_the_soft_generation_are_of_one_file() {
    let directory = tempfile::TempDir::new().unwrap();
    let path = directory.path().join("generations");
    let time = Arc::new(AtomicU64::new(1_000_000_000));
    let open = || {
        let clock = BootClock::Manual(Arc::clone(&time));
        let options = GenerationOptions {
            clock,
            ..GenerationOptions::default()
        };
        Generations::open(&path, options).unwrap()
    };
    let world = World::of(open());
    let peer = world.peer(|_| {});
    std::fs::remove_dir_all(&path).unwrap();
    open().bump(&[peer.scope.slots.soft]);
    time.fetch_add(1_000, SeqCst); // past the interval between two looks at the path
    let request = peer.request();
    let Step::Fill(ticket) = ({
        let _step = TaskStep::begin();
        now(request.begin(&Blocking, FirstProbe::NONE))
    }) else {
        panic!("the new file can be mapped");
    };
    let rows = crate::cacheable::encode_rows(&[1_i32]).unwrap();
    now(request.store(&Blocking, ticket, i32::LAYOUT, rows, false));
    assert_eq!(peer.load(2), 1, "the rows are as new as the soft invalidation");
}
