//! Describes the machine and the circumstances of the measurement.

use std::fs;
use std::path::Path;
use std::time::Duration;

use diesel_cache_bench::hardware;

use crate::bench::Bench;
use crate::pin;

/// Returns one line for each fact that a reader may want to know.
pub(crate) fn describe(bench: &Bench, took: Duration) -> Vec<String> {
    let mut lines = vec![hardware()];
    lines.push(if pin::cpus().is_empty() {
        "Nothing is pinned to a CPU.".into()
    } else {
        format!(
            "The client is pinned to CPU {}, but for the groups with threads. Servers are pinned where their lines say so.",
            pin::cpus()[0],
        )
    });
    lines.push(format!(
        "PostgreSQL is reached by {}, MariaDB by {}. Their settings are their own.",
        bench.postgres.way(),
        bench.mysql.way(),
    ));
    lines.push(format!(
        "Caches and files are on {}.",
        file_system(&bench.at).unwrap_or("an unknown file system".into())
    ));
    let options = if bench.arguments.line.is_empty() {
        "no options".into()
    } else {
        format!("`{}`", bench.arguments.line)
    };
    let busy = bench.load.as_deref().unwrap_or("unknown");
    let seconds = took.as_secs();
    lines.push(format!(
        "Run with {options}, in {seconds} seconds. The load average before it was {busy}: 0 is a quiet machine."
    ));
    if bench.arguments.quick {
        lines.push("A quick run: it shows that everything works, its figures mean little.".into());
    }
    lines
}

/// Returns the type of the file system that holds a path.
fn file_system(path: &Path) -> Option<String> {
    let mounts = fs::read_to_string("/proc/mounts").ok()?;
    let mounts = mounts.lines().filter_map(|line| {
        let mut words = line.split(' ').skip(1);
        Some((words.next()?, words.next()?))
    });
    let holding = mounts.filter(|(at, _)| path.starts_with(at));
    holding.max_by_key(|(at, _)| at.len()).map(|(_, kind)| kind.to_owned())
}
