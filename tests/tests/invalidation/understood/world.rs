//! A writer, a reader of the same cache, and an unattached connection to compare with.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel_cache::prelude::*;
use diesel_cache_tests::{Backend, Database, Mysql, Postgres, Sqlite, Statements};

/// All rows of a table, as one string.
#[derive(Debug, Clone, PartialEq, QueryableByName, Cacheable)]
struct Content {
    #[diesel(sql_type = Text)]
    content: String,
}

/// The differences between the databases.
pub(crate) trait Texts: Backend<Conn: Connection> {
    /// Returns a query for one [`Content`], from a table and its columns.
    fn content(table: &str, columns: &str) -> String;

    fn load(conn: &mut Self::Conn, sql: &str) -> QueryResult<String>;
    fn load_cached(conn: &mut Self::Conn, sql: &str) -> QueryResult<String>;
}

macro_rules! loads {
    () => {
        fn load(conn: &mut Self::Conn, sql: &str) -> QueryResult<String> {
            let rows: Vec<Content> = diesel::sql_query(sql).load(conn)?;
            Ok(rows[0].content.clone())
        }

        fn load_cached(conn: &mut Self::Conn, sql: &str) -> QueryResult<String> {
            let rows: Vec<Content> = diesel::sql_query(sql).cached("hot").load(conn)?;
            Ok(rows[0].content.clone())
        }
    };
}

impl Texts for Sqlite {
    fn content(table: &str, columns: &str) -> String {
        format!(
            "SELECT coalesce(group_concat(concat_ws('|', {columns}), ';'), '') AS content \
             FROM (SELECT * FROM \"{table}\" ORDER BY 1)"
        )
    }
    loads!();
}

impl Texts for Postgres {
    fn content(table: &str, _: &str) -> String {
        format!("SELECT coalesce(string_agg(x::text, ';' ORDER BY x::text), '') AS content FROM {table} x")
    }
    loads!();
}

impl Texts for Mysql {
    fn content(table: &str, columns: &str) -> String {
        let row = format!("CONCAT_WS('|', {columns})");
        format!("SELECT CAST(COALESCE(GROUP_CONCAT({row} ORDER BY {row}), '') AS CHAR) AS content FROM `{table}`")
    }
    loads!();
}

/// A table that is watched, and the columns that identify its rows.
pub(crate) type Table = (&'static str, &'static str);

/// A table to which nothing ever writes.
const BYSTANDER: Table = ("bystander", "id, x");

pub(crate) struct World<B: Texts> {
    cache: Cache,
    /// An attached connection: its statements are observed.
    pub(crate) writer: B::Conn,
    reader: B::Conn,
    asked: Statements,
    plain: B::Conn,
    tables: Vec<Table>,
    _db: Database<B>,
}

impl<B: Texts> World<B> {
    /// Creates a world after running `setup`, and watches `tables`.
    pub(crate) fn new(setup: &str, tables: &[Table]) -> Self {
        let db = Database::<B>::new();
        let cache = Cache::builder()
            .directory(db.directory().join("cache"))
            .region(Region::memory("hot"))
            .build()
            .unwrap();
        let mut plain = db.connect();
        plain.batch_execute(setup).unwrap();
        let (mut writer, mut reader, asked) = (db.connect(), db.connect(), Statements::new());
        cache.attach(&mut writer);
        cache.attach_with(&mut reader, asked.clone());
        Self {
            cache,
            writer,
            reader,
            asked,
            plain,
            tables: tables.iter().copied().chain([BYSTANDER]).collect(),
            _db: db,
        }
    }

    pub(crate) fn cache(&self) -> &Cache {
        &self.cache
    }

    /// Caches the content of all tables.
    pub(crate) fn warm(&mut self) {
        for (table, columns) in self.tables.clone() {
            B::load_cached(&mut self.reader, &B::content(table, columns)).unwrap();
        }
    }

    /// Returns a complaint for each table whose rows are outdated after a statement, and for each that the statement
    /// has invalidated although it is not in `written`.
    pub(crate) fn faults(&mut self, written: &[&str]) -> Vec<String> {
        let mut faults = Vec::new();
        for (table, columns) in self.tables.clone() {
            let sql = B::content(table, columns);
            self.asked.take();
            let cached = B::load_cached(&mut self.reader, &sql).unwrap();
            let asked = !self.asked.take().is_empty();
            if cached != B::load(&mut self.plain, &sql).unwrap() {
                faults.push(format!("`{table}` is served as it was"));
            }
            if asked && !written.contains(&table) {
                faults.push(format!("`{table}` is taken to be written"));
            }
        }
        faults
    }
}
