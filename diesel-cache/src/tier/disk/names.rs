//! Names of files in a cacache directory: hashes in hexadecimal, two levels of directories before them.

use std::path::{Path, PathBuf};

use sha1::{Digest as _, Sha1};

/// The SHA-256 of content.
pub(super) type Digest = [u8; 32];

/// The directory of all buckets.
pub(super) const INDEX: &str = "index-v5";
/// The directory of all content.
pub(super) const CONTENT: &str = "content-v2/sha256";
/// The directory of files that are being written.
pub(super) const TEMPORARY: &str = "tmp";

/// The number of digits of a bucket's file name, without its two directories.
pub(super) const BUCKET_DIGITS: usize = 36;

/// The hash that names a bucket.
pub(super) type BucketHash = [u8; 20];

/// Returns the hash by which cacache names the bucket of a key.
pub(super) fn bucket_hash(name: &str) -> BucketHash {
    Sha1::digest(name).into()
}

/// Returns the path at which cacache keeps the index lines of a key.
pub(super) fn bucket_path(directory: &Path, name: &str) -> PathBuf {
    bucket_path_of(directory, &bucket_hash(name))
}

pub(super) fn bucket_path_of(directory: &Path, hash: &BucketHash) -> PathBuf {
    hashed_path(directory, INDEX, hash)
}

/// Returns the path at which cacache keeps content.
pub(super) fn content_path(directory: &Path, digest: &Digest) -> PathBuf {
    hashed_path(directory, CONTENT, digest)
}

fn hashed_path(directory: &Path, kind: &str, hash: &[u8]) -> PathBuf {
    let mut tail = String::with_capacity(kind.len() + 4 + hash.len() * 2);
    tail.push_str(kind);
    let mut rest = hash;
    while let Some((byte, more)) = rest.split_first().filter(|_| hash.len() - rest.len() < 2) {
        tail.push('/');
        push_hex(&mut tail, &[*byte]);
        rest = more;
    }
    tail.push('/');
    push_hex(&mut tail, rest);
    let mut path = PathBuf::with_capacity(directory.as_os_str().len() + 1 + tail.len());
    path.push(directory);
    path.push(tail);
    path
}

pub(super) fn push_hex(text: &mut String, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
}
