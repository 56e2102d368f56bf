//! Clients of diesel-async beside the threads of a process: they load and write in tasks, on connections of their own and of a pool,
//! in pipelines where there are any, and drop their futures at random points.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::task::Poll;

use diesel::QueryResult;
use diesel::prelude::*;
use diesel_async::pooled_connection::AsyncDieselConnectionManager;
use diesel_async::pooled_connection::deadpool::{Object, Pool};
use diesel_async::{AsyncConnection, AsyncMysqlConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use diesel_cache::prelude::*;
use diesel_cache_tests::{AsyncBackend, Mysql, Postgres, Sqlite, connect_async};
use futures_util::future::join;

use crate::engine::{Engine, Query, Way};
use crate::history::{Intent, Outcome, Record, Row, Scribe, Seen, Source, Writer, now};
use crate::model::{self, book, shelf};
use crate::operations::one;
use crate::rng::Rng;
use crate::worker::Orders;

tokio::task_local! {
    /// Who has answered the cached load of this task; a thread that reads files for it says nothing here.
    static SOURCE: Cell<Source>;
}

/// Takes down who has answered, if it is a task that is told.
pub fn answered_by(source: Source) -> bool {
    SOURCE.try_with(|it| it.set(source)).is_ok()
}

/// What the tasks of a database do.
pub trait Tasks: Engine + AsyncBackend {
    fn look(conn: &mut Self::AsyncConn, query: Query, way: Way) -> impl Future<Output = QueryResult<Vec<Seen>>> + Send;

    /// Writes all shelves, and returns the rows or the first of them; `None` where there is no such thing.
    fn returning(conn: &mut Self::AsyncConn, writer: Writer) -> impl Future<Output = Option<QueryResult<()>>> + Send;

    /// Works on connections that may have been another one's before.
    fn by_pool(client: &mut Client<Self>) -> impl Future<Output = ()> + Send;

    /// Has its session put on record, so that what is cut does not stay in doubt for long.
    fn identify(cache: &Cache, conn: &mut Self::AsyncConn) -> impl Future<Output = ()> + Send;

    /// Two writes at a time.
    fn pipeline(conn: &mut Self::AsyncConn, one: &str, other: &str) -> impl Future<Output = QueryResult<()>> + Send;
}

macro_rules! load {
    ($conn:ident, $way:ident, $query:expr) => {
        match $way {
            Way::Database => $query.load($conn).await?,
            Way::Disk => $query.cached("disk").load($conn).await?,
            Way::Memory => $query.cached("memory").load($conn).await?,
            Way::Refresh => $query.cached("disk").refresh().load($conn).await?,
            Way::InTransaction => $query.cached("disk").in_transaction().load($conn).await?,
            Way::Shared => $query.cached("disk").load_shared($conn).await?.to_vec(),
        }
    };
}

macro_rules! tasks {
    ($backend:ty, $($method:item)*) => {
        impl Tasks for $backend {
            async fn look(conn: &mut Self::AsyncConn, query: Query, way: Way) -> QueryResult<Vec<Seen>> {
                type Rows = Vec<(i32, i64, i64)>;
                let shelves = shelf::table.order(shelf::id).select((shelf::id, shelf::version, shelf::writer));
                let books = book::table.order(book::id).select((book::id, book::version, book::writer));
                let (rows, row): (Rows, fn(i32) -> Row) = match query {
                    Query::Shelf(id) => (load!(conn, way, shelves.filter(shelf::id.eq(id))), model::shelf_row),
                    Query::Shelves | Query::Join => (load!(conn, way, shelves), model::shelf_row),
                    Query::Books => (load!(conn, way, books), model::book_row),
                    Query::BooksOn(id) => (load!(conn, way, books.filter(book::shelf_id.eq(id))), model::book_row),
                };
                let seen = |(id, version, writer)| Seen { row: row(id), version: version as u64, writer };
                Ok(rows.into_iter().map(seen).collect())
            }

            async fn identify(cache: &Cache, conn: &mut Self::AsyncConn) {
                let _ = cache.identify_async(conn).await;
            }

            async fn by_pool(client: &mut Client<Self>) {
                let manager = AsyncDieselConnectionManager::<Self::AsyncConn>::new(&client.orders.url);
                let pool: Pool<Self::AsyncConn> = Pool::builder(manager).max_size(2).build().expect("a pool can be made");
                while !client.orders.is_over() {
                    let Ok(mut conn) = pool.get().await else { continue };
                    client.set_up(&mut conn).await;
                    for _ in 0..client.rng.below(8) {
                        if client.step(&mut conn).await.is_err() {
                            // Whatever state it is in, another one is in none.
                            drop(Object::take(conn));
                            break;
                        }
                    }
                }
            }

            $($method)*
        }
    };
}

/// A transaction that Diesel does not know of; dropped, it stays open.
async fn in_transaction<C: AsyncConnection>(conn: &mut C, texts: &[String]) -> QueryResult<()> {
    conn.batch_execute("BEGIN").await?;
    for text in texts {
        conn.batch_execute(text).await?;
    }
    conn.batch_execute("COMMIT").await
}

/// Not pipelined.
async fn in_turn<C: AsyncConnection>(conn: &mut C, one: &str, other: &str) -> QueryResult<()> {
    conn.batch_execute(one).await?;
    conn.batch_execute(other).await
}

tasks! { Sqlite,
    async fn returning(_: &mut Self::AsyncConn, _: Writer) -> Option<QueryResult<()>> {
        None
    }

    async fn pipeline(conn: &mut Self::AsyncConn, one: &str, other: &str) -> QueryResult<()> {
        in_turn(conn, one, other).await
    }
}

tasks! { Postgres,
    async fn returning(conn: &mut AsyncPgConnection, writer: Writer) -> Option<QueryResult<()>> {
        let update = diesel::update(shelf::table).set((shelf::version.eq(shelf::version + 1), shelf::writer.eq(writer)));
        // The first row alone: the server may still be sending, and have to commit.
        Some(update.returning(shelf::version).get_result::<i64>(conn).await.map(drop))
    }

    async fn pipeline(conn: &mut AsyncPgConnection, one: &str, other: &str) -> QueryResult<()> {
        let (mut first, mut second) = (&*conn, &*conn);
        let (first, second) = (
            diesel::sql_query(one).execute(&mut first),
            diesel::sql_query(other).execute(&mut second),
        );
        // The last to start is the first to be polled.
        let (second, first) = join(second, first).await;
        first.and(second).map(drop)
    }
}

tasks! { Mysql,
    async fn returning(_: &mut AsyncMysqlConnection, _: Writer) -> Option<QueryResult<()>> {
        None
    }

    async fn pipeline(conn: &mut AsyncMysqlConnection, one: &str, other: &str) -> QueryResult<()> {
        in_turn(conn, one, other).await
    }
}

/// Works until the time is over: on one connection each, or, the last one, on a pool's.
pub fn work<E: Tasks>(orders: &Orders, cache: &Cache, first: u32) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    runtime.expect("a runtime can be made").block_on(async {
        let clients = (0..orders.tasks).map(|number| {
            let (orders, cache) = (orders.clone(), cache.clone());
            tokio::spawn(async move {
                let mut client = Client::<E>::new(orders, cache, first + number);
                match number % 2 {
                    0 => client.alone().await,
                    _ => E::by_pool(&mut client).await,
                }
            })
        });
        for client in clients.collect::<Vec<_>>() {
            client.await.expect("a client goes on");
        }
    });
}

