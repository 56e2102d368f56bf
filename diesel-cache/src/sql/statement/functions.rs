//! Functions in FROM, and tables that are not tables.

use sqlparser::ast::ObjectName;

use crate::sql::{dialect::Dialect, facts::Calls};

/// Functions that make rows of their arguments alone.
const PURE: &[&str] = &[
    "carray",
    "generate_series",
    "generate_subscripts",
    "json_array_elements",
    "json_array_elements_text",
    "json_each",
    "json_each_text",
    "json_object_keys",
    "json_populate_record",
    "json_populate_recordset",
    "json_table",
    "json_to_record",
    "json_to_recordset",
    "json_tree",
    "jsonb_array_elements",
    "jsonb_array_elements_text",
    "jsonb_each",
    "jsonb_each_text",
    "jsonb_object_keys",
    "jsonb_path_query",
    "jsonb_populate_record",
    "jsonb_populate_recordset",
    "jsonb_to_record",
    "jsonb_to_recordset",
    "jsonb_tree",
    "regexp_matches",
    "regexp_split_to_table",
    "string_to_table",
    "ts_debug",
    "ts_parse",
    "ts_token_type",
    "unnest",
    "xmltable",
];

/// Schemas whose tables change without being written to.
const CATALOGS: &[&str] = &[
    "information_schema",
    "mysql",
    "performance_schema",
    "pg_catalog",
    "pg_toast",
    "sys",
];

/// Returns `true` if these calls may read any table, since an argument says which.
pub(super) fn run_texts(calls: &Calls, dialect: Dialect) -> bool {
    let running = dialect.syntax().statements.functions_running_texts;
    calls.into_iter().any(|name| running.contains(&name.as_str()))
}

/// Returns `true` if the function reads no table. A schema other than PostgreSQL's own may hold another function of that name.
pub(super) fn is_pure(function: &ObjectName) -> bool {
    let mut parts = parts(function);
    let known = parts.next_back().flatten().is_some_and(|name| is_pure_name(&name));
    known && parts.all(|schema| schema.as_deref() == Some("pg_catalog"))
}

/// Returns `true` if the function of this name, in lower case and without a schema, reads no table.
pub(super) fn is_pure_name(name: &str) -> bool {
    PURE.contains(&name)
}

/// Returns `true` if the relation shows the state of the database rather than rows that statements write.
pub(super) fn is_catalog(relation: &ObjectName) -> bool {
    let mut parts = parts(relation);
    let name = parts.next_back().flatten().unwrap_or_default();
    is_catalog_name(&name) || parts.any(|schema| schema.is_some_and(|schema| is_catalog_schema(&schema)))
}

/// Returns `true` if this is the name, in lower case, of such a relation in any schema.
pub(super) fn is_catalog_name(name: &str) -> bool {
    name == "dbstat"
        || ["pg_", "sqlite_", "pragma_"]
            .iter()
            .any(|start| name.starts_with(start))
}

/// Returns `true` if this is the name, in lower case, of a schema of such relations.
pub(super) fn is_catalog_schema(name: &str) -> bool {
    CATALOGS.contains(&name)
}

fn parts(name: &ObjectName) -> impl DoubleEndedIterator<Item = Option<String>> {
    name.0
        .iter()
        .map(|part| part.as_ident().map(|ident| ident.value.to_ascii_lowercase()))
}
