//! Functions in FROM, and relations of the system catalogs.

use sqlparser::ast::ObjectName;

use crate::sql::{
    dialect::{Dialect, StatementSyntax},
    facts::Calls,
};

/// Returns `true` if one of the calls may read any table, since its argument is a query or the name of a table.
pub(super) fn run_texts(calls: &Calls, dialect: Dialect) -> bool {
    let running = dialect.syntax().statements.functions_running_texts;
    calls.into_iter().any(|name| running.contains(&name.as_str()))
}

/// Returns `true` if the function reads no table. In a schema other than `pg_catalog`, a function of the same name may
/// be a different one.
pub(in crate::sql) fn is_pure(function: &ObjectName) -> bool {
    let mut parts = parts(function);
    let known = parts.next_back().flatten().is_some_and(|name| is_pure_name(&name));
    known && parts.all(|schema| schema.as_deref() == Some("pg_catalog"))
}

/// Returns `true` if the function of this name, in lower case and without a schema, reads no table.
pub(super) fn is_pure_name(name: &str) -> bool {
    any_statements(|statements| statements.row_functions.contains(&name))
}

/// Returns `true` if the relation shows the state of the database rather than rows that statements write.
pub(in crate::sql) fn is_catalog(relation: &ObjectName) -> bool {
    let mut parts = parts(relation);
    let name = parts.next_back().flatten().unwrap_or_default();
    is_catalog_name(&name) || parts.any(|schema| schema.is_some_and(|schema| is_catalog_schema(&schema)))
}

/// Returns `true` if this is the name, in lower case, of such a relation in any schema.
pub(super) fn is_catalog_name(name: &str) -> bool {
    any_statements(|statements| {
        let is_start = |start: &&str| name.starts_with(start);
        statements.catalog_relations.contains(&name) || statements.catalog_prefixes.iter().any(is_start)
    })
}

/// Returns `true` if this is the name, in lower case, of a schema of such relations.
pub(super) fn is_catalog_schema(name: &str) -> bool {
    any_statements(|statements| statements.catalog_schemas.contains(&name))
}

/// Searches the facts of all dialects, since a text may be read in a dialect other than its own.
fn any_statements(of: impl Fn(&StatementSyntax) -> bool) -> bool {
    Dialect::ALL.iter().any(|dialect| of(&dialect.syntax().statements))
}

fn parts(name: &ObjectName) -> impl DoubleEndedIterator<Item = Option<String>> {
    name.0
        .iter()
        .map(|part| part.as_ident().map(|ident| ident.value.to_ascii_lowercase()))
}
