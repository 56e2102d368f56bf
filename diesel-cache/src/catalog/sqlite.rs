//! SQLite: `sqlite_schema` holds the texts of views and triggers, and a pragma lists the keys.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use diesel::query_builder::AstPass;
use diesel::sql_types::{BigInt, Bool, Nullable, Text};
use diesel::sqlite::Sqlite;

use super::backend::{CatalogBackend, Findings};
use super::callers::Fired;
use super::connection::{BindText, CatalogConnection, sql};
use super::key::{Action, Key};
use super::routine::{Library, Routine};
use super::rows::{ColumnKind, RowFacts};
use super::words::Words;
use crate::sql::body::{replaces_rows, trigger_events, view_reads};
use crate::sql::{Columns, Dialect, Language, Operations, TableName, Tables, Writes};

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
    async fn read_catalog<Conn: CatalogConnection<Backend = Self>>(conn: &mut Conn) -> QueryResult<Findings> {
        let schemas: Vec<String> = sql::<Text>("SELECT name FROM pragma_database_list").load(conn).await?;
        let mut objects: Vec<Object> = Vec::new();
        let mut findings = Findings::default();
        for schema in schemas {
            objects.extend(
                sql::<(Text, Text, Text, Nullable<Text>)>(&format!(
                    "SELECT type, name, tbl_name, sql FROM {}.sqlite_master \
                     WHERE type IN ('table', 'view', 'trigger')",
                    quoted(&schema)
                ))
                .load::<Object, _>(conn)
                .await?,
            );
            read_keys(&schema, &mut findings, conn).await?;
            read_generated(&schema, &mut findings, conn).await?;
            read_rows(&schema, &mut findings.rows, conn).await?;
        }
        let mut library = Library::default();
        let tables = objects.iter().filter(|(sort, ..)| sort != "trigger");
        library.tables = tables.map(|(_, name, ..)| TableName::new(name)).collect();
        for (sort, name, table, definition) in &objects {
            let definition = definition.as_deref().unwrap_or_default();
            match sort.as_str() {
                "trigger" => add_trigger(&mut findings, name, table, definition, &library),
                "view" => add_view(&mut findings, name, definition),
                _ => add_table(&mut findings, name, definition, &library.tables),
            }
        }
        findings.rows.retain_plain(&findings.facts);
        Ok(findings)
    }
}

impl BindText for Sqlite {
    fn push_text<'b>(pass: &mut AstPass<'_, 'b, Self>, text: &'b str) -> QueryResult<()> {
        pass.push_bind_param::<Text, _>(text)
    }
}

async fn read_keys<Conn>(schema: &str, findings: &mut Findings, conn: &mut Conn) -> QueryResult<()>
where
    Conn: CatalogConnection<Backend = Sqlite>,
{
    // A row for each column of a key. Without names, the parent's are those of its primary key.
    let rows = sql::<(Text, BigInt, Text, Text, Nullable<Text>, Text, Text)>(&format!(
        "SELECT m.name, k.id, k.\"table\", k.\"from\", k.\"to\", k.on_delete, k.on_update FROM {}.sqlite_master AS m \
         JOIN pragma_foreign_key_list(m.name, '{schema}') AS k \
         WHERE m.type = 'table' AND (k.on_delete IN ('CASCADE', 'SET NULL', 'SET DEFAULT') \
             OR k.on_update IN ('CASCADE', 'SET NULL', 'SET DEFAULT')) ORDER BY m.name, k.id, k.seq",
        quoted(schema),
        schema = schema.replace('\'', "''")
    ))
    .load::<(String, i64, String, String, Option<String>, String, String), _>(conn)
    .await?;
    let mut keys: BTreeMap<(String, i64), Key> = BTreeMap::new();
    for (child, id, parent, from, to, on_delete, on_update) in rows {
        let key = keys.entry((child.clone(), id)).or_insert_with(|| Key {
            parent,
            child,
            parent_columns: Vec::new(),
            child_columns: Vec::new(),
            on_delete: Action::of(&on_delete),
            on_update: Action::of(&on_update),
        });
        key.child_columns.push(from);
        key.parent_columns.extend(to);
    }
    findings.report.cascades += keys.len();
    for mut key in keys.into_values() {
        if key.parent_columns.is_empty() {
            key.parent_columns = primary_key(schema, &key.parent, conn).await?;
        }
        key.add_to(&mut findings.facts);
    }
    Ok(())
}

/// Returns the columns of the primary key; none if they are not known.
async fn primary_key<Conn>(schema: &str, table: &str, conn: &mut Conn) -> QueryResult<Vec<String>>
where
    Conn: CatalogConnection<Backend = Sqlite>,
{
    sql::<Text>("SELECT name FROM pragma_table_info(")
        .bind(table)
        .sql(", ")
        .bind(schema)
        .sql(") WHERE pk > 0 ORDER BY pk")
        .load(conn)
        .await
}

/// Reads the columns that are computed from others.
async fn read_generated<Conn>(schema: &str, findings: &mut Findings, conn: &mut Conn) -> QueryResult<()>
where
    Conn: CatalogConnection<Backend = Sqlite>,
{
    let columns = sql::<(Text, Text)>(&format!(
        "SELECT m.name, c.name FROM {}.sqlite_master AS m JOIN pragma_table_xinfo(m.name, '{}') AS c \
         WHERE m.type = 'table' AND c.hidden IN (2, 3)",
        quoted(schema),
        schema.replace('\'', "''")
    ))
    .load::<(String, String), _>(conn)
    .await?;
    for (table, column) in columns {
        findings.facts.add_derived(&table, &[column]);
    }
    Ok(())
}

