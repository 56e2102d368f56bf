//! The leaves of the index and of content: two levels of directories named by two hexadecimal digits each.

use std::fs::{self, DirEntry};
use std::io;
use std::path::{Path, PathBuf};

use super::random::Random;

/// Lists a directory. The list is empty if the directory cannot be read.
pub(super) fn list(directory: &Path) -> Vec<DirEntry> {
    fs::read_dir(directory)
        .into_iter()
        .flatten()
        .filter_map(io::Result::ok)
        .collect()
}

/// Lists a directory, or returns an error if a part of it cannot be read. A directory that does not exist is empty.
pub(super) fn list_all(directory: &Path) -> io::Result<Vec<DirEntry>> {
    match fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        entries => entries?.collect(),
    }
}

/// Returns the directories in a directory whose names have two characters.
pub(super) fn branches(directory: &Path) -> Vec<PathBuf> {
    branches_of(&list(directory))
}

fn branches_of(entries: &[DirEntry]) -> Vec<PathBuf> {
    let is_branch =
        |entry: &&DirEntry| entry.file_name().len() == 2 && entry.file_type().is_ok_and(|kind| kind.is_dir());
    entries.iter().filter(is_branch).map(DirEntry::path).collect()
}

/// Passes every leaf below `root` to `see`, with its files.
///
/// # Errors
///
/// If a directory could not be read. All others have been passed.
pub(super) fn all_leaves(root: &Path, mut see: impl FnMut(&Path, &[DirEntry])) -> io::Result<()> {
    let mut result = Ok(());
    let mut look = |directory: &Path| {
        list_all(directory).unwrap_or_else(|error| {
            result = Err(error);
            list(directory)
        })
    };
    for branch in branches_of(&look(root)) {
        for leaf in branches_of(&look(&branch)) {
            see(&leaf, &look(&leaf));
        }
    }
    result
}

/// Returns every leaf below `root`.
pub(super) fn leaves(root: &Path) -> impl Iterator<Item = PathBuf> {
    branches(root).into_iter().flat_map(|branch| branches(&branch))
}

/// Returns every leaf below `root`, beginning with a random one. Directories are read as the iterator advances.
pub(super) fn leaves_from_anywhere(root: &Path, random: &Random) -> impl Iterator<Item = PathBuf> {
    let shift = random.next();
    let mut all = branches(root);
    if !all.is_empty() {
        let middle = (random.next() % all.len() as u64) as usize;
        all.rotate_left(middle);
    }
    all.into_iter().enumerate().flat_map(move |(number, branch)| {
        let mut leaves = branches(&branch);
        if number == 0 && !leaves.is_empty() {
            let middle = (shift % leaves.len() as u64) as usize;
            leaves.rotate_left(middle);
        }
        leaves
    })
}
