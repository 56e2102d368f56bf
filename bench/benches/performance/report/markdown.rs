//! Writes the figures and the plots to the documentation. Tables go between markers, so that the text around them
//! stays.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use super::goals::Verdict;
use super::{curves, micros, plot};
use crate::bench::SIZES;
use crate::counts::{Counts, SERIES, percent};
use crate::figures::Group;
use crate::groups::grouped;

/// The groups in the plot.
const SHOWN: [&str; 5] = [
    "memory/person/11",
    "fresh/person/11",
    "miss/postgres",
    "threads/8",
    "growth/memory",
];

/// Replaces the text between the markers of `performance.md`, and the plot `performance.svg`.
pub(crate) fn record(docs: &Path, groups: &[Group], verdicts: &[Verdict], machine: &[String]) {
    let path = docs.join("performance.md");
    let mut page = fs::read_to_string(&path).unwrap();
    let machine: String = machine.iter().map(|line| format!("- {line}\n")).collect();
    replace(&mut page, "machine", &machine);
    replace(&mut page, "goals", &goals(verdicts));
    replace(&mut page, "figures", &figures(groups));
    fs::write(path, page).unwrap();
    let shown: Vec<&Group> = SHOWN
        .iter()
        .filter_map(|name| groups.iter().find(|group| group.name == *name))
        .collect();
    fs::write(docs.join("performance.svg"), plot::several(&shown)).unwrap();
}

/// Replaces the tables of counts in `performance.md`, and the plot `precision.svg`, by the counts of the group
/// `precision`.
///
/// # Panics
///
/// If only a part of the group was counted.
pub(crate) fn record_counts(docs: &Path, counts: &[Counts]) {
    let counted: Vec<&Counts> = counts
        .iter()
        .filter(|counts| counts.name.starts_with("precision/"))
        .collect();
    assert_eq!(counted.len(), 3, "all of the group `precision` is recorded, or nothing");
    let path = docs.join("performance.md");
    let mut page = fs::read_to_string(&path).unwrap();
    let mut text = String::new();
    for counts in &counted {
        hits(&mut text, counts);
    }
    replace(&mut page, "counts", &text);
    fs::write(path, page).unwrap();
    let series: Vec<&Counts> = counted.into_iter().filter(|counts| counts.is_series).collect();
    fs::write(docs.join("precision.svg"), curves::several(&series)).unwrap();
}

/// Writes a table with a row for each count: its hits per load, and per possible hit.
fn hits(text: &mut String, counts: &Counts) {
    let _ = writeln!(
        text,
        "{}. {}\n\n| {} | {} | by row ÷ possible | by table ÷ possible |\n| --- |{}",
        counts.title,
        counts.note,
        counts.axis,
        SERIES.join(" | "),
        " --- |".repeat(SERIES.len() + 2)
    );
    for count in &counts.counts {
        let shares = count.shares().map(percent).join(" | ");
        let [by_row, by_table] = count.of_possible();
        let _ = writeln!(text, "| {} | {shares} | {by_row:.2} | {by_table:.2} |", count.label);
    }
    text.push('\n');
}

fn replace(page: &mut String, marker: &str, text: &str) {
    let (begin, end) = (format!("<!-- {marker} -->\n"), format!("<!-- end of {marker} -->"));
    let from = page.find(&begin).expect("the marker") + begin.len();
    let to = page.find(&end).expect("the end marker");
    page.replace_range(from..to, text);
}

fn goals(verdicts: &[Verdict]) -> String {
    let mut table = "| | ratio | goal | measured | middle half | |\n| --- | --- | --- | --- | --- | --- |\n".to_owned();
    for verdict in verdicts {
        let ratio = verdict
            .ratio
            .map_or_else(|| "not measured".into(), |ratio| format!("{ratio:.2}"));
        let range = verdict
            .middle
            .map_or_else(String::new, |(low, high)| format!("{low:.2} – {high:.2}"));
        let outcome = match verdict.reached {
            Some(true) => "reached",
            Some(false) => "**missed**",
            None => "",
        };
        let (id, bound) = (verdict.goal.id, verdict.goal.bound());
        let _ = writeln!(
            table,
            "| {id} | {} | {bound} | {ratio} | {range} | {outcome} |",
            verdict.goal.what
        );
    }
    table
}

