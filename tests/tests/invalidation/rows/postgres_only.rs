//! Features that only PostgreSQL has: functions that look like columns, types with their own comparison, and UUIDs.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer};
use diesel_cache::prelude::*;

use crate::rows::scene::post;

#[derive(QueryableByName, Cacheable, PartialEq, Debug)]
struct Number {
    #[diesel(sql_type = Integer)]
    n: i32,
}

#[derive(QueryableByName, Cacheable, PartialEq, Debug)]
struct Large {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

#[test]
fn a_function_that_looks_like_a_column_reads_other_rows() {
    let (_db, cache, mut conn, statements) = scene!();
    conn.batch_execute(
        "CREATE FUNCTION others(post) RETURNS int LANGUAGE sql STABLE \
         AS 'SELECT CAST(sum(p.rank) AS int) FROM post p WHERE p.id <> $1.id'",
    )
    .unwrap();
    cache.introspect(&mut conn).unwrap();
    let query = || diesel::sql_query("SELECT post.others AS n FROM post WHERE id = 1");
    writes!(
        conn,
        statements,
        Number,
        (conn.batch_execute("UPDATE post SET rank = 7 WHERE id = 2").unwrap(), stale: query())
    );
}

#[test]
fn values_are_not_passed_on_through_columns_that_compare_in_another_way() {
    let (_db, cache, mut conn, statements) = scene!();
    conn.batch_execute(
        "CREATE TABLE f (id int PRIMARY KEY, f float8 UNIQUE); INSERT INTO f VALUES (1, 9007199254740992); \
         CREATE TABLE t (id bigint PRIMARY KEY, n bigint); INSERT INTO t VALUES (9007199254740992, 1)",
    )
    .unwrap();
    cache.introspect(&mut conn).unwrap();
    let query = || diesel::sql_query("SELECT t.n FROM f JOIN t ON f.f = t.id WHERE f.f = 9007199254740993");
    writes!(
        conn,
        statements,
        Large,
        (conn.batch_execute("UPDATE t SET n = 2 WHERE id = 9007199254740992").unwrap(), stale: query())
    );
}

#[test]
fn definitions_that_name_no_table_count() {
    let (_db, cache, mut conn, statements) = scene!();
    conn.batch_execute(
        "CREATE TABLE t (id int PRIMARY KEY, rank int DEFAULT 101); CREATE UNIQUE INDEX t_rank ON t (rank)",
    )
    .unwrap();
    conn.batch_execute("INSERT INTO t VALUES (1, 101)").unwrap();
    cache.introspect(&mut conn).unwrap();
    let query = || diesel::sql_query("SELECT id AS n FROM t WHERE rank = 101 ORDER BY id");
    for definition in [
        "DROP INDEX t_rank",
        "BEGIN; CREATE FUNCTION nothing() RETURNS int LANGUAGE sql AS 'SELECT 1'; COMMIT",
    ] {
        assert!(!is_hit!(conn, statements, Number, query()));
        conn.batch_execute(definition).unwrap();
        conn.batch_execute("INSERT INTO t (id) SELECT max(id) + 1 FROM t")
            .unwrap_or(());
        is_hit!(conn, statements, Number, query());
        writes!(
            conn,
            statements,
            (i32, i32, i32, String),
            (diesel::update(post::table.find(1)).set(post::title.eq("x")).execute(&mut conn).unwrap(), stale: post::table.find(2))
        );
        cache.introspect(&mut conn).unwrap();
        writes!(
            conn,
            statements,
            (i32, i32, i32, String),
            (diesel::update(post::table.find(1)).set(post::title.eq("x")).execute(&mut conn).unwrap(), kept: post::table.find(2))
        );
        cache.invalidate_all();
    }
}

#[test]
fn a_boolean_is_no_integer() {
    let (_db, cache, mut conn, statements) = scene!();
    conn.batch_execute(
        "CREATE FUNCTION is_true(int, boolean) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT ($1 <> 0) = $2'; \
         CREATE OPERATOR = (LEFTARG = int, RIGHTARG = boolean, FUNCTION = is_true)",
    )
    .unwrap();
    cache.introspect(&mut conn).unwrap();
    let query = || diesel::sql_query("SELECT person_id AS n FROM post WHERE rank = true ORDER BY id");
    writes!(
        conn,
        statements,
        Number,
        (conn.batch_execute("UPDATE post SET person_id = 1 WHERE rank = 110").unwrap(), stale: query())
    );
}

#[test]
fn booleans_and_uuids_identify_rows() {
    let (_db, cache, mut conn, statements) = scene!();
    conn.batch_execute(
        "CREATE TABLE t (id uuid PRIMARY KEY, alive boolean NOT NULL UNIQUE, n int NOT NULL); INSERT INTO t VALUES \
         ('67e55044-10b1-426f-9247-bb680e5fe0c8', true, 1), ('67e55044-10b1-426f-9247-bb680e5fe0c9', false, 2)",
    )
    .unwrap();
    diesel::table! { t (id) { id -> Uuid, alive -> Bool, n -> Integer, } }
    cache.introspect(&mut conn).unwrap();
    let [one, two] = [0xc8_u8, 0xc9].map(|last| {
        let mut bytes = *uuid::uuid!("67e55044-10b1-426f-9247-bb680e5fe0c8").as_bytes();
        bytes[15] = last;
        uuid::Uuid::from_bytes(bytes)
    });
    let set = |conn: &mut _, id: uuid::Uuid| diesel::update(t::table.find(id)).set(t::n.eq(7)).execute(conn).unwrap();
    let alive = |conn: &mut _| {
        diesel::update(t::table.filter(t::alive.eq(true)))
            .set(t::n.eq(8))
            .execute(conn)
            .unwrap()
    };
    writes!(
        conn,
        statements,
        (uuid::Uuid, bool, i32),
        (set(&mut conn, one), kept: t::table.find(two)),
        (set(&mut conn, one), stale: t::table.find(one)),
        (set(&mut conn, one), stale: t::table.filter(t::alive.eq(true))),
        (alive(&mut conn), kept: t::table.filter(t::alive.eq(false))),
        (alive(&mut conn), stale: t::table.find(one))
    );
}

#[test]
fn triggers_and_keys_that_come_later_count() {
    let (_db, cache, mut conn, statements) = scene!();
    conn.batch_execute(
        "CREATE FUNCTION other() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
        UPDATE post SET title = 'by trigger' WHERE id = 2 AND title <> 'by trigger'; RETURN NULL; END $$",
    )
    .unwrap();
    cache.introspect(&mut conn).unwrap();
    conn.batch_execute("CREATE TRIGGER other AFTER UPDATE ON post FOR EACH ROW EXECUTE FUNCTION other()")
        .unwrap();
    writes!(
        conn,
        statements,
        (i32, i32, i32, String),
        (diesel::update(post::table.find(1)).set(post::title.eq("x")).execute(&mut conn).unwrap(), stale: post::table.find(2))
    );
}

#[test]
fn a_whole_row_has_volatile_columns() {
    let (_db, cache, mut conn, statements) =
        scene!(|builder: diesel_cache::CacheBuilder| builder.volatile("post", ["title"]));
    conn.batch_execute(
        "CREATE TABLE odd (id INTEGER PRIMARY KEY, to_jsonb TEXT, concat TEXT); INSERT INTO odd VALUES (1)",
    )
    .unwrap();
    cache.introspect(&mut conn).unwrap();
    #[derive(QueryableByName, Debug, PartialEq, Clone, diesel_cache::Cacheable)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::Text)]
        t: String,
    }
    for (number, sql) in [
        "SELECT post::text AS t FROM post WHERE id = 1",
        "SELECT p::text AS t FROM post AS p WHERE p.id = 1",
        "SELECT to_jsonb(p)::text AS t FROM post AS p WHERE p.id = 1",
        "SELECT p.to_jsonb::text AS t FROM post AS p WHERE p.id = 1",
        "SELECT post.row_to_json::text AS t FROM post WHERE id = 1",
        "SELECT q::text AS t FROM (SELECT p FROM post AS p WHERE p.id = 1) AS q",
        "SELECT xmin::text AS t FROM post WHERE id = 1",
        "SELECT ctid::text AS t FROM post WHERE id = 1",
        "SELECT count(*)::text AS t FROM post AS p NATURAL JOIN (SELECT CAST('n1' AS text) AS title) AS q",
        "SELECT U&\"t\\0069tle\" AS t FROM post WHERE id = 1",
        "SELECT p.U&\"t\\0069tle\" AS t FROM post AS p WHERE p.id = 1",
        "SELECT p.to_jsonb::text AS t FROM post AS p JOIN odd AS c ON c.id = p.id WHERE p.id = 1",
        "SELECT p.concat AS t FROM post AS p JOIN odd AS c ON c.id = p.id WHERE p.id = 1",
        "SELECT array_agg(p.*)::text AS t FROM post AS p WHERE p.id = 1",
    ]
    .into_iter()
    .enumerate()
    {
        writes!(
            conn, statements, Row,
            (conn.batch_execute(&format!("UPDATE post SET title = 'n{number}' WHERE id = 1")).unwrap(),
                stale: diesel::sql_query(sql)),
        );
    }
}

