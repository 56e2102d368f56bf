//! Checks that a write invalidates every entry whose rows it changes, and measures how many other entries it
//! invalidates as well.
//!
//! The program creates databases with random schemas ([`schema`]), and writes to them in many forms of SQL ([`writes`])
//! through several caches that share a directory. After each write it loads a sample of queries ([`reads`]) with and
//! without a cache: the rows must be the same ([`run`]). `independence --help` says how to run it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a checker that cannot go on has failed"
)]
#![allow(missing_docs, unreachable_pub, reason = "a program, not a library")]

mod engine;
mod reads;
mod run;
mod schema;
mod sql;
mod writes;

use std::env;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use diesel_cache::fault::{self, Mutation};
use diesel_cache_tests::{Mysql, PostgresDatabase, Sqlite};

use crate::engine::Engine;
use crate::run::Totals;

const USAGE: &str = "\
usage: independence [options]

  --backend NAME    sqlite, postgres, mysql or all (all)
  --schemas N       how many schemas, on each backend (20)
  --seconds N       how long at most, on each backend (no limit)
  --seed N          what everything random begins with (1)
  --mutation NAME   leaves out a rule, which must be found: RowsBefore, RowsAfter, RowsUnknown, RowsAny,
                    RowsInserted, RowsSpreading, RowsParents,
                    RowsVolatile, RowsRegistry
";

struct Options {
    backend: String,
    schemas: u64,
    limit: Option<Duration>,
    seed: u64,
}

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    if words.iter().any(|word| word == "--help" || word == "-h") {
        print!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    match options(&words) {
        Ok(options) => check(&options),
        Err(error) => {
            eprintln!("independence: {error}\n\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn options(words: &[String]) -> Result<Options, String> {
    let mut options = Options {
        backend: "all".into(),
        schemas: 20,
        limit: None,
        seed: 1,
    };
    for pair in words.chunks(2) {
        let [name, value] = pair else {
            return Err(format!("{} needs a value", pair[0]));
        };
        let number = || value.parse::<u64>().map_err(|error| format!("{name} {value}: {error}"));
        match name.as_str() {
            "--backend" => options.backend.clone_from(value),
            "--schemas" => options.schemas = number()?,
            "--seconds" => options.limit = Some(Duration::from_secs(number()?)),
            "--seed" => options.seed = number()?,
            "--mutation" => {
                let known = Mutation::ROWS.iter().find(|mutation| format!("{mutation:?}") == *value);
                fault::mutate(*known.ok_or_else(|| format!("no mutation {value}"))?);
            }
            other => return Err(format!("no option {other}")),
        }
    }
    Ok(options)
}

fn check(options: &Options) -> ExitCode {
    let mut wrong = 0;
    for (name, run) in [
        (Sqlite::NAME, explore::<Sqlite> as fn(&Options) -> Totals),
        (PostgresDatabase::NAME, explore::<PostgresDatabase>),
        (Mysql::NAME, explore::<Mysql>),
    ] {
        if options.backend == name || options.backend == "all" {
            let totals = run(options);
            println!("{name:<8}  {totals}");
            wrong += totals.wrong;
        }
    }
    ExitCode::from(u8::from(wrong > 0))
}

fn explore<E: Engine>(options: &Options) -> Totals {
    let deadline = options.limit.map(|limit| Instant::now() + limit);
    let mut totals = Totals::default();
    for seed in options.seed..options.seed + options.schemas {
        if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            break;
        }
        run::explore::<E>(seed, &mut totals);
        if totals.wrong > 0 {
            break;
        }
    }
    totals
}
