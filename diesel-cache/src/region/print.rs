//! Figures and tables for people.

use std::fmt;
use std::time::Duration;

/// Prints lines of a name, a figure and a remark, below each other.
pub(super) fn lines(lines: &[(&str, String, String)], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let names = lines.iter().map(|(name, ..)| length(name)).max().unwrap_or_default();
    let figures = lines
        .iter()
        .map(|(_, figure, _)| length(figure))
        .max()
        .unwrap_or_default();
    for (number, (name, figure, remark)) in lines.iter().enumerate() {
        let end = if number > 0 { "\n" } else { "" };
        let gap = if remark.is_empty() { "" } else { "  " };
        write!(f, "{end}  {name:names$}  {figure:>figures$}{gap}{remark}")?;
    }
    Ok(())
}

/// Prints rows as a table. The columns `left` are aligned to the left, and all others to the right.
pub(super) fn table<const COLUMNS: usize>(
    rows: &[[String; COLUMNS]],
    left: &[usize],
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    for (number, row) in rows.iter().enumerate() {
        if number > 0 {
            f.write_str("\n")?;
        }
        for (column, cell) in row.iter().enumerate() {
            let gap = if column > 0 { "  " } else { "" };
            let width = rows.iter().map(|row| length(&row[column])).max().unwrap_or_default();
            match left.contains(&column) {
                // Nothing stands behind the last column.
                true if column + 1 == COLUMNS => write!(f, "{gap}{cell}")?,
                true => write!(f, "{gap}{cell:width$}")?,
                false => write!(f, "{gap}{cell:>width$}")?,
            }
        }
    }
    Ok(())
}

/// Returns the reasons that have occurred.
pub(super) fn reasons(counts: impl IntoIterator<Item = (&'static str, u64)>) -> Vec<String> {
    (counts.into_iter())
        .filter(|(_, count)| *count > 0)
        .map(|(reason, count)| format!("{} {count}", reason.replace('_', " ")))
        .collect()
}

/// Formats a time with one decimal, in the unit that leaves one to three digits before it.
pub(super) fn time(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    match time.as_micros() {
        micros @ 0..1_000 => format!("{micros} µs"),
        1_000..1_000_000 => format!("{:.1} ms", seconds * 1e3),
        1_000_000..120_000_000 => format!("{seconds:.1} s"),
        120_000_000..7_200_000_000 => format!("{:.1} min", seconds / 60.0),
        _ => format!("{:.1} h", seconds / 3600.0),
    }
}

/// Formats a number of bytes with one decimal.
pub(super) fn size(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut size = bytes as f64 / 1024.0;
    let mut units = UNITS.iter();
    let mut unit = units.next().unwrap_or(&"");
    // A size that would be printed as 1024.0 is one of the next unit.
    while size >= 1023.95
        && let Some(next) = units.next()
    {
        (size, unit) = (size / 1024.0, next);
    }
    format!("{size:.1} {unit}")
}

/// Returns the number of characters, as the width of a format counts them.
fn length(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_fit_their_figures() {
        let times =
            [999, 1_000, 999_949, 1_000_000, 119_000_000, 120_000_000, 7_200_000_000].map(Duration::from_micros);
        assert_eq!(
            times.map(time),
            ["999 µs", "1.0 ms", "999.9 ms", "1.0 s", "119.0 s", "2.0 min", "2.0 h"]
        );
        assert_eq!(
            [1023, 1024, (1 << 20) - 1, 1 << 20, u64::MAX].map(size),
            ["1023 B", "1.0 KiB", "1.0 MiB", "1.0 MiB", "16.0 EiB"]
        );
    }
}