pub struct Client<E> {
    orders: Orders,
    cache: Cache,
    scribe: Scribe,
    rng: Rng,
    next: Writer,
    backend: std::marker::PhantomData<fn() -> E>,
}

impl<E: Tasks> Client<E> {
    fn new(orders: Orders, cache: Cache, number: u32) -> Self {
        let place = (i64::from(orders.process) << 8) | i64::from(number);
        Self {
            scribe: Scribe::new(&orders.history, orders.process, number).expect("the history can be opened"),
            rng: Rng::new(orders.seed ^ (place as u64) << 32),
            next: (place << 32) + 1,
            orders,
            cache,
            backend: std::marker::PhantomData,
        }
    }

    async fn alone(&mut self) {
        while !self.orders.is_over() {
            let mut conn = connect_async::<E>(&self.orders.url).await;
            self.set_up(&mut conn).await;
            while !self.orders.is_over() && self.step(&mut conn).await.is_ok() {}
        }
    }

    async fn set_up(&self, conn: &mut E::AsyncConn) {
        let _ = conn.batch_execute(E::SETUP).await;
        self.cache.attach(conn);
        let _ = conn.batch_execute(E::TUNE).await;
        E::identify(&self.cache, conn).await;
    }

    /// One load or write; an error, or a future that was dropped in the middle of a write, ends the connection at times.
    async fn step(&mut self, conn: &mut E::AsyncConn) -> Result<(), ()> {
        // Cut at one in six, at any await point.
        let polls = if self.rng.one_in(6) {
            1 + self.rng.below(6) as usize
        } else {
            usize::MAX
        };
        if self.rng.below(100) >= self.orders.writes {
            let query = self.rng.pick(&Query::all());
            let way = self.rng.pick(&Way::ALL);
            let from = now();
            let look = SOURCE.scope(Cell::new(Source::Database), async {
                let seen = E::look(conn, query, way).await;
                seen.map(|seen| (seen, SOURCE.with(Cell::get)))
            });
            let loaded = cut(look, polls).await;
            let to = now();
            if let Some(Ok((seen, source))) = loaded {
                let query = format!("{query:?}@{way:?}/task");
                self.scribe.write(&Record::Loaded {
                    from,
                    to,
                    source,
                    query,
                    seen,
                });
                return Ok(());
            }
            return self.after_cut();
        }
        let rows = self.rows();
        let done = match self.rng.below(4) {
            0 => {
                let writer = self.begin(&model::shelf_rows(), "task returning");
                let done = cut(E::returning(conn, writer), polls).await;
                self.end(writer, matches!(done, Some(Some(Ok(())))));
                !matches!(done, None | Some(Some(Err(_))))
            }
            1 if rows.len() > 1 => {
                let (first, second) = (self.begin(&rows[..1], "pipeline"), self.begin(&rows[1..2], "pipeline"));
                let texts = (one(rows[0], first), one(rows[1], second));
                let done = cut(E::pipeline(conn, &texts.0, &texts.1), polls).await;
                let done = matches!(done, Some(Ok(())));
                self.end(first, done);
                self.end(second, done);
                done
            }
            2 => {
                let writer = self.begin(&rows, "task transaction");
                let texts: Vec<String> = rows.iter().map(|&row| one(row, writer)).collect();
                let work = in_transaction(conn, &texts);
                let done = matches!(cut(work, polls).await, Some(Ok(())));
                self.end(writer, done);
                if !done {
                    return Err(()); // the transaction may be open
                }
                done
            }
            _ => {
                let writer = self.begin(&rows[..1], "task update");
                let text = one(rows[0], writer);
                let done = matches!(cut(conn.batch_execute(&text), polls).await, Some(Ok(())));
                self.end(writer, done);
                done
            }
        };
        if done { Ok(()) } else { self.after_cut() }
    }

