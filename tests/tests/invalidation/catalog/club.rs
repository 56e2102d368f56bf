//! A schema of some twenty tables, with cascades, counters kept by triggers and more: what each write makes stale, what not, and that
//! no write leaves a wrong row behind.

use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel_cache::{Cacheable, Consequence};

/// Rows of each table that has some.
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

/// What SQLite and PostgreSQL make a line of.
fn joined(columns: &[&str]) -> String {
    let column = |column: &&str| format!("coalesce(CAST({column} AS TEXT), '~')");
    columns.iter().map(column).collect::<Vec<_>>().join(" || '|' || ")
}

/// What MariaDB makes a line of.
fn concatenated(columns: &[&str]) -> String {
    let column = |column: &&str| format!("coalesce(CAST({column} AS CHAR), '~')");
    format!(
        "concat({})",
        columns.iter().map(column).collect::<Vec<_>>().join(", '|', ")
    )
}

/// Numbers that come in the same order each time.
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

/// A write of one row or a few, which the database may well refuse.
fn any_write(numbers: &mut Numbers, forms: &[&str]) -> String {
    let id = |numbers: &mut Numbers| (1 + numbers.below(ROWS as usize + 3)).to_string();
    let mut sql = numbers.one_of(forms).to_owned();
    while let Some(at) = sql.find('?') {
        sql.replace_range(at..=at, &id(numbers));
    }
    sql
}

