//! Each row is matched with a key by its own key, even where keys that differ in Rust are equal in SQL.

use std::collections::HashMap;

use diesel::deserialize::{FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::prelude::*;
use diesel::serialize::{Output, ToSql};
use diesel::sql_types::Text;
use diesel_cache::prelude::*;
use diesel_cache_tests::{Person, Setup, person};

use super::B;
use crate::relations::schema::{node, setup};

#[test]
fn rows_are_matched_by_their_own_key() {
    let (_db, Setup { mut conn, .. }) = setup::<B>();
    // The order of the rows is not that of the keys, rows are missing in between, and the row type has no key.
    let query = || {
        person::table
            .order(person::id.desc())
            .select(person::name)
            .cached("default")
    };
    let found: Vec<Option<String>> = query().find_many([2, 99, 40, 1]).load_in_order(&mut conn).unwrap();
    assert_eq!(
        found,
        [
            Some("person 02".into()),
            None,
            Some("person 40".into()),
            Some("person 01".into())
        ]
    );
    assert_eq!(query().find(40).get_result::<String>(&mut conn).unwrap(), "person 40");

    // A row type in which another column stands in the place of the key.
    let query = || {
        node::table
            .select((node::id.nullable(), node::parent_id, node::label))
            .cached("default")
    };
    let query2 = || {
        node::table
            .select((node::parent_id, node::id.nullable(), node::label))
            .cached("default")
    };
    type Row = (Option<i64>, Option<i64>, String);
    let found: HashMap<i64, Row> = query().find_many([2, 3, 4]).load_by_key(&mut conn).unwrap();
    let turned: HashMap<i64, Row> = query2().find_many([2, 3, 4]).load_by_key(&mut conn).unwrap();
    assert_eq!(found[&4], (Some(4), Some(3), "leaf".into()));
    assert_eq!(turned[&4], (Some(3), Some(4), "leaf".into()));
    assert_eq!(turned[&3], (Some(1), Some(3), "right".into()));
}

#[test]
fn a_key_that_is_not_unique_is_asked_for_alone() {
    let (
        _db,
        Setup {
            mut conn, statements, ..
        },
    ) = setup::<B>();
    // What the types call a primary key may be none, as in a view.
    diesel::table! { twice (id) { id -> Integer, name -> Text } }
    let view = "CREATE VIEW twice AS SELECT id, name FROM person UNION ALL SELECT id, name FROM person WHERE id = 2";
    diesel::sql_query(view).execute(&mut conn).unwrap();
    statements.take();
    let find = || twice::table.cached("default").find_many([1, 2, 3]);
    let found = find().load_shared::<Person>(&mut conn).unwrap();
    assert_eq!(
        statements.selects(),
        2,
        "one for all, and one for the key with two rows"
    );
    assert_eq!(found.iter().map(|rows| rows.len()).collect::<Vec<_>>(), [1, 2, 1]);
    assert_eq!(
        twice::table
            .find(2)
            .cached("default")
            .load::<Person>(&mut conn)
            .unwrap(),
        *found[1]
    );
    assert_eq!(
        (
            find().load_by_key::<Person>(&mut conn).unwrap().len(),
            statements.selects()
        ),
        (3, 0)
    );
}

/// A key that breaks the contract: two texts that differ in Rust may be equal in SQL.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
struct Word(String);

impl diesel_cache::ExactKey for Word {}

impl<DB: diesel::backend::Backend> ToSql<Text, DB> for Word
where
    String: ToSql<Text, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> diesel::serialize::Result {
        self.0.to_sql(out)
    }
}

impl<DB: diesel::backend::Backend> FromSql<Text, DB> for Word
where
    String: FromSql<Text, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> diesel::deserialize::Result<Self> {
        String::from_sql(bytes).map(Self)
    }
}

#[test]
fn a_row_whose_key_was_not_asked_for_makes_absences_uncertain() {
    let (_db, Setup { mut conn, .. }) = setup::<B>();
    diesel::table! { entry (word) { word -> Text, meaning -> Integer } }
    let collate = if super::HAS_NOCASE { "COLLATE NOCASE" } else { "" };
    let create = format!("CREATE TABLE entry (word VARCHAR(50) {collate} PRIMARY KEY, meaning INTEGER NOT NULL)");
    diesel::sql_query(create).execute(&mut conn).unwrap();
    diesel::sql_query("INSERT INTO entry VALUES ('one', 1), ('Two', 2)")
        .execute(&mut conn)
        .unwrap();
    let words = ["ONE", "TWO", "three"].map(|word| Word(word.into()));
    let entries = || entry::table.select(entry::meaning).cached("default");
    let found: Vec<Option<i32>> = entries().find_many(words.clone()).load_in_order(&mut conn).unwrap();
    for (word, found) in words.into_iter().zip(found) {
        let alone = entry::table
            .find(word.clone())
            .select(entry::meaning)
            .get_result(&mut conn)
            .optional()
            .unwrap();
        assert_eq!(found, alone, "{word:?}");
        assert_eq!(
            entries().find(word).get_result(&mut conn).optional().unwrap(),
            alone,
            "nor is an absence stored"
        );
    }
}
