//! Turns figures into reports.

mod curves;
mod goals;
mod html;
mod machine;
mod markdown;
mod plot;

use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::bench::Bench;
use crate::counts::{Counts, SERIES, percent};
use crate::figures::Group;

/// Prints a group that has been measured.
pub(crate) fn print(group: &Group) {
    println!("{} — {}", group.name, group.title);
    for case in &group.cases {
        println!(
            "    {:<44} {:>9}   ({} rounds)",
            case.name,
            micros(case.median()),
            case.micros.len()
        );
    }
}

/// Prints counts that are complete.
pub(crate) fn print_counts(counts: &Counts) {
    println!("{} — {}", counts.name, counts.title);
    let [possible, by_row, by_table] = SERIES;
    println!(
        "    {:<44} {possible:>9} {by_row:>9} {by_table:>9}   of the loads; ÷ possible: by row, by table",
        counts.axis
    );
    for count in &counts.counts {
        let [possible, by_row, by_table] = count.shares().map(percent);
        let [of_row, of_table] = count.of_possible();
        println!(
            "    {:<44} {possible:>9} {by_row:>9} {by_table:>9}   {of_row:>5.3} {of_table:>5.3} ({} loads)",
            count.label, count.loads
        );
    }
}

/// Writes the reports to the directory, and to the documentation if the command line demands it.
pub(crate) fn write(bench: &Bench, directory: &Path, took: Duration) {
    let verdicts = goals::judge(&bench.groups, &bench.counts);
    for verdict in &verdicts {
        if let Some(ratio) = verdict.ratio {
            let outcome = match verdict.reached {
                Some(true) => "reached",
                Some(false) => "MISSED",
                None => "",
            };
            let (id, bound) = (verdict.goal.id, verdict.goal.bound());
            let range = match verdict.middle {
                Some((low, high)) => format!("({low:.3} to {high:.3})"),
                None => "(counted)".into(),
            };
            println!(
                "{id:<4}{ratio:>8.3} {range:<16}  {bound:<8}{outcome:<9}{}",
                verdict.goal.what
            );
        }
    }
    let machine = machine::describe(bench, took);
    fs::write(
        directory.join("report.html"),
        html::page(&bench.groups, &bench.counts, &verdicts, &machine),
    )
    .unwrap();
    fs::write(
        directory.join("figures.json"),
        serde_json::to_vec_pretty(&bench.groups).unwrap(),
    )
    .unwrap();
    fs::write(
        directory.join("counts.json"),
        serde_json::to_vec_pretty(&bench.counts).unwrap(),
    )
    .unwrap();
    println!("{}", directory.join("report.html").display());
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    if bench.arguments.record || bench.arguments.record_counts {
        markdown::record_counts(&docs, &bench.counts);
        println!("{}", docs.join("precision.svg").display());
    }
    if bench.arguments.record {
        markdown::record(&docs, &bench.groups, &verdicts, &machine);
        println!("{}", docs.join("performance.md").display());
    }
}

/// Formats a time: `35 ns`, `1.24 µs`, `310 µs`, `4.28 ms`.
pub(crate) fn micros(micros: f64) -> String {
    let (value, unit) = match micros {
        _ if micros < 0.9995 => (micros * 1e3, "ns"),
        _ if micros < 999.5 => (micros, "µs"),
        _ => (micros / 1e3, "ms"),
    };
    match value {
        _ if value < 9.995 && value.fract().abs() > 1e-9 => format!("{value:.2} {unit}"),
        _ if value < 99.95 && value.fract().abs() > 1e-9 => format!("{value:.1} {unit}"),
        _ => format!("{value:.0} {unit}"),
    }
}
