//! Conversion of bytes to text. Most text in databases is short and ASCII. For such text, std's UTF-8 check takes
//! longer than the copy.
#![allow(unsafe_code)] // std has no safe way to say "this is ASCII, as I have just seen"

use std::str::{Utf8Error, from_utf8};

/// Converts bytes to text.
///
/// # Errors
///
/// If they are not UTF-8.
#[inline]
pub(super) fn text(bytes: &[u8]) -> Result<&str, Utf8Error> {
    if bytes.is_ascii() {
        // SAFETY: every byte is below 128, as was checked in the line above, and such bytes are UTF-8.
        Ok(unsafe { std::str::from_utf8_unchecked(bytes) })
    } else {
        from_utf8(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_accepts_what_std_accepts() {
        let mut bytes = b"0123456789abcdef0123456789abcdef0123".to_vec();
        for length in 0..bytes.len() {
            assert_eq!(text(&bytes[..length]), from_utf8(&bytes[..length]));
        }
        for at in 0..bytes.len() {
            let kept = bytes[at];
            for byte in 0..=255 {
                bytes[at] = byte;
                assert_eq!(text(&bytes), from_utf8(&bytes), "{byte} at {at}");
            }
            bytes[at] = kept;
        }
        let word = "naïve café, 🦀".as_bytes();
        for end in 0..=word.len() {
            assert_eq!(text(&word[..end]), from_utf8(&word[..end]));
        }
    }
}
