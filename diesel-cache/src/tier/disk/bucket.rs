//! One index bucket: the file with the lines of one key.
//!
//! cacache only ever appends to a bucket, and reads all of it. Here it is appended to while it fits one block of the
//! disk, and then begun anew *in place*: the new line is written over the first, and the file cut behind it. No file is
//! made or removed for that, which costs ten times as much. A reader in between finds the new line in front of old
//! ones, takes the last, and so has the entry as it was a moment ago; a line that is half overwritten has another hash,
//! and does not count. Only a line of more than a block can leave a reader with nothing for that moment. Of two that do
//! this at once, one may lose its line, or both: a miss.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use cacache::{Metadata, Value, index};

use super::line::{self, Held, Last};
use super::mark::UseMark;
use super::names::{Digest, bucket_path};
use super::private::{open_in_private_dir, remove_any};
use super::spare::Spares;
use crate::clock::Millis;

/// Up to this size a bucket is appended to: a block of the disk, which it takes anyway.
pub(super) const FULL: usize = 4096;
/// What is read of a bucket at once: more than the longest line that this store writes.
const ONCE: usize = 3 * FULL;
/// What is looked at of a longer one.
const TAIL: u64 = 1 << 16;
/// How often a store begins once more whose bucket is removed under its hands.
const ATTEMPTS: usize = 8;
/// Lines that are not of this store's making are looked for in buckets up to this size.
const FOREIGN: u64 = 4 << 20;

/// What a bucket's file has.
#[derive(Debug)]
pub(super) struct Lines {
    /// The end of the file.
    pub(super) tail: Vec<u8>,
    /// The size of the whole file, in bytes.
    pub(super) size: u64,
}

/// What [`append`] has done.
#[derive(Debug)]
pub(super) struct Appended {
    /// The bucket's size before; zero for a new one.
    pub(super) before: u64,
    pub(super) after: u64,
    /// The content that its line takes the place of.
    pub(super) replaced: Vec<(Digest, u64)>,
}

/// The lines of a bucket; `None` if there is none.
pub(super) fn read(path: &Path) -> io::Result<Option<Lines>> {
    match File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        file => lines(&mut file?).map(Some),
    }
}

fn lines(file: &mut File) -> io::Result<Lines> {
    let mut tail = vec![0; ONCE];
    let read = file.read(&mut tail)?;
    if read < ONCE {
        tail.truncate(read);
        return Ok(Lines {
            tail,
            size: read as u64,
        });
    }
    let size = file.metadata()?.len();
    tail.clear();
    file.seek(SeekFrom::Start(size.saturating_sub(TAIL)))?;
    file.take(TAIL).read_to_end(&mut tail)?;
    Ok(Lines { tail, size })
}

/// Where the entry of a key lies, by its bucket's lines.
pub(super) fn held(directory: &Path, name: &str, lines: &Lines) -> io::Result<Option<Held>> {
    match line::last(&lines.tail, Some(name)) {
        Last::Line(_, held) => Ok(Some(held)),
        Last::None if lines.size <= TAIL => Ok(None),
        Last::None | Last::Foreign(_) if lines.size <= FOREIGN => {
            let found = index::find(directory, name).map_err(into_io)?;
            Ok(found.and_then(|found| foreign(&found)))
        }
        Last::None | Last::Foreign(_) => Ok(None),
    }
}

/// What cacache has read of a line.
fn foreign(found: &Metadata) -> Option<Held> {
    if let Value::String(inline) = &found.metadata {
        return Some(Held::Inline(BASE64.decode(inline).ok()));
    }
    // Of several hashes, or of another kind, cacache would make a path by rules of its own, or panic.
    let text = found.integrity.to_string();
    let digest = BASE64.decode(text.strip_prefix("sha256-")?).ok()?;
    Some(Held::Content(digest.try_into().ok()?, found.size as u64))
}

