//! The example `graphql`, over HTTP: how many statements a nested query sends, and what a mutation changes.

use std::io::{BufRead, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use diesel::prelude::*;
use diesel::sql_types::{Integer, Nullable, Text};
use diesel_cache_tests::examples;
use serde_json::{Value, json};

use crate::web_service::client::Client;

const FIELDS: &str = "id name addresses { street postalCode { code city { name country { name } } } }";
/// The tables of `FIELDS`, from the outside in.
const LEVELS: [&str; 5] = ["person", "address", "postal_code", "city", "country"];

fn everybody() -> String {
    format!(r#"{{ people(from: "person 01", to: "person 50") {{ {FIELDS} }} }}"#)
}

#[test]
fn each_level_is_one_statement_the_first_time_and_none_later() {
    let directory = tempfile::tempdir().unwrap();
    let mut service = Service::start(directory.path());

    let cold = service.ask(&everybody());
    assert_eq!(cold.tables(), LEVELS, "{cold:#?}");
    assert_eq!(cold.data, json!({"people": rows(directory.path())}));
    assert_eq!(rows(directory.path()).len(), 50);

    let warm = service.ask(&everybody());
    assert_eq!(warm.sql, [""; 0]);
    assert_eq!(warm.data, cold.data);
}

#[test]
fn one_person_has_the_entries_of_the_list() {
    let directory = tempfile::tempdir().unwrap();
    let mut service = Service::start(directory.path());
    let one = format!("{{ person(id: 7) {{ {FIELDS} }} }}");

    let cold = service.ask(&one);
    assert_eq!(cold.tables(), LEVELS, "{cold:#?}");
    assert_eq!(cold.data, json!({"person": rows(directory.path())[6]}));
    assert_eq!(service.ask(&one).sql, [""; 0]);

    let list = service.ask(&everybody());
    assert_eq!(list.tables(), LEVELS, "{list:#?}");
    assert_eq!(list.data, json!({"people": rows(directory.path())}));
    let people = (1..=50).filter(|id| list.sql[1].contains(&format!("I32({id})")));
    assert!(people.eq((1..=50).filter(|id| *id != 7)), "{list:#?}");
}

#[test]
fn persons_that_one_request_asks_for_are_one_statement() {
    let directory = tempfile::tempdir().unwrap();
    let mut service = Service::start(directory.path());
    let three = "{ a: person(id: 7) { name } b: person(id: 8) { name } c: person(id: 99) { name } }";

    let cold = service.ask(three);
    assert_eq!(cold.tables(), ["person"]);
    assert_eq!(
        cold.data,
        json!({"a": {"name": "person 07"}, "b": {"name": "person 08"}, "c": null})
    );
    assert_eq!(
        service.ask(three).sql,
        [""; 0],
        "that there is no person 99 is stored, too"
    );
}

#[test]
fn a_mutation_is_seen_by_the_next_query_in_every_process() {
    let directory = tempfile::tempdir().unwrap();
    let mut services = [(); 2].map(|()| Service::start(directory.path()));
    for service in &mut services {
        service.ask(&everybody());
        service.ask("{ person(id: 7) { name } }");
    }

    let renamed = services[0].ask(r#"mutation { renamePerson(id: 7, name: "person 07 b") { id name } }"#);
    assert_eq!(renamed.data, json!({"renamePerson": {"id": 7, "name": "person 07 b"}}));
    for service in &mut services {
        let person = service.ask("{ person(id: 7) { name } }");
        assert_eq!(person.data, json!({"person": {"name": "person 07 b"}}));
        let list = service.ask(&everybody());
        assert_eq!(list.data["people"][6]["name"], "person 07 b");
        assert_eq!(list.data, json!({"people": rows(directory.path())}));
        // The other levels are untouched.
        assert!(list.tables().iter().all(|table| *table == "person"), "{list:#?}");
    }

    let nobody = services[0].ask(r#"mutation { renamePerson(id: 99, name: "x") { id } }"#);
    assert_eq!(nobody.data, json!({"renamePerson": null}));
}

#[test]
fn a_query_that_the_schema_does_not_have_is_an_error_without_a_statement() {
    let directory = tempfile::tempdir().unwrap();
    let mut service = Service::start(directory.path());
    let (answer, sql) = service.send("{ people { nothing } }");
    assert_eq!((&answer["data"], sql.len()), (&Value::Null, 0), "{answer}");
    assert!(!answer["errors"].as_array().unwrap().is_empty(), "{answer}");
}

/// Returns the people of the database without a cache, in the form of the query of `FIELDS`.
fn rows(directory: &Path) -> Vec<Value> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Integer)]
        id: i32,
        #[diesel(sql_type = Text)]
        name: String,
        #[diesel(sql_type = Text)]
        street: String,
        #[diesel(sql_type = Nullable<Text>)]
        code: Option<String>,
        #[diesel(sql_type = Nullable<Text>)]
        city: Option<String>,
        #[diesel(sql_type = Nullable<Text>)]
        country: Option<String>,
    }
    let database = directory.join("demo.sqlite");
    let mut conn = SqliteConnection::establish(database.to_str().unwrap()).unwrap();
    let rows = diesel::sql_query(
        "SELECT person.id, person.name, street, code, city.name AS city, country.name AS country
         FROM person
         JOIN address ON address.person_id = person.id
         LEFT JOIN postal_code ON postal_code.id = address.postal_code_id
         LEFT JOIN city ON city.id = postal_code.city_id
         LEFT JOIN country ON country.id = city.country_id
         ORDER BY person.id", // each has one address
    );
    let rows: Vec<Row> = rows.load(&mut conn).unwrap();
    let json = |row: Row| {
        let city = json!({"name": row.city, "country": {"name": row.country}});
        let code = row.code.map(|code| json!({"code": code, "city": city}));
        json!({"id": row.id, "name": row.name, "addresses": [{"street": row.street, "postalCode": code}]})
    };
    rows.into_iter().map(json).collect()
}

