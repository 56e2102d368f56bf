//! Valid statements that cover the grammars of PostgreSQL 15, MariaDB 10.11 and SQLite. An integration test sends each
//! to its server.
//!
//! A line `## name` begins a section of SELECTs. A line `## name => t u` begins a section of statements that write
//! these tables.

use proptest::prelude::*;

use super::super::{split, statement};
use super::{Dialect, StatementKind, Tables, analyse, show};
use crate::sql::{StatementFacts, TableName};

const CORPORA: [(Dialect, &str); 3] = [
    (Dialect::Sqlite, include_str!("corpus/sqlite.sql")),
    (Dialect::Postgres, include_str!("corpus/postgres.sql")),
    (Dialect::Mysql, include_str!("corpus/mysql.sql")),
];

/// For each corpus, how many statements are parsed, and how many are understood. The numbers may only grow.
const FLOORS: [(usize, usize); 3] = [(292, 303), (289, 306), (269, 304)];

struct Line {
    section: &'static str,
    /// `None` for a SELECT.
    writes: Option<Vec<&'static str>>,
    sql: &'static str,
}

fn lines(corpus: &'static str) -> Vec<Line> {
    let (mut section, mut writes) = ("", None);
    let mut lines = Vec::new();
    for line in corpus.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            let (name, tables) = title
                .split_once(" => ")
                .map_or((title, None), |(name, tables)| (name, Some(tables)));
            section = name;
            writes = tables.map(|tables| tables.split(", ").collect());
        } else {
            lines.push(Line {
                section,
                writes: writes.clone(),
                sql: line,
            });
        }
    }
    lines
}

fn facts(sql: &str, dialect: Dialect) -> StatementFacts {
    match analyse(sql, dialect).statements() {
        [facts] => facts.clone(),
        _ => StatementFacts::unknown(""),
    }
}

fn is_parsed(sql: &str, dialect: Dialect) -> bool {
    let Ok(statements) = split::split(sql, dialect) else {
        return false;
    };
    let [tokens] = &*statements else { return false };
    statement::parsed(tokens, "", dialect).is_some_and(|facts| facts.kind != StatementKind::Unknown)
}

fn has(tables: &Tables, name: &str) -> bool {
    match tables {
        Tables::Everything => true,
        Tables::Known(names) => names.contains(&TableName::new(name)),
    }
}

