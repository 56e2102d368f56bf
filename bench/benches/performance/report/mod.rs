//! From figures to a report.

use std::path::Path;
use std::time::Duration;

use crate::bench::Bench;
use crate::figures::Group;

pub(crate) fn print(group: &Group) {
    println!("{} — {}", group.name, group.title);
    for case in &group.cases {
        println!(
            "    {:<44} {:>12.3} µs   ({} rounds)",
            case.name,
            case.median(),
            case.micros.len()
        );
    }
}

pub(crate) fn write(_: &Bench, _: &Path, took: Duration) {
    println!("{took:?}");
}
