//! Writes that return rows in autocommit. Their connection may report the end of the write before the commit, and may
//! then be idle for long. A load that finds the fence asks the database whether the write is over.

use std::time::Duration;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Integer, Text};
use diesel_async::RunQueryDsl;
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, bb8, deadpool};
use diesel_cache::prelude::*;
use diesel_cache_tests::{AsyncBackend, Database, Mysql, Person, PostgresDatabase, Statements, connect_async, person};

use crate::world::World;

/// A grace that does not end during any test.
const GRACE: Duration = Duration::from_secs(3600);

fn world<B: AsyncBackend>(db: &Database<B>) -> World {
    World::with(db, |builder| builder.doubt_grace(GRACE))
}

async fn count<C>(conn: &mut C) -> usize
where
    C: diesel_async::AsyncConnection<Backend = diesel::pg::Pg>,
{
    let people = person::table.order(person::id).cached("default");
    people.load::<Person>(conn).await.unwrap().len()
}

fn new(id: i32) -> Person {
    Person { id, name: "new".into() }
}

macro_rules! insert {
    ($id:expr, $conn:expr) => {
        diesel::insert_into(person::table)
            .values(&new($id))
            .returning(Person::as_returning())
            .get_result($conn)
            .await
            .unwrap()
    };
}

/// Returns the number of queries about locks since the last call.
fn asked(statements: &Statements) -> usize {
    let all = statements.take();
    all.iter().filter(|sql| sql.contains("pg_locks")).count()
}

#[tokio::test]
async fn the_table_is_cached_again_while_the_writer_is_idle() {
    let db = Database::<PostgresDatabase>::new();
    let world = world(&db);
    let (mut writer, _) = world.connect(&db).await;
    let (mut reader, sent) = world.connect(&db).await;
    count(&mut reader).await;
    for id in 51..=55 {
        assert_eq!(insert!(id, &mut writer), new(id));
        world.told();
        sent.take();
        assert_eq!(count(&mut reader).await, id as usize);
        assert_eq!(asked(&sent), 1);
        assert_eq!(count(&mut reader).await, id as usize);
        assert_eq!(world.told(), ["miss", "bypass", "stored", "hit"]);
    }
    // Each form that Diesel has for it; and the writer itself may be the one who asks.
    let rename = diesel::update(person::table.find(1)).set(person::name.eq("x"));
    assert_eq!(rename.get_result::<Person>(&mut writer).await.unwrap().name, "x");
    assert_eq!(count(&mut writer).await, 55);
    assert_eq!(count(&mut reader).await, 55);
    let gone: Vec<Person> = diesel::delete(person::table.filter(person::id.gt(50)))
        .get_results(&mut writer)
        .await
        .unwrap();
    assert_eq!(gone.len(), 5);
    world.told();
    assert_eq!((count(&mut reader).await, count(&mut reader).await), (50, 50));
    assert_eq!(world.told(), ["miss", "bypass", "stored", "hit"]);
}

#[tokio::test]
async fn the_table_is_cached_again_after_the_writer_has_left() {
    let db = Database::<PostgresDatabase>::new();
    let world = world(&db);
    let (mut reader, _) = world.connect(&db).await;
    let (mut writer, _) = world.connect(&db).await;
    count(&mut reader).await;
    insert!(51, &mut writer);
    drop(writer);
    world.told();
    assert_eq!((count(&mut reader).await, count(&mut reader).await), (51, 51));
    assert_eq!(world.told(), ["miss", "bypass", "stored", "hit"]);
}

