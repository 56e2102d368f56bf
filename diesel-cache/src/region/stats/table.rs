//! Statistics printed for people.

use std::fmt;
use std::time::Duration;

use super::super::print::{self, reasons, size, time};
use super::{BYPASSES, CAUSES, MISSES, REFUSALS, RegionStats, TIERS};

impl fmt::Display for RegionStats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.region, ratio(self).unwrap_or_else(|| "no".into()))?;
        f.write_str(" hits\n")?;
        let lines = lines(self);
        print::lines(&lines, f)
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
    let failures = reasons([("read", stats.read_failures), ("store", stats.store_failures)]);
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
    print::table(&table, &[0], f)
}

/// Returns the hit ratio; `None` if there were no hits and no misses.
fn ratio(stats: &RegionStats) -> Option<String> {
    (stats.hits() + stats.misses() > 0).then(|| format!("{:.1} %", stats.hit_ratio() * 100.0))
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
            bypasses: [0, 0, 3, 0, 0, 0, 0, 0, 0],
            refusals: [2, 0, 0, 0, 0],
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
            bypasses: [0, 0, 0, 7, 1, 0, 0, 0, 0],
            refusals: [0, 5, 0, 0, 0],
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
}
