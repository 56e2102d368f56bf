//! The file of generations: found, made, replaced and closed.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering::SeqCst;

use super::identity::{self, FileId};
use super::layout::{BYTES, MAGIC, VERSION, header};
use super::lock::{Locked, exclusively, patiently};
use super::map::Map;
use super::{seal, writer};
use crate::fault::{self, Point};

/// The generations in use: a mapped file, or memory of this process alone.
#[derive(Debug)]
pub(super) struct Attached {
    pub(super) map: Map,
    place: Option<Place>,
}

/// Where the file is, and the lock that says that it is in use.
#[derive(Debug)]
struct Place {
    directory: PathBuf,
    file: File,
    id: FileId,
}

/// What the path holds now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    Same,
    /// Gone, replaced, or of another size.
    Other,
    /// Nobody can tell.
    Unknown,
}

impl Attached {
    pub(super) fn in_process() -> Self {
        let map = Map::heap();
        map.header(header::EPOCH).store(identity::random(), SeqCst);
        Self { map, place: None }
    }

    /// Opens the directory's file, or makes one; `instead_of` names a file that is of no use any more. `now` is the time since
    /// the boot and `grace` the longest doubt about a writer of an earlier boot, both in milliseconds.
    pub(super) fn open(directory: &Path, instead_of: Option<FileId>, now: u64, grace: u64) -> io::Result<Self> {
        fault::at(Point::BeforeOpen);
        make_directory(&directory.join(writer::DIRECTORY))?;
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
        // Whoever else locks this file has come through the door.
        patiently(|| file.try_lock_shared())?;
        seal::unseal(&map)?;
        let id = FileId::of(&file.metadata()?);
        Ok(Self {
            map,
            place: Some(Place {
                directory: directory.into(),
                file,
                id,
            }),
        })
    }

    pub(super) fn epoch(&self) -> u64 {
        self.map.header(header::EPOCH).load(SeqCst)
    }

    /// Another file has taken this one's place: whoever still has it looks at once.
    pub(super) fn retire(&self) {
        self.map.header(header::RETIRED).store(1, SeqCst);
    }

    pub(super) fn is_retired(&self) -> bool {
        self.map.header(header::RETIRED).load(SeqCst) != 0
    }

    pub(super) fn directory(&self) -> Option<&Path> {
        self.place.as_ref().map(|place| &*place.directory)
    }

    pub(super) fn id(&self) -> Option<FileId> {
        self.place.as_ref().map(|place| place.id)
    }

    /// Is the file still in its place? One `stat`.
    pub(super) fn look(&self) -> Seen {
        let Some(place) = &self.place else {
            return Seen::Same;
        };
        match fs::metadata(path(&place.directory)) {
            Ok(found) if FileId::of(&found) == place.id && found.len() == BYTES => Seen::Same,
            Ok(_) => Seen::Other,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Seen::Other,
            Err(_) => Seen::Unknown,
        }
    }

    /// Can its memory be touched? A truncated file's cannot.
    pub(super) fn is_whole(&self) -> bool {
        self.place
            .as_ref()
            .is_none_or(|place| place.file.metadata().is_ok_and(|found| found.len() >= BYTES))
    }

    /// The last process to leave seals the generations, so that they outlive a reboot, and damage shows.
    fn close(&self) -> io::Result<()> {
        let Some(place) = &self.place else {
            return Ok(());
        };
        if self.look() != Seen::Same {
            return Ok(());
        }
        let _door = door(&place.directory)?;
        place.file.unlock()?;
        if self.look() == Seen::Same && exclusively(&place.file)? {
            seal::seal(&self.map)?;
        }
        Ok(())
    }
}

impl Drop for Attached {
    fn drop(&mut self) {
        let _ = self.close(); // an unsealed file costs a new epoch after a reboot
        if let Some(place) = &self.place {
            let _ = place.file.unlock();
        }
    }
}

/// Openers, closers and replacers pass one at a time.
fn door(directory: &Path) -> io::Result<Locked> {
    let file = private().create(true).open(directory.join("generations.lock"))?;
    Locked::patiently(file, File::try_lock)
}

/// Is it a file of this layout? Of another version of the crate, it may only be replaced when nobody uses it.
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
                "the directory is in use by another version of the cache",
            )),
        };
    }
    let retired = word(header::RETIRED) != 0;
    Ok(file.metadata()?.len() == BYTES && word(header::EPOCH) != 0 && !retired)
}

/// A new file in the old one's place. It is written in full, for a hole in a mapped file on a full disk is a SIGBUS.
fn make(directory: &Path) -> io::Result<File> {
    let mut bytes = vec![0; BYTES as usize];
    let boot = identity::boot().unwrap_or_default();
    let (words, _) = bytes.as_chunks_mut();
    for (at, word) in [
        (header::MAGIC, MAGIC),
        (header::VERSION, VERSION),
        (header::BOOT, boot[0]),
        (header::BOOT + 1, boot[1]),
        (header::EPOCH, identity::random()),
    ] {
        words[at] = word.to_ne_bytes();
    }
    let temporary = directory.join(format!("generations.{:016x}.new", identity::random()));
    let written = private().create_new(true).open(&temporary).and_then(|mut file| {
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

/// Options for files that other users must not read.
pub(super) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn make_directory(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}
