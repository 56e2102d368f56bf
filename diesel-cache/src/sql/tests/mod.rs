//! Texts, and what is known of them.
#![allow(clippy::unwrap_used)]

mod body;
mod comments;
mod control;
mod corpus;
mod define;
mod diesel;
mod fallback;
mod hostile;
mod observed;
mod operations;
mod property;
mod reads;
mod rows;
mod shown;
mod spelling;
mod unbounded;
mod upkeep;
mod writes;

use super::{Analysis, Columns, Dialect, StatementFacts, StatementKind, Tables, Writes, analyse};

const ALL: &[Dialect] = &[Dialect::Sqlite, Dialect::Postgres, Dialect::Mysql];
const SQLITE: &[Dialect] = &[Dialect::Sqlite];
const POSTGRES: &[Dialect] = &[Dialect::Postgres];
const MYSQL: &[Dialect] = &[Dialect::Mysql];

/// Returns the only statement of `sql`.
#[track_caller]
fn one(sql: &str, dialect: Dialect) -> StatementFacts {
    let analysis = analyse(sql, dialect);
    match analysis.statements() {
        [facts] => facts.clone(),
        several => panic!("{dialect:?}: {sql}: {several:?}"),
    }
}

/// Spells tables as the cases do: `a b`, or `*` for everything.
fn show(tables: &Tables) -> String {
    match tables {
        Tables::Everything => "*".into(),
        Tables::Known(names) => names.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
    }
}

/// Spells writes as the cases do: `a:insert+update(x y) b:delete`, `a:all`, `a:update(?)`, or `*`.
fn spell(writes: &Writes) -> String {
    if *writes == Writes::Everything {
        return "*".into();
    }
    let tables = writes.known().iter().map(|(table, operations)| {
        let rows = super::Operations {
            define: false,
            ..operations.clone()
        };
        if rows.are_as(&super::Operations::ALL) {
            return format!("{table}:all");
        }
        let update = match &operations.update {
            Columns::None => None,
            Columns::Any => Some("update(?)".to_owned()),
            Columns::These(columns) => Some(format!("update({})", show(&Tables::Known(columns.clone())))),
        };
        let flags = [
            (operations.insert, "insert"),
            (operations.delete, "delete"),
            (operations.truncate, "truncate"),
            (operations.replace, "replace"),
        ];
        let flags = flags.iter().filter(|(is, _)| *is).map(|(_, name)| (*name).to_owned());
        format!("{table}:{}", flags.chain(update).collect::<Vec<_>>().join("+"))
    });
    tables.collect::<Vec<_>>().join(" ")
}

fn failures(cases: impl IntoIterator<Item = Result<(), String>>) {
    let failures: Vec<_> = cases.into_iter().filter_map(Result::err).collect();
    assert!(
        failures.is_empty(),
        "{} failures:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

/// Asserts that each is a SELECT without locks that reads exactly these tables.
fn selects(dialects: &[Dialect], cases: &[(&str, &str)]) {
    select_cases(dialects, cases, false);
}

/// Asserts that each is a SELECT with a lock that reads exactly these tables.
fn locking_selects(dialects: &[Dialect], cases: &[(&str, &str)]) {
    select_cases(dialects, cases, true);
}

fn select_cases(dialects: &[Dialect], cases: &[(&str, &str)], locks: bool) {
    failures(dialects.iter().flat_map(|&dialect| {
        cases.iter().map(move |&(sql, reads)| {
            let facts = one(sql, dialect);
            let fine =
                facts.kind == StatementKind::Select { locks } && show(&facts.reads) == reads && facts.writes.is_empty();
            if fine {
                Ok(())
            } else {
                Err(format!("{dialect:?}: {sql}\n    {facts:?}"))
            }
        })
    }));
}

/// Asserts that each is a write to exactly these tables.
fn writes(dialects: &[Dialect], cases: &[(&str, &str)]) {
    failures(dialects.iter().flat_map(|&dialect| {
        cases.iter().map(move |&(sql, writes)| {
            let facts = one(sql, dialect);
            let fine = facts.kind == StatementKind::Write && show(&facts.writes.tables()) == writes;
            if fine {
                Ok(())
            } else {
                Err(format!("{dialect:?}: {sql}\n    {facts:?}"))
            }
        })
    }));
}

/// Asserts that each has this kind.
fn kinds(dialects: &[Dialect], kind: &StatementKind, cases: &[&str]) {
    failures(dialects.iter().flat_map(|&dialect| {
        cases.iter().map(move |&sql| {
            let facts = one(sql, dialect);
            if facts.kind == *kind {
                Ok(())
            } else {
                Err(format!("{dialect:?}: {sql}\n    {facts:?}"))
            }
        })
    }));
}

/// Asserts that each is unknown, or writes everything.
fn everything(dialects: &[Dialect], cases: &[&str]) {
    failures(dialects.iter().flat_map(|&dialect| {
        cases.iter().map(move |&sql| {
            let analysis: std::sync::Arc<Analysis> = analyse(sql, dialect);
            let fine = analysis.writes() == Writes::Everything && analysis.single_select().is_err();
            if fine {
                Ok(())
            } else {
                Err(format!("{dialect:?}: {sql}\n    {analysis:?}"))
            }
        })
    }));
}
