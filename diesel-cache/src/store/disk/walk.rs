//! The leaves of the index and of content: two levels of directories named by two hexadecimal digits each.

use std::fs::{self, DirEntry};
use std::io;
use std::path::{Path, PathBuf};

use super::random::Random;

/// What a directory has; nothing if it cannot be read.
pub(super) fn list(directory: &Path) -> Vec<DirEntry> {
    fs::read_dir(directory).into_iter().flatten().filter_map(io::Result::ok).collect()
}

/// The directories in a directory whose names are two digits.
pub(super) fn branches(directory: &Path) -> Vec<PathBuf> {
    let is_branch = |entry: &DirEntry| {
        entry.file_name().len() == 2 && entry.file_type().is_ok_and(|kind| kind.is_dir())
    };
    list(directory).iter().filter(|entry| is_branch(entry)).map(DirEntry::path).collect()
}

/// Every leaf below `root`.
pub(super) fn leaves(root: &Path) -> impl Iterator<Item = PathBuf> {
    branches(root).into_iter().flat_map(|branch| branches(&branch))
}

/// Some leaves below `root`: those of one branch, from a random one on; none if there are no leaves.
pub(super) fn some_leaves(root: &Path, random: &Random) -> Vec<PathBuf> {
    // Nearly always there are all 256, or so few that a list is short.
    let guess = root.join(format!("{:02x}", random.next() & 0xff));
    let mut leaves = branches(&guess);
    if leaves.is_empty() {
        let all = branches(root);
        if all.is_empty() {
            return Vec::new();
        }
        leaves = branches(&all[random.below(all.len())]);
    }
    let first = random.below(leaves.len());
    leaves.rotate_left(first);
    leaves
}