#[test]
fn a_trigger_that_may_write_anything_changes_other_rows() {
    let (_db, cache, mut conn, statements) =
        scene!(|builder: diesel_cache::CacheBuilder| builder.volatile("post", ["title"]));
    conn.batch_execute(
        "CREATE FUNCTION spread() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
             IF NEW.id = 1 THEN EXECUTE 'UPDATE post SET ra' || 'nk = rank + 100 WHERE id = 2'; END IF; RETURN NULL; END $$; \
         CREATE TRIGGER spread AFTER UPDATE OF title ON post FOR EACH ROW EXECUTE FUNCTION spread()",
    )
    .unwrap();
    cache.introspect(&mut conn).unwrap();
    writes!(
        conn, statements, (i32, i32),
        (conn.batch_execute("UPDATE post SET title = 'a' WHERE id = 1").unwrap(),
            stale: post::table.find(2).select((post::id, post::rank)), post::table.find(3).select((post::id, post::rank))),
        (conn.batch_execute("UPDATE post SET person_id = 5 WHERE id = 1").unwrap(),
            kept: post::table.find(3).select((post::id, post::rank))),
    );
}

#[test]
fn a_trigger_may_assign_in_every_form() {
    let (_db, cache, mut conn, statements) = scene!(|builder: diesel_cache::CacheBuilder| builder
        .volatile("leaf", ["title"])
        .volatile("text_leaf", ["title"]));
    diesel::table! { leaf (id) { id -> Integer, size -> Nullable<Integer>, } }
    for (number, body) in [
        "OLD.size := 9; RETURN OLD",
        "SELECT 45 INTO OLD.size; RETURN OLD",
        "sized.new.size := 44; RETURN NEW",
        "SELECT 46 INTO sized.new.size; RETURN NEW",
        "NEW.size = 47; RETURN NEW",
    ]
    .into_iter()
    .enumerate()
    {
        conn.batch_execute(&format!(
            "CREATE TABLE leaf (id INTEGER PRIMARY KEY, size INTEGER UNIQUE, title TEXT); INSERT INTO leaf VALUES (1, 7, 'a'); \
             CREATE FUNCTION sized() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body}; END $$; \
             CREATE TRIGGER sized BEFORE UPDATE ON leaf FOR EACH ROW EXECUTE FUNCTION sized()"
        ))
        .unwrap();
        cache.introspect(&mut conn).unwrap();
        let by_size = [9, 45, 44, 46, 47][number];
        writes!(
            conn, statements, (i32, Option<i32>),
            (conn.batch_execute("UPDATE leaf SET title = 'b' WHERE id = 1 AND size = 7").unwrap(),
                stale: leaf::table.find(1), leaf::table.filter(leaf::size.eq(by_size))),
        );
        conn.batch_execute("DROP TABLE leaf; DROP FUNCTION sized").unwrap();
    }
    conn.batch_execute(
        "CREATE TABLE text_leaf (id INTEGER PRIMARY KEY, words TSVECTOR, title TEXT); \
         CREATE TRIGGER words BEFORE INSERT OR UPDATE ON text_leaf FOR EACH ROW \
             EXECUTE FUNCTION tsvector_update_trigger(words, 'pg_catalog.english', title); \
         INSERT INTO text_leaf (id, title) VALUES (1, 'apple')",
    )
    .unwrap();
    cache.introspect(&mut conn).unwrap();
    #[derive(QueryableByName, Debug, PartialEq, Clone, diesel_cache::Cacheable)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::Text)]
        t: String,
    }
    writes!(
        conn, statements, Row,
        (conn.batch_execute("UPDATE text_leaf SET title = 'zebra' WHERE id = 1").unwrap(),
            stale: diesel::sql_query("SELECT words::text AS t FROM text_leaf WHERE id = 1")),
    );
}
