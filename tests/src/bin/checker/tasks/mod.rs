//! The asynchronous clients of a process, which run besides its threads. Each is a task that loads and writes through
//! diesel-async, on connections of its own or from a pool that clients share. Clients use pipelines where the driver
//! has them, and drop their futures at random points.

mod operation;
mod pool;

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::marker::PhantomData;
use std::task::Poll;

use diesel::{ConnectionResult, QueryResult};
use diesel_async::SimpleAsyncConnection;
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig};
use diesel_cache::prelude::*;
use diesel_cache_tests::connect_async;

use self::operation::Operation;
pub use self::operation::Tasks;
use self::pool::Lender;
pub use self::pool::Pool;
use crate::engine::Query;
use crate::history::{Intent, Outcome, Record, Row, Scribe, Seen, Source, Time, Writer, first_writer, now};
use crate::model;
use crate::operations::one;
use crate::worker::Orders;
use diesel_cache_tests::Rng;

tokio::task_local! {
    /// What answered the last cached load of this task. Only the task itself sets it, not a thread that reads files for
    /// it.
    static SOURCE: Cell<Source>;
}

/// Records what answered a load, if the caller is a task that wants to know. Returns `true` if it is.
pub fn answered_by(source: Source) -> bool {
    SOURCE.try_with(|it| it.set(source)).is_ok()
}

/// Works until the time is over. Every third client, beginning with the first, uses connections of its own. The others
/// share a pool.
pub fn work<E: Tasks>(orders: &Orders, cache: &Cache, first: u32) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    runtime.expect("a runtime can be made").block_on(async {
        let pool = pool::<E>(orders, cache);
        let clients = (0..orders.tasks).map(|number| {
            let mut client = Client::<E>::new(orders.clone(), cache.clone(), first + number);
            let pool = pool.clone();
            tokio::spawn(async move {
                match number % 3 {
                    0 => client.alone().await,
                    _ => client.by_pool(&pool).await,
                }
            })
        });
        for client in clients.collect::<Vec<_>>() {
            client.await.expect("a client goes on");
        }
    });
}

/// Creates the pool of the other clients, with one connection for every two of them.
fn pool<E: Tasks>(orders: &Orders, cache: &Cache) -> Lender<E::AsyncConn> {
    let mut config = ManagerConfig::default();
    let cache = cache.clone();
    config.custom_setup = Box::new(move |url| {
        let (cache, url) = (cache.clone(), url.to_owned());
        Box::pin(async move { ConnectionResult::Ok(set_up::<E>(&cache, &url).await) })
    });
    let manager = AsyncDieselConnectionManager::new_with_config(&orders.url, config);
    let sharing = orders.tasks - orders.tasks.div_ceil(3);
    E::pool(orders.pool, manager, sharing.div_ceil(2).max(1))
}

async fn set_up<E: Tasks>(cache: &Cache, url: &str) -> E::AsyncConn {
    let mut conn = connect_async::<E>(url).await;
    cache.attach(&mut conn);
    let _ = conn.batch_execute(E::TUNE).await;
    E::identify(cache, &mut conn).await;
    conn
}

struct Client<E> {
    orders: Orders,
    cache: Cache,
    scribe: Scribe,
    rng: Rng,
    next: Writer,
    backend: PhantomData<fn() -> E>,
}

/// A chosen operation, with the writes that have been recorded for it.
struct Step {
    operation: Operation,
    /// The number of polls after which its future is dropped.
    polls: usize,
    writers: Vec<Writer>,
}

impl<E: Tasks> Client<E> {
    fn new(orders: Orders, cache: Cache, number: u32) -> Self {
        let place = (i64::from(orders.process) << 8) | i64::from(number);
        Self {
            scribe: Scribe::new(&orders.history, orders.process, number).expect("the history can be opened"),
            rng: Rng::new(orders.seed ^ (place as u64) << 32),
            next: first_writer(orders.process, number),
            orders,
            cache,
            backend: PhantomData,
        }
    }