    /// Goes on with the same connection as often as not. MySQL's has lost its place.
    fn after_cut(&mut self) -> Result<(), ()> {
        if E::NAME == Mysql::NAME || self.rng.one_in(2) {
            Err(())
        } else {
            Ok(())
        }
    }

    fn rows(&mut self) -> Vec<Row> {
        let all = (model::SHELVES + model::BOOKS) as u64;
        let mut rows = vec![Row(self.rng.below(all) as u8), Row(self.rng.below(all) as u8)];
        rows.sort_unstable();
        rows.dedup();
        rows
    }

    fn begin(&mut self, rows: &[Row], how: &str) -> Writer {
        let writer = self.next;
        self.next += 1;
        let (at, intent, how) = (now(), Intent::Commit, how.replace(' ', "_"));
        self.scribe.write(&Record::Begun {
            writer,
            at,
            intent,
            rows: rows.to_vec(),
            how,
        });
        writer
    }

    fn end(&mut self, writer: Writer, committed: bool) {
        let outcome = if committed {
            Outcome::Committed
        } else {
            Outcome::Unknown
        };
        self.scribe.write(&Record::Ended {
            writer,
            at: now(),
            outcome,
            seen: Vec::new(),
        });
    }
}

/// Polls so often, and then drops.
async fn cut<F: Future>(future: F, polls: usize) -> Option<F::Output> {
    let mut future = Box::pin(future);
    let mut left = polls;
    poll_fn(move |context| {
        left -= 1;
        match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}
