//! Statistics printed for people.

use std::fmt;
use std::time::Duration;

use super::{BYPASSES, CAUSES, MISSES, REFUSALS, RegionStats, TIERS};

impl fmt::Display for RegionStats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.region, ratio(self).unwrap_or_else(|| "no".into()))?;
        f.write_str(" hits")?;
        let lines = lines(self);
        let label = lines.iter().map(|(label, ..)| label.len()).max().unwrap_or_default();
        let figure = lines
            .iter()
            .map(|(_, figure, _)| length(figure))
            .max()
            .unwrap_or_default();
        for (name, number, remark) in lines {
            let gap = if remark.is_empty() { "" } else { "  " };
            write!(f, "\n  {name:label$}  {number:>figure$}{gap}{remark}")?;
        }
        Ok(())
    }
}

/// Returns the lines that are not empty: name, figure, remark. Hits, misses and entries are always there.
fn lines(stats: &RegionStats) -> Vec<(&'static str, String, String)> {
    let mut hits = reasons(TIERS.map(|tier| tier.as_str()).into_iter().zip(stats.hits));
    hits.extend((stats.stale_hits > 0).then(|| format!("stale {}", stats.stale_hits)));
    let misses = reasons(MISSES.map(|reason| reason.as_str()).into_iter().zip(stats.misses));
    let causes = reasons(CAUSES.map(|cause| cause.as_str()).into_iter().zip(stats.causes));
    let bypasses = reasons(BYPASSES.map(|reason| reason.as_str()).into_iter().zip(stats.bypasses));
    let mut refusals = reasons(REFUSALS.map(|reason| reason.as_str()).into_iter().zip(stats.refusals)).join(", ");
    if !refusals.is_empty() {
        refusals.insert_str(0, "not stored: ");
    }
    let failures = reasons([("read", stats.read_failures), ("store", stats.store_failures)].into_iter());
    let saved = match stats.saved {
        Duration::ZERO => String::new(),
        saved => format!("saved {}", time(saved)),
    };
    let always = [
        ("hits", stats.hits(), hits.join(", ")),
        ("misses", stats.misses(), misses.join(", ")),
    ];
    let sometimes = [
        ("invalidated by", stats.causes.iter().sum(), causes.join(", ")),
        ("bypasses", stats.bypasses(), bypasses.join(", ")),
        ("shared waits", stats.waits, String::new()),
        ("stores", stats.stores, refusals),
        (
            "failures",
            stats.read_failures + stats.store_failures,
            failures.join(", "),
        ),
        ("evictions", stats.evictions, String::new()),
        ("invalidations", stats.invalidations, String::new()),
    ];
    let mut lines = Vec::new();
    lines.extend(always.map(|(name, number, remark)| (name, number.to_string(), remark)));
    for (name, number, remark) in sometimes {
        if number > 0 || !remark.is_empty() {
            lines.push((name, number.to_string(), remark));
        }
    }
    lines.push(("entries", stats.entries().to_string(), size(stats.bytes())));
    if stats.asking > Duration::ZERO || !saved.is_empty() {
        lines.push(("in database", time(stats.asking), saved));
    }
    lines
}

