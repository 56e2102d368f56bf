//! What the parts of a FROM read, and which relations belong to the system catalogs.

use sqlparser::ast::{Ident, ObjectName, SetExpr, TableFactor};

use crate::sql::{
    dialect::{Dialect, StatementSyntax},
    facts::Calls,
};

/// Returns `true` if one of the calls may read any table, since its argument is a query or the name of a table.
pub(super) fn run_texts(calls: &Calls, dialect: Dialect) -> bool {
    let running = dialect.syntax().statements.functions_running_texts;
    calls.into_iter().any(|name| running.contains(&name.as_str()))
}

/// Returns `true` if the part of a FROM is the call of a function, whose name the visitor reports as a relation.
pub(in crate::sql) fn is_call(factor: &TableFactor) -> bool {
    matches!(factor, TableFactor::Table { args: Some(_), .. })
}

/// Returns `true` if the part of a FROM reads no table but those that it names.
pub(in crate::sql) fn reads_named_tables(factor: &TableFactor) -> bool {
    match factor {
        TableFactor::Table { args: None, .. } => true,
        TableFactor::Table { name, .. } | TableFactor::Function { name, .. } => is_pure(name),
        TableFactor::Derived { .. } | TableFactor::NestedJoin { .. } => true,
        TableFactor::UNNEST { .. } | TableFactor::JsonTable { .. } | TableFactor::XmlTable { .. } => true,
        _ => false,
    }
}

/// Returns the names in the commands `TABLE t` of a query's body, which the visitor does not report as relations. A
/// name is empty if the parser knows none.
pub(in crate::sql) fn table_commands(body: &SetExpr) -> Vec<ObjectName> {
    let mut names = Vec::new();
    let mut bodies = vec![body];
    while let Some(body) = bodies.pop() {
        match body {
            SetExpr::SetOperation { left, right, .. } => bodies.extend([&**left, &**right]),
            SetExpr::Table(table) => {
                let schema = table.schema_name.iter().filter(|_| table.table_name.is_some());
                let parts = schema.chain(&table.table_name);
                names.push(parts.map(|part| Ident::new(part.as_str())).collect::<Vec<_>>().into());
            }
            _ => {}
        }
    }
    names
}

/// Returns `true` if the function reads no table. In a schema other than `pg_catalog`, a function of the same name may
/// be a different one.
fn is_pure(function: &ObjectName) -> bool {
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
