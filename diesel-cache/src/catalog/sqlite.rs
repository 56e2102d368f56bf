//! SQLite: `sqlite_schema` holds the texts of views and triggers, a pragma lists the keys.

use std::collections::BTreeSet;

use diesel::connection::LoadConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text};
use diesel::sqlite::Sqlite;

use super::backend::{CatalogBackend, Findings};
use super::words::Words;
use crate::tables::body::{body_writes, view_reads};
use crate::tables::{Dialect, TableName, Tables};

/// Modules of virtual tables that show their own shadow tables, and tables that their arguments name.
const MODULES: &[&str] = &[
    "fts3",
    "fts4",
    "fts4aux",
    "fts5",
    "fts5vocab",
    "geopoly",
    "rtree",
    "rtree_i32",
];

/// A row of `sqlite_schema`: type, name, table, text.
type Object = (String, String, String, Option<String>);

impl CatalogBackend for Sqlite {
    fn read_catalog<Conn: LoadConnection<Backend = Self>>(conn: &mut Conn) -> QueryResult<Findings> {
        let schemas: Vec<String> = sql::<Text>("SELECT name FROM pragma_database_list").load(conn)?;
        let mut objects: Vec<Object> = Vec::new();
        let mut findings = Findings::default();
        for schema in schemas {
            objects.extend(
                sql::<(Text, Text, Text, Nullable<Text>)>(&format!(
                    "SELECT type, name, tbl_name, sql FROM {}.sqlite_master \
                     WHERE type IN ('table', 'view', 'trigger')",
                    quoted(&schema)
                ))
                .load::<Object>(conn)?,
            );
            read_keys(&schema, &mut findings, conn)?;
        }
        let tables: BTreeSet<TableName> = objects
            .iter()
            .filter(|(sort, ..)| sort != "trigger")
            .map(|(_, name, ..)| TableName::new(name))
            .collect();
        for (sort, name, table, definition) in &objects {
            let definition = definition.as_deref().unwrap_or_default();
            match sort.as_str() {
                "trigger" => add_trigger(&mut findings, name, table, definition, &tables),
                "view" => add_view(&mut findings, name, definition),
                _ => add_virtual_table(&mut findings, name, definition, &tables),
            }
        }
        Ok(findings)
    }
}

fn read_keys<Conn>(schema: &str, findings: &mut Findings, conn: &mut Conn) -> QueryResult<()>
where
    Conn: LoadConnection<Backend = Sqlite>,
{
    // `seq` is not 0 for further columns of the same key.
    let keys: Vec<(String, String)> = sql::<(Text, Text)>(&format!(
        "SELECT k.\"table\", m.name FROM {}.sqlite_master AS m \
         JOIN pragma_foreign_key_list(m.name, '{}') AS k \
         WHERE m.type = 'table' AND k.seq = 0 AND (k.on_delete IN ('CASCADE', 'SET NULL', 'SET DEFAULT') \
             OR k.on_update IN ('CASCADE', 'SET NULL', 'SET DEFAULT'))",
        quoted(schema),
        schema.replace('\'', "''")
    ))
    .load(conn)?;
    findings.report.cascades += keys.len();
    for (parent, child) in keys {
        findings
            .facts
            .add_changed(TableName::new(&parent), &Tables::one(TableName::new(&child)));
    }
    Ok(())
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn add_trigger(findings: &mut Findings, name: &str, table: &str, definition: &str, tables: &BTreeSet<TableName>) {
    findings.report.triggers += 1;
    let writes = body_writes(definition, Dialect::Sqlite).unwrap_or_else(|| {
        let named = Words::of(definition).among(tables);
        findings
            .report
            .add_opaque("trigger", name, Some(table), "cannot be parsed", &named);
        named
    });
    findings.facts.add_changed(TableName::new(table), &writes);
}

fn add_view(findings: &mut Findings, name: &str, definition: &str) {
    findings.report.views += 1;
    let reads = view_reads(definition, Dialect::Sqlite);
    if reads == Tables::Everything {
        findings
            .report
            .add_opaque("view", name, None, "does not tell which tables it reads", &reads);
    }
    // Without a trigger, which has been read, nothing is written through it.
    findings.facts.add_shown(TableName::new(name), &reads);
}

/// `CREATE VIRTUAL TABLE name USING module(…)`; of other tables there is nothing to say.
fn add_virtual_table(findings: &mut Findings, name: &str, definition: &str, tables: &BTreeSet<TableName>) {
    let mut words = definition.split_whitespace().map(str::to_lowercase);
    if words.next().as_deref() != Some("create") || words.next().as_deref() != Some("virtual") {
        return;
    }
    findings.report.views += 1;
    let module = words.skip_while(|word| word != "using").nth(1).unwrap_or_default();
    let module = module
        .split('(')
        .next()
        .unwrap_or_default()
        .trim_matches(['"', '[', ']', '`']);
    let table = TableName::new(name);
    if !MODULES.contains(&module) {
        let why = format!("belongs to a module (`{module}`) that may show anything");
        findings
            .report
            .add_opaque("view", name, None, &why, &Tables::Everything);
        findings.facts.add_shown(table, &Tables::Everything);
        return;
    }
    let start = format!("{}_", table.as_str());
    let shadows: Tables = tables
        .iter()
        .filter(|table| table.as_str().starts_with(&start))
        .cloned()
        .collect();
    findings.facts.add_changed(table.clone(), &shadows);
    findings.facts.add_shown(table.clone(), &shadows);
    findings.facts.add_shown(table, &Words::of(definition).among(tables));
}
