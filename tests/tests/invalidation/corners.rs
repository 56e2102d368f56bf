//! Corner cases in which a cached load could return another connection's rows, or old ones: temporary tables, batches
//! that begin half-way, settings in texts that cannot be parsed, policies, a cache attached in the middle of a
//! transaction.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache_tests::{Database, Mysql, Person, Postgres, Sqlite, address, person};

macro_rules! attached {
    ($db:ident) => {{
        let cache = Cache::builder()
            .directory($db.directory().join("cache"))
            .region(Region::disk("default"))
            .build()
            .unwrap();
        let mut conn = $db.connect();
        cache.attach(&mut conn);
        (cache, conn)
    }};
}
macro_rules! name {
    ($conn:expr) => {{
        let rows: Vec<Person> = person::table.order(person::id).cached("default").load($conn).unwrap();
        rows.first().map(|row| row.name.clone()).unwrap_or_default()
    }};
}
macro_rules! truth {
    ($conn:expr) => {{
        let rows: Vec<Person> = person::table.order(person::id).load($conn).unwrap();
        rows.first().map(|row| row.name.clone()).unwrap_or_default()
    }};
}

macro_rules! temp {
    ($name:ident, $backend:ident, $sql:expr) => {
        #[test]
        fn $name() {
            let db = Database::<$backend>::new();
            let (_a, mut one) = attached!(db);
            let (_b, mut two) = attached!(db);
            one.batch_execute($sql).unwrap();
            one.batch_execute("INSERT INTO person VALUES (1, 'temporary')")
                .unwrap();
            assert_eq!(name!(&mut one), "temporary");
            assert_eq!(name!(&mut two), "person 01");
            assert_eq!(name!(&mut one), "temporary");
        }
    };
}
temp!(
    temp_pg,
    Postgres,
    "CREATE TEMP TABLE person (id INTEGER PRIMARY KEY, name VARCHAR(100) NOT NULL)"
);
temp!(
    temp_mysql,
    Mysql,
    "CREATE TEMPORARY TABLE person (id INTEGER PRIMARY KEY, name VARCHAR(100) NOT NULL)"
);
temp!(
    temp_sqlite,
    Sqlite,
    "CREATE TEMP TABLE person (id INTEGER PRIMARY KEY, name VARCHAR(100) NOT NULL)"
);
temp!(
    temp_sqlite_schema,
    Sqlite,
    "CREATE TABLE temp.person (id INTEGER PRIMARY KEY, name VARCHAR(100) NOT NULL)"
);
temp!(
    temp_pg_into,
    Postgres,
    "SELECT id, name INTO TEMP person FROM person WHERE false"
);
temp!(
    temp_pg_schema,
    Postgres,
    "CREATE TABLE pg_temp.person (id INTEGER PRIMARY KEY, name VARCHAR(100) NOT NULL)"
);

#[test]
fn pg_write_before_begin_in_one_batch() {
    let db = Database::<Postgres>::new();
    let (_a, mut one) = attached!(db);
    let (_b, mut two) = attached!(db);
    one.batch_execute(
        "UPDATE person SET name = 'Ada' WHERE id = 1; BEGIN; UPDATE address SET street = 'x' WHERE id = 1",
    )
    .unwrap();
    assert_eq!(truth!(&mut two), "person 01", "part of the transaction");
    assert_eq!(name!(&mut two), "person 01");
    one.batch_execute("COMMIT").unwrap();
    assert_eq!(name!(&mut two), "Ada");
}

#[test]
fn mysql_dirty_reads_spelled_as_a_string() {
    for set in [
        "SET SESSION TRANSACTION ISOLATION LEVEL READ UNCOMMITTED",
        "SET tx_isolation = 'READ-UNCOMMITTED'",
        "SET SESSION tx_isolation = \"READ-UNCOMMITTED\"",
        "SET @@session.tx_isolation = 0",
    ] {
        let db = Database::<Mysql>::new();
        let (_a, mut one) = attached!(db);
        let (_b, mut two) = attached!(db);
        let (_c, mut dirty) = attached!(db);
        dirty.batch_execute(set).unwrap();
        one.batch_execute("BEGIN").unwrap();
        diesel::update(person::table.find(1))
            .set(person::name.eq("never"))
            .execute(&mut one)
            .unwrap();
        assert_eq!(name!(&mut dirty), "never", "{set}");
        one.batch_execute("ROLLBACK").unwrap();
        assert_eq!(name!(&mut two), "person 01", "{set}");
    }
}

