//! Features that only PostgreSQL has: loading row by row, and the user's own types.

use diesel::connection::{DefaultLoadingMode, SimpleConnection};
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgRowByRowLoadingMode, PgValue};
use diesel::prelude::*;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel_cache::prelude::*;
use diesel_cache_tests::{Database, Person, Postgres, Setup, everyone, people, person};

#[test]
fn row_by_row_loading_shares_the_entry() {
    let db = Database::<Postgres>::new();
    let mut setup = Setup::new(&db);
    for expected in [1, 0] {
        let rows = everyone("default")
            .load_iter::<Person, PgRowByRowLoadingMode>(&mut setup.conn)
            .unwrap();
        assert_eq!(rows.size_hint(), (50, Some(50)));
        assert_eq!(rows.collect::<QueryResult<Vec<_>>>().unwrap(), people(50));
        assert_eq!(setup.statements.selects(), expected);
    }
    let rows = everyone("default")
        .load_iter::<Person, DefaultLoadingMode>(&mut setup.conn)
        .unwrap();
    assert_eq!(rows.count(), 50);
    assert_eq!(setup.statements.selects(), 0);
}

#[test]
fn half_an_iteration_is_still_a_whole_entry() {
    let db = Database::<Postgres>::new();
    let mut setup = Setup::new(&db);
    let first = everyone("default")
        .load_iter::<Person, PgRowByRowLoadingMode>(&mut setup.conn)
        .unwrap()
        .next();
    assert_eq!(first.unwrap().unwrap(), people(1)[0]);
    assert_eq!(everyone("default").load::<Person>(&mut setup.conn).unwrap(), people(50));
    assert_eq!(setup.statements.selects(), 1);
}

#[test]
fn an_error_in_a_later_row_leaves_nothing() {
    let db = Database::<Postgres>::new();
    let mut setup = Setup::new(&db);
    let failing = || {
        diesel::sql_query(
            "SELECT id, CASE WHEN 1 / (30 - id) = 5 THEN 'x' ELSE name END AS name FROM person ORDER BY id",
        )
        .cached("default")
    };
    for _ in 0..2 {
        let rows = failing().load_iter::<Person, PgRowByRowLoadingMode>(&mut setup.conn);
        assert!(rows.is_err(), "division by zero");
        assert!(failing().lookup::<Person>(&mut setup.conn).unwrap().is_none());
        assert_eq!(setup.statements.selects(), 1);
    }
}

mod sql {
    #[derive(diesel::sql_types::SqlType, diesel::query_builder::QueryId, Debug)]
    #[diesel(postgres_type(name = "mood"))]
    pub struct Mood;
}

#[derive(AsExpression, FromSqlRow, Cacheable, Clone, Copy, PartialEq, Debug)]
#[diesel(sql_type = sql::Mood)]
enum Mood {
    Happy,
    Sad,
}

impl ToSql<sql::Mood, Pg> for Mood {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        let word: &[u8] = match self {
            Self::Happy => b"happy",
            Self::Sad => b"sad",
        };
        std::io::Write::write_all(out, word)?;
        Ok(IsNull::No)
    }
}

impl FromSql<sql::Mood, Pg> for Mood {
    fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
        match bytes.as_bytes() {
            b"happy" => Ok(Self::Happy),
            b"sad" => Ok(Self::Sad),
            _ => Err("not a mood".into()),
        }
    }
}

diesel::table! {
    use diesel::sql_types::Integer;
    use super::sql::Mood;

    feeling (id) {
        id -> Integer,
        mood -> Mood,
    }
}

#[test]
fn enums_of_the_users_own() {
    let db = Database::<Postgres>::new();
    let mut setup = Setup::new(&db);
    setup
        .conn
        .batch_execute(
            "CREATE TYPE mood AS ENUM ('happy', 'sad'); CREATE TABLE feeling (id INTEGER PRIMARY KEY, mood mood NOT NULL); \
             INSERT INTO feeling VALUES (1, 'happy'), (2, 'sad'), (3, 'happy')",
        )
        .unwrap();
    let ids = |mood: Mood| {
        feeling::table
            .filter(feeling::mood.eq(mood))
            .select(feeling::id)
            .order(feeling::id)
    };
    let statements = setup.statements.clone();
    statements.take();
    // Diesel asks the catalog for the type's number before it first sends a value.
    let asked = || statements.take().iter().filter(|sql| sql.contains("feeling")).count();
    for expected in [1, 0] {
        let happy = ids(Mood::Happy).cached("files").load::<i32>(&mut setup.conn).unwrap();
        assert_eq!((happy, asked()), (vec![1, 3], expected));
        let sad = ids(Mood::Sad).cached("files").load::<i32>(&mut setup.conn).unwrap();
        assert_eq!((sad, asked()), (vec![2], expected));
        let all = feeling::table
            .order(feeling::id)
            .cached("files")
            .load::<(i32, Mood)>(&mut setup.conn)
            .unwrap();
        assert_eq!(all, [(1, Mood::Happy), (2, Mood::Sad), (3, Mood::Happy)]);
        assert_eq!(asked(), expected);
    }
    // A hit needs no such look, not even on a connection that has not seen the type: its name is in the key.
    let mut other = Setup::new(&db);
    assert_eq!(
        ids(Mood::Sad).cached("files").load::<i32>(&mut other.conn).unwrap(),
        [2]
    );
    assert_eq!(other.statements.take(), Vec::<String>::new());
}

#[test]
fn borrowed_binds() {
    let db = Database::<Postgres>::new();
    let mut setup = Setup::new(&db);
    {
        let name = String::from("person 07");
        let ids = vec![7, 8];
        let by_name = person::table.filter(person::name.eq(&name)).cached("default");
        assert_eq!(by_name.load::<Person>(&mut setup.conn).unwrap()[0].id, 7);
        let by_ids = person::table.filter(person::id.eq_any(&ids)).cached("default");
        assert_eq!(by_ids.load::<Person>(&mut setup.conn).unwrap().len(), 2);
        let boxed = person::table
            .filter(person::name.eq(name.as_str()))
            .into_boxed::<Pg>()
            .cached("default");
        assert_eq!(boxed.load::<Person>(&mut setup.conn).unwrap()[0].id, 7);
    }
    setup.statements.take();
    let owned = person::table
        .filter(person::name.eq(String::from("person 07")))
        .cached("default");
    assert_eq!(owned.load::<Person>(&mut setup.conn).unwrap()[0].id, 7);
    let owned = person::table.filter(person::id.eq_any([7, 8])).cached("default");
    assert_eq!(owned.load::<Person>(&mut setup.conn).unwrap().len(), 2);
    assert_eq!(setup.statements.selects(), 0, "borrowed and owned values have one key");
}
