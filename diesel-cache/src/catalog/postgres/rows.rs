//! The columns of tables, and their keys.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Integer, Nullable, Text};

use super::queries::{SYSTEM, columns_of};
use crate::catalog::backend::Findings;
use crate::catalog::connection::{CatalogConnection, sql};
use crate::catalog::routine::Library;
use crate::catalog::rows::ColumnKind;
use crate::sql::{Columns, TableName};

/// Adds the columns and keys that identify the rows of tables. Triggers and rules have been added before.
pub(super) async fn read<Conn>(findings: &mut Findings, library: &Library, conn: &mut Conn) -> QueryResult<()>
where
    Conn: CatalogConnection<Backend = Pg>,
{
    for (name, _) in library.callable() {
        findings.rows.add_function(name);
    }
    let tables = sql::<Text>(&format!(
        "SELECT CAST(c.relname AS text) FROM pg_catalog.pg_class AS c \
         JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
         WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT IN {SYSTEM}"
    ))
    .load::<String, _>(conn)
    .await?;
    // Two relations with one name are not distinguished, even if their kinds differ.
    tables.iter().for_each(|table| findings.rows.add_table(table));
    for (table, column, sort) in columns(conn).await? {
        let kind = match sort {
            16 => Some(ColumnKind::Bool),
            20 => Some(ColumnKind::signed(64)),
            21 => Some(ColumnKind::signed(16)),
            23 => Some(ColumnKind::signed(32)),
            2950 => Some(ColumnKind::Uuid),
            _ => None,
        };
        findings.rows.add_column(&table, &column, kind);
    }
    // `t.f` calls a function `f` that takes a row of the table, and may read any other.
    for table in arguments(conn).await? {
        match table {
            Some(table) => findings.rows.add_assigned(&TableName::new(&table), &Columns::Any),
            None => tables
                .iter()
                .for_each(|table| findings.rows.add_assigned(&TableName::new(table), &Columns::Any)),
        }
    }
    for (table, columns, is_unique) in keys(conn).await? {
        findings.rows.add_key(&table, &columns, is_unique);
    }
    findings.rows.retain_plain(&findings.facts);
    Ok(())
}

/// Returns the columns of tables, with the OIDs of their types: 0 for one that is computed.
async fn columns<Conn: CatalogConnection<Backend = Pg>>(conn: &mut Conn) -> QueryResult<Vec<(String, String, i32)>> {
    // PostgreSQL has no computed columns before version 12, nor the column `attgenerated`.
    sql::<(Text, Text, Integer)>(&format!(
        "SELECT CAST(c.relname AS text), CAST(a.attname AS text), CASE \
             WHEN coalesce(pg_catalog.to_jsonb(a) ->> 'attgenerated', '') = '' AND a.atttypid < 16384 \
             THEN CAST(CAST(a.atttypid AS int8) AS int4) ELSE 0 END \
         FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid \
         JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
         WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind = 'r' AND n.nspname NOT IN {SYSTEM}"
    ))
    .load(conn)
    .await
}

/// Returns the tables whose rows are arguments of functions, except those of extensions; `None` for a function that
/// takes a row of any table.
async fn arguments<Conn: CatalogConnection<Backend = Pg>>(conn: &mut Conn) -> QueryResult<Vec<Option<String>>> {
    sql::<Nullable<Text>>(&format!(
        "SELECT DISTINCT CAST(c.relname AS text) FROM pg_catalog.pg_proc AS p \
         JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace \
         JOIN pg_catalog.pg_type AS t ON t.oid = ANY (p.proargtypes) \
         LEFT JOIN pg_catalog.pg_class AS c ON c.oid = t.typrelid \
         WHERE p.pronargs > 0 AND (t.typtype = 'c' OR t.typname IN ('record', 'anyelement', 'anynonarray', 'anycompatible')) \
             AND n.nspname NOT IN {SYSTEM} AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend AS d \
                 WHERE d.classid = CAST('pg_catalog.pg_proc' AS regclass) AND d.objid = p.oid AND d.deptype = 'e')"
    ))
    .load(conn).await
}

/// Returns the columns of unique indexes, and of foreign keys, and whether no two rows have the same values of them.
/// Those of a key that is checked late may be the same for a while.
async fn keys<Conn: CatalogConnection<Backend = Pg>>(conn: &mut Conn) -> QueryResult<Vec<(String, Vec<String>, bool)>> {
    // The columns behind `indnkeyatts` are only included.
    let key = columns_of("i.indrelid", "(CAST(i.indkey AS int2[]))[0:i.indnkeyatts - 1]");
    let referring = columns_of("k.conrelid", "k.conkey");
    sql::<(Text, Array<Text>, Bool)>(&format!(
        "SELECT CAST(c.relname AS text), {key}, i.indimmediate FROM pg_catalog.pg_index AS i \
         JOIN pg_catalog.pg_class AS c ON c.oid = i.indrelid JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
         WHERE i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL AND c.relkind = 'r' \
             AND n.nspname NOT IN {SYSTEM} \
         UNION ALL SELECT CAST(c.relname AS text), {referring}, false FROM pg_catalog.pg_constraint AS k \
         JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
         WHERE k.contype = 'f' AND c.relkind = 'r' AND n.nspname NOT IN {SYSTEM}"
    ))
    .load(conn).await
}