/// How many pairs of tables there are, of which a write to the one makes reads of the other stale.
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

            type Db = diesel_cache_tests::Database<diesel_cache_tests::$backend>;

            fn relations() -> impl Iterator<Item = (&'static str, String)> {
                let all = RELATIONS.iter().chain($more);
                all.map(|(name, columns)| (*name, format!("SELECT {} AS line FROM {name}", $lines(columns))))
            }

            fn set_up(db: &Db) {
                let mut conn = db.connect();
                conn.batch_execute(include_str!(concat!("club/", stringify!($module), ".sql")))
                    .unwrap();
                conn.batch_execute(&seeds()).unwrap();
            }

            /// Runs the write, and returns what it has made stale and what it has changed.
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
                println!("{all} results were made stale, of which {needed} had changed");
                assert!(wrong.is_empty(), "{}", wrong.join("\n"));
            }

            #[test]
            fn pairs_are_few() {
                let db = Db::new();
                set_up(&db);
                let (cache, mut conn, _) = attached!(db);
                let found = cache.introspect(&mut conn).unwrap();
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
                cache.introspect(&mut conn).unwrap();
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

const COMMON: &[&str] = &[
    "INSERT INTO language VALUES (?, 'x')",
    "UPDATE language SET name = 'name ?' WHERE id = ?",
    "UPDATE language SET id = ? WHERE id = ?",
    "DELETE FROM language WHERE id = ?",
    "INSERT INTO trail (id, code, title, language_id) VALUES (?, 'new ?', 'new', ?)",
    "UPDATE trail SET title = 'title ?' WHERE id = ?",
    "UPDATE trail SET walks = ? WHERE id < ?",
    "UPDATE trail SET rating = ? WHERE id = ?",
    "UPDATE trail SET id = ?, language_id = ? WHERE id = ?",
    "UPDATE trail SET code = 'code ?' WHERE id = ?",
    "DELETE FROM trail WHERE id = ?",
    "INSERT INTO walk VALUES (?, ?, ?, 'note')",
    "UPDATE walk SET note = 'note ?' WHERE id = ?",
    "UPDATE walk SET trail_id = ? WHERE id = ?",
    "DELETE FROM walk WHERE id = ?",
    "INSERT INTO photo VALUES (?, ?, 'photo')",
    "DELETE FROM photo WHERE id = ?",
    "INSERT INTO stage VALUES (?, 'code ?', 'stage')",
    "DELETE FROM stage WHERE id = ?",
    "INSERT INTO tag (id, label) VALUES (?, 'tag ?')",
    "UPDATE tag SET label = 'tag ?' WHERE id = ?",
    "DELETE FROM tag WHERE id = ?",
    "INSERT INTO trail_tag VALUES (?, ?)",
    "UPDATE trail_tag SET tag_id = ? WHERE tag_id = ?",
    "DELETE FROM trail_tag WHERE trail_id = ?",
    "INSERT INTO vote VALUES (?, ?, ?)",
    "UPDATE vote SET value = ? WHERE trail_id = ?",
    "UPDATE vote SET person_id = ? WHERE trail_id = ?",
    "DELETE FROM vote WHERE trail_id = ?",
    "UPDATE guide SET since = ? WHERE id = ?",
    "UPDATE guide SET person_id = ? WHERE id = ?",
    "DELETE FROM guide WHERE id = ?",
    "INSERT INTO person VALUES (1?, 'person')",
    "UPDATE person SET name = 'person ?' WHERE id = ?",
    "DELETE FROM person WHERE id = ?",
    "UPDATE known_trail SET name = 'name ?' WHERE id = ?",
    "INSERT INTO setting VALUES (?, 'value ?')",
    "UPDATE setting SET value = 'value 1?' WHERE id = ?",
    "DELETE FROM setting WHERE id = ?",
];

mod forms {
    pub(super) fn with(more: &[&'static str]) -> Vec<&'static str> {
        super::COMMON.iter().chain(more).copied().collect()
    }
}

club! {
    sqlite: Sqlite, SQLITE, joined,
    pairs: (51, 14),
    writes: [
        ("INSERT INTO language VALUES (20, 'x')", "language"),
        ("INSERT INTO language VALUES (20, 'x') ON CONFLICT (id) DO UPDATE SET name = 'y'", "language"),
        ("UPDATE language SET name = 'x' WHERE id = 2", "language"),
        ("UPDATE language SET id = 30 WHERE id = 3", "language trail known_trail"),
        ("UPDATE language SET rowid = 31 WHERE rowid = 30", "language trail known_trail"),
        ("DELETE FROM language WHERE id = 4", "language trail known_trail"),
        ("REPLACE INTO language VALUES (5, 'x')", "language trail known_trail"),
        ("INSERT INTO trail (id, code, title) VALUES (20, 'code 20', 'x')", "trail known_trail"),
        ("UPDATE trail SET walks = 7 WHERE id = 1", "trail known_trail"),
        ("UPDATE trail SET title = 'x', walks = 8 WHERE id = 1", "trail known_trail log"),
        ("UPDATE trail SET code = 'x' WHERE id = 1", "trail known_trail log stage"),
        ("UPDATE trail SET rating = 9 WHERE id = 1", "trail known_trail summary"),
        ("UPDATE trail SET id = 40 WHERE id = 4", "trail known_trail walk trail_tag vote"),
        ("DELETE FROM trail WHERE id = 5", "trail known_trail walk photo trail_tag tag vote"),
        ("INSERT INTO walk VALUES (20, 1, 1, NULL)", "walk trail known_trail"),
        ("UPDATE walk SET note = 'x' WHERE id = 1", "walk"),
        ("UPDATE walk SET trail_id = 2 WHERE id = 1", "walk"),
        ("DELETE FROM walk WHERE id = 6", "walk photo trail known_trail"),
        ("INSERT INTO photo VALUES (20, 1, 'x')", "photo"),
        ("UPDATE photo SET title = 'x' WHERE id = 1", "photo"),
        ("DELETE FROM photo WHERE id = 1", "photo"),
        ("INSERT INTO stage VALUES (20, 'code 2', 'x')", "stage"),
        ("UPDATE stage SET name = 'x' WHERE id = 2", "stage"),
        ("DELETE FROM stage WHERE id = 2", "stage"),
        ("INSERT INTO tag (id, label) VALUES (20, 'x')", "tag badge"),
        ("INSERT OR REPLACE INTO tag (id, label) VALUES (21, 'x')", "tag badge badge_note trail_tag"),
        ("UPDATE tag SET label = 'y' WHERE id = 20", "tag"),
        ("DELETE FROM tag WHERE id = 7", "tag trail_tag"),
        ("INSERT INTO trail_tag VALUES (1, 2)", "trail_tag tag"),
        ("DELETE FROM trail_tag WHERE trail_id = 1 AND tag_id = 2", "trail_tag tag"),
        ("INSERT INTO vote VALUES (1, 2, 5)", "vote trail known_trail summary"),
        ("UPDATE vote SET value = 6 WHERE person_id = 2", "vote trail known_trail summary"),
        ("UPDATE vote SET person_id = 60 WHERE person_id = 6", "vote"),
        ("DELETE FROM vote WHERE person_id = 60", "vote"),
        ("INSERT INTO guide VALUES (20, 1, 2020)", "guide"),
        ("UPDATE guide SET since = 2021 WHERE id = 1", "guide"),
        ("DELETE FROM guide WHERE id = 2", "guide"),
        ("INSERT INTO person VALUES (60, 'x')", "person statistic"),
        ("UPDATE person SET name = 'y' WHERE id = 60", "person"),
        ("DELETE FROM person WHERE id = 8", "person address walk photo trail known_trail guide archive statistic"),
        ("INSERT INTO address VALUES (60, 1, 'x', NULL)", "address"),
        ("DELETE FROM address WHERE id = 60", "address"),
        ("UPDATE setting SET value = 'x' WHERE id = 1", "setting setting_note"),
        ("INSERT INTO setting_note VALUES (1, 2)", "setting_note"),
        ("INSERT INTO setting VALUES (20, 'value 2')", "setting setting_note"),
        ("DELETE FROM setting WHERE id = 3", "setting setting_note"),
        ("INSERT INTO log (line) VALUES ('x')", "log"),
        ("UPDATE summary SET ratings = 0", "summary"),
        ("DELETE FROM archive", "archive"),
        ("UPDATE known_trail SET name = 'z' WHERE id = 2", "known_trail trail log"),
        ("BEGIN; UPDATE trail SET walks = 0; DELETE FROM vote; COMMIT", "trail known_trail vote"),
    ],
    random: &forms::with(&[
        "INSERT INTO setting_note VALUES (?, ?)",
        "INSERT INTO badge_note VALUES (?, ?)",
        "REPLACE INTO tag (id, label) VALUES (?, 'tag ?')",
        "INSERT OR REPLACE INTO language VALUES (?, 'x')",
        "REPLACE INTO walk VALUES (?, ?, ?, 'x')",
        "UPDATE OR REPLACE badge SET label = 'tag ?' WHERE id = ?",
        "UPDATE OR REPLACE trail SET id = ? WHERE id = ?",
        "UPDATE language SET rowid = ? WHERE id = ?",
        "INSERT INTO badge (label) VALUES ('tag ?') ON CONFLICT (label) DO UPDATE SET id = ?",
    ]),
}

club! {
    mysql: Mysql, &[], concatenated,
    pairs: (43, 20),
    writes: [
        ("INSERT INTO language VALUES (20, 'x')", "language"),
        ("INSERT INTO language VALUES (20, 'x') ON DUPLICATE KEY UPDATE name = 'y'", "language"),
        ("UPDATE language SET name = 'x' WHERE id = 2", "language"),
        ("UPDATE language SET id = 30 WHERE id = 3", "language trail known_trail log summary"),
        ("DELETE FROM language WHERE id = 4", "language trail known_trail log summary"),
        ("REPLACE INTO language VALUES (5, 'x')", "language trail known_trail log summary"),
        ("INSERT INTO trail (id, code, title) VALUES (20, 'code 20', 'x')", "trail known_trail"),
        ("UPDATE trail SET walks = 7 WHERE id = 1", "trail known_trail log summary"),
        ("UPDATE trail SET code = 'x' WHERE id = 1", "trail known_trail log summary stage"),
        ("UPDATE trail SET id = 40 WHERE id = 4", "trail known_trail log summary walk trail_tag vote"),
        ("DELETE FROM trail WHERE id = 5", "trail known_trail log summary walk photo trail_tag tag vote"),
        ("INSERT INTO walk VALUES (20, 1, 1, NULL)", "walk trail known_trail log summary"),
        ("UPDATE walk SET note = 'x' WHERE id = 1", "walk"),
        ("UPDATE walk SET trail_id = 2 WHERE id = 1", "walk"),
        ("DELETE FROM walk WHERE id = 6", "walk photo trail known_trail log summary"),
        ("INSERT INTO photo VALUES (20, 1, 'x')", "photo"),
        ("DELETE FROM photo WHERE id = 1", "photo"),
        ("UPDATE stage SET name = 'x' WHERE id = 2", "stage"),
        ("INSERT INTO tag (id, label) VALUES (20, 'x')", "tag"),
        ("UPDATE tag SET label = 'y' WHERE id = 20", "tag"),
        ("DELETE FROM tag WHERE id = 7", "tag trail_tag"),
        ("INSERT INTO trail_tag VALUES (1, 2)", "trail_tag tag"),
        ("INSERT INTO vote VALUES (1, 2, 5)", "vote trail known_trail log summary"),
        ("UPDATE vote SET value = 6 WHERE person_id = 2", "vote trail known_trail log summary"),
        ("DELETE FROM vote WHERE person_id = 6", "vote"),
        ("UPDATE guide SET since = 2021 WHERE id = 1", "guide"),
        ("INSERT INTO person VALUES (60, 'x')", "person statistic"),
        ("UPDATE person SET name = 'y' WHERE id = 60", "person"),
        ("DELETE FROM person WHERE id = 8", "person address walk photo trail known_trail log summary guide archive statistic"),
        ("UPDATE setting SET value = 'x' WHERE id = 1", "setting"),
        ("DELETE FROM setting WHERE id = 3", "setting"),
        ("UPDATE known_trail SET name = 'z' WHERE id = 2", "known_trail trail log summary stage walk trail_tag vote"),
        ("UPDATE guide JOIN setting ON guide.id = setting.id SET guide.since = 1, setting.value = 'y'", "guide setting"),
        ("DELETE FROM address WHERE id > 40", "address"),
        ("TRUNCATE TABLE setting", "setting"),
    ],
    random: &forms::with(&[
        "REPLACE INTO tag (id, label) VALUES (?, 'tag ?')",
        "REPLACE INTO language VALUES (?, 'x')",
        "REPLACE INTO walk VALUES (?, ?, ?, 'x')",
        "INSERT INTO vote VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE value = value + ?",
        "UPDATE trail JOIN walk ON walk.trail_id = trail.id SET trail.id = trail.id + 100, walk.note = 'x' WHERE walk.id = ?",
        "DELETE trail FROM trail JOIN walk ON walk.trail_id = trail.id WHERE walk.id = ?",
    ]),
}

club! {
    postgres: PostgresDatabase, POSTGRES, joined,
    pairs: (56, 25),
    writes: [
        ("INSERT INTO language VALUES (20, 'x')", "language"),
        ("INSERT INTO language VALUES (20, 'x') ON CONFLICT (id) DO UPDATE SET name = 'y'", "language"),
        ("UPDATE language SET name = 'x' WHERE id = 2", "language"),
        ("UPDATE language SET id = 30 WHERE id = 3", "language trail known_trail"),
        ("DELETE FROM language WHERE id = 4", "language trail known_trail"),
        ("INSERT INTO trail (id, code, title) VALUES (20, 'code 20', 'x')", "trail known_trail"),
        ("UPDATE trail SET walks = 7 WHERE id = 1", "trail known_trail"),
        ("UPDATE trail SET title = 'x', walks = 8 WHERE id = 1", "trail known_trail log"),
        ("UPDATE trail SET (code, walks) = ('x', 7) WHERE id = 1", "trail known_trail log stage"),
        ("UPDATE trail SET rating = 9 WHERE id = 1", "trail known_trail summary"),
        ("UPDATE trail SET id = 40 WHERE id = 4", "trail known_trail walk trail_tag vote"),
        ("DELETE FROM trail WHERE id = 5", "trail known_trail walk photo trail_tag tag vote visit visit_2025 visit_2026 visit_note"),
        ("INSERT INTO walk VALUES (20, 1, 1, NULL)", "walk trail known_trail"),
        ("UPDATE walk SET note = 'x' WHERE id = 1", "walk"),
        ("DELETE FROM walk WHERE id = 6", "walk photo trail known_trail"),
        ("INSERT INTO photo VALUES (20, 1, 'x')", "photo"),
        ("UPDATE stage SET name = 'x' WHERE id = 2", "stage"),
        ("INSERT INTO tag (id, label) VALUES (20, 'x')", "tag"),
        ("DELETE FROM tag WHERE id = 7", "tag trail_tag"),
        ("INSERT INTO trail_tag VALUES (1, 2)", "trail_tag tag"),
        ("DELETE FROM trail_tag WHERE trail_id = 1 AND tag_id = 2", "trail_tag tag"),
        ("INSERT INTO vote VALUES (1, 2, 5)", "vote trail known_trail summary"),
        ("UPDATE vote SET value = 6 WHERE person_id = 2", "vote trail known_trail summary"),
        ("UPDATE vote SET person_id = 60 WHERE person_id = 6", "vote"),
        ("DELETE FROM vote WHERE person_id = 60", "vote"),
        ("UPDATE guide SET since = 2021 WHERE id = 1", "guide setting"),
        ("DELETE FROM guide WHERE id = 2", "guide"),
        ("INSERT INTO person VALUES (60, 'x')", "person statistic archive"),
        ("UPDATE person SET name = 'y' WHERE id = 60", "person"),
        ("DELETE FROM person WHERE id = 8", "person address walk photo trail known_trail guide setting archive statistic"),
        ("UPDATE setting SET value = 'x' WHERE id = 1", "setting"),
        ("UPDATE known_trail SET name = 'z' WHERE id = 2", "known_trail trail log summary stage walk trail_tag vote"),
        ("INSERT INTO visit VALUES (1, 2025, 1)", "visit visit_2025 visit_2026 counted"),
        ("INSERT INTO visit_2025 VALUES (2, 2025, 2)", "visit visit_2025"),
        ("INSERT INTO visit_2026 VALUES (3, 2026, 3)", "visit visit_2026 counted"),
        ("INSERT INTO visit_note VALUES (1, 1, 2025)", "visit_note"),
        ("UPDATE visit SET trail_id = 2 WHERE id = 1", "visit visit_2025 visit_2026"),
        ("UPDATE visit SET year = 2026 WHERE id = 1", "visit visit_2025 visit_2026 visit_note counted"),
        ("DELETE FROM visit_2026 WHERE id = 1", "visit visit_2026 visit_note"),
        ("MERGE INTO setting AS s USING (SELECT 2 AS id) AS x ON s.id = x.id WHEN MATCHED THEN UPDATE SET value = 'm'", "setting"),
        ("WITH gone AS (DELETE FROM walk WHERE id = 9 RETURNING id) INSERT INTO setting SELECT 900 + id, 'x' FROM gone", "walk photo trail known_trail setting"),
        ("TRUNCATE setting", "setting best"),
        ("REFRESH MATERIALIZED VIEW best; UPDATE address SET street = 'x'", "best address"),
    ],
    random: &forms::with(&[
        "INSERT INTO visit VALUES (?, 2025, ?)",
        "INSERT INTO visit VALUES (?, 2026, ?)",
        "INSERT INTO visit_note VALUES (?, ?, 2025)",
        "UPDATE visit SET year = 2026 WHERE id = ?",
        "UPDATE visit SET trail_id = ? WHERE id = ?",
        "UPDATE visit SET id = ? WHERE id = ?",
        "DELETE FROM visit WHERE id = ?",
        "INSERT INTO vote VALUES (?, ?, ?) ON CONFLICT (trail_id, person_id) DO UPDATE SET value = vote.value + 1",
        "WITH gone AS (DELETE FROM walk WHERE id = ? RETURNING person_id) DELETE FROM guide WHERE person_id IN (SELECT person_id FROM gone)",
        "REFRESH MATERIALIZED VIEW best",
        "TRUNCATE setting",
    ]),
}
