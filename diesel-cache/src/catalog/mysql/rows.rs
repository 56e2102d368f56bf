//! The columns of tables, and their keys.

use std::collections::BTreeMap;

use diesel::mysql::Mysql;
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text};

use crate::catalog::connection::{CatalogConnection, sql};
use crate::catalog::rows::{ColumnKind, RowFacts};

/// Reads the columns and keys that identify the rows of the tables of one database.
pub(super) async fn read<Conn>(rows: &mut RowFacts, schema: &str, conn: &mut Conn) -> QueryResult<()>
where
    Conn: CatalogConnection<Backend = Mysql>,
{
    let tables = sql::<Text>("SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = ")
        .bind(schema)
        .load::<String, _>(conn)
        .await?;
    tables.iter().for_each(|table| rows.add_table(table));
    // Other engines may show rows of other tables.
    let columns = sql::<(Text, Text, Text, Text, Text)>(
        "SELECT c.TABLE_NAME, c.COLUMN_NAME, LOWER(c.DATA_TYPE), LOWER(c.COLUMN_TYPE), LOWER(c.EXTRA) \
         FROM information_schema.COLUMNS AS c JOIN information_schema.TABLES AS t \
             ON t.TABLE_SCHEMA = c.TABLE_SCHEMA AND t.TABLE_NAME = c.TABLE_NAME \
         WHERE t.TABLE_TYPE = 'BASE TABLE' AND t.ENGINE IN ('InnoDB', 'MyISAM', 'Aria', 'MEMORY') \
             AND c.TABLE_SCHEMA = ",
    )
    .bind(schema)
    .load::<(String, String, String, String, String), _>(conn)
    .await?;
    for (table, column, sort, full, extra) in columns {
        rows.add_column(&table, &column, column_kind(&sort, &full, &extra));
    }
    // An index on a prefix, or on an expression, is left out with all of its columns.
    let unique = sql::<(Text, Text, Nullable<Text>, Nullable<Text>)>(
        "SELECT TABLE_NAME, INDEX_NAME, COLUMN_NAME, CAST(SUB_PART AS CHAR) FROM information_schema.STATISTICS \
         WHERE NON_UNIQUE = 0 AND TABLE_SCHEMA = ",
    )
    .bind(schema)
    .load::<(String, String, Option<String>, Option<String>), _>(conn)
    .await?;
    let mut keys: BTreeMap<(String, String), Option<Vec<String>>> = BTreeMap::new();
    for (table, index, column, prefix) in unique {
        let key = keys.entry((table, index)).or_insert_with(|| Some(Vec::new()));
        match (column, prefix) {
            (Some(column), None) => key.iter_mut().for_each(|columns| columns.push(column.clone())),
            _ => *key = None,
        }
    }
    for ((table, _), columns) in keys {
        if let Some(columns) = columns {
            rows.add_key(&table, &columns, true);
        }
    }
    let references = sql::<(Text, Text, Text)>(
        "SELECT TABLE_NAME, CONSTRAINT_NAME, COLUMN_NAME FROM information_schema.KEY_COLUMN_USAGE \
         WHERE REFERENCED_TABLE_NAME IS NOT NULL AND TABLE_SCHEMA = ",
    )
    .bind(schema)
    .load::<(String, String, String), _>(conn)
    .await?;
    let mut referring: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for (table, key, column) in references {
        referring.entry((table, key)).or_default().push(column);
    }
    for ((table, _), columns) in referring {
        rows.add_key(&table, &columns, false);
    }
    Ok(())
}

/// Returns what a column holds, if its values identify rows.
fn column_kind(sort: &str, full: &str, extra: &str) -> Option<ColumnKind> {
    let bits = match sort {
        "tinyint" => 8,
        "smallint" => 16,
        "mediumint" => 24,
        "int" => 32,
        "bigint" => 64,
        _ => return None,
    };
    if extra.contains("generated") || extra.contains("on update") {
        return None;
    }
    let kind = match full.contains("unsigned") {
        true => ColumnKind::unsigned(bits),
        false => ColumnKind::signed(bits),
    };
    let kind = kind.with_bools();
    Some(match extra.contains("auto_increment") {
        true => kind.generated(),
        false => kind,
    })
}
