//! PostgreSQL: the system catalogs, of every schema of the connection's database.

mod programs;
mod queries;

use diesel::connection::LoadConnection;
use diesel::pg::Pg;
use diesel::prelude::*;

use self::programs::library;
use super::backend::{CatalogBackend, Findings};
use super::routine::Library;
use super::words::Words;
use crate::tables::{TableName, Tables};

impl CatalogBackend for Pg {
    fn read_catalog<Conn: LoadConnection<Backend = Self>>(conn: &mut Conn) -> QueryResult<Findings> {
        let library = library(queries::tables(conn)?, queries::functions(conn)?);
        let mut findings = Findings::default();
        for (parent, child) in queries::keys(conn)? {
            findings.report.cascades += 1;
            findings.facts.add_changed(TableName::new(&parent), &one(&child));
        }
        for (parent, child) in queries::children(conn)? {
            findings.report.children += 1;
            let parent = TableName::new(&parent);
            findings.facts.add_shown(parent.clone(), &one(&child));
            findings.facts.add_changed(parent, &one(&child));
        }
        for view in queries::views(conn)? {
            add_view(&mut findings, view, &library);
        }
        for (table, relations, functions) in queries::policies(conn)? {
            let mut reads = tables(&relations);
            for function in functions {
                reads.add_all(&library.shown_by(library.routines(&function)));
            }
            findings.facts.add_shown(TableName::new(&table), &reads);
        }
        for rule in queries::rules(conn)? {
            add_rule(&mut findings, rule, &library);
        }
        for (name, table, function) in queries::triggers(conn)? {
            findings.report.triggers += 1;
            let touched = library.changed_by(library.routines(&function));
            if let Some(why) = &touched.why {
                findings
                    .report
                    .add_opaque("trigger", &name, Some(&table), why, &touched.tables);
            }
            findings.facts.add_changed(TableName::new(&table), &touched.tables);
        }
        Ok(findings)
    }
}

fn add_view(
    findings: &mut Findings,
    (name, updatable, definition, relations, functions): queries::View,
    library: &Library,
) {
    findings.report.views += 1;
    let mut reads = tables(&relations);
    for function in functions {
        reads.add_all(&library.shown_by(library.routines(&function)));
    }
    // What a view uses of the system's own catalogs is not recorded.
    let words = Words::of(&definition);
    if words.starting_with("pg_").next().is_some() || words.has("information_schema") {
        reads = Tables::Everything;
    }
    if reads == Tables::Everything {
        let why = "reads a catalog, or calls a function that may read anything";
        findings.report.add_opaque("view", &name, None, why, &reads);
    }
    let view = TableName::new(&name);
    if updatable {
        findings.facts.add_changed(view.clone(), &reads);
    }
    findings.facts.add_shown(view, &reads);
}

/// What a rule names it may change: the catalog does not tell which of it only reads.
fn add_rule(findings: &mut Findings, (name, table, relations, functions): queries::Rule, library: &Library) {
    findings.report.rules += 1;
    let mut changes = tables(&relations);
    for function in functions {
        let touched = library.changed_by(library.routines(&function));
        changes.add_all(&touched.tables);
        if let Some(why) = &touched.why {
            findings
                .report
                .add_opaque("rule", &name, Some(&table), why, &touched.tables);
        }
    }
    findings.facts.add_changed(TableName::new(&table), &changes);
}

fn one(name: &str) -> Tables {
    Tables::one(TableName::new(name))
}

fn tables(names: &[String]) -> Tables {
    names.iter().map(|name| TableName::new(name)).collect()
}