#[test]
fn mysql_use_in_a_text_with_executable_comments() {
    let (db, other) = (Database::<Mysql>::new(), Database::<Mysql>::new());
    let (_a, mut one) = attached!(db);
    let (_b, mut two) = attached!(db);
    let database = other.url().rsplit_once('/').unwrap().1.to_owned();
    other
        .connect()
        .batch_execute("UPDATE person SET name = 'other' WHERE id = 1")
        .unwrap();
    one.batch_execute(&format!("/*!40101 SET NAMES utf8mb4 */; USE {database}"))
        .unwrap();
    assert_eq!(name!(&mut one), "other");
    assert_eq!(name!(&mut two), "person 01");
}

#[test]
fn mysql_select_into_variable() {
    let db = Database::<Mysql>::new();
    let (_a, mut one) = attached!(db);
    let (_b, mut two) = attached!(db);
    one.batch_execute("SELECT 1 INTO @who").unwrap();
    two.batch_execute("SELECT 2 INTO @who").unwrap();
    let load = |conn: &mut MysqlConnection| {
        let rows: Vec<Person> = person::table
            .filter(person::id.eq(diesel::dsl::sql::<diesel::sql_types::Integer>("@who")))
            .cached("default")
            .load(conn)
            .unwrap();
        rows[0].id
    };
    assert_eq!(load(&mut one), 1);
    assert_eq!(load(&mut two), 2);
}

#[test]
fn pg_policies_read_tables() {
    let db = Database::<Postgres>::new();
    let (cache, mut one) = attached!(db);
    let role = format!("role_{}", std::process::id());
    let schema: String = diesel::select(diesel::dsl::sql::<diesel::sql_types::Text>("current_schema()::text"))
        .get_result(&mut one)
        .unwrap();
    db.connect().batch_execute(&format!(
        "CREATE ROLE {role}; GRANT USAGE ON SCHEMA {schema} TO {role}; GRANT SELECT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role}; \
         ALTER TABLE person ENABLE ROW LEVEL SECURITY; \
         CREATE POLICY p ON person USING (EXISTS (SELECT 1 FROM address WHERE address.person_id = person.id))"
    )).unwrap();
    cache.introspect(&mut db.connect()).unwrap();
    one.batch_execute(&format!("SET ROLE {role}")).unwrap();
    let before = name!(&mut one);
    diesel::delete(address::table.filter(address::person_id.eq(1)))
        .execute(&mut one)
        .unwrap();
    let after = name!(&mut one);
    let truth = truth!(&mut one);
    db.connect()
        .batch_execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}"))
        .unwrap();
    assert_eq!((before.as_str(), truth.as_str()), ("person 01", "person 02"));
    assert_eq!(after, truth);
}

#[test]
fn another_namespace_in_mid_transaction() {
    let db = Database::<Sqlite>::new();
    let (cache, mut one) = attached!(db);
    let (_b, mut two) = attached!(db);
    assert_eq!(name!(&mut two), "person 01");
    one.batch_execute("BEGIN IMMEDIATE; UPDATE person SET name = 'Ada' WHERE id = 1")
        .unwrap();
    cache.namespace("t").attach(&mut one);
    one.batch_execute("COMMIT").unwrap();
    assert_eq!(name!(&mut two), "Ada");
}

#[test]
fn raw_begin_before_attach() {
    let db = Database::<Sqlite>::new();
    let (cache, mut two) = attached!(db);
    let mut one = db.connect();
    assert_eq!(name!(&mut two), "person 01");
    one.batch_execute("BEGIN IMMEDIATE; UPDATE person SET name = 'Ada' WHERE id = 1")
        .unwrap();
    cache.attach(&mut one);
    one.batch_execute("COMMIT").unwrap();
    assert_eq!(name!(&mut two), "Ada");
}
