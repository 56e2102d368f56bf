//! The example `web_service`, over HTTP: the promises that a service with a cache keeps towards its clients.

pub(crate) mod client;
mod exposition;
mod instances;
mod load;
mod proxy;
mod service;
mod stampede;

use std::time::{Duration, Instant};

use exposition::Exposition;
use proxy::Proxy;
use serde_json::json;
use service::Place;

/// Turns bodies `fn name(place: &Place)` into a test on SQLite and one on PostgreSQL.
macro_rules! on_both {
    ($($body:ident),* $(,)?) => {
        mod sqlite {
            $(#[test] fn $body() { super::$body(&super::Place::sqlite()); })*
        }
        mod postgres {
            $(#[test] fn $body() { super::$body(&super::Place::postgres()); })*
        }
    };
}
pub(crate) use on_both;

on_both! {
    writes_are_seen_by_the_next_read,
    people_come_with_their_addresses_in_full,
    what_was_loaded_is_there_after_a_restart,
    a_summary_is_one_value_until_a_write,
}

const RANGE: &str = "/people?from=person%2004&to=person%2006";

fn writes_are_seen_by_the_next_read(place: &Place) {
    let service = place.start();
    let mut client = service.client();
    let names = |client: &mut client::Client| -> Vec<String> {
        let people = client.get(RANGE).json();
        let people = people.as_array().unwrap().iter();
        people
            .map(|person| person["name"].as_str().unwrap().to_owned())
            .collect()
    };

    assert_eq!(names(&mut client), ["person 04", "person 05", "person 06"]);
    assert_eq!(names(&mut client), ["person 04", "person 05", "person 06"]);
    assert_eq!(
        (
            service.asked("lists"),
            service.metric("diesel_cache_hits_total", "lists")
        ),
        (1.0, 1.0)
    );

    let renamed = client.write("PUT", "/people/5", r#"{"name": "person 05 b"}"#);
    assert_eq!(renamed.json(), json!({"id": 5, "name": "person 05 b"}));
    assert_eq!(names(&mut client), ["person 04", "person 05 b", "person 06"]);

    let added = client.write("POST", "/people", r#"{"name": "person 05 c"}"#);
    assert_eq!(
        (added.status, added.json()),
        (201, json!({"id": 51, "name": "person 05 c"}))
    );
    assert_eq!(
        names(&mut client),
        ["person 04", "person 05 b", "person 06", "person 05 c"]
    );
    assert_eq!(service.asked("lists"), 3.0, "each write has made one list out of date");

    assert_eq!(service.metric("diesel_cache_bypasses_total", "lists"), 0.0);

    let all = client.get("/people").json();
    assert_eq!(all.as_array().unwrap().len(), 51);
    assert_eq!(client.get("/health").status, 200);
    assert_eq!(client.get("/cluster").json(), json!(null), "there is no cluster");
}

fn people_come_with_their_addresses_in_full(place: &Place) {
    let service = place.start();
    let mut client = service.client();

    let first = client.get("/people/7").json();
    assert_eq!((&first["id"], &first["name"]), (&json!(7), &json!("person 07")));
    let address = &first["addresses"][0];
    assert_eq!(address["street"], "street 07");
    assert!(
        ["United States", "Canada"].contains(&address["country"].as_str().unwrap()),
        "{first}"
    );
    assert_eq!(client.get("/people/7").json(), first);
    assert_eq!(service.asked("default"), 2.0, "the person and the addresses, once");
    assert_eq!(client.get("/people/99").status, 404);
}

fn what_was_loaded_is_there_after_a_restart(place: &Place) {
    let service = place.start();
    let loaded = service.client().get("/people/7").json();
    let log = service.log();
    assert!(log.contains(" miss ") && log.contains(" stored "), "{log}");
    assert!(service.stop().success());

    let service = place.start();
    assert_eq!(service.client().get("/people/7").json(), loaded);
    assert_eq!(service.asked("default"), 0.0);
    let log = service.log();
    assert!(
        log.lines()
            .any(|line| line.contains(" hit ") && line.contains("tier=\"disk\"")),
        "{log}"
    );
}

fn a_summary_is_one_value_until_a_write(place: &Place) {
    let service = place.start();
    let mut client = service.client();
    let first = client.get("/summary").json();
    assert_eq!(first["people"], 50);
    let countries = first["people_by_country"].as_array().unwrap();
    let names: Vec<_> = countries.iter().map(|country| country[0].as_str().unwrap()).collect();
    assert_eq!(names, ["Canada", "United States"], "{first}");
    let people = countries.iter().map(|country| country[1].as_i64().unwrap());
    assert!((1..=50).contains(&people.sum::<i64>()), "{first}");
    assert_eq!(client.get("/summary").json(), first);
    assert_eq!(service.asked("default"), 1.0, "two queries, one value");

    client.write("POST", "/people", r#"{"name": "one more"}"#);
    assert_eq!(client.get("/summary").json()["people"], 51);
    assert_eq!(client.get("/ready").body, "ready\n");
    assert_eq!(service.asked("default"), 2.0);
}

#[test]
fn a_service_is_ready_without_its_database_as_long_as_it_has_the_rows() {
    let place = Place::postgres();
    let proxy = Proxy::to(place.url().unwrap());
    let service = place.start_with(&[("DATABASE_URL", &proxy.url)]);
    let mut client = service.client();
    let cached = client.get(RANGE).json();
    assert_eq!((client.get("/ready").status, client.get("/health").status), (200, 200));

    proxy.cut();
    assert_eq!(
        (client.get("/ready").status, client.get("/ready").body),
        (200, "ready\n".into())
    );
    assert_eq!(client.get(RANGE).json(), cached);
    for path in ["/health", "/people/9"] {
        let answer = client.get(path);
        assert!(matches!(answer.status, 500 | 503), "{path}: {answer:?}");
        assert!(answer.json()["error"].as_str().unwrap().contains("the database"));
    }
}

#[test]
fn a_service_without_rows_and_database_is_not_ready() {
    let place = Place::postgres();
    let proxy = Proxy::to(place.url().unwrap());
    let service = place.start_with(&[("DATABASE_URL", &proxy.url)]);
    proxy.cut();
    let answer = service.client().get("/ready");
    assert!(matches!(answer.status, 500 | 503), "{answer:?}");
}

#[test]
fn the_page_shows_statements_without_values() {
    let place = Place::sqlite();
    let service = place.start();
    let mut client = service.client();
    for _ in 0..2 {
        client.get("/people?from=%3Cscript%3E&to=x");
        client.get("/people/7");
    }
    let page = client.get("/cache").body;
    let lists = page
        .lines()
        .skip_while(|line| !line.starts_with("<tbody><tr><td>lists"));
    let lists: Vec<_> = lists.take(2).collect();
    assert!(
        lists[0].contains("<meter value=\"0.500\"></meter> 50.0 %<td>2<td>1<td>"),
        "{page}"
    );
    let statement = "(`person`.`name` &gt;= ?) AND (`person`.`name` &lt;= ?)";
    assert!(
        lists[1].contains("<details><summary><code>SELECT ") && lists[1].contains(statement),
        "{page}"
    );
    assert!(!page.contains("script") && !page.contains("&gt;= 7"), "{page}");
    assert_eq!(page.matches("<details>").count(), 3, "a list, a person, and addresses");
}

#[test]
fn the_page_shows_every_region() {
    let place = Place::sqlite();
    let service = place.start_with(&[("WEB_SERVICE_CACHE_REGIONS__SPARE__KIND", "memory")]);
    let mut client = service.client();
    for _ in 0..3 {
        client.get(RANGE);
    }
    client.get("/people/1");

    // The figures of the files are right once the cache's writer has written the files.
    let start = Instant::now();
    let page = loop {
        let page = client.get("/cache");
        if page.body.contains("<td>2<td>8.0 KiB") || start.elapsed() > Duration::from_secs(60) {
            break page;
        }
    };
    assert_eq!(page.content_type, "text/html; charset=utf-8");
    for row in [
        "<tr><td>lists<td><meter value=\"0.667\"></meter> 66.7 %<td>2<td>1<td>0<td>1<td>0<td>1<td>",
        "<tr><td>default<td><meter value=\"0.000\"></meter> 0.0 %<td>0<td>2<td>0<td>2<td>0<td>2<td>",
        "<tr><td>spare<td>–<td>0<td>0<td>0<td>0<td>0<td>0<td>0 B",
        "<pre>lists: 66.7 % hits",
    ] {
        assert!(page.body.contains(row), "no {row} in {}", page.body);
    }
}

#[test]
fn metrics_are_what_prometheus_reads() {
    let place = Place::sqlite();
    let service = place.start();
    let mut client = service.client();
    for _ in 0..3 {
        client.get(RANGE);
    }

    let answer = client.get("/metrics");
    assert_eq!(answer.content_type, "text/plain; version=0.0.4; charset=utf-8");
    let figures = Exposition::parse(&answer.body);
    assert_eq!(figures.types["diesel_cache_hits_total"], "counter");
    assert_eq!(figures.types["diesel_cache_entries"], "gauge");
    assert_eq!(figures.types["diesel_cache_query_duration_seconds"], "histogram");
    let lists = ("region", "lists");
    assert_eq!(
        figures.sum("diesel_cache_hits_total", &[lists, ("tier", "memory")]),
        2.0
    );
    assert_eq!(
        figures.sum("diesel_cache_misses_total", &[lists, ("reason", "absent")]),
        1.0
    );
    assert_eq!(
        figures.sum("diesel_cache_query_duration_seconds_bucket", &[lists, ("le", "+Inf")]),
        1.0
    );
}

/// Two services share a cache directory, but not their database.
#[test]
fn one_database_is_not_taken_for_another() {
    let place = Place::sqlite();
    let other = place.directory.path().join("other.sqlite");
    let (here, there) = (
        place.start(),
        place.start_with(&[("DATABASE_URL", other.to_str().unwrap())]),
    );
    let name = |service: &service::Service| service.client().get("/people/7").json()["name"].clone();

    here.client().write("PUT", "/people/7", r#"{"name": "here"}"#);
    assert_eq!((name(&here), name(&there)), (json!("here"), json!("person 07")));
    assert_eq!((name(&here), name(&there)), (json!("here"), json!("person 07")));
}

#[test]
fn a_region_can_be_switched_off_from_outside() {
    let place = Place::sqlite();
    let service = place.start_with(&[("WEB_SERVICE_CACHE_REGIONS__LISTS__KIND", "null")]);
    let mut client = service.client();
    for _ in 0..3 {
        assert_eq!(client.get(RANGE).json().as_array().unwrap().len(), 3);
    }
    assert_eq!(service.metric("diesel_cache_bypasses_total", "lists"), 3.0);
}

#[test]
fn what_is_wrong_is_said_in_json() {
    let place = Place::sqlite();
    let service = place.start();
    let mut client = service.client();
    let long = format!(r#"{{"name": "{}"}}"#, "x".repeat(101));
    for (method, path, body, status) in [
        ("GET", "/nowhere", "", 404),
        ("GET", "/people/x", "", 400),
        ("GET", "/people/99999999999", "", 400),
        ("GET", "/people?from=a&from=b", "", 400),
        ("GET", "/people?from=%00", "", 422),
        ("DELETE", "/people/1", "", 405),
        ("PUT", "/people/1", "{", 400),
        ("PUT", "/people/1", r#"{"name": 1}"#, 422),
        ("PUT", "/people/1", r#"{"name": ""}"#, 422),
        ("PUT", "/people/1", r#"{"name": "a\u0000b"}"#, 422),
        ("PUT", "/people/1", &long, 422),
        ("PUT", "/people/1", r#"{"name": "a", "id": 2}"#, 422),
        ("PUT", "/people/99", r#"{"name": "a"}"#, 404),
        ("POST", "/people", "[]", 422),
    ] {
        let answer = client.write(method, path, body);
        assert_eq!(answer.status, status, "{method} {path} {body}: {answer:?}");
        assert!(answer.json()["error"].is_string(), "{answer:?}");
    }
    client.send("POST", "/people", "", r#"{"name": "a"}"#);
    assert_eq!(client.receive().status, 415);
    assert_eq!(client.get("/people/1").json()["name"], "person 01");
}
