//! Quoted texts that end elsewhere for the server than for sqlparser, because of the server's rules or of settings that
//! no statement shows.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel_cache::prelude::*;
use diesel_cache_tests::{Mysql, Postgres, PostgresDatabase, Sqlite};

use crate::observer::world::{Loads, World};

#[derive(QueryableByName, Cacheable, Debug, Clone, PartialEq)]
struct Count {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

/// A statement that changes no setting.
const DEFAULT: &str = "SELECT 1";

/// Asserts that each of these texts changes people, and that the reader sees it. `setting` is in force before the cache
/// is attached.
#[track_caller]
fn writes_people<B: Loads>(setting: &str, texts: &[&str]) {
    let mut world = World::<B>::new();
    world.writer = world.db.connect();
    world.writer.batch_execute(setting).unwrap();
    world.cache.attach(&mut world.writer);
    for text in texts {
        let before = B::people(&mut world.truth).unwrap();
        let sent = world.writer.batch_execute(text);
        sent.unwrap_or_else(|error| panic!("{setting}: {text}: {error}"));
        assert_ne!(before, B::people(&mut world.truth).unwrap(), "{setting}: {text}");
        world.check("?", text);
    }
}

#[test]
fn postgres_by_default() {
    writes_people::<Postgres>(
        DEFAULT,
        &[
            "SELECT E'a'\n'b\\''; UPDATE person SET name = $$1$$ WHERE id = 1 -- '",
            "SELECT e'a' -- it's\n\t'b\\''; UPDATE person SET name = $$2$$ WHERE id = 1 -- '",
            "SELECT $\u{20ac}$ it's $\u{20ac}$; UPDATE person SET name = $$3$$ WHERE id = 1; SELECT $\u{20ac}$ ' $\u{20ac}$",
            "UPDATE U&\"p\\0065rson\" SET name = '4' WHERE id = 1",
            "UPDATE U&\"p!0065rson\" UESCAPE '!' SET name = '5' WHERE id = 1",
            "UPDATE person SET name = '6' WHERE name <> E'\\''",
        ],
    );
}

#[test]
fn postgres_whose_strings_do_not_conform() {
    writes_people::<Postgres>(
        "SET standard_conforming_strings = off",
        &[
            "UPDATE address SET note = '\\'' WHERE id = 1; UPDATE person SET name = $$1$$ WHERE id = 1 -- '",
            "SELECT 'a\\\\\\''; UPDATE person SET name = $$2$$ WHERE id = 1 -- '",
            "SELECT 'a'\n'\\''; UPDATE person SET name = $$3$$ WHERE id = 1 -- '",
            "SELECT N'\\''; UPDATE person SET name = $$4$$ WHERE id = 1 -- '",
            "SELECT '\\' /* ', 1; UPDATE person SET name = $$5$$ WHERE id = 1 -- */ '",
        ],
    );
}

#[test]
fn postgres_whose_database_says_so() {
    let mut world = World::<PostgresDatabase>::new();
    let name = world.db.url().rsplit_once('/').unwrap().1;
    let name = name.split('?').next().unwrap();
    let setting = format!("ALTER DATABASE \"{name}\" SET standard_conforming_strings = off");
    world.truth.batch_execute(&setting).unwrap();
    world.writer = world.db.connect();
    world.cache.attach(&mut world.writer);
    let text = "UPDATE address SET note = '\\'' WHERE id = 1; UPDATE person SET name = $$1$$ WHERE id = 1 -- '";
    world.replay(&[(text, "pa")]);
}

#[test]
fn mysql_without_backslash_escapes() {
    writes_people::<Mysql>(
        "SET sql_mode = 'NO_BACKSLASH_ESCAPES'",
        &[
            "UPDATE address SET note = '\\' WHERE id = 1; UPDATE person SET name = 1 WHERE id = 1 -- '",
            "SELECT 'a\\\\\\'; UPDATE person SET name = 2 WHERE id = 1 # '",
            "SELECT _utf8'\\'; UPDATE person SET name = 3 WHERE id = 1 -- '",
            "SELECT N'\\'; UPDATE person SET name = 4 WHERE id = 1 -- '",
            "SELECT \"\\\"; UPDATE person SET name = 5 WHERE id = 1 -- \"",
        ],
    );
    writes_people::<Mysql>(
        DEFAULT,
        &[
            "SET @a = '\\'', sql_mode = \"NO_BACKSLASH_ESCAPES\"; SELECT '\\'; UPDATE person SET name = 1 WHERE id = 1 -- '",
        ],
    );
}

#[test]
fn mysql_with_other_quotes() {
    for mode in ["ANSI_QUOTES", "ANSI", "ORACLE"] {
        writes_people::<Mysql>(
            &format!("SET sql_mode = '{mode}'"),
            &[
                "SELECT 1 AS \"\\\"; UPDATE person SET name = 1 WHERE id = 1 -- \"",
                "UPDATE \"person\" SET \"name\" = 2 WHERE \"id\" = 1",
                "UPDATE address a JOIN \"person\" p ON a.person_id = p.id SET p.\"name\" = 3",
            ],
        );
    }
    writes_people::<Mysql>(
        "SET sql_mode = 'MSSQL'",
        &[
            "SELECT 1 AS [it's]; UPDATE person SET name = 1 WHERE id = 1 -- '",
            "UPDATE [person] SET [name] = 2",
        ],
    );
}

#[test]
fn mysql_by_default() {
    const TABLE: &str = "FROM (SELECT 1 AS b) x";
    // Each literal has a backslash before a quote that does not end it.
    for literal in ["b\"a\\\" \"", "x.b'a\\' '", "b'1''a\\' '", "@b'a\\' '"] {
        let quote = if literal.contains('"') { '"' } else { '\'' };
        let sql = format!(
            "SELECT {literal} {TABLE}; UPDATE person SET name = {} WHERE name <> {quote} {quote}; SELECT {literal} {TABLE}",
            literal.len()
        );
        writes_people::<Mysql>(DEFAULT, &[&sql]);
    }
}

#[test]
fn sqlite_with_odd_variables() {
    writes_people::<Sqlite>(
        DEFAULT,
        &[
            "SELECT $a('), 1; UPDATE person SET name = '1' WHERE id = 1; --'",
            "SELECT :a::b('), 1; UPDATE person SET name = '2' WHERE id = 1; --'",
        ],
    );
}

/// Asserts that a cached query depends on both tables, although the usual reading of its text shows only the people.
macro_rules! reads_addresses {
    ($backend:ident, $setting:expr, $sql:expr) => {{
        let mut world = World::<$backend>::new();
        let conn = &mut world.reader.conn;
        *conn = world.db.connect();
        conn.batch_execute($setting).unwrap();
        world.reader.cache.attach(conn);
        let load = |conn: &mut _| {
            let cached = diesel::sql_query($sql).cached("default").load::<Count>(conn);
            // Of what cannot be read, nothing is kept.
            let rows = cached.or_else(|_| diesel::sql_query($sql).load(conn));
            rows.unwrap()[0].n
        };
        assert_ne!(load(conn), 0, "{}", $sql);
        assert_ne!(load(conn), 0, "{}", $sql);
        world.writer.batch_execute("DELETE FROM address").unwrap();
        assert_eq!(load(conn), 0, "{}", $sql);
    }};
}

#[test]
fn a_table_that_is_read_is_not_hidden() {
    reads_addresses!(
        Postgres,
        "SET standard_conforming_strings = off",
        "SELECT count(*) AS n FROM person WHERE name <> '\\'' AND id IN (SELECT person_id FROM address) -- '"
    );
    reads_addresses!(
        Postgres,
        DEFAULT,
        "SELECT count(*) AS n FROM person WHERE name <> E'a'\n'\\'' AND id IN (SELECT person_id FROM address) -- '"
    );
    reads_addresses!(
        Mysql,
        "SET sql_mode = 'NO_BACKSLASH_ESCAPES'",
        "SELECT count(*) AS n FROM person WHERE name <> '\\' AND id IN (SELECT person_id FROM address) -- '"
    );
    reads_addresses!(
        Mysql,
        "SET sql_mode = 'ORACLE'",
        "SELECT count(*) AS n FROM person WHERE id IN (SELECT person_id FROM \"address\")"
    );
    reads_addresses!(
        Mysql,
        "SET sql_mode = 'MSSQL'",
        "SELECT count(*) AS n FROM person AS [it's] WHERE id IN (SELECT person_id FROM address) -- '"
    );
    reads_addresses!(
        Postgres,
        DEFAULT,
        "SELECT count(*) AS n FROM person, U&\"addr\\0065ss\" a WHERE a.person_id = person.id"
    );
}

/// A table that a function receives in a text is read as well.
#[test]
fn a_table_that_a_function_is_told_of_is_read() {
    for call in [
        "query_to_xml('SELECT person_id FROM address LIMIT 1', false, true, '')",
        "table_to_xml('address', false, true, '')",
        "schema_to_xml(current_schema(), false, true, '')",
        "query_to_xml_and_xmlschema('SELECT person_id FROM address', false, true, '')",
        "pg_catalog.\"table_to_xml_and_xmlschema\"('address', false, true, '')",
    ] {
        reads_addresses!(
            Postgres,
            DEFAULT,
            format!("SELECT count(*) AS n FROM person WHERE {call}::text LIKE '%<person_id>%'")
        );
    }
    // In a database of its own: it reads the tables of all schemas.
    reads_addresses!(
        PostgresDatabase,
        DEFAULT,
        "SELECT count(*) AS n FROM person WHERE database_to_xml(false, true, '')::text LIKE '%<person_id>%'"
    );
    reads_addresses!(
        Postgres,
        DEFAULT,
        "SELECT count(*) AS n FROM person WHERE EXISTS (SELECT FROM ts_stat('SELECT to_tsvector(street) FROM address'))"
    );
}
