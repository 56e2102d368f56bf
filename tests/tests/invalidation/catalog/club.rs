//! A schema of some twenty tables, with cascades, counters kept by triggers and more. Tests which results each write
//! invalidates, which it leaves alone, and that no write leaves an outdated row behind.

use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel_cache::{Cacheable, Consequence};

/// The number of rows in each table that has some.
const ROWS: i32 = 12;

#[derive(QueryableByName, Cacheable, Debug)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

impl Line {
    fn sorted(lines: Vec<Self>) -> Vec<String> {
        let mut lines: Vec<_> = lines.into_iter().map(|line| line.line).collect();
        lines.sort();
        lines
    }
}

/// Relations with their columns.
const RELATIONS: &[(&str, &[&str])] = &[
    ("person", &["id", "name"]),
    ("address", &["id", "person_id", "street"]),
    ("language", &["id", "name"]),
    ("trail", &["id", "code", "title", "language_id", "walks", "rating"]),
    ("walk", &["id", "trail_id", "person_id", "note"]),
    ("photo", &["id", "walk_id", "title"]),
    ("stage", &["id", "trail_code", "name"]),
    ("tag", &["id", "label", "uses"]),
    ("trail_tag", &["trail_id", "tag_id"]),
    ("vote", &["trail_id", "person_id", "value"]),
    ("guide", &["id", "person_id", "since"]),
    ("archive", &["id", "name"]),
    ("log", &["id", "line"]),
    ("summary", &["id", "ratings"]),
    ("statistic", &["id", "persons"]),
    ("setting", &["id", "value"]),
    ("known_trail", &["id", "name"]),
];

const SQLITE: &[(&str, &[&str])] = &[
    ("setting_note", &["id", "setting_id"]),
    ("badge", &["id", "label"]),
    ("badge_note", &["id", "badge_id"]),
];

const POSTGRES: &[(&str, &[&str])] = &[
    ("visit", &["id", "year", "trail_id"]),
    ("visit_2025", &["id", "year", "trail_id"]),
    ("visit_2026", &["id", "year", "trail_id"]),
    ("visit_note", &["id", "visit_id", "year"]),
    ("counted", &["id", "newcomers"]),
    ("best", &["id", "rating"]),
];

fn seeds() -> String {
    let mut seeds = String::from("INSERT INTO statistic VALUES (1, 50);");
    for id in 1..=ROWS {
        seeds += &format!(
            "INSERT INTO language VALUES ({id}, 'language {id}'); \
             INSERT INTO trail (id, code, title, language_id) VALUES ({id}, 'code {id}', 'title {id}', {id}); \
             INSERT INTO tag (id, label) VALUES ({id}, 'tag {id}'); \
             INSERT INTO walk VALUES ({id}, {id}, {id}, NULL); INSERT INTO photo VALUES ({id}, {id}, 'photo'); \
             INSERT INTO trail_tag VALUES ({id}, {id}); INSERT INTO vote VALUES ({id}, {id}, {id}); \
             INSERT INTO guide VALUES ({id}, {id}, 2000); INSERT INTO setting VALUES ({id}, 'value {id}');"
        );
    }
    // Trails with stages cannot be deleted.
    for id in 1..=4 {
        seeds += &format!("INSERT INTO stage VALUES ({id}, 'code {id}', 'stage');");
    }
    seeds
}

/// Joins columns into a line, for SQLite and PostgreSQL.
fn joined(columns: &[&str]) -> String {
    let column = |column: &&str| format!("coalesce(CAST({column} AS TEXT), '~')");
    columns.iter().map(column).collect::<Vec<_>>().join(" || '|' || ")
}

/// Joins columns into a line, for MariaDB.
fn concatenated(columns: &[&str]) -> String {
    let column = |column: &&str| format!("coalesce(CAST({column} AS CHAR), '~')");
    format!(
        "concat({})",
        columns.iter().map(column).collect::<Vec<_>>().join(", '|', ")
    )
}

/// Pseudo-random numbers, the same ones in each run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        // xorshift64
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }

    fn one_of<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len())]
    }
}

/// Returns a write of one or a few rows, which the database may well refuse.
fn any_write(numbers: &mut Numbers, forms: &[&str]) -> String {
    let id = |numbers: &mut Numbers| (1 + numbers.below(ROWS as usize + 3)).to_string();
    let mut sql = numbers.one_of(forms).to_owned();
    while let Some(at) = sql.find('?') {
        sql.replace_range(at..=at, &id(numbers));
    }
    sql
}

/// Counts the pairs of tables in which a write to one invalidates reads of the other.
fn count(consequences: &[Consequence]) -> (usize, usize) {
    let common = |consequence: &&Consequence| {
        let operations = consequence.operations();
        operations.iter().any(|operation| {
            let sets_key = ["id", "code", "id, year"]
                .iter()
                .any(|key| *operation == format!("UPDATE OF {key}"));
            operation == "INSERT" || (operation.starts_with("UPDATE") && !sets_key)
        })
    };
    (consequences.len(), consequences.iter().filter(common).count())
}

