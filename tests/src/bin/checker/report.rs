//! The report for human readers.

use std::collections::BTreeMap;

use crate::history::{History, Outcome, Source};
use crate::run::Run;
use crate::verify::Violation;

/// Prints one block for a run: what was done, and the first violation.
pub fn print(backend: &str, seed: u64, run: &Run, violations: &[Violation]) {
    let history = &run.history;
    let loads = |source| history.loads.iter().filter(|load| load.source == source).count();
    println!("{backend} (seed {seed})");
    println!(
        "  loads       {:>8}   hits {}, misses {}, while written {}, uncached {}",
        history.loads.len(),
        loads(Source::Hit),
        loads(Source::Miss),
        loads(Source::Bypass),
        loads(Source::Database),
    );
    let [committed, rolled_back, unknown] = outcomes(history);
    println!(
        "  writes      {:>8}   committed {committed}, rolled back {rolled_back}, unknown {unknown}",
        history.writes.len()
    );
    if run.killed > 0 {
        let mut at: BTreeMap<&str, u32> = BTreeMap::new();
        history
            .deaths
            .iter()
            .for_each(|point| *at.entry(point).or_default() += 1);
        let at: Vec<_> = at.iter().map(|(point, count)| format!("{point} {count}")).collect();
        println!("  killed      {:>8}   at a point: {}", run.killed, at.join(", "));
    }
    if !run.faults.is_empty() {
        let faults: Vec<_> = run
            .faults
            .iter()
            .map(|(name, count)| format!("{name} {count}"))
            .collect();
        println!(
            "  faults               {}; unfenced writes {}",
            faults.join(", "),
            history.unfenced.len()
        );
    }
    let excused = violations.iter().filter(|violation| violation.is_excused).count();
    println!("  violations  {:>8}", violations.len() - excused);
    if excused > 0 {
        println!("  excused     {excused:>8}   older than writes that went on without the other machines");
    }
    if let Some(first) = violations.iter().find(|violation| !violation.is_excused) {
        println!("the first:\n  {first}");
        for line in context(history, first) {
            println!("    {line}");
        }
    }
}

fn outcomes(history: &History) -> [usize; 3] {
    let count = |outcome| {
        let is = |end: &Option<(_, Outcome)>| end.as_ref().map_or(Outcome::Unknown, |(_, it)| *it) == outcome;
        history.writes.values().filter(|write| is(&write.end)).count()
    };
    [Outcome::Committed, Outcome::RolledBack, Outcome::Unknown].map(count)
}

/// Returns the writes that the explanation names.
fn context(history: &History, violation: &Violation) -> Vec<String> {
    let named = |writer: &i64| {
        violation
            .what
            .split(|c: char| !c.is_ascii_digit())
            .any(|it| it == writer.to_string())
    };
    let writes = history.writes.iter().filter(|(writer, _)| named(writer));
    let lines = writes.map(|(writer, write)| {
        let rows: Vec<_> = write.rows.iter().map(|&row| crate::model::name(row)).collect();
        let end = match write.end {
            Some((at, outcome)) => format!("{outcome:?} at {at}"),
            None => "never ended".into(),
        };
        let alone = if history.is_unfenced(*writer) {
            ", without the other machines"
        } else {
            ""
        };
        format!(
            "write {writer} ({}) of {} began at {} to {:?}: {end}{alone}",
            write.how,
            rows.join(", "),
            write.begun,
            write.intent
        )
    });
    lines.take(8).collect()
}