#[tokio::test]
async fn the_table_is_cached_again_while_the_pool_is_idle() {
    let db = Database::<PostgresDatabase>::new();
    let world = world(&db);
    let (mut reader, _) = world.connect(&db).await;
    count(&mut reader).await;
    let manager = || AsyncDieselConnectionManager::<<PostgresDatabase as AsyncBackend>::AsyncConn>::new(db.url());

    let pool = deadpool::Pool::builder(manager()).max_size(2).build().unwrap();
    let mut conn = pool.get().await.unwrap();
    world.cache.attach(&mut conn);
    insert!(51, &mut conn);
    drop(conn);
    world.told();
    assert_eq!((count(&mut reader).await, count(&mut reader).await), (51, 51));
    assert_eq!(world.told(), ["miss", "bypass", "stored", "hit"]);

    let pool = bb8::Pool::builder().max_size(2).build(manager()).await.unwrap();
    let mut conn = pool.get().await.unwrap();
    world.cache.attach(&mut *conn);
    insert!(52, &mut conn);
    drop(conn);
    world.told();
    assert_eq!((count(&mut reader).await, count(&mut reader).await), (52, 52));
    assert_eq!(world.told(), ["miss", "bypass", "stored", "hit"]);
}

/// A blocking connection may ask as well.
#[tokio::test(flavor = "multi_thread")]
async fn a_blocking_reader_asks_too() {
    let db = Database::<PostgresDatabase>::new();
    let world = world(&db);
    let (mut writer, _) = world.connect(&db).await;
    insert!(51, &mut writer);
    let mut reader = db.connect();
    world.cache.attach(&mut reader);
    for told in [&["miss", "bypass", "stored"][..], &["hit"]] {
        let people = person::table.order(person::id).cached("default");
        let people = diesel::RunQueryDsl::load::<Person>(people, &mut reader).unwrap();
        assert_eq!((people.len(), &*world.told()), (51, told));
    }
}

/// A write whose first row arrives long before its commit.
///
/// The rows are larger than the server's send buffer, and a constraint that is checked at the commit waits for a lock.
const EARLY: &str = "INSERT INTO person VALUES (51, 'early'), (52, 'early') RETURNING id, repeat('x', 100000) AS name";

const DEFERRED: &str = "CREATE FUNCTION held() RETURNS trigger LANGUAGE plpgsql AS \
        'BEGIN PERFORM pg_advisory_xact_lock(7); RETURN NULL; END'; \
    CREATE CONSTRAINT TRIGGER held AFTER INSERT ON person DEFERRABLE INITIALLY DEFERRED \
        FOR EACH ROW EXECUTE FUNCTION held()";

/// Returns `true` if a commit waits for the lock that the test holds.
fn a_commit_waits(conn: &mut PgConnection) -> bool {
    let waiting = sql::<Bool>(
        "SELECT count(*) > 0 FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database \
         WHERE datname = current_database() AND locktype = 'advisory' AND NOT granted",
    );
    diesel::RunQueryDsl::get_result(waiting, conn).unwrap()
}

macro_rules! early {
    ($name:ident, |$db:ident, $world:ident, $writer:ident, $other:ident| $prepare:expr, $write:expr, $meanwhile:expr) => {
        #[tokio::test]
        async fn $name() {
            let $db = Database::<PostgresDatabase>::new();
            let $world = world(&$db);
            let (mut reader, sent) = $world.connect(&$db).await;
            let (mut $writer, _) = $world.connect(&$db).await;
            let mut $other = $db.connect();
            diesel::connection::SimpleConnection::batch_execute(&mut $other, DEFERRED).unwrap();
            let hold = |sql: &str, conn: &mut _| diesel::RunQueryDsl::execute(diesel::sql_query(sql), conn).unwrap();
            hold("SELECT pg_advisory_lock(7)", &mut $other);
            $prepare;
            count(&mut reader).await;
            let made: Person = diesel::sql_query($write).get_result(&mut $writer).await.unwrap();
            assert_eq!((made.id, made.name.len()), (51, 100_000));
            $meanwhile;
            for _ in 0..5 {
                $world.told();
                assert_eq!(count(&mut reader).await, 50, "it is not committed");
                assert_eq!($world.told(), ["miss", "bypass"]);
            }
            assert!(asked(&sent) > 0);
            hold("SELECT pg_advisory_unlock(7)", &mut $other);
            let settling = async {
                loop {
                    let before: i64 = diesel::RunQueryDsl::get_result(person::table.count(), &mut $other).unwrap();
                    let shown = count(&mut reader).await;
                    assert!(shown as i64 >= before, "{shown} of {before}");
                    if $world.told() == ["hit"] {
                        break shown;
                    }
                }
            };
            let shown = tokio::time::timeout(Duration::from_secs(60), settling).await;
            assert_eq!(shown.expect("the doubt was never settled"), 52);
        }
    };
}

