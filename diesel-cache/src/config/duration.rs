//! Durations in text form: `1h 30m`.

use std::time::Duration;

/// Parses a duration. A number without a unit is an error.
pub(super) fn parse(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text).map_err(|error| format!("invalid duration {text:?}: {error}"))
}

/// Formats a duration, exact to the nanosecond.
pub(super) fn format(duration: Duration) -> String {
    humantime::format_duration(duration).to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn durations_read_as_written() {
        for (text, seconds) in [
            ("1h 30m", 5400.0),
            ("1h30m", 5400.0),
            (" 90 s ", 90.0),
            ("90sec", 90.0),
            ("1500ms", 1.5),
            ("0.5h", 1800.0),
            ("2 days", 172_800.0),
            ("0s", 0.0),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_secs_f64(seconds)), "{text}");
        }
        assert_eq!(format(Duration::from_secs(5400)), "1h 30m");
    }

    #[test]
    fn what_is_no_duration_is_refused_in_words() {
        for text in [
            "",
            " ",
            "s",
            "90",
            "5 parsecs",
            "-5 s",
            "5 s -",
            "1e400 s",
            "NaN s",
            "inf",
            "99999999999999999999 s",
            "18446744073709551615 years",
            "1h 30",
            "٣ s",
            "1\u{0}s",
            "µ",
            "1.5.5 s",
            "0.0000000001 ns",
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.starts_with(&format!("invalid duration {text:?}: ")), "{error}");
        }
    }

    proptest! {
        #[test]
        fn durations_survive_being_written(seconds: u64, nanos in 0..1_000_000_000_u32) {
            let duration = Duration::new(seconds, nanos);
            prop_assert_eq!(parse(&format(duration)), Ok(duration));
        }

        #[test]
        fn no_text_panics(text in "\\PC*|[0-9.eE+\\- a-zµ]{0,24}") {
            let _ = parse(&text);
        }
    }
}