/// Returns the reasons that have occurred.
fn reasons(counts: impl Iterator<Item = (&'static str, u64)>) -> Vec<String> {
    counts
        .filter(|(_, count)| *count > 0)
        .map(|(reason, count)| format!("{} {count}", reason.replace('_', " ")))
        .collect()
}

/// Prints a table with a line for each region.
pub(crate) fn overview(regions: &[RegionStats], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let head = [
        "region",
        "hits",
        "misses",
        "hit ratio",
        "bypasses",
        "stores",
        "evictions",
        "entries",
        "size",
        "in database",
        "saved",
    ]
    .map(str::to_owned);
    let rows = regions.iter().map(|stats| {
        [
            stats.region.clone(),
            stats.hits().to_string(),
            stats.misses().to_string(),
            ratio(stats).unwrap_or_else(|| "-".into()),
            stats.bypasses().to_string(),
            stats.stores.to_string(),
            stats.evictions.to_string(),
            stats.entries().to_string(),
            size(stats.bytes()),
            time(stats.asking),
            time(stats.saved),
        ]
    });
    let table: Vec<_> = [head].into_iter().chain(rows).collect();
    for (number, row) in table.iter().enumerate() {
        if number > 0 {
            f.write_str("\n")?;
        }
        for (column, cell) in row.iter().enumerate() {
            let width = table.iter().map(|row| length(&row[column])).max().unwrap_or_default();
            match column {
                0 => write!(f, "{cell:width$}")?,
                _ => write!(f, "  {cell:>width$}")?,
            }
        }
    }
    Ok(())
}

/// Returns the hit ratio; `None` if there were no hits and no misses.
fn ratio(stats: &RegionStats) -> Option<String> {
    (stats.hits() + stats.misses() > 0).then(|| format!("{:.1} %", stats.hit_ratio() * 100.0))
}

/// Formats a time with one decimal, in the unit that leaves one to three digits before it.
fn time(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    match time.as_micros() {
        micros @ 0..1_000 => format!("{micros} µs"),
        1_000..1_000_000 => format!("{:.1} ms", seconds * 1e3),
        1_000_000..120_000_000 => format!("{seconds:.1} s"),
        120_000_000..7_200_000_000 => format!("{:.1} min", seconds / 60.0),
        _ => format!("{:.1} h", seconds / 3600.0),
    }
}

fn size(bytes: u64) -> String {
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
    use super::super::TierUsage;
    use super::*;
    use crate::event::Tier;

    fn stats() -> RegionStats {
        RegionStats {
            region: "default".into(),
            hits: [1180, 24, 0, 0],
            stale_hits: 2,
            misses: [50, 0, 0, 0, 56, 0, 0, 0],
            causes: [0, 38, 0, 18, 0, 0, 0, 0, 0, 0],
            bypasses: [0, 0, 3, 0, 0, 0, 0, 0],
            refusals: [2, 0, 0, 0],
            waits: 4,
            stores: 104,
            read_failures: 0,
            store_failures: 0,
            evictions: 12,
            invalidations: 0,
            memory: TierUsage {
                entries: 500,
                bytes: 900_000,
            },
            shared: Some((
                Tier::Disk,
                TierUsage {
                    entries: 812,
                    bytes: 1_300_000,
                },
            )),
            asking: Duration::from_millis(1_412),
            saved: Duration::from_millis(12_345),
        }
    }

    fn idle() -> RegionStats {
        RegionStats {
            region: "hot".into(),
            hits: [0; TIERS.len()],
            stale_hits: 0,
            misses: [0; MISSES.len()],
            causes: [0; CAUSES.len()],
            bypasses: [0; BYPASSES.len()],
            refusals: [0; REFUSALS.len()],
            waits: 0,
            stores: 0,
            evictions: 0,
            memory: TierUsage::default(),
            shared: None,
            asking: Duration::ZERO,
            saved: Duration::ZERO,
            ..stats()
        }
    }

    #[test]
    fn a_region_prints_what_has_happened() {
        let expected = "\
default: 91.9 % hits
  hits             1204  memory 1180, disk 24, stale 2
  misses            106  absent 50, invalidated 56
  invalidated by     56  row 38, unknown rows 18
  bypasses            3  transaction 3
  shared waits        4
  stores            104  not stored: invalidated 2
  evictions          12
  entries           812  1.2 MiB
  in database     1.4 s  saved 12.3 s";
        assert_eq!(stats().to_string(), expected);
    }

    #[test]
    fn an_idle_region_prints_little() {
        let expected = "\
hot: no hits
  hits     0
  misses   0
  entries  0  0 B";
        assert_eq!(idle().to_string(), expected);
    }

    #[test]
    fn rare_lines_print_too() {
        let rare = RegionStats {
            bypasses: [0, 0, 0, 7, 1, 0, 0, 0],
            refusals: [0, 5, 0, 0],
            stores: 0,
            read_failures: 1,
            store_failures: 2,
            invalidations: 3,
            ..idle()
        };
        let expected = "\
hot: no hits
  hits           0
  misses         0
  bypasses       8  being written 7, disabled 1
  stores         0  not stored: too large 5
  failures       3  read 1, store 2
  invalidations  3
  entries        0  0 B";
        assert_eq!(rare.to_string(), expected);
    }

    #[test]
    fn regions_print_side_by_side() {
        let expected = "\
region   hits  misses  hit ratio  bypasses  stores  evictions  entries     size  in database   saved
default  1204     106     91.9 %         3     104         12      812  1.2 MiB        1.4 s  12.3 s
hot         0       0          -         0       0          0        0      0 B         0 µs    0 µs";
        struct All([RegionStats; 2]);
        impl fmt::Display for All {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                overview(&self.0, f)
            }
        }
        assert_eq!(All([stats(), idle()]).to_string(), expected);
    }

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
