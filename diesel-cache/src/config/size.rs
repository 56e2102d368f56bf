//! Sizes in text form: `64 MiB`, in bytes.

const UNITS: [(&str, u64); 11] = [
    ("b", 1),
    ("kib", 1 << 10),
    ("mib", 1 << 20),
    ("gib", 1 << 30),
    ("tib", 1 << 40),
    ("pib", 1 << 50),
    ("kb", 1_000),
    ("mb", 1_000_000),
    ("gb", 1_000_000_000),
    ("tb", 1_000_000_000_000),
    ("pb", 1_000_000_000_000_000),
];

/// The number of digits of a fraction that count. More digits change no result by a byte, in any unit, and would
/// overflow the arithmetic.
const DIGITS: usize = 16;

/// Parses a size. A number without a unit is in bytes. A fraction is rounded down to a whole byte.
pub(super) fn parse(text: &str) -> Result<u64, String> {
    let wrong = |reason: &str| format!("invalid size {text:?}: {reason}");
    let trimmed = text.trim();
    let end = trimmed.find(|char: char| !(char.is_ascii_digit() || char == '.'));
    let (number, unit) = trimmed.split_at(end.unwrap_or(trimmed.len()));
    let (whole, fraction) = match number.split_once('.') {
        Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
        None => (number, ""),
        Some(_) => return Err(wrong("expected digits on both sides of the point")),
    };
    if whole.is_empty() || fraction.contains('.') || fraction.len() > DIGITS {
        return Err(wrong("expected a number at the beginning, as in \"64 MiB\""));
    }
    let unit = unit.trim().to_ascii_lowercase();
    let bytes = match UNITS.iter().find(|(name, _)| *name == unit) {
        Some((_, bytes)) => *bytes,
        None if unit.is_empty() => 1,
        None => {
            return Err(wrong(
                "expected one of the units B, KiB, MiB, GiB, TiB, PiB, kB, MB, GB, TB, PB",
            ));
        }
    };
    let large = || wrong("the number of bytes is too large");
    let whole: u64 = whole.parse().map_err(|_| large())?;
    let size = whole.checked_mul(bytes).ok_or_else(large)?;
    let part = match fraction {
        "" => 0,
        _ if bytes == 1 => return Err(wrong("expected a whole number of bytes")),
        digits => {
            let parts: u128 = digits.parse().map_err(|_| large())?;
            let scale = 10_u128.pow(digits.len() as u32);
            u64::try_from(parts * u128::from(bytes) / scale).map_err(|_| large())?
        }
    };
    size.checked_add(part).ok_or_else(large)
}

/// Formats a size in the largest binary unit that gives a whole number.
pub(super) fn format(bytes: u64) -> String {
    const NAMES: [&str; 6] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
    let power = if bytes == 0 { 0 } else { bytes.trailing_zeros() / 10 };
    let power = (power as usize).min(NAMES.len() - 1);
    format!("{} {}", bytes >> (10 * power), NAMES[power])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sizes_read_as_written() {
        for (text, bytes) in [
            ("0", 0),
            ("1048576", 1 << 20),
            ("64 MiB", 64 << 20),
            ("64MiB", 64 << 20),
            (" 64  mib ", 64 << 20),
            ("1.5 KiB", 1536),
            ("0.001 kB", 1),
            ("1.0000000000000001 GiB", 1 << 30),
            ("8 MB", 8_000_000),
            ("18446744073709551615 B", u64::MAX),
            ("16383 PiB", 16_383 << 50),
        ] {
            assert_eq!(parse(text), Ok(bytes), "{text}");
        }
    }

    #[test]
    fn what_is_no_size_is_refused_in_words() {
        for text in [
            "",
            " ",
            "MiB",
            "64 M",
            "64 megabytes",
            "-1 MiB",
            "+1",
            "1e400 MiB",
            "1e3",
            "NaN",
            "inf",
            "16384 PiB",
            "18446744073709551616",
            "99999999999999999999999999 PiB",
            "1. MiB",
            ".5 MiB",
            "1.2.3 MiB",
            "0.5",
            "0.5 B",
            "1.00000000000000000000000000000000000000001 MiB",
            "64 MiB 3",
            "٣ MiB",
            "64\u{0}MiB",
            "1_000",
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.starts_with(&format!("invalid size {text:?}: ")), "{error}");
        }
    }

    #[test]
    fn sizes_are_written_short_and_exactly() {
        assert_eq!(
            [0, 1023, 1024, 1536, 64 << 20, u64::MAX].map(format),
            ["0 B", "1023 B", "1 KiB", "1536 B", "64 MiB", "18446744073709551615 B"]
        );
    }

    proptest! {
        #[test]
        fn sizes_survive_being_written(number: u64, shift in 0..64_u32) {
            let bytes = number >> shift << shift;
            prop_assert_eq!(parse(&format(bytes)), Ok(bytes));
        }

        #[test]
        fn no_text_panics(text in "\\PC*|[0-9.eE+\\- KMGTPiBkb]{0,40}") {
            let _ = parse(&text);
        }
    }
}