#[test]
fn valid_statements_are_understood() {
    let mut wrong = Vec::new();
    for ((dialect, corpus), floor) in CORPORA.into_iter().zip(FLOORS) {
        let lines = lines(corpus);
        let mut unknown = 0;
        let mut fallback = 0;
        for Line { section, writes, sql } in &lines {
            let facts = facts(sql, dialect);
            let understood = match writes {
                _ if facts.kind == StatementKind::Unknown => {
                    println!("{dialect:?} {section}: unknown: {sql}");
                    unknown += 1;
                    continue;
                }
                None => {
                    let locks = *section == "Locks" && !sql.contains("READ ONLY");
                    facts.kind == StatementKind::Select { locks } && facts.writes.is_empty()
                }
                Some(tables) => {
                    let all = tables.iter().all(|table| has(&facts.writes.tables(), table));
                    facts.kind == StatementKind::Write && all && !has(&facts.writes.tables(), "bystander")
                }
            };
            if !understood {
                wrong.push(format!("{dialect:?} {section}: {sql}\n    {facts:?}"));
            }
            fallback += usize::from(!is_parsed(sql, dialect));
        }
        let understood = lines.len() - unknown;
        let parsed = understood - fallback;
        println!(
            "{dialect:?}: {} statements, {parsed} parsed, {fallback} by their tokens, {unknown} unknown",
            lines.len()
        );
        assert!(lines.len() >= 300, "{dialect:?}: {}", lines.len());
        assert!(
            (parsed, understood) >= floor && understood >= floor.1,
            "{dialect:?}: fewer statements are understood than before: {parsed} parsed of {understood}"
        );
        if (parsed, understood) != floor {
            wrong.push(format!("{dialect:?}: raise the floor to {:?}", (parsed, understood)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Every table that is named directly after FROM, JOIN, TABLE or ONLY is among the tables that a statement reads.
#[test]
fn no_table_is_missed() {
    const TABLES: [&str; 9] = ["t", "u", "w", "tree", "ids", "parts", "history", "mail", "tv"];
    for (dialect, corpus) in CORPORA {
        for Line { sql, .. } in lines(corpus) {
            let reads = facts(sql, dialect).reads;
            let bare = sql.split('\'').step_by(2).collect::<Vec<_>>().join(" '' ");
            let bare = bare
                .split("--")
                .next()
                .unwrap_or_default()
                .replace(['(', ')', ','], " ");
            let words: Vec<&str> = bare.split_whitespace().collect();
            for pair in words.windows(2) {
                let named = matches!(pair[0], "FROM" | "JOIN" | "TABLE" | "ONLY") && TABLES.contains(&pair[1]);
                assert!(!named || has(&reads, pair[1]), "{dialect:?}: {sql}: {}", show(&reads));
            }
        }
    }
}

/// Chooses a line of a corpus, and a place in it between two words outside literals, comments and hints.
fn places() -> impl Strategy<Value = (Dialect, &'static str, usize)> {
    let corpora = CORPORA.map(|(dialect, corpus)| {
        let lines = lines(corpus).into_iter().map(|line| line.sql);
        let plain = lines.filter(|sql| ["--", "/*", "#", "[", "`"].iter().all(|mark| !sql.contains(mark)));
        (dialect, plain.collect::<Vec<_>>())
    });
    (
        prop::sample::select(corpora.to_vec()),
        any::<prop::sample::Index>(),
        any::<prop::sample::Index>(),
    )
        .prop_map(|((dialect, lines), line, place)| {
            let sql = lines[line.index(lines.len())];
            let spaces: Vec<usize> = sql.match_indices(' ').map(|(place, _)| place).collect();
            let ends = |place: &usize| !analyse(&sql[..*place], dialect).unfinished;
            let spaces: Vec<usize> = spaces.into_iter().filter(ends).chain([sql.len()]).collect();
            (dialect, sql, spaces[place.index(spaces.len())])
        })
}

const WRITING: [&str; 14] = [
    "(INSERT INTO secret VALUES (1))",
    "(INSERT INTO secret VALUES (1) RETURNING *)",
    "AS (DELETE FROM secret)",
    "AS NOT MATERIALIZED (DELETE FROM secret RETURNING *)",
    ", x AS (UPDATE secret SET a = 1)",
    "WITH x AS (UPDATE secret SET a = 1 RETURNING *)",
    "; DELETE FROM secret",
    "; UPDATE secret SET a = 1;",
    "; INSERT INTO secret VALUES (1);",
    ") INSERT INTO secret VALUES (1) (",
    ") UPDATE secret SET a = 1",
    ") DELETE FROM secret",
    "SET x INSERT INTO secret SELECT 1",
    "(WITH y AS (SELECT 1) DELETE FROM secret USING y)",
];

#[test]
fn no_bracket_behind_a_collation_is_left_to_its_operand() {
    for collation in ["AS", "\"C\"", "COLLATE \"C\""] {
        let text = format!("SELECT s::text COLLATE {collation} (DELETE FROM secret) \"C\" FROM t");
        let analysis = analyse(&text, Dialect::Postgres);
        assert!(has(&analysis.writes().tables(), "secret"), "{text}: {analysis:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// A text that writes is never taken for one that only reads, wherever the part that writes is, and whatever it
    /// makes of the rest.
    #[test]
    fn no_write_is_taken_for_a_read((dialect, sql, place) in places(), writing in prop::sample::select(WRITING.to_vec())) {
        let (before, after) = sql.split_at(place);
        for text in [format!("{before} {writing}{after}"), format!("{before} {writing} {}", after.replace(' ', "\n"))] {
            let analysis = analyse(&text, dialect);
            prop_assert!(has(&analysis.writes().tables(), "secret"), "{:?}: {}\n{:?}", dialect, text, analysis);
        }
    }

    /// The same holds if something else breaks the text.
    #[test]
    fn no_broken_write_is_taken_for_a_read((dialect, sql, place) in places(), junk in "[a-z(),=*1]{1,6}( [a-z(),=*1]{1,4})?") {
        let (before, after) = sql.split_at(place);
        // Junk between the words of a head would leave another statement.
        const HEADS: [&str; 13] = ["INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE", "INTO", "OR", "IGNORE", "LOW_PRIORITY", "QUICK", "NEXT", "VALUE", "FOR"];
        if HEADS.iter().any(|head| before.split([' ', '(']).next_back() == Some(head)) {
            return Ok(());
        }
        let was = facts(sql, dialect).writes.tables();
        let text = format!("{before} {junk}{after}");
        let analysis = analyse(&text, dialect);
        if let Tables::Known(names) = was {
            // The junk may have become the name of the table.
            let named = |name: &TableName| has(&analysis.writes().tables(), name.as_str()) || analysis.statements().iter().any(|facts| facts.kind == StatementKind::Write);
            prop_assert!(names.iter().all(named), "{:?}: {}\n{:?}", dialect, text, analysis);
        }
    }
}
