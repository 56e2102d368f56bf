//! Checks that the cache never returns rows that are older than it promises, from a history of what many processes have
//! written and loaded.
//!
//! `checker --help` says how to run it, and [`verify`] how it judges. A run creates a database and a cache, and starts
//! processes of this same program, which load and write ([`worker`]). It may kill them ([`run`]) or leave a commit in
//! doubt ([`doubt`]). In the end it reads the records that they have left ([`history`]). The processes may be machines,
//! which share no directory but only a Redis server ([`machines`]).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a checker that cannot go on has failed"
)]
#![allow(missing_docs, unreachable_pub, reason = "a program, not a library")]

mod doubt;
mod engine;
mod faults;
mod history;
mod machines;
mod model;
mod operations;
mod options;
mod report;
mod run;
mod tasks;
mod verify;
mod worker;

use std::env;
use std::process::ExitCode;

use diesel_cache::fault;
use diesel_cache_tests::{Mysql, PostgresDatabase as Postgres, Sqlite};

use crate::engine::Engine;
use crate::options::{Arguments, Options, Told, USAGE};

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    let done = match words.first().map(String::as_str) {
        Some("--help" | "-h") => {
            print!("{USAGE}");
            Ok(ExitCode::SUCCESS)
        }
        Some(role @ ("worker" | "finale" | "sleeper" | "cut" | "beside")) => {
            Arguments::new(words.iter().skip(1).cloned())
                .and_then(Told::new)
                .and_then(|told| serve(role, told))
        }
        _ => Arguments::new(words.iter().cloned())
            .and_then(Options::new)
            .and_then(|options| check(&options)),
    };
    done.unwrap_or_else(|error| {
        eprintln!("checker: {error}");
        ExitCode::from(2)
    })
}

/// Runs a worker.
fn serve(role: &str, told: Told) -> Result<ExitCode, String> {
    if let Some(mutation) = told.mutation {
        fault::mutate(mutation);
    }
    match told.backend.as_str() {
        Sqlite::NAME => serve_on::<Sqlite>(role, told),
        Postgres::NAME => serve_on::<Postgres>(role, told),
        Mysql::NAME => serve_on::<Mysql>(role, told),
        other => return Err(format!("no backend {other}")),
    }
    Ok(ExitCode::SUCCESS)
}

fn serve_on<E: tasks::Tasks>(role: &str, told: Told) {
    match role {
        "worker" => worker::work::<E>(&told.orders, told.faults),
        "finale" => worker::finale::<E>(&told.orders),
        "beside" => doubt::beside::<E>(&told.orders),
        "sleeper" => doubt::sleep::<E>(&told.orders),
        _ => doubt::be_cut::<E>(&told.orders),
    }
}

/// Checks the requested backends.
fn check(options: &Options) -> Result<ExitCode, String> {
    let mut found = Vec::new();
    for backend in [Sqlite::NAME, Postgres::NAME, Mysql::NAME] {
        let needs_server = options.doubt.is_some() || options.machines.is_some();
        if options.backend == backend || options.backend == "all" && (backend != Sqlite::NAME || !needs_server) {
            found.push(match backend {
                Sqlite::NAME => check_on::<Sqlite>(options)?,
                Postgres::NAME => check_on::<Postgres>(options)?,
                _ => check_on::<Mysql>(options)?,
            });
        }
    }
    match found.contains(&true) {
        _ if found.is_empty() => Err(format!("no backend {}", options.backend)),
        true => Ok(ExitCode::from(1)),
        false => Ok(ExitCode::SUCCESS),
    }
}

/// Returns `true` if a conclusive round has found a violation that is not excused. Otherwise an inconclusive round is
/// an error.
fn check_on<E: Engine>(options: &Options) -> Result<bool, String> {
    if options.doubt.is_some() && !E::SERVER {
        return Err(format!("{} commits nothing when its client is dead", E::NAME));
    }
    if options.machines.is_some() && !E::SERVER {
        return Err(format!("machines cannot share a database of {}", E::NAME));
    }
    let mut inconclusive = Ok(false);
    for round in 0..u64::from(options.rounds) {
        let seed = options.seed.wrapping_add(round);
        let run = run::run::<E>(options, seed).map_err(|error| format!("{}: {error}", E::NAME))?;
        let violations = verify::verify(&run.history);
        report::print(E::NAME, seed, &run, &violations);
        match &run.inconclusive {
            // Another round may be conclusive.
            Some(why) => inconclusive = Err(format!("{}: inconclusive: {why}", E::NAME)),
            None if violations.iter().any(|violation| !violation.is_excused) => return Ok(true),
            None => {}
        }
    }
    inconclusive
}
