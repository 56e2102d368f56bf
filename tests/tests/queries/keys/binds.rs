//! Binds count as they are serialised: no more, no less.

use std::collections::HashSet;
use std::fmt;

use diesel::backend::Backend;
use diesel::expression::AsExpression;
use diesel::prelude::*;
use diesel::query_builder::{QueryFragment, QueryId};
use diesel::result::Error;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::{BigInt, Binary, Double, Float, Integer, Nullable, SmallInt, Text, Timestamp, Unsigned};
use diesel_cache::{CacheKey, KeyBackend};

use super::schema::{item, key, mysql, part, pg, sqlite};

/// The key of `SELECT ?`, with one bind.
macro_rules! bind {
    ($db:ident, $ty:ty, $value:expr) => {
        $db(&diesel::select(AsExpression::<$ty>::as_expression($value)))
    };
}

macro_rules! everywhere {
    ($db:ident => $body:block) => {{
        {
            use sqlite as $db;
            $body
        }
        {
            use pg as $db;
            $body
        }
        {
            use mysql as $db;
            $body
        }
    }};
}

#[test]
fn borrowed_and_owned_values_make_one_key() {
    everywhere!(db => {
        let name = String::from("ada");
        let text = bind!(db, Text, "ada");
        assert_eq!(text, bind!(db, Text, &name));
        assert_eq!(text, bind!(db, Text, name));
        assert_eq!(text, bind!(db, Text, std::borrow::Cow::Borrowed("ada")));

        let bytes = bind!(db, Binary, &[1_u8, 2][..]);
        assert_eq!(bytes, bind!(db, Binary, vec![1_u8, 2]));

        let number = bind!(db, Integer, 7);
        assert_eq!(number, bind!(db, Integer, &7));
    });
}

/// Diesel hands `str` and `String` to SQLite alike, borrowed; a type that builds its text hands over an owned one.
#[test]
fn text_that_is_built_makes_the_key_of_text_that_is_borrowed() {
    #[derive(Debug, AsExpression)]
    #[diesel(sql_type = Text)]
    struct Built(u8);
    impl ToSql<Text, diesel::sqlite::Sqlite> for Built {
        fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, diesel::sqlite::Sqlite>) -> serialize::Result {
            out.set_value(self.0.to_string());
            Ok(serialize::IsNull::No)
        }
    }
    assert_eq!(bind!(sqlite, Text, Built(7)), bind!(sqlite, Text, "7"));
}

#[test]
fn a_type_that_hides_itself_in_debug_has_a_key_for_each_value() {
    #[derive(diesel::expression::AsExpression)]
    #[diesel(sql_type = Text)]
    struct Secret(String);
    impl fmt::Debug for Secret {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("[hidden]")
        }
    }
    impl<DB> ToSql<Text, DB> for Secret
    where
        DB: Backend,
        str: ToSql<Text, DB>,
    {
        fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
            self.0.as_str().to_sql(out)
        }
    }
    let secret = |s: &str| Secret(s.to_owned());
    everywhere!(db => {
        assert_ne!(bind!(db, Text, secret("a")), bind!(db, Text, secret("b")));
        assert_eq!(bind!(db, Text, secret("a")), bind!(db, Text, "a"));
    });
}

#[test]
fn neighbours_do_not_run_into_each_other() {
    everywhere!(db => {
        let two = |a: &str, b: &str| db(&part::table.filter(part::label.eq(a)).filter(part::label.eq(b)));
        let cut = [
            ("a", "bc"), ("ab", "c"), ("abc", ""), ("", "abc"),
            // What the parts are hashed with, as values.
            ("\"), Text), (String(\"", ""), ("", "\"), Text), (String(\""),
            ("a\"), Text), (String(\"b", "c"), ("a", "b\"), Text), (String(\"c"),
            ("\\", "\""), ("\\\"", ""), ("\"", "\\"), ("\\\\", "\""),
            ("a\0", "b"), ("a", "\0b"), ("\u{1}a", ""), ("", "\u{1}a"),
        ];
        let keys: HashSet<_> = cut.iter().map(|(a, b)| two(a, b)).collect();
        assert_eq!(keys.len(), cut.len());
    });
}

#[test]
fn text_differs_by_every_character() {
    let long = "x".repeat(300);
    let texts = [
        "",
        " ",
        "a",
        "A",
        "a ",
        "\0",
        "\0\0",
        "0",
        "\\0",
        "\\u{0}",
        "\u{0}1",
        "\\",
        "\\\\",
        "'",
        "''",
        "\"",
        "\\\"",
        "\n",
        "\\n",
        "\r\n",
        "é",
        "e\u{301}",
        "\u{200b}",
        "\u{feff}",
        "NULL",
        "None",
        "Null",
        "String",
        "Borrowed",
        "Borroweda",
        "\"Borrowed",
        "BorrowedString",
        "🦀",
        "\u{10ffff}",
        &long,
        &long[1..],
    ];
    everywhere!(db => {
        let keys: HashSet<_> = texts.iter().map(|text| bind!(db, Text, *text)).collect();
        assert_eq!(keys.len(), texts.len());
    });
}

#[test]
fn null_is_neither_empty_nor_zero() {
    everywhere!(db => {
        let text = [
            bind!(db, Nullable<Text>, None::<&str>),
            bind!(db, Nullable<Text>, Some("")),
            bind!(db, Nullable<Text>, Some("NULL")),
            bind!(db, Nullable<Text>, Some("Null")),
        ];
        assert_eq!(HashSet::from(text).len(), text.len());
        assert_ne!(bind!(db, Nullable<Integer>, None::<i32>), bind!(db, Nullable<Integer>, Some(0)));
        assert_ne!(
            bind!(db, Nullable<Binary>, None::<Vec<u8>>),
            bind!(db, Nullable<Binary>, Some(Vec::<u8>::new()))
        );
    });
}