/// The name of the key whose bucket this is, by its lines, and where its entry lies; `None` if there is no such entry.
pub(super) fn entry(directory: &Path, path: &Path, lines: &Lines) -> Option<(String, Held)> {
    let (name, held) = match line::last(&lines.tail, None) {
        Last::Line(name, held) => (name.to_owned(), Some(held)),
        Last::Foreign(json) => (json.parse::<Value>().ok()?.get("key")?.as_str()?.to_owned(), None),
        Last::None => return None,
    };
    (bucket_path(directory, &name) == path).then_some(())?;
    let held = match held {
        None => self::held(directory, &name, lines).ok()??,
        Some(held) => held,
    };
    Some((name, held))
}

/// Adds a line to a bucket, which is made when it is missing; its time becomes `now`, its earlier lines those of the
/// past.
///
/// # Errors
///
/// When the line cannot be written; what was there before still stands.
pub(super) fn append(path: &Path, name: &str, line: &[u8], now: Millis, spares: &Spares) -> io::Result<Appended> {
    if !spares.is_empty() && !path.exists() && place_spare(path, line, now, spares) {
        return Ok(Appended {
            before: 0,
            after: line.len() as u64,
            replaced: Vec::new(),
        });
    }
    for _ in 0..ATTEMPTS {
        match append_once(path, name, line, now) {
            // Removed while it was begun anew.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            result => return result,
        }
    }
    append_once(path, name, line, now)
}

fn append_once(path: &Path, name: &str, line: &[u8], now: Millis) -> io::Result<Appended> {
    let open = || open_in_private_dir(path, OpenOptions::new().create(true).read(true).append(true));
    let mut file = match open() {
        Err(_) if path.is_dir() => remove_any(path).and_then(|_| open())?,
        file => file?,
    };
    let old = lines(&mut file)?;
    let is_new = old.size == 0;
    let (fits, length) = (old.size + line.len() as u64 <= FULL as u64, line.len() as u64);
    // What lines before the last name was removed by the writers of the next, or is an orphan.
    let mut replaced = match line::last(&old.tail, Some(name)) {
        Last::Line(_, Held::Content(digest, size)) => vec![(digest, size)],
        _ => Vec::new(),
    };
    let after = if is_new || fits {
        if let Err(error) = file.write_all(line) {
            if is_new {
                let _ = fs::remove_file(path);
            }
            return Err(error);
        }
        let end = file.stream_position()?;
        if end > old.size + length {
            // Others have added lines since this looked, and this one comes after them.
            file.seek(SeekFrom::Start(old.size))?;
            let mut between = Vec::new();
            (&mut file)
                .take((end - length - old.size).min(TAIL))
                .read_to_end(&mut between)?;
            replaced.extend(line::contents(&between));
        }
        end
    } else {
        begin_anew(path, line)?;
        length
    };
    // The key was asked for before, and is again: that is a use.
    let mark = if is_new {
        UseMark::stored(now)
    } else {
        UseMark::used(now)
    };
    if mark.used || !mark.is_now() {
        // Only the order of eviction hangs on it.
        let _ = mark.set(&file);
    }
    Ok(Appended {
        before: old.size,
        after,
        replaced,
    })
}

/// Makes a new bucket of a file that was put aside.
fn place_spare(path: &Path, line: &[u8], now: Millis, spares: &Spares) -> bool {
    let Some((spare, file)) = spares.reuse(line) else {
        return false;
    };
    if !UseMark::stored(now).is_now() {
        let _ = UseMark::stored(now).set(&file);
    }
    let is_placed = spares.in_leaf(path, || fs::rename(&spare, path)).is_ok();
    if !is_placed {
        let _ = fs::remove_file(&spare);
    }
    is_placed
}

/// Writes a line over the others of a bucket.
pub(super) fn begin_anew(path: &Path, line: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).open(path)?;
    file.write_all(line)?;
    file.set_len(line.len() as u64)
}

fn into_io(error: cacache::Error) -> io::Error {
    match error {
        cacache::Error::IoError(error, what) => io::Error::new(error.kind(), format!("{what}: {error}")),
        error => io::Error::new(ErrorKind::InvalidData, error.to_string()),
    }
}
