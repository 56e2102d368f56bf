//! What the steps of a task leave out, and where it is done instead.
#![cfg(all(unix, not(miri)))]

use std::sync::mpsc;
use std::thread;

use super::process::Actor;
use super::*;
use crate::wait::{TaskStep, off_task};

fn must_block(generations: &Local, slot: Slot) -> bool {
    generations.stamp([slot]) == Err(Unstamped::MustBlock)
}

fn is_fenced(generations: &Local) -> bool {
    let mapped = generations.0.current.load_full().unwrap();
    line::read(&mapped.map.lines()[person().index() as usize]).is_none()
}

#[test]
fn a_missing_file_is_created_again_off_the_task() {
    let (directory, hands) = (TempDirectory::new(), Hands::new());
    let generations = open(&directory.0, &hands);
    let old = generations.stamp([person()]).unwrap();
    let _step = TaskStep::begin();
    assert!(!must_block(&generations, person()) && generations.is_valid(&old));
    fs::remove_dir_all(&directory.0).unwrap();
    hands.look();
    assert!(!generations.is_valid(&old) && generations.stamp([person()]).is_err());
    assert!(must_block(&generations, person()) && !directory.0.exists());
    off_task(|| generations.stamp([person()])).unwrap();
    assert!(!generations.is_valid(&old) && generations.stamp([person()]).is_ok());
    assert!(!must_block(&generations, person()) && directory.file().exists());
}

#[test]
fn a_replaced_file_is_left_at_once_and_the_new_one_opened_off_the_task() {
    let (directory, hands, slow) = (TempDirectory::new(), Hands::new(), Hands::new());
    let (quick, slow) = (open(&directory.0, &hands), open(&directory.0, &slow));
    let old = slow.stamp([person()]).unwrap();
    fs::remove_file(directory.file()).unwrap();
    hands.look();
    let new = quick.stamp([person()]).unwrap();
    let _step = TaskStep::begin();
    assert!(!slow.is_valid(&old) && !slow.is_valid(&new), "it has only the old one");
    off_task(|| slow.stamp([person()])).unwrap();
    assert!(!slow.is_valid(&old) && slow.is_valid(&new));
}

#[test]
fn a_dead_writers_fences_are_lifted_off_the_task() {
    let (directory, hands) = (TempDirectory::new(), Hands::new());
    let reader = open(&directory.0, &hands);
    let old = reader.stamp([person()]).unwrap();
    Actor::new("writer-to-file", &directory.0).until("fenced").kill();
    let _step = TaskStep::begin();
    assert!(!reader.is_valid(&old) && reader.stamp([person()]).is_err());
    assert!(must_block(&reader, person()) && is_fenced(&reader));
    off_task(|| reader.stamp([person()])).unwrap();
    assert!(!must_block(&reader, person()) && reader.stamp([person()]).is_ok());
    assert!(!reader.is_valid(&old));
}

/// Other processes cannot tell abandoned fences from those of a write in progress, so they must not stay.
#[test]
fn abandoned_fences_are_lifted_in_tasks_too() {
    let (directory, hands) = (TempDirectory::new(), Hands::new());
    let (writer, reader) = (open(&directory.0, &hands), open(&directory.0, &hands));
    let of_another = writer.stamp([address()]).unwrap();
    writer.fence(&[person()], SERVER).doubt();
    let _step = TaskStep::begin();
    assert!(writer.is_valid(&of_another) && is_fenced(&reader));
    hands.forward(DOUBT_GRACE);
    assert!(writer.is_valid(&of_another) && !is_fenced(&reader));
}

#[test]
fn a_task_does_not_wait_for_a_writer() {
    let (directory, hands) = (TempDirectory::new(), Hands::new());
    let generations = open(&directory.0, &hands);
    let stamp = generations.stamp([person()]).unwrap();
    generations.fence(&[address()], SERVER).doubt();
    let writing = generations.writing();
    hands.forward(DOUBT_GRACE);
    let (task, (sender, done)) = (generations.clone(), mpsc::channel());
    thread::spawn(move || {
        let _step = TaskStep::begin();
        let valid = task.is_valid(&stamp);
        sender.send((valid, must_block(&task, address()))).unwrap();
    });
    assert_eq!(done.recv_timeout(Duration::from_secs(60)), Ok((true, true)));
    drop(writing);
    let _step = TaskStep::begin();
    assert!(
        !must_block(&generations, address()),
        "the next look is not a quarter of a second away"
    );
}
