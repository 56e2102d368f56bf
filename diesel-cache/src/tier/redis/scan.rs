//! Operations on all keys of a region. SCAN finds the keys by their prefix, a few hundred at a time.

use std::io;

use ::redis::{Pipeline, cmd, pipe};

use super::connections::Connections;
use super::failure::to_io;
use super::value;
use crate::clock::Millis;
use crate::key::CacheKey;
use crate::tier::shared::{HEAD, IsUseless, Swept, Verified};

/// The number of keys that the server examines for one reply.
const COUNT: usize = 500;

/// Removes every key.
pub(super) fn clear(connections: &Connections, prefix: &str) -> io::Result<()> {
    pages(connections, prefix, false, |names| remove(connections, names))
}

/// Removes values that are useless or are not entries, and counts the rest.
pub(super) fn sweep(connections: &Connections, prefix: &str, is_useless: IsUseless<'_>) -> io::Result<Swept> {
    let mut swept = Swept::default();
    pages(connections, prefix, true, |names| {
        let names: Vec<Name> = names.into_iter().filter(|name| is_entry(prefix, name)).collect();
        let mut look = pipe();
        for name in &names {
            look.cmd("GETRANGE").arg(name).arg(0).arg(value::HEAD as u64 + HEAD - 1);
            look.cmd("STRLEN").arg(name);
        }
        let found: Vec<(Vec<u8>, u64)> = if names.is_empty() {
            Vec::new()
        } else {
            run(connections, |connection| look.query(connection))?
        };
        let mut useless = Vec::new();
        for (name, (head, bytes)) in names.into_iter().zip(found) {
            // An empty value means that the entry has expired or was removed meanwhile.
            if bytes == 0 {
                continue;
            }
            if judge(connections, prefix, &name, &head, is_useless)? {
                useless.push(name);
            } else {
                swept.entries += 1;
                swept.bytes += bytes;
            }
        }
        swept.removed += useless.len() as u64;
        remove(connections, useless)
    })?;
    Ok(swept)
}

/// Returns `true` if the value is useless or is not an entry.
fn judge(
    connections: &Connections,
    prefix: &str,
    name: &Name,
    head: &[u8],
    is_useless: IsUseless<'_>,
) -> io::Result<bool> {
    let used_at = value::used_at(head).unwrap_or(Millis(0));
    if let Some(entry) = value::head(head) {
        return Ok(is_useless(&entry[..entry.len().min(HEAD as usize)], used_at));
    }
    if !value::is_compressed(head) {
        return Ok(true);
    }
    Ok(match whole(connections, prefix, name)? {
        Some((_, entry)) => is_useless(&entry[..entry.len().min(HEAD as usize)], used_at),
        None => true,
    })
}

/// Reads every entry in full, and removes damaged ones.
pub(super) fn verify(connections: &Connections, prefix: &str) -> io::Result<Verified> {
    let mut verified = Verified::default();
    pages(connections, prefix, true, |names| {
        let mut damaged = Vec::new();
        for name in names.into_iter().filter(|name| is_entry(prefix, name)) {
            match whole(connections, prefix, &name)? {
                Some((_, entry)) => {
                    verified.entries += 1;
                    verified.bytes += entry.len() as u64;
                }
                None => damaged.push(name),
            }
        }
        verified.removed += damaged.len() as u64;
        remove(connections, damaged)
    })?;
    Ok(verified)
}

type Name = Vec<u8>;

/// Reads an entry; `None` if it is damaged, or gone.
fn whole(connections: &Connections, prefix: &str, name: &Name) -> io::Result<Option<(CacheKey, Vec<u8>)>> {
    let found: Option<Vec<u8>> = run(connections, |connection| cmd("GET").arg(name).query(connection))?;
    let key = key(prefix, name);
    Ok(key.and_then(|key| Some((key, value::decode(&key, &found?)?))))
}

/// Returns `true` for all names but those of locks.
fn is_entry(prefix: &str, name: &[u8]) -> bool {
    !(name.ends_with(b":lock") && key(prefix, &name[..name.len() - 5]).is_some())
}

/// Returns the key that the name of an entry ends with.
fn key(prefix: &str, name: &[u8]) -> Option<CacheKey> {
    let digits = name.strip_prefix(prefix.as_bytes())?;
    let digit = |byte: &u8| {
        char::from(*byte)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    let mut bytes = [0; 32];
    if digits.len() != 2 * bytes.len() {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = digit(&pair[0])? << 4 | digit(&pair[1])?;
    }
    Some(CacheKey::from_bytes(bytes))
}

/// Returns the commands that find the keys of a region: all of them, or only those that hold a string. The prefix needs
/// no escaping, because names of regions have no wildcards.
///
/// In a Redis Cluster, SCAN silently leaves out slots that the node has given away. EXISTS names a key of the slot, so
/// the node reports the move.
fn scan(prefix: &str, strings: bool, cursor: u64) -> Pipeline {
    let mut look = pipe();
    look.cmd("EXISTS").arg(prefix).ignore();
    look.cmd("SCAN").arg(cursor).arg("MATCH").arg(format!("{prefix}*"));
    look.arg("COUNT").arg(COUNT);
    if strings {
        look.arg("TYPE").arg("string");
    }
    look
}

/// Calls `each` with the names that the server finds, until there are no more. A name may come twice.
fn pages(
    connections: &Connections,
    prefix: &str,
    strings: bool,
    mut each: impl FnMut(Vec<Name>) -> io::Result<()>,
) -> io::Result<()> {
    let mut cursor = 0;
    loop {
        let look = scan(prefix, strings, cursor);
        let ((next, names),): ((u64, Vec<Name>),) = run(connections, |connection| look.query(connection))?;
        each(names)?;
        cursor = next;
        if cursor == 0 {
            return Ok(());
        }
    }
}

fn remove(connections: &Connections, names: Vec<Name>) -> io::Result<()> {
    if names.is_empty() {
        return Ok(());
    }
    run(connections, |connection| cmd("UNLINK").arg(&names).exec(connection))
}

fn run<T>(
    connections: &Connections,
    command: impl FnMut(&mut ::redis::Connection) -> ::redis::RedisResult<T>,
) -> io::Result<T> {
    connections.run(command).map_err(|error| to_io(&error))
}
