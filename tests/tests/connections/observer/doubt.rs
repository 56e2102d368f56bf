//! The server ends the writer's session in the middle of a statement. The writer cannot know whether it took effect.

use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer};
use diesel_cache_tests::{Database, Mysql, Postgres};

use crate::observer::world::{Loads, Reader, cache};

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

fn number<C>(conn: &mut C, sql: &str) -> i64
where
    diesel::query_builder::SqlQuery: diesel::query_dsl::methods::LoadQuery<'static, C, Number>,
{
    diesel::sql_query(sql).get_result::<Number>(conn).unwrap().number
}

/// `doubted`: whether the connection was lost, rather than the statement refused.
macro_rules! killed {
    ($name:ident, $backend:ident, id: $id:literal, slow: $slow:literal, running: $running:literal, kill: $kill:literal) => {
        #[test]
        fn $name() {
            let db = Database::<$backend>::new();
            let grace = Duration::from_millis(1500);
            let cache = cache(&db, grace, &std::sync::Arc::default());
            let mut reader = Reader::<$backend>::with_grace(&db, grace);
            reader.people();
            let mut truth = db.connect();
            let mut writer = db.connect();
            cache.attach(&mut writer);
            let id = number(&mut writer, $id);
            let slow = std::thread::spawn(move || {
                let result = writer.batch_execute($slow);
                (writer, result)
            });
            while number(&mut truth, &format!($running, id)) == 0 {
                std::thread::yield_now();
            }
            let people = $backend::people(&mut truth).unwrap();
            reader.was_fenced_out();
            assert_eq!(reader.people(), (Some(people), true), "fenced");
            assert!(reader.was_fenced_out());
            truth.batch_execute(&format!($kill, id)).unwrap();
            let killed = Instant::now();
            let (writer, result) = slow.join().unwrap();
            let error = result.unwrap_err();
            // Kept out for the grace period, and right at every moment.
            let mut kept_out = 0;
            let mut busy = db.connect();
            cache.attach(&mut busy);
            loop {
                // A process sees to the fences it has left in doubt when it uses its cache.
                $backend::cached_addresses(&mut busy).unwrap();
                let (rows, asked) = reader.people();
                assert_eq!(rows, $backend::people(&mut truth).ok());
                if reader.was_fenced_out() {
                    kept_out += 1;
                } else if !asked {
                    break;
                }
                assert!(
                    killed.elapsed() < Duration::from_secs(30),
                    "served again after the grace"
                );
            }
            assert!(kept_out > 0, "in doubt: {error:?}");
            assert!(killed.elapsed() >= grace);
            drop(writer);
            // The grace is over; others still see every write.
            let mut other = db.connect();
            cache.attach(&mut other);
            $backend::rename(&mut other, "Bob").unwrap();
            assert_eq!(reader.people().0.unwrap()[0].name, "Bob");
        }
    };
}

killed! { a_terminated_backend_of_postgres, Postgres,
    id: "SELECT pg_backend_pid()::bigint AS number",
    slow: "UPDATE person SET name = 'Ada' WHERE id = 1 AND pg_sleep(60) IS NOT NULL",
    running: "SELECT count(*) AS number FROM pg_stat_activity WHERE pid = {} AND wait_event = 'PgSleep'",
    kill: "SELECT pg_terminate_backend({})"
}

killed! { a_killed_connection_of_mariadb, Mysql,
    id: "SELECT connection_id() AS number",
    slow: "UPDATE person SET name = 'Ada' WHERE id = 1 AND SLEEP(60) = 0",
    running: "SELECT count(*) AS number FROM information_schema.processlist WHERE id = {} AND info LIKE 'UPDATE%'",
    kill: "KILL {}"
}

/// A cancelled statement leaves no doubt: the server has answered.
#[test]
fn a_cancelled_statement_of_postgres() {
    let db = Database::<Postgres>::new();
    let cache = cache(&db, Duration::from_secs(60), &std::sync::Arc::default());
    let mut reader = Reader::<Postgres>::new(&db);
    reader.people();
    let mut writer = db.connect();
    cache.attach(&mut writer);
    writer.batch_execute("SET statement_timeout = 50").unwrap();
    let slow = "UPDATE person SET name = 'Ada' WHERE pg_sleep(60) IS NOT NULL";
    writer.batch_execute(slow).unwrap_err();
    assert!(reader.people().1);
    assert!(!reader.people().1);
    let _ = diesel::select(diesel::dsl::sql::<Integer>("1"))
        .execute(&mut writer)
        .unwrap();
}