/// Reads the columns of tables, and their keys.
async fn read_rows<Conn>(schema: &str, rows: &mut RowFacts, conn: &mut Conn) -> QueryResult<()>
where
    Conn: CatalogConnection<Backend = Sqlite>,
{
    let (from, schema) = (format!("{}.sqlite_master", quoted(schema)), schema.replace('\'', "''"));
    // A column's affinity decides which values it holds: with `INT` in the name of its type, integers are integers.
    let columns = sql::<(Text, Text, Text, BigInt, BigInt, Bool)>(&format!(
        "SELECT m.name, c.name, c.type, c.pk, c.hidden, m.sql LIKE 'CREATE VIRTUAL%' FROM {from} AS m \
         JOIN pragma_table_xinfo(m.name, '{schema}') AS c WHERE m.type = 'table' ORDER BY m.name, c.cid"
    ))
    .load::<(String, String, String, i64, i64, bool), _>(conn)
    .await?;
    let mut primary: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut last = None;
    for (table, column, sort, place, hidden, is_virtual) in columns {
        if last.as_ref() != Some(&table) {
            rows.add_table(&table);
            last = Some(table.clone());
        }
        let sort = sort.to_ascii_uppercase();
        let is_integer = sort.contains("INT") || sort == "BOOLEAN" || sort == "BOOL";
        let kind = (is_integer && hidden == 0 && !is_virtual).then(|| ColumnKind::signed(64).with_bools());
        rows.add_column(&table, &column, kind);
        if place > 0 {
            primary.entry(table).or_default().push(column);
        }
    }
    for (table, columns) in primary {
        rows.add_key(&table, &columns, true);
    }
    // An index on an expression has a column without a name there.
    let indexes = sql::<(Text, Text, Nullable<Text>)>(&format!(
        "SELECT m.name, i.name, c.name FROM {from} AS m JOIN pragma_index_list(m.name, '{schema}') AS i \
         JOIN pragma_index_info(i.name, '{schema}') AS c WHERE m.type = 'table' AND i.\"unique\" = 1 AND i.partial = 0"
    ))
    .load::<(String, String, Option<String>), _>(conn)
    .await?;
    let references = sql::<(Text, BigInt, Text)>(&format!(
        "SELECT m.name, k.id, k.\"from\" FROM {from} AS m JOIN pragma_foreign_key_list(m.name, '{schema}') AS k \
         WHERE m.type = 'table'"
    ))
    .load::<(String, i64, String), _>(conn)
    .await?;
    let mut unique: BTreeMap<(String, String), Vec<Option<String>>> = BTreeMap::new();
    for (table, index, column) in indexes {
        unique.entry((table, index)).or_default().push(column);
    }
    for ((table, _), columns) in unique {
        if let Some(columns) = columns.into_iter().collect::<Option<Vec<_>>>() {
            rows.add_key(&table, &columns, true);
        }
    }
    let mut referring: BTreeMap<(String, i64), Vec<String>> = BTreeMap::new();
    for (table, key, column) in references {
        referring.entry((table, key)).or_default().push(column);
    }
    for ((table, _), columns) in referring {
        rows.add_key(&table, &columns, false);
    }
    Ok(())
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn add_trigger(findings: &mut Findings, name: &str, table: &str, definition: &str, library: &Library) {
    findings.report.triggers += 1;
    let fired = Fired {
        sort: "trigger",
        name,
        table,
        when: trigger_events(definition, Dialect::Sqlite).unwrap_or(Operations::ALL),
    };
    let touched = findings.add_fired(&fired, library, [&Routine::read(definition, Language::SqliteTrigger)]);
    // If a statement with `OR REPLACE` fires the trigger, the trigger's own statements replace rows too.
    let mut replaced = Writes::Nothing;
    for (written, operations) in touched.effect.writes.known() {
        if operations.insert || operations.update != Columns::None {
            replaced.add(written.clone(), Operations::DELETE.and(&Operations::REPLACE));
        }
    }
    findings
        .facts
        .add_effect(TableName::new(table), Operations::REPLACE, replaced);
}

fn add_view(findings: &mut Findings, name: &str, definition: &str) {
    findings.report.views += 1;
    let reads = view_reads(definition, Dialect::Sqlite);
    if reads == Tables::Everything {
        findings
            .report
            .add_opaque("view", name, None, "does not tell which tables it reads", &reads);
    }
    // Nothing is written through it without a trigger, which has been read already.
    findings.facts.add_shown(TableName::new(name), &reads);
}

fn add_table(findings: &mut Findings, name: &str, definition: &str, tables: &BTreeSet<TableName>) {
    let mut words = definition.split_whitespace().map(str::to_lowercase);
    if words.next().as_deref() == Some("create") && words.next().as_deref() == Some("virtual") {
        return add_virtual_table(findings, name, definition, tables);
    }
    if replaces_rows(definition, Dialect::Sqlite) {
        let table = TableName::new(name);
        let writes = Operations::INSERT.and(&Operations::UPDATE);
        let replaced = Writes::one(table.clone(), Operations::DELETE);
        findings.facts.add_effect(table, writes, replaced);
    }
}

/// Adds a table of the form `CREATE VIRTUAL TABLE name USING module(…)`.
fn add_virtual_table(findings: &mut Findings, name: &str, definition: &str, tables: &BTreeSet<TableName>) {
    let words = definition.split_whitespace().map(str::to_lowercase);
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