fn figures(groups: &[Group]) -> String {
    let mut text = String::new();
    let find = |name: &str| groups.iter().find(|group| group.name == name);
    for (kind, title) in [("memory", "Memory hits"), ("fresh", "First load in a fresh process")] {
        let columns: Vec<&Group> = ["person", "invoice"]
            .iter()
            .flat_map(|model| {
                SIZES
                    .iter()
                    .filter_map(move |rows| find(&format!("{kind}/{model}/{rows}")))
            })
            .collect();
        let _ = writeln!(text, "{title}, rows × columns:\n");
        let heads = columns.iter().map(|group| {
            let mut parts = group.name.split('/').skip(1);
            let columns = if parts.next() == Some("person") { 2 } else { 12 };
            let rows = parts
                .next()
                .and_then(|rows| rows.parse().ok())
                .map_or_else(String::new, grouped);
            format!("{rows} × {columns}")
        });
        table(&mut text, heads.collect(), &columns);
    }
    let several: [(&str, &[&str]); 6] = [
        (
            "Hits by several threads, time for one operation of all",
            &["threads/1", "threads/2", "threads/8"],
        ),
        ("Misses, 11 rows", &["miss/sqlite", "miss/postgres", "miss/mariadb"]),
        (
            "INSERT of one row",
            &["write/sqlite", "write/postgres", "write/mariadb"],
        ),
        ("Query on SQLite WAL and store, 11 rows", &["store/sqlite"]),
        (
            "Hits with and without row precision, 1 row by id, 4 by post_id",
            &["rows/hit"],
        ),
        ("UPDATE by key, commit without fsync", &["rows/write"]),
    ];
    for (title, names) in several {
        let columns: Vec<&Group> = names.iter().filter_map(|name| find(name)).collect();
        let _ = writeln!(text, "{title}:\n");
        let heads = names
            .iter()
            .map(|name| name.split('/').nth(1).unwrap_or_default().to_owned());
        table(&mut text, heads.collect(), &columns);
    }
    let series = [
        ("growth/memory", "Memory hits by the number of entries"),
        ("growth/disk", "Disk hits by the number of entries"),
        ("overwrite", "Disk hits by the number of times that the key was written"),
    ];
    for (name, title) in series {
        let Some(group) = find(name) else { continue };
        let _ = writeln!(text, "{title}:\n");
        by_count(&mut text, group);
    }
    text
}

/// Writes a table with a row for each case and a column for each group.
fn table(text: &mut String, heads: Vec<String>, columns: &[&Group]) {
    let _ = writeln!(
        text,
        "| | {} |\n| --- |{}",
        heads.join(" | "),
        " --- |".repeat(heads.len())
    );
    let mut names: Vec<&str> = Vec::new();
    for case in columns.iter().flat_map(|group| &group.cases) {
        if !names.contains(&&*case.name) {
            names.push(&case.name);
        }
    }
    for name in names {
        let _ = write!(text, "| {name} |");
        for group in columns {
            let value = group.case(name).map_or_else(String::new, |case| micros(case.median()));
            let _ = write!(text, " {value} |");
        }
        text.push('\n');
    }
    text.push('\n');
}

/// Writes a table with a row for each series and a column for each number of entries.
fn by_count(text: &mut String, group: &Group) {
    let parts = || group.cases.iter().filter_map(|case| case.name.split_once(" @ "));
    let (mut names, mut counts): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
    for (name, count) in parts() {
        if !names.contains(&name) {
            names.push(name);
        }
        if !counts.contains(&count) {
            counts.push(count);
        }
    }
    let _ = writeln!(
        text,
        "| | {} |\n| --- |{}",
        counts.join(" | "),
        " --- |".repeat(counts.len())
    );
    for name in names {
        let _ = write!(text, "| {name} |");
        for count in &counts {
            let value = group
                .case(&format!("{name} @ {count}"))
                .map_or_else(String::new, |case| micros(case.median()));
            let _ = write!(text, " {value} |");
        }
        text.push('\n');
    }
    text.push('\n');
}
