//! The changes that an asynchronous connection has made to its session, and the queries by which the cache reads them.

use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use diesel_cache::prelude::*;
use diesel_cache_tests::{AsyncBackend, Database, Mysql, Postgres, Sqlite, Statements};

use crate::world::World;

#[derive(QueryableByName, Cacheable, Clone, PartialEq, Debug)]
struct Row {
    #[diesel(sql_type = Text)]
    v: String,
}

const QUERY: &str = "SELECT name AS v FROM person WHERE id = 1";

macro_rules! on {
    ($name:ident, $backend:ty) => {
        mod $name {
            use super::*;

            type Conn = <$backend as AsyncBackend>::AsyncConn;

            async fn load(conn: &mut Conn, query: &str) -> QueryResult<Vec<Row>> {
                diesel::sql_query(query).cached("default").load(conn).await
            }

            /// Returns the number of statements that two cached loads send.
            pub async fn asked_twice(conn: &mut Conn, statements: &Statements, query: &str) -> usize {
                statements.take();
                for _ in 0..2 {
                    load(conn, query).await.unwrap();
                }
                statements.take().len()
            }

            pub async fn is_right(conn: &mut Conn, query: &str) {
                let cached = load(conn, query).await.unwrap();
                let truth: Vec<Row> = diesel::sql_query(query).load(conn).await.unwrap();
                assert_eq!(cached, truth, "{query}");
            }

            #[tokio::test]
            async fn a_batch_that_fails_behind_its_commit_ends_nothing() {
                let db = Database::<$backend>::new();
                let world = World::new(&db);
                let (mut conn, statements) = world.connect(&db).await;
                let batch = "BEGIN; UPDATE person SET name = 'Ada' WHERE id = 1; COMMIT; SELECT * FROM no_such_table;";
                conn.batch_execute(batch).await.unwrap_err();
                assert_eq!(
                    asked_twice(&mut conn, &statements, QUERY).await,
                    2,
                    "a question and a load"
                );
                assert_eq!(asked_twice(&mut conn, &statements, QUERY).await, 0);
                // A load that is dropped before it is polled has asked nothing.
                conn.batch_execute(batch).await.unwrap_err();
                drop(load(&mut conn, QUERY));
                is_right(&mut conn, QUERY).await;
                assert_eq!(asked_twice(&mut conn, &statements, QUERY).await, 0);
            }
        }
    };
}
on!(sqlite, Sqlite);
on!(postgres, Postgres);
on!(mysql, Mysql);

#[tokio::test]
async fn a_procedure_does_not_end_caching() {
    let db = Database::<Mysql>::new();
    let world = World::new(&db);
    let (mut conn, statements) = world.connect(&db).await;
    for sql in [
        "CREATE PROCEDURE plain() SELECT COUNT(*) FROM person",
        "CREATE PROCEDURE opens() START TRANSACTION",
        "CREATE PROCEDURE bin() SET collation_connection = utf8mb4_bin",
    ] {
        conn.batch_execute(sql).await.unwrap();
    }
    conn.batch_execute("CALL plain()").await.unwrap();
    assert_eq!(mysql::asked_twice(&mut conn, &statements, QUERY).await, 2);
    assert_eq!(mysql::asked_twice(&mut conn, &statements, QUERY).await, 0);
    conn.batch_execute("CALL opens()").await.unwrap();
    assert_eq!(mysql::asked_twice(&mut conn, &statements, QUERY).await, 3);
    assert_eq!(mysql::asked_twice(&mut conn, &statements, QUERY).await, 2);
    conn.batch_execute("COMMIT").await.unwrap();
    let same = "SELECT CAST('a' = 'A' AS CHAR) AS v";
    mysql::is_right(&mut conn, same).await;
    conn.batch_execute("CALL bin()").await.unwrap();
    mysql::is_right(&mut conn, same).await;
    conn.batch_execute("SET @a = 1").await.unwrap();
    mysql::is_right(&mut conn, "SELECT CAST(@a AS CHAR) AS v").await;
    let assign = diesel::sql_query("UPDATE person SET name = (@a := 'x') WHERE id = 1");
    assign.execute(&mut conn).await.unwrap();
    mysql::is_right(&mut conn, "SELECT CAST(@a AS CHAR) AS v").await;
}

#[tokio::test]
async fn a_tenant_for_each_transaction_leaves_one_trace() {
    let db = Database::<Postgres>::new();
    let world = World::new(&db);
    let (mut conn, statements) = world.connect(&db).await;
    let setting = "SELECT COALESCE(current_setting('app.tenant', true), 'NULL') AS v";
    postgres::is_right(&mut conn, setting).await;
    let mut asked = Vec::new();
    for tenant in ["1", "2", "3"] {
        conn.batch_execute("BEGIN").await.unwrap();
        diesel::sql_query("SELECT set_config('app.tenant', $1, true)")
            .bind::<Text, _>(tenant)
            .execute(&mut conn)
            .await
            .unwrap();
        conn.batch_execute("COMMIT").await.unwrap();
        postgres::is_right(&mut conn, setting).await;
        asked.push(postgres::asked_twice(&mut conn, &statements, QUERY).await);
    }
    assert_eq!(asked, [1, 0, 0]);
    diesel::sql_query("UPDATE person SET name = set_config('app.tenant', '9', false) WHERE id = 2")
        .execute(&mut conn)
        .await
        .unwrap();
    postgres::is_right(&mut conn, setting).await;
    // The default, as the database says.
    let (mut told, statements) = world.connect(&db).await;
    let (mut plain, _) = world.connect(&db).await;
    postgres::is_right(&mut plain, QUERY).await;
    told.batch_execute("SET datestyle = ISO").await.unwrap();
    assert_eq!(
        postgres::asked_twice(&mut told, &statements, QUERY).await,
        1,
        "a question, and no load"
    );
}
