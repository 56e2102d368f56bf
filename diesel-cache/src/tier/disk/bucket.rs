//! One index bucket: the file with the lines of one key.
//!
//! cacache only appends to a bucket, and reads all of it. This store appends while the bucket fits one block of the
//! disk, and then rewrites it *in place*: it writes the new line over the first, and cuts the file after it. This
//! avoids creating or removing a file, which costs ten times as much.
//!
//! A reader in between finds the new line in front of old ones and takes the last, so it gets the previous entry. A
//! line that is half overwritten has a wrong hash, and does not count. Only a line of more than a block can leave a
//! reader with nothing for that moment. If two writers rewrite a bucket at once, one of them may lose its line, or
//! both: a miss.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use cacache::{Metadata, Value, index};

use super::line::{self, Last, Payload};
use super::mark::UseMark;
use super::names::{Digest, bucket_path};
use super::private::{open_in_private_dir, remove_any};
use super::spare::Spares;
use crate::clock::Millis;

/// The size up to which lines are appended to a bucket: a block of the disk, which it takes anyway.
pub(super) const FULL: usize = 4096;
/// The number of bytes of a bucket that are read at once: more than the longest line that this store writes.
const ONCE: usize = 3 * FULL;
/// The number of bytes that are read from the end of a longer bucket.
const TAIL: u64 = 1 << 16;
/// How often a store is repeated because its bucket was removed meanwhile.
const ATTEMPTS: usize = 8;
/// The size in bytes of the largest bucket that is searched for lines that this store has not written.
const FOREIGN: u64 = 4 << 20;

/// The lines of a bucket's file.
#[derive(Debug)]
pub(super) struct Lines {
    /// The end of the file.
    pub(super) tail: Vec<u8>,
    /// The size of the whole file, in bytes.
    pub(super) size: u64,
}

/// The result of [`append`].
#[derive(Debug)]
pub(super) struct Appended {
    /// The previous size of the bucket; zero for a new one.
    pub(super) before: u64,
    pub(super) after: u64,
    /// The content that the new line replaces.
    pub(super) replaced: Vec<(Digest, u64)>,
}

/// Reads the lines of a bucket; `None` if there is no bucket.
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

/// Returns where the bytes of a key's entry are, according to the lines of its bucket.
pub(super) fn held(directory: &Path, name: &str, lines: &Lines) -> io::Result<Option<Payload>> {
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

/// Returns where the bytes of an entry are that cacache's own reader has found.
fn foreign(found: &Metadata) -> Option<Payload> {
    if let Value::String(inline) = &found.metadata {
        return Some(Payload::Inline(BASE64.decode(inline).ok()));
    }
    // cacache would build a path of its own from several hashes or another kind of hash, or panic.
    let text = found.integrity.to_string();
    let digest = BASE64.decode(text.strip_prefix("sha256-")?).ok()?;
    Some(Payload::Content(digest.try_into().ok()?, found.size as u64))
}

/// Returns the name of the key of this bucket, and where the bytes of its entry are; `None` if there is no such entry.
pub(super) fn entry(directory: &Path, path: &Path, lines: &Lines) -> Option<(String, Payload)> {
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

/// Adds a line to a bucket, which becomes its current line, and sets the bucket's time to `now`. Creates the bucket if
/// it is missing.
///
/// # Errors
///
/// If the line cannot be written. Earlier lines are still there.
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
            // The bucket was removed while it was rewritten.
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
    // Content that earlier lines name was removed by the writer of the next line, or is an orphan.
    let mut replaced = match line::last(&old.tail, Some(name)) {
        Last::Line(_, Payload::Content(digest, size)) => vec![(digest, size)],
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
            // Other writers have added lines since `lines` was read, and the new line comes after them.
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
    // An entry that is stored again was requested again, which counts as a use.
    let mark = if is_new {
        UseMark::stored(now)
    } else {
        UseMark::used(now)
    };
    if mark.used || !mark.is_now() {
        // A failure affects only the order of eviction.
        let _ = mark.set(&file);
    }
    Ok(Appended {
        before: old.size,
        after,
        replaced,
    })
}

/// Makes a new bucket from a spare file.
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

/// Replaces the lines of a bucket by one.
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
