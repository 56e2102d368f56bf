//! Creators in tasks that read in a transaction on an asynchronous connection, on whatever thread the connection runs
//! its statements.

use diesel::prelude::*;
use diesel_async::{AsyncConnection, RunQueryDsl, SimpleAsyncConnection};
use diesel_cache::prelude::*;
use diesel_cache::{RefusalReason, Values};
use diesel_cache_tests::{AsyncBackend, Database, person, regions};
use tokio::sync::oneshot;

use super::Db;

type Conn = <Db as AsyncBackend>::AsyncConn;
type Outcome<T = i64> = QueryResult<T>;

async fn count(conn: &mut Conn) -> Outcome {
    person::table.count().get_result(conn).await
}

async fn insert(conn: &mut Conn, id: i32) -> Outcome<usize> {
    diesel::insert_into(person::table)
        .values((person::id.eq(id), person::name.eq("new")))
        .execute(conn)
        .await
}

struct World {
    cache: Cache,
    values: Values,
    conn: Conn,
}

impl World {
    async fn new(db: &Database<Db>) -> Self {
        let cache = regions(&db.directory().join("cache")).build().unwrap();
        let values = cache.region("default").unwrap().depends_on(["person"]);
        let mut conn = db.connect_async().await;
        cache.attach(&mut conn);
        Self { cache, values, conn }
    }