#[test]
fn the_type_of_a_bind_counts() {
    everywhere!(db => {
        let keys = [
            bind!(db, SmallInt, 1_i16),
            bind!(db, Integer, 1_i32),
            bind!(db, BigInt, 1_i64),
            bind!(db, Float, 1_f32),
            bind!(db, Double, 1_f64),
            bind!(db, Text, "1"),
            bind!(db, Binary, &b"1"[..]),
        ];
        assert_eq!(HashSet::from(keys).len(), keys.len());
        // Of NULL too: PostgreSQL picks functions and operators by it.
        let nulls = [
            bind!(db, Nullable<SmallInt>, None::<i16>),
            bind!(db, Nullable<Integer>, None::<i32>),
            bind!(db, Nullable<Text>, None::<&str>),
        ];
        assert_eq!(HashSet::from(nulls).len(), nulls.len());
    });
}

#[test]
fn mysql_tells_unsigned_from_signed() {
    assert_ne!(bind!(mysql, Integer, -1_i32), bind!(mysql, Unsigned<Integer>, u32::MAX));
    assert_ne!(bind!(mysql, Integer, 1_i32), bind!(mysql, Unsigned<Integer>, 1_u32));
}

#[test]
fn floats_differ_by_every_bit_that_the_database_sees() {
    everywhere!(db => {
        let doubles = [
            0.0, -0.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN, f64::MIN_POSITIVE, f64::EPSILON, 0.1, 0.1 + f64::EPSILON,
            0.2 + 0.1, 0.3, 1e15, 1e16, 1e17, 1e300, 5e-324, f64::MAX, f64::from(0.1_f32),
        ];
        let keys: HashSet<_> = doubles.iter().map(|double| bind!(db, Double, *double)).collect();
        assert_eq!(keys.len(), doubles.len());
        assert_eq!(bind!(db, Double, f64::NAN), bind!(db, Double, f64::NAN));
    });
    // SQLite binds every NaN as NULL, so they answer alike.
    let other_nan = f64::from_bits(f64::NAN.to_bits() | 1);
    assert_eq!(bind!(sqlite, Double, f64::NAN), bind!(sqlite, Double, other_nan));
    assert_ne!(bind!(pg, Double, f64::NAN), bind!(pg, Double, other_nan));
}

#[test]
fn the_number_of_binds_counts() {
    everywhere!(db => {
        let list = |ids: Vec<i32>| db(&item::table.select(item::name).filter(item::id.eq_any(ids)));
        let keys = [list(vec![]), list(vec![1]), list(vec![1, 1]), list(vec![1, 2]), list(vec![2, 1])];
        assert_eq!(HashSet::from(keys).len(), keys.len());
    });
}

/// MySQL's dates are sent as C structs, whose gaps must not hold whatever was on the stack.
#[test]
fn equal_times_make_equal_keys() {
    let time = |stack: u8| {
        std::hint::black_box([stack; 4096]);
        diesel::mysql::data_types::MysqlTime::new(
            2026,
            11,
            22,
            18,
            56,
            57,
            0,
            false,
            diesel::mysql::data_types::MysqlTimestampType::MYSQL_TIMESTAMP_DATETIME,
            0,
        )
    };
    assert_eq!(bind!(mysql, Timestamp, time(0xaa)), bind!(mysql, Timestamp, time(0x55)));
}

#[test]
fn a_bind_that_cannot_be_serialised_is_an_error() {
    #[derive(Debug, diesel::expression::AsExpression)]
    #[diesel(sql_type = Text)]
    struct Broken;
    impl<DB: Backend> ToSql<Text, DB> for Broken {
        fn to_sql<'b>(&'b self, _: &mut Output<'b, '_, DB>) -> serialize::Result {
            Err("out of order".into())
        }
    }
    fn check<DB, Q>(query: &Q)
    where
        DB: KeyBackend,
        Q: QueryFragment<DB> + QueryId,
    {
        let error = CacheKey::of::<DB, Q>(query, "", None).unwrap_err();
        assert!(matches!(&error, Error::SerializationError(_)), "{error:?}");
        assert_eq!(error.to_string(), "out of order");
    }
    let query = part::table.filter(part::label.eq(Broken));
    check::<diesel::sqlite::Sqlite, _>(&query);
    check::<diesel::pg::Pg, _>(&query);
    check::<diesel::mysql::Mysql, _>(&query);
    // And the statement, which has no fault, still serves others.
    assert_eq!(
        sqlite(&part::table.filter(part::label.eq("a"))),
        key::<diesel::sqlite::Sqlite, _>(&super::schema::Fresh(&part::table.filter(part::label.eq("a"))))
    );
}

#[test]
fn a_query_that_cannot_be_rendered_is_an_error() {
    struct Unfinished;
    impl QueryId for Unfinished {
        type QueryId = Self;
    }
    impl<DB: Backend> QueryFragment<DB> for Unfinished {
        fn walk_ast<'b>(&'b self, _: diesel::query_builder::AstPass<'_, 'b, DB>) -> QueryResult<()> {
            Err(Error::QueryBuilderError("no table".into()))
        }
    }
    for _ in 0..2 {
        let error = CacheKey::of::<diesel::pg::Pg, _>(&Unfinished, "", None).unwrap_err();
        assert_eq!(error.to_string(), "no table");
    }
}
