//! First loads in a fresh process, which are what a disk region is for.
//!
//! This process fills the stores. Then it starts the same program several times. Each child opens all stores and loads
//! every key once from each: a few keys from one store, a few from the next, and so on. Then it prints the medians.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use diesel::prelude::*;
use diesel_cache_bench::{Ask, Invoice, Person};
use serde::{Deserialize, Serialize};

use super::grouped;
use crate::bench::{Bench, SIZES};
use crate::figures::{Case, Group};
use crate::stores;

/// The task of a child, which reads it from a file.
#[derive(Serialize, Deserialize, Debug)]
pub(crate) struct Task {
    pub(crate) model: String,
    pub(crate) rows: i32,
    pub(crate) keys: i32,
    pub(crate) sqlite: String,
}

pub(crate) fn run(bench: &mut Bench) {
    for rows in SIZES {
        group::<Person>(bench, rows);
    }
    for rows in SIZES {
        group::<Invoice>(bench, rows);
    }
}

fn group<R: Ask<SqliteConnection>>(bench: &mut Bench, rows: i32) {
    let name = format!("fresh/{}/{rows}", R::NAME);
    if !bench.arguments.wants(&name) {
        return;
    }
    let keys = match (rows, bench.arguments.quick) {
        (10_000, true) => 2,
        (_, true) => 16,
        (10_000, false) => 8,
        (273, false) => 128,
        (_, false) => 512,
    };
    let columns = if R::NAME == "person" { 2 } else { 12 };
    let title = format!(
        "First load in a fresh process, {} rows of {columns} columns",
        grouped(rows as usize)
    );
    let directory = bench.directory();
    let task = Task {
        model: R::NAME.into(),
        rows,
        keys,
        sqlite: bench.sqlite.url().into(),
    };
    stores::fill::<R>(&directory, &task);
    std::fs::write(directory.join("task.json"), serde_json::to_vec(&task).unwrap()).unwrap();

    let rounds = if bench.arguments.quick { 1 } else { 11 };
    let mut group = Group::new(name, title).note(format!(
        "{keys} keys, each loaded once from each store; the median of a process is one round. The page cache is warm. \
         The first line is the first load of all, with opening the cache and attaching the connection.",
    ));
    for _ in 0..rounds {
        let output = Command::new(std::env::current_exe().unwrap())
            .arg("--child")
            .arg(&directory)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "the child failed: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        let figures: Vec<(String, f64)> = serde_json::from_slice(&output.stdout).unwrap();
        for (name, micros) in figures {
            if group.case(&name).is_none() {
                group.cases.push(Case::new(&name));
            }
            let case = group.cases.iter_mut().find(|case| case.name == name).unwrap();
            case.push(Duration::from_secs_f64(micros / 1e6), 1);
        }
    }
    bench.add(group);
}

/// Runs the child's part.
pub(crate) fn child(directory: &Path) {
    let task: Task = serde_json::from_slice(&std::fs::read(directory.join("task.json")).unwrap()).unwrap();
    let figures = match &*task.model {
        "person" => stores::first_loads::<Person>(directory, &task),
        _ => stores::first_loads::<Invoice>(directory, &task),
    };
    println!("{}", serde_json::to_string(&figures).unwrap());
}
