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

#[cfg(test)]
mod tests {
    use super::*;

    fn integer(value: i64) -> Bind {
        Bind::Value(Value::Integer(value))
    }

    #[test]
    fn integers_are_read_between_whatever_else() {
        let printed = br#"(I32(7), Integer), (String("a\"), (I32(9), Integer)"), Text), (Binary([1, 2]), Binary), (Null, Integer), (I64(-8), BigInt), (F64(1.5), Double)]"#;
        let all = read(printed, 9);
        assert_eq!(
            all.to_vec(),
            [
                integer(7),
                Bind::Unknown,
                Bind::Unknown,
                Bind::Unknown,
                integer(-8),
                Bind::Unknown
            ]
        );
        assert_eq!(read(printed, 1).to_vec(), [integer(7)]);
        assert!(read(b"]", 1).is_empty());
    }

    #[test]
    fn other_bytes_are_no_values() {
        for bytes in [&b""[..], b"(", b"(I32(7", b"(I32(7), ", b"I32(7), Integer)]", b"(String(\"\\", b"\xff\xfe"] {
            assert!(read(bytes, 3).iter().all(|bind| *bind == Bind::Unknown), "{bytes:?}");
        }
    }
}