    fn refusals(&self) -> u64 {
        let region = self.cache.region("default").unwrap();
        region.stats().refusals_by(RefusalReason::Transaction)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_was_open_before() {
    let db = Database::<Db>::new();
    let mut world = World::new(&db).await;
    let values = world.values.clone();
    let work = async |conn: &mut Conn| {
        // Its snapshot may be older than the stamp.
        assert_eq!(values.get_or_create_async("one", async || count(conn).await).await?, 50);
        let place = values.prepare_async("set", async |place| {
            place.set(&count(conn).await?).await;
            Outcome::Ok(())
        });
        place.await?;
        // By way of the cache as well.
        let people = || person::table.select(person::id).cached("default");
        let cached = values.get_or_create_async("cached", async || people().load::<i32>(conn).await);
        assert_eq!(cached.await?.len(), 50);
        Ok::<_, diesel::result::Error>(())
    };
    world.conn.transaction(work).await.unwrap();
    let all = values.get_multi_async::<i64>(["one", "set"]).await;
    assert_eq!((all, world.refusals()), (vec![None; 2], 3));
    assert_eq!(values.get_async::<Vec<i32>>("cached").await, None);
    let conn = &mut world.conn;
    assert_eq!(
        values
            .get_or_create_async("one", async || count(conn).await)
            .await
            .unwrap(),
        50
    );
    assert_eq!(values.get_async("one").await, Some(50_i64), "it is over");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_in_a_transaction_that_was_open_before() {
    let db = Database::<Db>::new();
    let mut world = World::new(&db).await;
    let (values, conn) = (&world.values, &mut world.conn);
    conn.batch_execute("BEGIN").await.unwrap();
    let all = values.get_or_create_multi_async(["a", "b"], async |_: &[&str]| Outcome::Ok(vec![count(conn).await?; 2]));
    assert_eq!(all.await.unwrap(), [50, 50]);
    let one = values.get_or_create_async("one", async || count(conn).await).await;
    assert_eq!(one.unwrap(), 50);
    conn.batch_execute("COMMIT").await.unwrap();
    assert_eq!(values.get_multi_async::<i64>(["a", "b", "one"]).await, [None; 3]);
    let all = values.get_or_create_multi_async(["a", "b"], async |_: &[&str]| {
        conn.batch_execute("BEGIN").await?;
        let number = count(conn).await?;
        conn.batch_execute("COMMIT").await?;
        Outcome::Ok(vec![number; 2])
    });
    assert_eq!(all.await.unwrap(), [50, 50]);
    assert_eq!(values.get_multi_async(["a", "b"]).await, [Some(50_i64); 2], "its own");
    assert_eq!(world.refusals(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_never_committed() {
    let db = Database::<Db>::new();
    let mut world = World::new(&db).await;
    let (values, conn) = (&world.values, &mut world.conn);
    let seen = values.get_or_create_async("within", async || {
        let mut seen = 0;
        let work = async |conn: &mut Conn| {
            insert(conn, 100).await?;
            seen = count(conn).await?;
            Err::<(), _>(diesel::result::Error::RollbackTransaction)
        };
        assert!(conn.transaction(work).await.is_err());
        Outcome::Ok(seen)
    });
    assert_eq!(seen.await.unwrap(), 51);
    assert_eq!(values.get_async::<i64>("within").await, None);
    assert_eq!(world.refusals(), 1);
    assert_eq!(count(&mut world.conn).await.unwrap(), 50);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_of_its_own_that_reads() {
    let db = Database::<Db>::new();
    let mut world = World::new(&db).await;
    let (values, conn) = (&world.values, &mut world.conn);
    let one = values.get_or_create_async("one", async || {
        let twice = async |conn: &mut Conn| Outcome::Ok(count(conn).await? + count(conn).await?);
        conn.transaction(twice).await
    });
    assert_eq!(one.await.unwrap(), 100);
    let set = values.prepare_async("set", async |place| {
        let count = conn.transaction(async |conn| count(conn).await).await?;
        place.set(&count).await;
        Outcome::Ok(())
    });
    set.await.unwrap();
    assert_eq!(values.get_multi_async(["one", "set"]).await, [Some(100_i64), Some(50)]);
    assert_eq!(world.refusals(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_was_attached_in_a_transaction() {
    let db = Database::<Db>::new();
    let world = World::new(&db).await;
    let mut conn: Conn = db.connect_async().await;
    conn.begin_test_transaction().await.unwrap();
    world.cache.attach(&mut conn);
    let value = world.values.get_or_create_async("key", async || count(&mut conn).await);
    assert_eq!(value.await.unwrap(), 50);
    assert_eq!(world.values.get_async::<i64>("key").await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn nested_creators_are_judged_each() {
    let db = Database::<Db>::new();
    let mut world = World::new(&db).await;
    let (values, conn) = (&world.values, &mut world.conn);
    // Younger than the outer creator, older than the inner ones.
    let between = values.get_or_create_async("outer", async || {
        conn.batch_execute("BEGIN").await?;
        // A snapshot begins with a statement; what is between is nobody's.
        let inner = values.get_or_create_async("inner", async || {
            values
                .get_or_create_async("innermost", async || count(conn).await)
                .await
        });
        let inner = inner.await?;
        conn.batch_execute("COMMIT").await?;
        Outcome::Ok(inner)
    });
    assert_eq!(between.await.unwrap(), 50);
    let all = values.get_multi_async(["outer", "inner", "innermost"]).await;
    assert_eq!(all, [Some(50_i64), None, None]);
    values.delete_async("outer").await;
    // Only the inner one reads in it, and the outer one is made of what that returns.
    let mut other: Conn = db.connect_async().await;
    world.cache.attach(&mut other);
    conn.batch_execute("BEGIN").await.unwrap();
    let apart = values.get_or_create_async("outer", async || {
        let old = values.get_or_create_async("inner", async || count(conn).await).await?;
        values
            .get_or_create_async("fine", async || count(&mut other).await)
            .await?;
        Outcome::Ok(old)
    });
    assert_eq!(apart.await.unwrap(), 50);
    conn.batch_execute("COMMIT").await.unwrap();
    let all = values.get_multi_async(["outer", "inner", "fine"]).await;
    assert_eq!(all, [None, None, Some(50_i64)]);
}

/// Transactions of others, before a creator, and while it waits for something else.
#[tokio::test(flavor = "current_thread")]
async fn other_connections_and_other_tasks_are_left_alone() {
    let db = Database::<Db>::new();
    let mut world = World::new(&db).await;
    let (values, conn) = (world.values.clone(), &mut world.conn);
    let mut other: Conn = db.connect_async().await;
    world.cache.attach(&mut other);
    conn.batch_execute("BEGIN").await.unwrap();
    count(conn).await.unwrap();
    let beside = values
        .get_or_create_async("other", async || count(&mut other).await)
        .await;
    assert_eq!(beside.unwrap(), 50);
    conn.batch_execute("COMMIT").await.unwrap();
    let (begun, may_begin) = oneshot::channel();
    let (go_on, gate) = oneshot::channel::<()>();
    let waiting = tokio::spawn(values.get_or_create_async("task", async move || {
        let before = count(&mut other).await?;
        begun.send(()).unwrap();
        gate.await.unwrap();
        Outcome::Ok(before)
    }));
    may_begin.await.unwrap();
    conn.batch_execute("BEGIN").await.unwrap();
    insert(conn, 100).await.unwrap();
    count(conn).await.unwrap();
    conn.batch_execute("ROLLBACK").await.unwrap();
    go_on.send(()).unwrap();
    assert_eq!(waiting.await.unwrap().unwrap(), 50);
    assert_eq!(world.refusals(), 0);
    assert_eq!(values.get_multi_async(["other", "task"]).await, [Some(50_i64); 2]);
}
