//! A directory that is deleted, replaced or damaged while processes use it.
#![cfg(all(unix, not(miri)))]

use super::*;

#[test]
fn a_deleted_directory_comes_back_without_its_entries() {
    let (directory, hands) = (TempDirectory::new(), Hands::new());
    let generations = open(&directory.0, &hands);
    let old = generations.stamp([person()]).unwrap();
    fs::remove_dir_all(&directory.0).unwrap();
    hands.look();
    assert!(!generations.is_valid(&old));
    assert!(directory.file().exists());
    let new = generations.stamp([person()]).unwrap();
    assert!(generations.is_valid(&new));
}

#[test]
fn others_notice_a_replacement_at_once() {
    let (directory, hands, slow) = (TempDirectory::new(), Hands::new(), Hands::new());
    let (quick, slow) = (open(&directory.0, &hands), open(&directory.0, &slow));
    let old = slow.stamp([person()]).unwrap();
    fs::remove_file(directory.file()).unwrap();
    hands.look();
    let new = quick.stamp([person()]).unwrap();
    assert!(
        !slow.is_valid(&old) && slow.is_valid(&new),
        "its own clock has not moved"
    );
}

#[test]
fn writes_that_went_to_the_old_file_count_in_the_new_one() {
    let (directory, hands) = (TempDirectory::new(), Hands::new());
    let writer = open(&directory.0, &hands);
    writer.bump(&[person()]);
    fs::remove_dir_all(&directory.0).unwrap();
    let newcomer = open(&directory.0, &Hands::new());
    let read_before = newcomer.stamp([address()]).unwrap();
    writer.bump(&[address()]); // to the old file, because the writer has not noticed yet
    assert!(
        newcomer.is_valid(&read_before),
        "the price of looking four times a second"
    );
    hands.look();
    assert!(writer.stamp([person()]).is_ok());
    assert!(!newcomer.is_valid(&read_before));
}

#[test]
fn fences_move_to_the_new_file() {
    let (directory, hands) = (TempDirectory::new(), Hands::new());
    let (writer, reader) = (open(&directory.0, &hands), open(&directory.0, &hands));
    let fence = writer.fence(&[person()], session(9));
    fs::remove_dir_all(&directory.0).unwrap();
    hands.look();
    assert!(writer.stamp([address()]).is_ok() && writer.stamp([person()]).is_err());
    assert!(reader.stamp([address()]).is_ok() && reader.stamp([person()]).is_err());
    let newcomer = open(&directory.0, &hands);
    assert!(newcomer.stamp([person()]).is_err());
    fence.lift();
    assert!(newcomer.stamp([person()]).is_ok() && reader.stamp([person()]).is_ok());
}

#[test]
fn a_write_in_progress_is_covered_when_a_reader_replaces_the_file() {
    let (directory, hands) = (TempDirectory::new(), Hands::new());
    let (writer, reader) = (open(&directory.0, &Hands::new()), open(&directory.0, &hands));
    let fence = writer.fence(&[person()], SERVER);
    fs::remove_dir_all(&directory.0).unwrap();
    hands.look();
    assert!(reader.stamp([address()]).is_ok());
    assert!(
        reader.stamp([person()]).is_err(),
        "the writer's statement may still commit"
    );
    let before = reader.stamp([address()]).unwrap();
    fence.lift();
    assert!(!reader.is_valid(&before), "it has noticed, and there is a new epoch");
    hands.forward(DOUBT_GRACE);
    assert!(reader.stamp([person()]).is_ok());
}

#[test]
fn nothing_is_valid_while_the_directory_cannot_be_made() {
    let (directory, hands) = (TempDirectory::new(), Hands::new());
    let generations = open(&directory.0, &hands);
    let old = generations.stamp([person()]).unwrap();
    fs::remove_dir_all(&directory.0).unwrap();
    fs::write(&directory.0, "in the way").unwrap();
    hands.look();
    assert!(!generations.is_valid(&old) && generations.stamp([]).is_err());
    let fence = generations.fence(&[person()], SERVER); // the write goes on
    generations.bump(&[address()]);
    fs::remove_file(&directory.0).unwrap();
    hands.look();
    assert!(generations.stamp([address()]).is_ok());
    assert!(
        generations.stamp([person()]).is_err(),
        "the process remembered the fence"
    );
    assert!(open(&directory.0, &hands).stamp([person()]).is_err());
    fence.lift();
    assert!(generations.stamp([person()]).is_ok() && !generations.is_valid(&old));
}

#[test]
fn a_truncated_file_is_replaced_and_not_touched() {
    let (directory, hands) = (TempDirectory::new(), Hands::new());
    let generations = open(&directory.0, &hands);
    let old = generations.stamp([person()]).unwrap();
    let file = fs::File::options().write(true).open(directory.file()).unwrap();
    file.set_len(4096).unwrap(); // the header stays, which the check reads before it looks
    hands.look();
    assert!(!generations.is_valid(&old) && generations.stamp([person()]).is_ok());
}

#[test]
fn a_lost_lock_file_is_no_proof_of_death() {
    let (directory, hands) = (TempDirectory::new(), Hands::new());
    let (writer, reader) = (open(&directory.0, &hands), open(&directory.0, &hands));
    for damage in [
        |path: &Path| drop(fs::remove_file(path)),
        |path: &Path| {
            fs::remove_file(path).unwrap();
            fs::write(path, "").unwrap(); // a file that any process can lock
        },
    ] {
        let fence = writer.fence(&[person()], DoubtPolicy::AtDeath);
        let before = reader.stamp([address()]).unwrap();
        fs::read_dir(directory.0.join("writers"))
            .unwrap()
            .for_each(|entry| damage(&entry.unwrap().path()));
        hands.look();
        assert!(reader.stamp([person()]).is_err());
        assert!(!reader.is_valid(&before), "another file");
        assert!(reader.stamp([person()]).is_err(), "and fenced there");
        fence.lift();
        hands.look();
        hands.forward(DOUBT_GRACE);
        assert!(reader.stamp([person()]).is_ok());
        hands.look();
    }
}
