//! The command line.

use std::path::PathBuf;

const USAGE: &str = "\
usage: cargo bench -p diesel-cache-bench [-- [option ...] [filter ...]]

Measures, and writes report.html, figures.json and counts.json to target/diesel-cache-bench. With filters,
only the groups whose name contains one of them: memory, tasks, fresh, store, miss, write, growth,
overwrite, rows, relations, threads, precision.

  --quick            a few rounds of everything: shows that it works, not how fast it is
  --large            1,000,000 entries on disk, too: takes 10 minutes and 8 GB more
  --record           puts the figures and the plots into docs/performance.md, too
  --record-counts    only what is counted, not timed: the group precision, on any machine
  --directory PATH   where the caches are; defaults to target/diesel-cache-bench
  --list             names the groups
  -h, --help

Servers are found by PG_DATABASE_URL and MYSQL_DATABASE_URL, by default the local ones.
";

/// What to run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Arguments {
    pub(crate) quick: bool,
    pub(crate) large: bool,
    pub(crate) record: bool,
    pub(crate) record_counts: bool,
    pub(crate) list: bool,
    pub(crate) directory: Option<PathBuf>,
    filters: Vec<String>,
    /// The command line itself, for the report.
    pub(crate) line: String,
}

/// The role of this process.
pub(crate) enum Role {
    Parent(Arguments),
    /// A fresh process, which measures its first loads; see `fresh`.
    Child(PathBuf),
}

impl Arguments {
    pub(crate) fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Role, String> {
        let mut parsed = Self::default();
        let mut arguments = arguments.into_iter();
        let mut line = Vec::new();
        while let Some(argument) = arguments.next() {
            match &*argument {
                "--bench" => continue, // from cargo
                "--quick" => parsed.quick = true,
                "--large" => parsed.large = true,
                "--record" => parsed.record = true,
                "--record-counts" => parsed.record_counts = true,
                "--list" => parsed.list = true,
                "--directory" => {
                    let path = arguments.next().ok_or(USAGE)?;
                    line.push(format!("--directory {path}"));
                    parsed.directory = Some(path.into());
                    continue;
                }
                "--child" => return Ok(Role::Child(arguments.next().ok_or(USAGE)?.into())),
                option if option.starts_with('-') => return Err(USAGE.into()),
                filter => parsed.filters.push(filter.into()),
            }
            line.push(argument);
        }
        parsed.line = line.join(" ");
        if parsed.record_counts && parsed.quick {
            return Err("--record-counts takes a run without --quick".into());
        }
        if parsed.record && (parsed.quick || !parsed.filters.is_empty()) {
            return Err("--record takes a whole run: neither --quick nor a filter".into());
        }
        Ok(Role::Parent(parsed))
    }

    /// Returns `true` if the benchmark should run that group.
    pub(crate) fn wants(&self, group: &str) -> bool {
        if self.list {
            println!("{group}");
            return false;
        }
        self.filters.is_empty() || self.filters.iter().any(|filter| group.contains(&**filter))
    }
}
