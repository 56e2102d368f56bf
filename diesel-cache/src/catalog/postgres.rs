//! PostgreSQL: the system catalogs, for every schema of the connection's database.

mod callers;
mod programs;
mod queries;
mod rows;

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::AstPass;
use diesel::sql_types::Text;

use self::programs::library;
use super::backend::{CatalogBackend, Findings};
use super::callers::Fired;
use super::connection::{BindText, CatalogConnection};
use super::facts::Passed;
use super::routine::{Library, Routine};
use super::words::Words;
use crate::sql::Language;
use crate::sql::{Column, Columns, Operations, TableName, Tables, Writes};

/// Bits of `pg_trigger.tgtype`.
mod kind {
    pub(super) const ROW: i32 = 1;
    pub(super) const BEFORE: i32 = 2;
    pub(super) const INSERT: i32 = 4;
    pub(super) const DELETE: i32 = 8;
    pub(super) const UPDATE: i32 = 16;
    pub(super) const TRUNCATE: i32 = 32;
}

impl CatalogBackend for Pg {
    async fn read_catalog<Conn: CatalogConnection<Backend = Self>>(conn: &mut Conn) -> QueryResult<Findings> {
        let mut library = library(queries::tables(conn).await?, queries::functions(conn).await?);
        let callers = callers::callers(conn).await?;
        library.add_callers(&callers);
        for (spelling, function) in callers::spelled(conn).await? {
            library.add_spelled(spelling, &function);
        }
        library.find_effects();
        let mut findings = Findings::default();
        for key in queries::keys(conn).await? {
            findings.report.cascades += 1;
            key.add_to(&mut findings.facts);
        }
        let children = queries::children(conn).await?;
        for child in &children {
            add_child(&mut findings, child);
        }
        for (table, columns) in queries::generated(conn).await? {
            findings.facts.add_derived(&table, &columns);
        }
        for view in queries::views(conn).await? {
            add_view(&mut findings, view, &library);
        }
        for (table, relations, functions) in queries::policies(conn).await? {
            let mut reads = tables(&relations);
            for function in functions {
                reads.add_all(&library.shown_by(library.routines(&function)));
            }
            findings.facts.add_shown(TableName::new(&table), &reads);
        }
        for rule in queries::rules(conn).await? {
            add_rule(&mut findings, &rule, &library);
        }
        for trigger in queries::triggers(conn).await? {
            add_trigger(&mut findings, &trigger, &library, &children);
        }
        findings.add_side_effects(&library, &callers);
        rows::read(&mut findings, &library, conn).await?;
        Ok(findings)
    }
}

impl BindText for Pg {
    fn push_text<'b>(pass: &mut AstPass<'_, 'b, Self>, text: &'b str) -> QueryResult<()> {
        pass.push_bind_param::<Text, _>(text)
    }
}

fn add_child(findings: &mut Findings, child: &queries::Child) {
    findings.report.children += 1;
    let facts = &mut findings.facts;
    let [parent, table] = [&child.parent, &child.child].map(|name| TableName::new(name));
    facts.add_shown(parent.clone(), &Tables::one(table.clone()));
    if !child.is_partition {
        return facts.add_pass(parent, table, Passed::AllButInserts);
    }
    facts.add_pass(parent.clone(), table.clone(), Passed::All);
    // A row that moves to another partition is deleted from its old partition and inserted into the new one.
    let keys = match child.by_expression {
        true => Operations::UPDATE,
        false => update_of(&child.partitioned_by),
    };
    let moved = Operations::INSERT.and(&Operations::DELETE);
    facts.add_effect(parent, keys, Writes::one(table, moved));
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
    // The system does not record what a view uses of its own catalogs.
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
        for table in &relations {
            let table = TableName::new(table);
            findings.facts.add_pass(view.clone(), table, Passed::Renamed);
        }
    }
    findings.facts.add_shown(view, &reads);
}

fn add_rule(findings: &mut Findings, rule: &queries::Rule, library: &Library) {
    findings.report.rules += 1;
    let event = match rule.event.as_str() {
        "2" => Operations::UPDATE,
        "3" => Operations::INSERT,
        "4" => Operations::DELETE,
        _ => Operations::ALL,
    };
    let action = Routine::read(&rule.definition, Language::PostgresRule);
    let functions = rule.functions.iter().flat_map(|function| library.routines(function));
    // It may take the place of the statement.
    findings.rows.add_assigned(&TableName::new(&rule.table), &Columns::Any);
    let fired = Fired {
        sort: "rule",
        name: &rule.name,
        table: &rule.table,
        when: event,
    };
    findings.add_fired(&fired, library, functions.chain([&action]));
}

fn add_trigger(findings: &mut Findings, trigger: &queries::Trigger, library: &Library, children: &[queries::Child]) {
    findings.report.triggers += 1;
    let is = |bit: i32| trigger.kind & bit != 0;
    let update = match is(kind::UPDATE) {
        true => update_of(&trigger.columns),
        false => Operations::NONE,
    };
    let fired = Fired {
        sort: "trigger",
        name: &trigger.name,
        table: &trigger.table,
        when: Operations {
            insert: is(kind::INSERT),
            delete: is(kind::DELETE),
            truncate: is(kind::TRUNCATE),
            ..update.clone()
        },
    };
    let touched = findings.add_fired(&fired, library, library.routines(&trigger.function));
    if is(kind::ROW) && is(kind::BEFORE) {
        let mut assigned = touched.assigned;
        // Trigger functions in C receive the names of the columns that they set.
        for argument in trigger.arguments.split("\\000").filter(|argument| !argument.is_empty()) {
            assigned.add_all(&Columns::These(vec![Column::new(argument)]));
        }
        findings.rows.add_assigned(&TableName::new(&trigger.table), &assigned);
        // Such a change can move a row from one partition of a table to another.
        let partitioned = ancestors(&trigger.table, children);
        for table in partitioned.into_iter().chain([&*trigger.table]) {
            findings
                .facts
                .add_assigned(&TableName::new(table), update.clone(), assigned.clone());
        }
    }
}

/// Returns the tables of which this one is a partition, at any height.
fn ancestors<'a>(table: &'a str, children: &'a [queries::Child]) -> Vec<&'a str> {
    let mut ancestors: Vec<&str> = Vec::new();
    let mut next = vec![table];
    while let Some(table) = next.pop() {
        // There are several if tables of one name are in different schemas.
        let parents = children
            .iter()
            .filter(|child| child.is_partition && child.child == table);
        for parent in parents.map(|child| &*child.parent) {
            if !ancestors.contains(&parent) {
                ancestors.push(parent);
                next.push(parent);
            }
        }
    }
    ancestors
}

fn update_of(columns: &[String]) -> Operations {
    Operations::update_of(columns.iter().map(|column| Column::new(column)))
}

fn tables(names: &[String]) -> Tables {
    names.iter().map(|name| TableName::new(name)).collect()
}
