//! The four examples, each run as a user runs it: as a process, first without any files, and then once more.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel_cache_tests::examples;
use std::path::Path;
use std::process::{Command, Stdio};
use tempfile::TempDir;

#[test]
fn helloworld_asks_for_each_query_once_and_invalidates_all_three() {
    let [first, second] = run_twice("helloworld");

    for run in [&first, &second] {
        assert_eq!(run.statements, 3);
        assert_eq!(run.results_ending_in(": true").len(), 3, "{run:#?}");
        assert_eq!(run.results_ending_in(": false").len(), 0, "{run:#?}");
    }
    assert_eq!(first.results, second.results);
}

#[test]
fn relationship_caching_asks_for_each_related_row_once() {
    let directory = tempfile::tempdir().unwrap();
    let [first, second] = [(); 2].map(|()| run("relationship_caching", directory.path()));

    assert_eq!(first.statements, 1 + related_rows(directory.path()));
    assert_eq!(second.statements, 1);
    assert!(second.sql[0].contains(" JOIN "), "{second:#?}");
    assert_eq!(first.results, second.results);
    assert_eq!(first.results.len(), 50);
}

#[test]
fn advanced_asks_for_the_invalidated_range_alone() {
    let [first, second] = run_twice("advanced");

    assert!(first.statements > second.statements);
    assert_eq!(second.statements, 1);
    assert!(second.sql[0].contains(r#"["person 25", "person 40"]"#), "{second:#?}");
    assert_eq!(first.results, second.results);
}

#[test]
fn batched_programs_ask_once_for_each_table_and_share_the_entries_of_the_lazy_ones() {
    for (program, cold, warm) in [("relationship_caching", 4, 1), ("advanced", 7, 1)] {
        let [batched, lazy] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        let run_with = |arguments: &[&str], directory: &Path| {
            let output = command(program, directory).args(arguments).output().unwrap();
            Run::of(output)
        };
        let first = run_with(&["batched"], batched.path());
        assert_eq!(first.statements, cold, "{first:#?}");
        let expected = run_with(&[], lazy.path());
        assert_eq!(first.results, expected.results, "{program}");
        // Each finds what the other has stored.
        assert_eq!(run_with(&[], batched.path()).statements, warm, "{program}");
        assert_eq!(run_with(&["batched"], lazy.path()).statements, warm, "{program}");
    }
}

#[test]
fn local_session_caching_asks_once_in_each_session() {
    let [first, second] = run_twice("local_session_caching");

    for run in [&first, &second] {
        assert_eq!(run.statements, 2);
        assert_eq!(run.results_ending_in("gave the same object: true").len(), 2, "{run:#?}");
        assert_eq!(run.results_ending_in("the region holds: true").len(), 2, "{run:#?}");
    }
    assert_eq!(first.results, second.results);
}

#[test]
fn deleting_database_and_cache_resets_the_demo() {
    let directory = tempfile::tempdir().unwrap();
    let first = run("relationship_caching", directory.path());

    std::fs::remove_file(directory.path().join("demo.sqlite")).unwrap();
    std::fs::remove_dir_all(directory.path().join("cache")).unwrap();

    assert_eq!(run("relationship_caching", directory.path()), first);
}

#[test]
fn programs_that_start_at_once_on_a_new_directory_install_the_fixture_once() {
    let directory = tempfile::tempdir().unwrap();
    let programs: Vec<_> = (0..4)
        .map(|_| {
            command("relationship_caching", directory.path())
                .stdout(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();

    let runs: Vec<_> = programs
        .into_iter()
        .map(|program| Run::of(program.wait_with_output().unwrap()))
        .collect();

    assert_eq!(runs[0].results.len(), 50);
    assert!(runs.iter().all(|run| run.results == runs[0].results), "{runs:#?}");
}

/// What one run of an example has printed.
#[derive(Debug, PartialEq)]
struct Run {
    /// The statements that reached the database, as the lines show them.
    sql: Vec<String>,
    /// The number in the last line.
    statements: usize,
    /// Every other line.
    results: Vec<String>,
}

impl Run {
    fn of(output: std::process::Output) -> Self {
        assert!(output.status.success(), "{output:#?}");
        let stdout = String::from_utf8(output.stdout).unwrap();

        let (body, statements) = stdout.trim_end().rsplit_once("\nstatements: ").unwrap();
        let (sql, results): (Vec<_>, Vec<_>) = body
            .lines()
            .map(String::from)
            .partition(|line| line.starts_with("SQL: "));

        let run = Self {
            sql,
            statements: statements.parse().unwrap(),
            results,
        };
        assert_eq!(run.sql.len(), run.statements, "{run:#?}");
        run
    }

    fn results_ending_in(&self, end: &str) -> Vec<&String> {
        self.results.iter().filter(|line| line.ends_with(end)).collect()
    }
}

/// Runs an example on a new directory, and again.
fn run_twice(example: &str) -> [Run; 2] {
    let directory: TempDir = tempfile::tempdir().unwrap();
    [(); 2].map(|()| run(example, directory.path()))
}

fn run(example: &str, directory: &Path) -> Run {
    Run::of(command(example, directory).output().unwrap())
}

fn command(example: &str, directory: &Path) -> Command {
    let mut command = Command::new(examples().join(example));
    command.env("DIESEL_CACHE_DEMO_DIR", directory).stdin(Stdio::null());
    command
}

/// The number of postal codes, cities and countries that people's addresses refer to.
fn related_rows(directory: &Path) -> usize {
    let database = directory.join("demo.sqlite");
    let mut conn = SqliteConnection::establish(database.to_str().unwrap()).unwrap();
    let rows = sql::<BigInt>(
        "SELECT count(DISTINCT postal_code.id) + count(DISTINCT city.id) + count(DISTINCT country.id)
         FROM person
         JOIN address ON address.person_id = person.id
         JOIN postal_code ON postal_code.id = address.postal_code_id
         JOIN city ON city.id = postal_code.city_id
         JOIN country ON country.id = city.country_id",
    )
    .get_result::<i64>(&mut conn)
    .unwrap();
    rows.try_into().unwrap()
}