early!(
    nothing_is_cached_before_the_commit,
    |db, world, writer, other| {},
    EARLY,
    {}
);
early!(
    nothing_is_cached_before_the_commit_of_a_writer_that_has_left,
    |db, world, writer, other| {},
    EARLY,
    {
        // A client that left before it was sent all rows would not be committed for.
        while !a_commit_waits(&mut other) {
            tokio::task::yield_now().await;
        }
        drop(writer);
    }
);
early!(
    an_identified_writer_is_known_to_be_idle,
    |db, world, writer, other| world.cache.identify_async(&mut writer).await.unwrap(),
    format!("WITH made AS ({}) SELECT * FROM made", EARLY),
    {}
);

/// What a function writes is not locked when its call begins, nor is it known what to look for in an expression.
#[tokio::test]
async fn a_write_that_need_not_hold_a_lock_waits_for_its_connection() {
    let db = Database::<PostgresDatabase>::new();
    let world = world(&db);
    let (mut reader, sent) = world.connect(&db).await;
    let (mut writer, _) = world.connect(&db).await;
    count(&mut reader).await;
    let insert = "WITH made AS (INSERT INTO person VALUES (51, 'new') RETURNING *) SELECT * FROM made";
    diesel::sql_query(insert)
        .get_result::<Person>(&mut writer)
        .await
        .unwrap();
    world.told();
    sent.take();
    assert_eq!((count(&mut reader).await, count(&mut reader).await), (51, 51));
    assert_eq!(world.told(), ["miss", "bypass", "miss", "bypass"]);
    assert_eq!(asked(&sent), 0);
    diesel::sql_query("SELECT 1").execute(&mut writer).await.unwrap();
    assert_eq!((count(&mut reader).await, count(&mut reader).await), (51, 51));
    assert_eq!(world.told(), ["miss", "stored", "hit"]);
}

/// Another database's answer counts for nothing.
#[tokio::test]
async fn who_leads_elsewhere_is_not_asked() {
    let (db, elsewhere) = (Database::<PostgresDatabase>::new(), Database::<Mysql>::new());
    let world = world(&db);
    let (mut writer, _) = world.connect(&db).await;
    insert!(51, &mut writer);
    let mut conn = connect_async::<Mysql>(elsewhere.url()).await;
    let sent = Statements::new();
    world.cache.attach_with(&mut conn, sent.clone());
    let people = person::table.order(person::id).cached("default");
    people.load::<Person>(&mut conn).await.unwrap();
    assert_eq!(sent.take().len(), 1);
    assert_eq!(world.told(), ["miss", "bypass"]);
}

#[derive(QueryableByName, Debug)]
struct Made {
    #[diesel(sql_type = Integer)]
    id: i32,
    #[diesel(sql_type = Text)]
    name: String,
}

/// MariaDB shows its user which of that user's sessions are idle.
#[tokio::test]
async fn an_identified_session_of_mariadb_is_known_to_be_idle() {
    let db = Database::<Mysql>::new();
    let world = world(&db);
    let (mut reader, _) = world.connect(&db).await;
    let (mut writer, _) = world.connect(&db).await;
    world.cache.identify_async(&mut writer).await.unwrap();
    let load = async |conn: &mut _| {
        let people = person::table.order(person::id).cached("default");
        people.load::<Person>(conn).await.unwrap().len()
    };
    load(&mut reader).await;
    let insert = diesel::sql_query("INSERT INTO person VALUES (51, 'new') RETURNING id, name");
    let made: Made = insert.get_result(&mut writer).await.unwrap();
    assert_eq!((made.id, &*made.name), (51, "new"));
    // The answer to a statement comes a moment before its session is idle.
    let settling = async {
        loop {
            world.told();
            assert_eq!(load(&mut reader).await, 51);
            if world.told() == ["hit"] {
                break;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), settling)
        .await
        .expect("the doubt was never settled");
}
