//! The directory of the generations, and mapping the file in it.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwapOption;

use super::file::{Found, MappedFile};
use super::identity::FileId;
use super::layout::GHOST;
use super::writing::Writing;
use super::{ghost, line};

/// The directory of a cache, and the grace of doubts in milliseconds.
#[derive(Debug)]
pub(super) struct Directory {
    pub(super) path: PathBuf,
    pub(super) grace: u64,
}

impl Directory {
    /// Looks at the path, and maps the file that is there now. Readers find the file in `current`, which is `None`
    /// if no file can be used.
    pub(super) fn look(&self, writing: &mut Writing, current: &ArcSwapOption<MappedFile>, now: u64) -> io::Result<()> {
        let Some(old) = writing.mapped.clone() else {
            return self.map(writing, current, None, now);
        };
        match if old.is_retired_safely() {
            Found::Other
        } else {
            old.look()
        } {
            Found::Same => {
                if current.load().is_none() {
                    current.store(Some(old));
                }
                Ok(())
            }
            Found::Other => self.map(writing, current, None, now),
            Found::Unknown => {
                current.store(None);
                Err(io::Error::other("the cache's directory cannot be read"))
            }
        }
    }

    /// Maps a new file in place of the present one, which is damaged.
    pub(super) fn replace(
        &self,
        writing: &mut Writing,
        current: &ArcSwapOption<MappedFile>,
        now: u64,
    ) -> io::Result<()> {
        let id = writing.mapped.as_ref().and_then(|mapped| mapped.id());
        self.map(writing, current, id, now)
    }

    fn map(
        &self,
        writing: &mut Writing,
        current: &ArcSwapOption<MappedFile>,
        instead_of: Option<FileId>,
        now: u64,
    ) -> io::Result<()> {
        let old = writing.mapped.clone();
        // Memory beyond a file's end must not be touched, not even to mark the file as retired.
        let old = old.filter(|old| old.is_whole());
        if old.is_none() {
            writing.mapped = None;
        }
        let own = writing.own_id();
        let opened = MappedFile::open(&self.path, instead_of, now, self.grace).and_then(|new| {
            if let Some(old) = old.as_ref().filter(|old| old.id() != new.id()) {
                old.retire(); // before its fences are looked at: see `follow`
                inherit(old, &new, own, self.grace, now)?;
            }
            Ok(new)
        });
        let new = match opened {
            Ok(new) => Arc::new(new),
            Err(error) => {
                current.store(None);
                writing.forget_unless_fencing();
                return Err(error);
            }
        };
        if let Some(old) = old.as_ref().filter(|old| old.id() == new.id()) {
            current.store(Some(Arc::clone(old))); // the file was away for a moment
            return Ok(());
        }
        writing.move_to(Arc::clone(&new), now);
        current.store(Some(new));
        Ok(())
    }
}

/// Copies the fences that other processes hold in the old file to the new one, in the ghost's name. They may stand for
/// writes in progress, of processes that have not noticed yet that the file is gone. The ghost's fences stay until the
/// grace is over, or until those processes arrive, which starts a new epoch.
fn inherit(old: &MappedFile, new: &MappedFile, own: Option<usize>, grace: u64, now: u64) -> io::Result<()> {
    let Some(directory) = new.directory() else {
        return Ok(());
    };
    let of_others = |slot| line::writers(slot).any(|writer| Some(writer) != own);
    let fenced: Vec<_> = old
        .map
        .lines()
        .iter()
        .enumerate()
        .filter(|(_, slot)| of_others(slot))
        .collect();
    if fenced.is_empty() {
        return Ok(());
    }
    ghost::record_lost_writers(&new.map, directory, grace, now)?;
    for (at, _) in fenced {
        line::fence(&new.map.lines()[at], GHOST);
    }
    Ok(())
}

impl MappedFile {
    fn is_retired_safely(&self) -> bool {
        self.is_whole() && self.is_retired()
    }
}