#[derive(Debug)]
struct Answer {
    data: Value,
    /// The SELECTs that the request has sent, as the lines show them.
    sql: Vec<String>,
}

impl Answer {
    /// Returns the table that each statement reads.
    fn tables(&self) -> Vec<&str> {
        let after = self.sql.iter().map(|sql| sql.split_once(" FROM `").unwrap().1);
        after.map(|sql| sql.split_once('`').unwrap().0).collect()
    }
}

struct Service {
    child: Child,
    output: Lines<BufReader<ChildStdout>>,
    client: Client,
}

impl Service {
    fn start(directory: &Path) -> Self {
        let mut command = Command::new(examples().join("graphql"));
        command
            .env("LISTEN", "127.0.0.1:0")
            .env("DIESEL_CACHE_DEMO_DIR", directory)
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = output.next().unwrap().unwrap();
        let client = Client::connect(line.strip_prefix("listening on http://").unwrap());
        Self { child, output, client }
    }

    /// Sends a valid query.
    fn ask(&mut self, query: &str) -> Answer {
        let (mut answer, sql) = self.send(query);
        assert_eq!(answer.get("errors"), None, "{answer}");
        let data = answer["data"].take();
        Answer { data, sql }
    }

    /// Sends a query. Returns the answer and the SELECTs, which the program prints with their number before it answers.
    fn send(&mut self, query: &str) -> (Value, Vec<String>) {
        let answer = self.client.write("POST", "/", &json!({"query": query}).to_string());
        assert_eq!(answer.status, 200, "{answer:?}");
        let mut sql = Vec::new();
        for line in self.output.by_ref() {
            let line = line.unwrap();
            match line.strip_prefix("statements: ") {
                Some(count) => {
                    assert_eq!(count, sql.len().to_string(), "{sql:#?}");
                    return (answer.json(), sql);
                }
                None if line.starts_with("SQL: SELECT ") => sql.push(line),
                None => assert!(line.starts_with("SQL: UPDATE "), "{line}"),
            }
        }
        panic!("the program has ended");
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
