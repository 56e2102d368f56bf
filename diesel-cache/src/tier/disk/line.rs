//! One line of an index bucket, in cacache's format: `\n`, SHA-256 in hexadecimal, a tab, and JSON.
//!
//! cacache's own reader parses every line of a bucket with a general JSON parser. This module parses by hand only the
//! shape that this store (and cacache) writes, and begins with the last line. A line of any other shape whose hash is
//! right is left to cacache.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha2::{Digest as _, Sha256};

use super::names::{Digest, push_hex};

/// The hash of no bytes, which stands for "inline". cacache reads a line without an integrity as a removal.
const INLINE_INTEGRITY: &str = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

/// Where the bytes of an entry are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Payload {
    /// In the line itself. `None` if they are not valid base64.
    Inline(Option<Vec<u8>>),
    /// In a content file of this hash and size in bytes.
    Content(Digest, u64),
}

/// The last line of a bucket that can be trusted.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Last<'a> {
    /// The name of its key, and where the bytes of its entry are.
    Line(&'a str, Payload),
    /// Its hash is right, but this store has not written it.
    Foreign(&'a str),
    None,
}

/// Returns a line that holds the bytes of its entry itself.
pub(super) fn inline(name: &str, time: u64, bytes: &[u8]) -> Vec<u8> {
    line(name, INLINE_INTEGRITY, time, bytes.len(), |json| {
        json.push('"');
        BASE64.encode_string(bytes, json);
        json.push('"');
    })
}

/// Returns the line of an entry whose content is in a file.
pub(super) fn content(name: &str, time: u64, digest: &Digest, size: usize) -> Vec<u8> {
    let integrity = format!("sha256-{}", BASE64.encode(digest));
    line(name, &integrity, time, size, |json| json.push_str("null"))
}

fn line(name: &str, integrity: &str, time: u64, size: usize, metadata: impl FnOnce(&mut String)) -> Vec<u8> {
    const HEAD: usize = 1 + 64 + 1;
    let mut text = String::with_capacity(300 + size.min(8192) * 4 / 3);
    // Leaves room for the hash of what follows.
    text.push('\n');
    text.extend(std::iter::repeat_n('0', 64));
    text.push('\t');
    text.push_str("{\"key\":\"");
    text.push_str(name);
    text.push_str("\",\"integrity\":\"");
    text.push_str(integrity);
    text.push_str(&format!("\",\"time\":{time},\"size\":{size},\"metadata\":"));
    metadata(&mut text);
    text.push_str(",\"raw_metadata\":null}");
    let mut bytes = text.into_bytes();
    let hash = hash_of(&bytes[HEAD..]);
    bytes[1..65].copy_from_slice(hash.as_bytes());
    bytes
}

/// Returns the last line in `bytes` whose hash is right. If there is a `name`, only lines of that key count.
pub(super) fn last<'a>(bytes: &'a [u8], name: Option<&str>) -> Last<'a> {
    for line in bytes.rsplit(|byte| *byte == b'\n') {
        let Some(json) = checked(line) else { continue };
        match parse(json) {
            Some((key, _)) if name.is_some_and(|name| name != key) => {}
            Some((key, held)) => return Last::Line(key, held),
            None => return Last::Foreign(json),
        }
    }
    Last::None
}

/// Returns all content that the lines in `bytes` name, of any key.
pub(super) fn contents(bytes: &[u8]) -> impl Iterator<Item = (Digest, u64)> {
    let lines = bytes.split(|byte| *byte == b'\n').filter_map(checked);
    lines.filter_map(|json| match parse(json) {
        Some((_, Payload::Content(digest, size))) => Some((digest, size)),
        _ => None,
    })
}

/// Returns the JSON of a line if its hash is right.
fn checked(line: &[u8]) -> Option<&str> {
    let (hash, json) = line.split_at_checked(64)?;
    let json = json.strip_prefix(b"\t")?;
    // cacache splits at tabs, and rejects a line with two of them.
    (hash_of(json).as_bytes() == hash && !json.contains(&b'\t')).then_some(())?;
    std::str::from_utf8(json).ok()
}

/// Parses JSON of exactly the shape that [`line()`] writes.
fn parse(json: &str) -> Option<(&str, Payload)> {
    let rest = json.strip_prefix("{\"key\":\"")?;
    let (key, rest) = rest.split_at_checked(64)?;
    key.bytes().all(|byte| byte.is_ascii_hexdigit()).then_some(())?;
    let rest = rest.strip_prefix("\",\"integrity\":\"sha256-")?;
    let (integrity, rest) = rest.split_at_checked(44)?;
    let rest = rest.strip_prefix("\",\"time\":")?;
    let (time, rest) = rest.split_once(",\"size\":")?;
    let (size, rest) = rest.split_once(",\"metadata\":")?;
    let metadata = rest.strip_suffix(",\"raw_metadata\":null}")?;
    let (_, size): (u64, u64) = (number(time)?, number(size)?);
    let digest = <Digest>::try_from(BASE64.decode(integrity).ok()?).ok()?;
    if metadata == "null" {
        return Some((key, Payload::Content(digest, size)));
    }
    let inline = metadata.strip_prefix('"')?.strip_suffix('"')?;
    match BASE64.decode(inline) {
        Ok(bytes) => Some((key, Payload::Inline(Some(bytes)))),
        // A string with escapes is not base64 yet, and this store does not write it.
        Err(_) if inline.contains(['"', '\\']) => None,
        Err(_) => Some((key, Payload::Inline(None))),
    }
}

fn number(digits: &str) -> Option<u64> {
    (digits.bytes().all(|byte| byte.is_ascii_digit()) && (digits == "0" || !digits.starts_with('0')))
        .then(|| digits.parse().ok())
        .flatten()
}

fn hash_of(json: &[u8]) -> String {
    let mut hash = String::with_capacity(64);
    push_hex(&mut hash, &Sha256::digest(json));
    hash
}
