//! Two hundred clients request the same list, which nobody has loaded before. The service, which has sixteen
//! connections, sends one query.

use std::thread;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel_cache_tests::{Postgres, connect};

use crate::web_service::RANGE;
use crate::web_service::client::Client;
use crate::web_service::service::{Place, Service};

const CLIENTS: usize = 200;
/// Everybody but the one that asks: a load waits without a connection.
const WAITERS: f64 = CLIENTS as f64 - 1.0;

/// Lets the service see a connection of its pool. Before that, each load takes one of its own, and does not wait for
/// one that has none.
fn warm_up(service: &Service) {
    assert_eq!(service.client().get("/people/1").status, 200);
}

fn stampede(service: &Service, meanwhile: impl FnOnce()) {
    let mut clients: Vec<Client> = (0..CLIENTS).map(|_| service.client()).collect();
    for client in &mut clients {
        client.send("GET", RANGE, "", "");
    }
    meanwhile();
    for client in &mut clients {
        let answer = client.receive();
        assert_eq!(
            (answer.status, answer.json().as_array().unwrap().len()),
            (200, 3),
            "{answer:?}"
        );
    }
}

fn one_query_and_one_entry(service: &Service) {
    assert_eq!(service.asked("lists"), 1.0);
    assert_eq!(service.metric("diesel_cache_stores_total", "lists"), 1.0);
    assert_eq!(service.metric("diesel_cache_bypasses_total", "lists"), 0.0);
    // Everybody else has the rows of that entry, found at once or waited for.
    assert_eq!(service.metric("diesel_cache_hits_total", "lists"), CLIENTS as f64 - 1.0);
}

/// However the requests fall: the entry is good until somebody writes, and nobody does.
#[test]
fn sqlite_is_asked_once() {
    let place = Place::sqlite();
    let service = place.start();
    warm_up(&service);
    stampede(&service, || {});
    one_query_and_one_entry(&service);
}

/// All have asked before the database answers any: the table is locked until then.
#[test]
fn postgres_is_asked_once() {
    let place = Place::postgres();
    let service = place.start();
    warm_up(&service);
    let mut lock = connect::<Postgres>(place.url().unwrap());
    lock.batch_execute("BEGIN; LOCK TABLE person").unwrap();
    stampede(&service, || {
        let start = Instant::now();
        while service.metric("diesel_cache_coalesced_waits_total", "lists") < WAITERS {
            assert!(start.elapsed() < Duration::from_secs(60), "they do not wait");
            thread::sleep(Duration::from_millis(1));
        }
        lock.batch_execute("COMMIT").unwrap();
    });
    one_query_and_one_entry(&service);
}

/// What is counted above can be more than one.
#[test]
fn without_a_cache_everybody_asks() {
    let place = Place::sqlite();
    let service = place.start_with(&[("WEB_SERVICE_CACHE_REGIONS__LISTS__KIND", "null")]);
    stampede(&service, || {});
    assert_eq!(service.asked("lists"), CLIENTS as f64);
}
