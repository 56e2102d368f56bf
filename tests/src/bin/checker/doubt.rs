//! A write in doubt: its client is killed or its connection is cut while the server executes the statement, which takes
//! two seconds.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use diesel_cache_tests::connect;

use crate::engine::{Engine, Query, count};
use crate::faults::be_quiet;
use crate::history::{Record, path, records};
use crate::model;
use crate::operations::one;
use crate::worker::{Orders, Thread, build};

/// Sends the statement, and waits for its outcome.
pub fn sleep<E: Engine>(orders: &Orders) {
    be_quiet();
    let cache = build::<E>(orders);
    let _ = update::<E>(&mut Thread::new(orders, &cache, 0));
}

/// Sends the statement through a proxy, which cuts the connection once the server executes the statement. The process
/// lives on, and loads and writes.
pub fn be_cut<E: Engine>(orders: &Orders) {
    let cache = build::<E>(orders);
    let (proxy, url) = Proxy::before(&orders.url).expect("a proxy can listen");
    let through = Orders { url, ..orders.clone() };
    let mut conn = connect::<E>(&orders.url);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut thread = Thread::<E>::new(&through, &cache, 0);
            let done = update::<E>(&mut thread);
            assert!(done.is_err(), "the connection was cut before the server had finished");
        });
        while count::<E>(&mut conn, E::SLEEPING, &sessions(orders, 1)) == 0 && !orders.is_over() {
            thread::sleep(Duration::from_millis(5));
        }
        proxy.cut();
    });
    load_and_write(&mut Thread::<E>::new(orders, &cache, 1), 2);
}

/// Loads the table, and writes another row of it from time to time, so that the table's fences and generations change
/// while the statement is in doubt.
pub fn beside<E: Engine>(orders: &Orders) {
    let cache = build::<E>(orders);
    load_and_write(&mut Thread::<E>::new(orders, &cache, 0), 3);
}

fn load_and_write<E: Engine>(thread: &mut Thread<'_, E>, book: i32) {
    while !thread.is_over() {
        for _ in 0..20 {
            thread
                .orders
                .ways()
                .iter()
                .for_each(|&way| thread.load(Query::Books, way));
        }
        let row = model::book_row(book);
        let done = thread.write(&[row], "update", |thread, writer| {
            E::update(&mut thread.conn, row, writer).map(drop)
        });
        done.expect("nobody else writes that row");
    }
}

fn update<E: Engine>(thread: &mut Thread<'_, E>) -> diesel::QueryResult<()> {
    let row = model::book_row(1);
    thread.write(&[row], "update", |thread, writer| {
        let sql = format!("{} AND {}", one(row, writer), E::SLEEP);
        E::execute(&mut thread.conn, &sql).map(drop)
    })
}

/// Returns the sessions on the server that a process has had so far.
pub fn sessions(orders: &Orders, threads: u32) -> Vec<u64> {
    let files = (0..threads).map(|thread| path(&orders.history, orders.process, thread));
    let records = files.flat_map(|file| records(&file).unwrap_or_default());
    records
        .filter_map(|record| {
            if let Record::Session(id) = record {
                Some(id)
            } else {
                None
            }
        })
        .collect()
}

/// Forwards bytes until it cuts every connection.
struct Proxy(Arc<Mutex<Vec<TcpStream>>>);

impl Proxy {
    /// Starts a proxy in front of the server of a URL. Returns the proxy, and a URL that leads through it.
    fn before(url: &str) -> io::Result<(Self, String)> {
        let (scheme, rest) = url.split_once("://").expect("a URL of a server");
        let (login, rest) = rest.split_once('@').map_or(("", rest), |(login, rest)| (login, rest));
        let (host, database) = rest.split_once('/').unwrap_or((rest, ""));
        let default = if scheme == "mysql" { 3306 } else { 5432 };
        let server = match host.rsplit_once(':') {
            Some(_) => host.to_owned(),
            None => format!("{host}:{default}"),
        };
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let port = listener.local_addr()?.port();
        let ends = Arc::new(Mutex::new(Vec::new()));
        let all = Arc::clone(&ends);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let _ = join(client, &server, &all);
            }
        });
        let at = if login.is_empty() { "" } else { "@" };
        Ok((Self(ends), format!("{scheme}://{login}{at}127.0.0.1:{port}/{database}")))
    }

    fn cut(&self) {
        for end in self.0.lock().expect("no thread panics with it").drain(..) {
            let _ = end.shutdown(Shutdown::Both);
        }
    }
}

fn join(client: TcpStream, server: &str, all: &Mutex<Vec<TcpStream>>) -> io::Result<()> {
    let server = TcpStream::connect(server)?;
    let mut ends = all.lock().expect("no thread panics with it");
    ends.extend([client.try_clone()?, server.try_clone()?]);
    for (mut from, mut to) in [(client.try_clone()?, server.try_clone()?), (server, client)] {
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = from.read(&mut bytes) {
                if to.write_all(&bytes[..count]).is_err() {
                    break;
                }
            }
            let _ = to.shutdown(Shutdown::Both);
        });
    }
    Ok(())
}
