//! A file that is replaced while a writer is about to fence in it. Each side raises its flag first, and looks at the
//! other's second.
#![cfg(all(unix, not(miri)))]

use super::*;

/// Two processes in one file: a writer that does not look at the path by itself, and a reader that finds the file gone.
struct Race {
    directory: TempDirectory,
    hands: Hands,
    writer: Local,
    reader: Local,
}

impl Race {
    fn new() -> Self {
        let (directory, hands) = (TempDirectory::new(), Hands::new());
        let (writer, reader) = (open(&directory.0, &Hands::new()), open(&directory.0, &hands));
        Self {
            directory,
            hands,
            writer,
            reader,
        }
    }

    /// Lets the reader find no fence in the old file, and move to a new one.
    fn replace(&self) {
        self.find_it_gone();
        assert!(self.reader.stamp([person()]).is_ok());
    }

    fn find_it_gone(&self) -> Option<Stamp> {
        fs::remove_file(self.directory.file()).unwrap();
        self.hands.look();
        self.reader.stamp([address()]).ok()
    }
}

#[test]
fn a_fence_set_in_a_file_that_has_just_been_replaced_is_set_in_the_new_one() {
    let race = Race::new();
    let hold = race.writer.change(|writing| {
        race.replace();
        writing.fence(&[person()], SERVER, || 0)
    });
    assert!(race.reader.stamp([person()]).is_err());
    let fence = Fence::new(race.writer.clone(), hold);
    fence.lift();
    assert!(
        race.reader.stamp([person()]).is_ok(),
        "by the writer itself, not the ghost"
    );
}

#[test]
fn an_invalidation_in_a_file_that_has_just_been_replaced_counts_in_the_new_one() {
    let race = Race::new();
    let stamp = race.writer.change(|writing| {
        race.replace();
        let stamp = race.reader.stamp([person()]).unwrap();
        writing.bump(&[person()]);
        stamp
    });
    assert!(!race.reader.is_valid(&stamp));
}

#[test]
fn a_process_that_brings_fences_into_a_replaced_file_goes_on_to_the_next() {
    let race = Race::new();
    let another = Hands::new();
    let third = open(&race.directory.0, &another);
    let mut writing = race.writer.writing();
    let _hold = writing.fence(&[person()], SERVER, || 0);
    assert!(race.find_it_gone().is_some());
    let directory = race.writer.0.directory.as_ref().unwrap();
    directory
        .look(&mut writing, &race.writer.0.current, another.0.load(SeqCst))
        .unwrap();
    // A third file appears between the move to the second file and the check that it is still in place. The process
    // that created the third saw the fence go.
    let second = race.writer.0.current.load_full().unwrap();
    second.retire();
    fs::remove_file(race.directory.file()).unwrap();
    race.writer.follow(&mut writing).unwrap();
    another.look();
    assert!(!race.writer.0.current.load().as_ref().unwrap().is_retired());
    assert!(third.stamp([person()]).is_err() && third.stamp([address()]).is_ok());
}

#[test]
fn the_file_is_retired_before_its_fences_are_counted() {
    let race = Race::new();
    let old = race.reader.0.current.load_full().unwrap();
    // The count finds a fence, and then waits for the ghost's lock.
    let other = open(&race.directory.0, &Hands::new());
    let _other = other.fence(&[address()], SERVER);
    let ghost = writer_lock::open(&race.directory.0, layout::GHOST).unwrap();
    ghost.lock().unwrap();
    std::thread::scope(|scope| {
        let replacer = scope.spawn(|| race.find_it_gone());
        while !old.is_retired() && !replacer.is_finished() {
            std::thread::yield_now();
        }
        assert!(
            !replacer.is_finished(),
            "it waited in vain, and the file was not retired"
        );
        ghost.unlock().unwrap();
        let _fence = race.writer.fence(&[person()], SERVER);
        assert!(replacer.join().unwrap().is_none(), "the other's fence is the ghost's");
        assert!(race.reader.stamp([person()]).is_err());
        assert!(!race.reader.0.current.load().as_ref().unwrap().is_retired());
    });
}
