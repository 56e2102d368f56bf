//! Writes the figures to the page `docs/service.md`.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use diesel_cache_bench::hardware;

use crate::arguments::Arguments;
use crate::measure::{Table, WRITES};
use crate::outcome::Outcome;
use crate::plot;
use crate::variant::Variant;

/// The share of writes at which the goals are judged.
const JUDGED: i32 = 5;

/// Prints whether the goals were reached, and writes the figures and the plot. Also writes the page if the command line
/// demands it.
pub(crate) fn write(arguments: &Arguments, table: &Table) {
    let goals = goals(table);
    print!("{goals}");
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/diesel-cache-bench");
    fs::create_dir_all(&target).unwrap();
    fs::write(target.join("service.json"), serde_json::to_vec_pretty(table).unwrap()).unwrap();
    fs::write(target.join("service.svg"), plot::draw(table)).unwrap();
    if arguments.record {
        let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
        let path = docs.join("service.md");
        let mut page = fs::read_to_string(&path).unwrap();
        replace(&mut page, "goals", &goals);
        replace(&mut page, "machine", &machine(arguments, table));
        replace(&mut page, "figures", &figures(table));
        fs::write(path, page).unwrap();
        fs::write(docs.join("service.svg"), plot::draw(table)).unwrap();
    }
}

fn replace(page: &mut String, marker: &str, text: &str) {
    let (begin, end) = (format!("<!-- {marker} -->\n"), format!("<!-- end of {marker} -->"));
    let from = page.find(&begin).expect("the marker") + begin.len();
    let to = page.find(&end).expect("the end marker");
    page.replace_range(from..to, text);
}

/// Judges goal P15: this cache compared with no cache.
fn goals(table: &Table) -> String {
    let row = &table.outcomes[WRITES.iter().position(|writes| *writes == JUDGED).unwrap()];
    let of = |variant| row[Variant::ALL.iter().position(|other| *other == variant).unwrap()];
    let (none, ours) = (of(Variant::NoCache), of(Variant::LoadFrom));
    let ratio = |figure: fn(&Outcome) -> f64| figure(&ours) / figure(&none);
    let (requests, p99) = (
        ratio(|outcome| outcome.requests_per_second),
        ratio(|outcome| outcome.p99),
    );
    let (reads_p99, p50) = (ratio(|outcome| outcome.reads_p99), ratio(|outcome| outcome.p50));
    let outcome = |is_reached| if is_reached { "reached" } else { "**missed**" };
    format!(
        "| | `load_from` ÷ no cache, {JUDGED} % writes | goal | measured | |\n\
         | --- | --- | --- | --- | --- |\n\
         | P15 | requests per second | ≥ 3 | {requests:.2} | {} |\n\
         | P15 | 99th percentile of the latency | ≤ 0.5 | {p99:.2} | {} |\n\
         | | … of reads alone | | {reads_p99:.2} | |\n\
         | | median of the latency | | {p50:.2} | |\n",
        outcome(requests >= 3.0),
        outcome(p99 <= 0.5),
    )
}

fn machine(arguments: &Arguments, table: &Table) -> String {
    let busy = table.load_average.as_deref().unwrap_or("unknown");
    format!(
        "- {}; clients, service and database share it.\n\
         - Rounds: {}, of {} s each, after {} s of the same load; the figures are medians. In all {} seconds. The load average \
         before it was {busy}: 0 is a quiet machine.\n",
        hardware(),
        arguments.rounds,
        arguments.measured.as_secs(),
        arguments.warm_up.as_secs(),
        table.seconds,
    )
}

fn figures(table: &Table) -> String {
    let mut text = String::new();
    for (writes, row) in WRITES.iter().zip(&table.outcomes) {
        let _ = writeln!(
            text,
            "{writes} % writes:\n\n| | requests per second | p50 | p99 | reads' p50 | reads' p99 | hits | outdated responses |\n\
             | --- | --- | --- | --- | --- | --- | --- | --- |"
        );
        for (variant, outcome) in Variant::ALL.into_iter().zip(row) {
            let ms = |micros: f64| format!("{:.2} ms", micros / 1e3);
            let hits = match variant {
                Variant::NoCache => String::new(),
                _ => format!("{:.1} %", outcome.hit_ratio * 100.0),
            };
            let _ = writeln!(
                text,
                "| {} | {:.0} | {} | {} | {} | {} | {hits} | {} of {} |",
                variant.name(),
                outcome.requests_per_second,
                ms(outcome.p50),
                ms(outcome.p99),
                ms(outcome.reads_p50),
                ms(outcome.reads_p99),
                outcome.stale,
                outcome.reads,
            );
        }
        text.push('\n');
    }
    text
}