macro_rules! club {
    ($module:ident: $backend:ident, $more:expr, $lines:path, pairs: $pairs:expr, writes: $writes:expr, random: $random:expr $(,)?) => {
        mod $module {
            use diesel::connection::SimpleConnection;
            use diesel_cache::prelude::*;

            use super::*;
            use crate::catalog::scene::asynchronous;

            type Db = diesel_cache_tests::Database<diesel_cache_tests::$backend>;

            fn relations() -> impl Iterator<Item = (&'static str, String)> {
                let all = RELATIONS.iter().chain($more);
                all.map(|(name, columns)| (*name, format!("SELECT {} AS line FROM {name}", $lines(columns))))
            }

            fn set_up(db: &Db) {
                let mut conn = db.connect();
                conn.batch_execute(include_str!(concat!(stringify!($module), ".sql")))
                    .unwrap();
                conn.batch_execute(&seeds()).unwrap();
            }

            /// Runs the write, and returns what it has invalidated and what it has changed.
            macro_rules! run {
                ($conn:ident, $plain:ident, $statements:ident, $sql:expr) => {{
                    let mut before = Vec::new();
                    for (_, query) in relations() {
                        let rows: Vec<Line> = diesel::sql_query(query)
                            .cached("default")
                            .load(&mut $conn)
                            .unwrap();
                        before.push(Line::sorted(rows));
                    }
                    let outcome = $conn.batch_execute($sql);
                    $statements.take();
                    let (mut stale, mut changed) = (BTreeSet::new(), BTreeSet::new());
                    for ((name, query), before) in relations().zip(before) {
                        let uncached: Vec<Line> = diesel::sql_query(&*query).load(&mut $plain).unwrap();
                        let rows: Vec<Line> = diesel::sql_query(query)
                            .cached("default")
                            .load(&mut $conn)
                            .unwrap();
                        let (uncached, rows) = (Line::sorted(uncached), Line::sorted(rows));
                        assert_eq!(rows, uncached, "{name} after {}", $sql);
                        if $statements.selects() > 0 {
                            stale.insert(name);
                        }
                        if uncached != before {
                            changed.insert(name);
                        }
                    }
                    (outcome, stale, changed)
                }};
            }

            #[test]
            fn a_write_makes_stale_what_it_may_change_and_nothing_else() {
                let db = Db::new();
                set_up(&db);
                let (cache, mut conn, statements) = attached!(db);
                let mut plain = db.connect();
                let found = cache.introspect(&mut conn).unwrap();
                assert_eq!(found.opaque().len(), 0, "{found}");
                let mut wrong = Vec::new();
                let (mut all, mut needed) = (0, 0);
                for (sql, expected) in $writes {
                    let (outcome, stale, changed) = run!(conn, plain, statements, sql);
                    outcome.unwrap_or_else(|error| panic!("{sql}: {error}"));
                    assert!(!changed.is_empty(), "{sql} has changed nothing");
                    all += stale.len();
                    needed += changed.len();
                    let expected: BTreeSet<&str> = expected.split_whitespace().collect();
                    if stale != expected {
                        let words = |set: &BTreeSet<&str>| set.iter().copied().collect::<Vec<_>>().join(" ");
                        wrong.push(format!(
                            "{sql}\n    {}\n    and not {}",
                            words(&stale),
                            words(&expected)
                        ));
                    }
                }
                println!("{all} results were invalidated, of which {needed} had changed");
                assert!(wrong.is_empty(), "{}", wrong.join("\n"));
            }

            #[test]
            fn pairs_are_few() {
                let db = Db::new();
                set_up(&db);
                let (cache, mut conn, _) = attached!(db);
                let found = cache.introspect(&mut conn).unwrap();
                assert_eq!(format!("{:?}", asynchronous(&cache, &db)), format!("{found:?}"));
                let (all, common) = count(found.consequences());
                println!("{found}: a write changes another table in {all} pairs, an INSERT or UPDATE in {common}");
                for consequence in found.consequences() {
                    println!("{consequence}");
                }
                assert_eq!((all, common), $pairs);
            }

            #[test]
            fn random_writes_leave_no_wrong_row() {
                let db = Db::new();
                set_up(&db);
                let (cache, mut conn, statements) = attached!(db);
                let mut plain = db.connect();
                asynchronous(&cache, &db);
                let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
                let (mut done, mut hits, mut possible) = (0, 0, 0);
                for _ in 0..150 {
                    let sql = any_write(&mut numbers, $random);
                    let (outcome, stale, changed) = run!(conn, plain, statements, &sql);
                    if outcome.is_ok() {
                        done += 1;
                        possible += relations().count() - changed.len();
                        hits += relations().count() - stale.len();
                    }
                }
                println!("{done} writes, {hits} hits of {possible} possible, 0 wrong");
                assert!(
                    done > 50 && hits * 10 > possible * 8,
                    "{done}, {hits}, {possible}"
                );
            }
        }
    };
}

mod writes;
