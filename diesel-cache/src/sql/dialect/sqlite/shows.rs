//! What an SQLite query shows of its connection.

/// Functions that show what the connection has done.
const FUNCTIONS: &[&str] = &["changes", "last_insert_rowid", "total_changes"];

/// Pragmas that can be called as functions, and that show the database rather than the connection.
const SCHEMA_PRAGMAS: &[&str] = &[
    "collation_list",
    "compile_options",
    "foreign_key_check",
    "foreign_key_list",
    "function_list",
    "index_info",
    "index_list",
    "index_xinfo",
    "integrity_check",
    "module_list",
    "pragma_list",
    "quick_check",
    "table_info",
    "table_list",
    "table_xinfo",
];

pub(super) fn shows(name: &str, is_called: bool) -> bool {
    let pragma = name.strip_prefix("pragma_");
    (is_called && FUNCTIONS.contains(&name)) || pragma.is_some_and(|pragma| !SCHEMA_PRAGMAS.contains(&pragma))
}
