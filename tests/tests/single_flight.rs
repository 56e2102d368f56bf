//! Of all that miss one key at one time, in all processes, one asks the database.

#![allow(clippy::unwrap_used)]

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Barrier, mpsc};
use std::thread;
use std::time::Duration;

use diesel::connection::{Instrumentation, InstrumentationEvent};
use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache_tests::{Database, Mysql, Person, Postgres, Sqlite, Statements, connect, people, person};

const THREADS: usize = 8;
const PROCESSES: usize = 4;

fn cache(directory: &Path, region: diesel_cache::RegionBuilder) -> Cache {
    Cache::builder().directory(directory).region(region).build().unwrap()
}

fn disk() -> diesel_cache::RegionBuilder {
    Region::disk("default").lock_timeout(Duration::from_secs(60))
}

macro_rules! on {
    ($($module:ident: $backend:ident),*) => {$(
        mod $module {
            use super::*;

            /// What every thread of every process does: one load; how many SELECTs did that take?
            fn stampede(url: &str, directory: &Path, go: impl FnOnce()) -> usize {
                let cache = cache(directory, disk());
                let statements = Statements::new();
                let barrier = Arc::new(Barrier::new(THREADS + 1));
                let threads: Vec<_> = (0..THREADS).map(|_| {
                    let mut conn = connect::<$backend>(url);
                    cache.attach_with(&mut conn, statements.clone());
                    let barrier = Arc::clone(&barrier);
                    thread::spawn(move || {
                        barrier.wait();
                        let rows: Vec<Person> = person::table.order(person::id).cached("default").load(&mut conn).unwrap();
                        assert_eq!(rows, people(50));
                    })
                }).collect();
                go();
                barrier.wait();
                threads.into_iter().for_each(|thread| thread.join().unwrap());
                statements.selects()
            }

            #[test]
            fn processes_and_threads_make_one_query() {
                if let Ok(url) = std::env::var("FLIGHT_URL") {
                    let directory = std::env::var("FLIGHT_DIRECTORY").unwrap();
                    let selects = stampede(&url, Path::new(&directory), || {
                        println!("ready");
                        std::io::stdin().read_line(&mut String::new()).unwrap();
                    });
                    println!("selects {selects}");
                    return;
                }
                let db = Database::<$backend>::new();
                let name = format!("{}::processes_and_threads_make_one_query", stringify!($module));
                let mut children: Vec<_> = (0..PROCESSES).map(|_| {
                    let mut child = Command::new(std::env::current_exe().unwrap())
                        .args(["--exact", &name, "--nocapture"])
                        .env("FLIGHT_URL", db.url())
                        .env("FLIGHT_DIRECTORY", db.directory().join("cache"))
                        .stdin(Stdio::piped()).stdout(Stdio::piped())
                        .spawn().unwrap();
                    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
                    (child, lines)
                }).collect();
                for (_, lines) in &mut children {
                    lines.find(|line| line.as_ref().unwrap().ends_with("ready")).unwrap().unwrap();
                }
                let start = |child: &mut Child| child.stdin.take().unwrap().write_all(b"go\n").unwrap();
                children.iter_mut().for_each(|(child, _)| start(child));
                let mut selects = 0;
                for (child, lines) in &mut children {
                    let line = lines.find(|line| line.as_ref().unwrap().contains("selects ")).unwrap().unwrap();
                    selects += line.rsplit(' ').next().unwrap().parse::<usize>().unwrap();
                    assert!(child.wait().unwrap().success());
                }
                assert_eq!(selects, 1);
            }

            #[test]
            fn a_leader_that_fails_lets_each_waiter_ask_for_itself() {
                let db = Database::<$backend>::new();
                let cache = cache(&db.directory().join("cache"), disk());
                let mut leader = db.connect();
                let (asking, asked) = mpsc::channel();
                let (fail, failing) = mpsc::channel::<()>();
                cache.attach_with(&mut leader, Hook(Box::new(move |sql| {
                    if sql.starts_with("SELECT") {
                        asking.send(()).unwrap();
                        failing.recv().unwrap();
                        panic!("the leader dies in the middle of its query");
                    }
                })));
                let leader = thread::spawn(move || {
                    person::table.order(person::id).cached("default").load::<Person>(&mut leader)
                });
                asked.recv().unwrap();
                let statements = Statements::new();
                let waiters: Vec<_> = (0..THREADS).map(|_| {
                    let mut conn = db.connect();
                    cache.attach_with(&mut conn, statements.clone());
                    thread::spawn(move || person::table.order(person::id).cached("default").load::<Person>(&mut conn))
                }).collect();
                fail.send(()).unwrap();
                assert!(leader.join().is_err());
                for waiter in waiters {
                    assert_eq!(waiter.join().unwrap().unwrap(), people(50));
                }
                assert!(statements.selects() >= 1);
            }

            #[test]
            fn a_waiter_does_not_take_rows_that_are_older_than_itself() {
                let db = Database::<$backend>::new();
                let cache = cache(&db.directory().join("cache"), disk());
                let mut leader = db.connect();
                let (read, was_read) = mpsc::channel();
                let (go_on, may_go_on) = mpsc::channel::<()>();
                cache.attach_with(&mut leader, Finished(Box::new(move || {
                    // The leader has its rows, and has not stored them.
                    read.send(()).unwrap();
                    let _ = may_go_on.recv();
                })));
                let leader = thread::spawn(move || {
                    person::table.find(1).cached("default").load::<Person>(&mut leader).unwrap().remove(0).name
                });
                was_read.recv().unwrap();
                let mut writer = db.connect();
                cache.attach(&mut writer);
                diesel::update(person::table.find(1)).set(person::name.eq("Ada")).execute(&mut writer).unwrap();
                // From here on nobody may see the old name.
                let mut waiter = db.connect();
                cache.attach(&mut waiter);
                let waiter = thread::spawn(move || {
                    person::table.find(1).cached("default").load::<Person>(&mut waiter).unwrap().remove(0).name
                });
                go_on.send(()).unwrap();
                assert_eq!(waiter.join().unwrap(), "Ada");
                assert_eq!(leader.join().unwrap(), "person 01", "the leader had begun before the write");
                let mut later = db.connect();
                cache.attach(&mut later);
                assert_eq!(person::table.find(1).cached("default").first::<Person>(&mut later).unwrap().name, "Ada");
            }

            #[test]
            fn a_wait_is_bounded_and_other_keys_do_not_wait() {
                let db = Database::<$backend>::new();
                let cache = cache(&db.directory().join("cache"), Region::disk("default").lock_timeout(Duration::from_millis(20)));
                let mut leader = db.connect();
                let (asking, asked) = mpsc::channel();
                let (go_on, may_go_on) = mpsc::channel::<()>();
                cache.attach_with(&mut leader, Hook(Box::new(move |sql| {
                    if sql.starts_with("SELECT") {
                        asking.send(()).unwrap();
                        may_go_on.recv().unwrap();
                    }
                })));
                let leader = thread::spawn(move || {
                    person::table.order(person::id).cached("default").load::<Person>(&mut leader).unwrap()
                });
                asked.recv().unwrap();
                // The leader does not go on before these two are done: neither waits for it for ever.
                let mut conn = db.connect();
                cache.attach(&mut conn);
                assert_eq!(person::table.find(2).cached("default").first::<Person>(&mut conn).unwrap().id, 2);
                assert_eq!(person::table.order(person::id).cached("default").load::<Person>(&mut conn).unwrap(), people(50));
                go_on.send(()).unwrap();
                assert_eq!(leader.join().unwrap(), people(50));
            }
        }
    )*};
}

on! { sqlite: Sqlite, postgres: Postgres, mysql: Mysql }

/// Runs at the start of each statement.
struct Hook(Box<dyn FnMut(String) + Send>);

impl Instrumentation for Hook {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            (self.0)(query.to_string());
        }
    }
}

/// Runs at the end of each statement.
struct Finished(Box<dyn FnMut() + Send>);

impl Instrumentation for Finished {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if let InstrumentationEvent::FinishQuery { .. } = event {
            (self.0)();
        }
    }
}
