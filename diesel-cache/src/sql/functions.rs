//! Functions in FROM, and tables that are not tables.

use sqlparser::ast::ObjectName;

use super::Calls;

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

/// Functions of PostgreSQL, and of the extensions that come with it, that are handed the text of a query or the name of a table: they run the
/// one, and read the other.
const RUNNING_TEXTS: &[&str] = &[
    "connectby",
    "crosstab",
    "crosstab2",
    "crosstab3",
    "crosstab4",
    "cursor_to_xml",
    "cursor_to_xmlschema",
    "database_to_xml",
    "database_to_xml_and_xmlschema",
    "database_to_xmlschema",
    "dblink",
    "dblink_close",
    "dblink_exec",
    "dblink_fetch",
    "dblink_get_result",
    "dblink_open",
    "dblink_send_query",
    "get_raw_page",
    "pg_indexes_size",
    "pg_relation_size",
    "pg_table_size",
    "pg_total_relation_size",
    "pgrowlocks",
    "pgstattuple",
    "pgstattuple_approx",
    "query_to_xml",
    "query_to_xml_and_xmlschema",
    "query_to_xmlschema",
    "schema_to_xml",
    "schema_to_xml_and_xmlschema",
    "schema_to_xmlschema",
    "table_to_xml",
    "table_to_xml_and_xmlschema",
    "table_to_xmlschema",
    "ts_rewrite",
    "ts_stat",
    "xpath_table",
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

/// May these calls read any table, since an argument says which?
pub(super) fn run_texts(calls: &Calls) -> bool {
    calls.into_iter().any(|name| RUNNING_TEXTS.contains(&name.as_str()))
}

/// Does the function read no table? A schema other than PostgreSQL's own may hold another function of that name.
pub(super) fn is_pure(function: &ObjectName) -> bool {
    let mut parts = parts(function);
    let known = parts.next_back().flatten().is_some_and(|name| is_pure_name(&name));
    known && parts.all(|schema| schema.as_deref() == Some("pg_catalog"))
}

/// Does the function of this name, in lower case and without a schema, read no table?
pub(super) fn is_pure_name(name: &str) -> bool {
    PURE.contains(&name)
}

/// Does the relation show the state of the database rather than rows that statements write?
pub(super) fn is_catalog(relation: &ObjectName) -> bool {
    let mut parts = parts(relation);
    let name = parts.next_back().flatten().unwrap_or_default();
    is_catalog_name(&name) || parts.any(|schema| schema.is_some_and(|schema| is_catalog_schema(&schema)))
}

/// Is it the name, in lower case, of such a relation in any schema?
pub(super) fn is_catalog_name(name: &str) -> bool {
    name == "dbstat"
        || ["pg_", "sqlite_", "pragma_"]
            .iter()
            .any(|start| name.starts_with(start))
}

/// Is it the name, in lower case, of a schema of such relations?
pub(super) fn is_catalog_schema(name: &str) -> bool {
    CATALOGS.contains(&name)
}

fn parts(name: &ObjectName) -> impl DoubleEndedIterator<Item = Option<String>> {
    name.0
        .iter()
        .map(|part| part.as_ident().map(|ident| ident.value.to_ascii_lowercase()))
}
