//! Binds as Diesel's collector for SQLite prints them: `(I32(7), Integer), (String("ada"), Text)]`.

use super::bind::{Bind, Binds};
use crate::sql::Value;

/// Reads at most `count` binds.
pub(super) fn read(bytes: &[u8], count: usize) -> Binds {
    let mut binds = Binds::new();
    let mut rest = bytes;
    while binds.len() < count {
        let Some((bind, behind)) = next(rest) else { break };
        binds.push(bind);
        rest = match behind.strip_prefix(b", ") {
            Some(rest) => rest,
            None => break,
        };
    }
    binds
}

/// Reads a bind with its type, and returns what follows.
fn next(bytes: &[u8]) -> Option<(Bind, &[u8])> {
    let rest = bytes.strip_prefix(b"(")?;
    let integer = ["I32(", "I64("]
        .iter()
        .find_map(|name| rest.strip_prefix(name.as_bytes()));
    let bind = integer.and_then(|digits| {
        let end = digits.iter().position(|&byte| byte == b')')?;
        Value::integer(std::str::from_utf8(&digits[..end]).ok()?)
    });
    Some((bind.map_or(Bind::Unknown, Bind::Value), behind(rest)?))
}

/// Returns what follows the bracket that closes a bind.
fn behind(bytes: &[u8]) -> Option<&[u8]> {
    let (mut depth, mut quoted, mut place) = (0_usize, false, 0);
    loop {
        match bytes.get(place)? {
            b'\\' if quoted => place += 1,
            b'"' => quoted = !quoted,
            b'(' | b'[' if !quoted => depth += 1,
            b')' | b']' if !quoted => match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return bytes.get(place + 1..),
            },
            _ => {}
        }
        place += 1;
    }
}
