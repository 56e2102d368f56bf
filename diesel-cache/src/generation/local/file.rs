//! The file of generations: opens, creates, replaces and closes it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering::SeqCst;

use super::identity::{self, FileId};
use super::layout::{BYTES, MAGIC, VERSION, header};
use super::lock::{Locked, exclusively, patiently};
use super::map::Map;
use super::{private, seal, writer_lock};
use crate::fault::{self, Point};
use crate::generation::hash;

/// The generations in use: a mapped file, or memory of this process alone.
#[derive(Debug)]
pub(super) struct MappedFile {
    pub(super) map: Map,
    location: Option<Location>,
}

/// The file with its directory. A shared lock on the file shows that it is in use.
#[derive(Debug)]
struct Location {
    directory: PathBuf,
    file: File,
    id: FileId,
}

/// What the path leads to now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    Same,
    /// Gone, replaced, or of another size.
    Other,
    /// The path cannot be examined.
    Unknown,
}

impl MappedFile {
    pub(super) fn in_process() -> Self {
        let map = Map::heap();
        map.header(header::EPOCH).store(hash::random(), SeqCst);
        Self { map, location: None }
    }

    /// Opens the directory's file, or creates one. A file with the id `instead_of` is unusable, and is replaced. `now`
    /// is the time since the boot, and `grace` how long writers of an earlier boot may be in doubt, both in
    /// milliseconds.
    pub(super) fn open(directory: &Path, instead_of: Option<FileId>, now: u64, grace: u64) -> io::Result<Self> {
        fault::at(Point::BeforeOpen);
        private::create_dir_all(&directory.join(writer_lock::DIRECTORY))?;
        let _door = door(directory)?;
        let path = path(directory);
        let mut file = match open_existing(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => make(directory)?,
            other => other?,
        };
        if instead_of == Some(FileId::of(&file.metadata()?)) || !is_ours(&mut file)? {
            file = make(directory)?;
        }
        let map = Map::file(&file)?;
        if exclusively(&file)? {
            seal::begin(&map, directory, now, grace)?;
            file.unlock()?;
        }
        // No other process can hold an exclusive lock for long: it would need the [`door`], which this process holds.
        patiently(|| file.try_lock_shared())?;
        seal::unseal(&map)?;
        let id = FileId::of(&file.metadata()?);
        Ok(Self {
            map,
            location: Some(Location {
                directory: directory.into(),
                file,
                id,
            }),
        })
    }

    pub(super) fn epoch(&self) -> u64 {
        self.map.header(header::EPOCH).load(SeqCst)
    }

    /// Marks the file as replaced. Processes that still use it then look at the path at once.
    pub(super) fn retire(&self) {
        self.map.header(header::RETIRED).store(1, SeqCst);
    }

    pub(super) fn is_retired(&self) -> bool {
        self.map.header(header::RETIRED).load(SeqCst) != 0
    }

    pub(super) fn directory(&self) -> Option<&Path> {
        self.location.as_ref().map(|location| &*location.directory)
    }

    pub(super) fn id(&self) -> Option<FileId> {
        self.location.as_ref().map(|location| location.id)
    }

    /// Checks with one `stat` whether the file is still in its place.
    pub(super) fn look(&self) -> Found {
        let Some(location) = &self.location else {
            return Found::Same;
        };
        match fs::metadata(path(&location.directory)) {
            Ok(found) if FileId::of(&found) == location.id && found.len() == BYTES => Found::Same,
            Ok(_) => Found::Other,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                Found::Other
            }
            Err(_) => Found::Unknown,
        }
    }

    /// Returns `true` if the file's memory may be accessed, and `false` if the file was truncated.
    pub(super) fn is_whole(&self) -> bool {
        self.location
            .as_ref()
            .is_none_or(|location| location.file.metadata().is_ok_and(|found| found.len() >= BYTES))
    }

    /// Seals the generations if this is the last process to leave. With a seal, the generations survive a reboot, and
    /// damage is detected.
    fn close(&self) -> io::Result<()> {
        let Some(location) = &self.location else {
            return Ok(());
        };
        if self.look() != Found::Same {
            return Ok(());
        }
        let _door = door(&location.directory)?;
        location.file.unlock()?;
        if self.look() == Found::Same && exclusively(&location.file)? {
            seal::seal(&self.map)?;
        }
        Ok(())
    }
}

impl Drop for MappedFile {
    fn drop(&mut self) {
        let _ = self.close(); // an unsealed file costs a new epoch after a reboot
        if let Some(location) = &self.location {
            let _ = location.file.unlock();
        }
    }
}

/// Takes the lock under which one process at a time opens, closes or replaces the file.
fn door(directory: &Path) -> io::Result<Locked> {
    let file = private::options()
        .create(true)
        .open(directory.join("generations.lock"))?;
    Locked::patiently(file, File::try_lock)
}

/// Returns `true` if the file has the layout of this build, and `false` if it must be replaced. Returns an error if the
/// file is of another version of the crate, and in use.
fn is_ours(file: &mut File) -> io::Result<bool> {
    let mut page = [0; header::WORDS * 8];
    match file.read_exact(&mut page) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
        other => other?,
    }
    let word = |at: usize| page.as_chunks().0.get(at).map_or(0, |bytes| u64::from_ne_bytes(*bytes));
    if word(header::MAGIC) != MAGIC {
        return Ok(false);
    }
    if word(header::VERSION) != VERSION {
        return match exclusively(file)? {
            true => Ok(false),
            false => Err(io::Error::other(
                "another version of diesel-cache uses the directory: stop its processes, or use another directory",
            )),
        };
    }
    let retired = word(header::RETIRED) != 0;
    Ok(file.metadata()?.len() == BYTES && word(header::EPOCH) != 0 && !retired)
}

/// Creates a new file in place of the old one. The file is written in full, because a hole in a mapped file on a full
/// disk is a SIGBUS.
fn make(directory: &Path) -> io::Result<File> {
    let mut bytes = vec![0; BYTES as usize];
    let boot = identity::boot().unwrap_or_default();
    let (words, _) = bytes.as_chunks_mut();
    for (at, word) in [
        (header::MAGIC, MAGIC),
        (header::VERSION, VERSION),
        (header::BOOT, boot[0]),
        (header::BOOT + 1, boot[1]),
        (header::EPOCH, hash::random()),
    ] {
        words[at] = word.to_ne_bytes();
    }
    let temporary = directory.join(format!("generations.{:016x}.new", hash::random()));
    let written = private::options()
        .create_new(true)
        .open(&temporary)
        .and_then(|mut file| {
            file.write_all(&bytes)?;
            fs::rename(&temporary, path(directory))?;
            Ok(file)
        });
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    written
}

fn path(directory: &Path) -> PathBuf {
    directory.join("generations")
}

fn open_existing(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).open(path)
}