    async fn alone(&mut self) {
        while !self.orders.is_over() {
            let mut conn = set_up::<E>(&self.cache, &self.orders.url).await;
            while !self.orders.is_over() {
                let step = self.choose(Operation::RawTransaction);
                let work = noting_source(step.operation.run::<E>(&mut conn));
                let done = cut(work, step.polls).await;
                let is_open = matches!(step.operation, Operation::RawTransaction(_));
                if !self.record(step, done) && (is_open || !E::BEARS_CUTS || self.rng.one_in(2)) {
                    break; // the state of the connection is unknown, so a new one replaces it
                }
            }
        }
    }

    /// Works on connections of the pool. A future may be dropped while it waits for a connection or while it has one,
    /// which then returns to the pool in whatever state it is. The exceptions are a driver whose connections do not
    /// survive this, and a pool that cannot tell broken connections: then only the operation is dropped, and the client
    /// discards the connection.
    async fn by_pool(&mut self, pool: &Lender<E::AsyncConn>) {
        while !self.orders.is_over() {
            let step = self.choose(Operation::Transaction);
            if E::BEARS_CUTS && self.orders.pool.tells_broken_ones() {
                let work = async {
                    let mut conn = pool().await?;
                    Some(noting_source(step.operation.run::<E>(&mut conn)).await)
                };
                let done = cut(work, step.polls).await.flatten();
                self.record(step, done);
            } else if let Some(mut conn) = pool().await {
                let done = cut(noting_source(step.operation.run::<E>(&mut conn)), step.polls).await;
                if !self.record(step, done) {
                    conn.discard();
                }
            } else {
                self.record(step, None);
            }
        }
    }

    /// Chooses the next operation, and records that its writes begin.
    fn choose(&mut self, transaction: fn(Vec<String>) -> Operation) -> Step {
        // One operation in six is dropped, at one of its first await points.
        let polls = if self.rng.one_in(6) {
            1 + self.rng.below(6) as usize
        } else {
            usize::MAX
        };
        if self.rng.below(100) >= self.orders.writes {
            let operation = Operation::Look(self.rng.pick(&Query::all()), self.rng.pick(self.orders.ways()));
            return Step {
                operation,
                polls,
                writers: Vec::new(),
            };
        }
        let rows = self.rows();
        let (operation, writers) = match self.rng.below(4) {
            0 if E::RETURNS => {
                let writer = self.begin(&model::shelf_rows(), "task returning");
                (Operation::Returning(writer), vec![writer])
            }
            1 if rows.len() > 1 => {
                let writers = [0, 1].map(|place| self.begin(&rows[place..=place], "pipeline"));
                let [one, other] = [0, 1].map(|place| one(rows[place], writers[place]));
                (Operation::Pipeline(one, other), writers.to_vec())
            }
            2 => {
                let writer = self.begin(&rows, "task transaction");
                (
                    transaction(rows.iter().map(|&row| one(row, writer)).collect()),
                    vec![writer],
                )
            }
            _ => {
                let writer = self.begin(&rows[..1], "task update");
                (Operation::Update(one(rows[0], writer)), vec![writer])
            }
        };
        Step {
            operation,
            polls,
            writers,
        }
    }

    /// Records the result. A load that failed is not recorded. Returns `true` if the operation succeeded.
    fn record(&mut self, step: Step, done: Option<Looked>) -> bool {
        let is_done = matches!(&done, Some(Looked { seen: Ok(_), .. }));
        for writer in step.writers {
            self.end(writer, is_done);
        }
        if let (Operation::Look(query, way), Some(looked)) = (step.operation, done)
            && let Ok(seen) = looked.seen
        {
            self.scribe.write(&Record::Loaded {
                from: looked.from,
                to: looked.to,
                source: looked.source,
                query: format!("{query:?}@{way:?}/task"),
                seen,
            });
        }
        is_done
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

/// The result of a load or a write, and when it ran.
struct Looked {
    from: Time,
    to: Time,
    source: Source,
    seen: QueryResult<Vec<Seen>>,
}

/// Runs an operation, and records what answers its load.
async fn noting_source(work: impl Future<Output = QueryResult<Vec<Seen>>>) -> Looked {
    let from = now();
    let (seen, source) = SOURCE
        .scope(Cell::new(Source::Database), async {
            let seen = work.await;
            (seen, SOURCE.with(Cell::get))
        })
        .await;
    Looked {
        from,
        to: now(),
        source,
        seen,
    }
}

/// Polls a future at most this many times, and then drops it.
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
