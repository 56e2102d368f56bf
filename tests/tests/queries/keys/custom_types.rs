//! PostgreSQL's custom types: keyed by schema and name, wherever their OIDs appear.

use std::collections::HashSet;

use diesel::expression::AsExpression;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::QueryId;
use diesel::serialize::{self, IsNull, Output, ToSql, WriteTuple};
use diesel::sql_types::{Array, Integer, Nullable, SqlType, Text};
use std::io::Write;

use super::schema::pg;

/// A type in SQL, and a Rust type that writes its text.
macro_rules! custom {
    ($sql:ident, $rust:ident, $name:literal $(, $schema:literal)?) => {
        #[derive(Clone, Copy, Debug, QueryId, SqlType)]
        #[diesel(postgres_type(name = $name $(, schema = $schema)?))]
        struct $sql;

        #[derive(Clone, Copy, Debug, AsExpression)]
        #[diesel(sql_type = $sql)]
        struct $rust(&'static str);

        impl ToSql<$sql, Pg> for $rust {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
                out.write_all(self.0.as_bytes())?;
                Ok(IsNull::No)
            }
        }
    };
}

custom!(MoodType, Mood, "mood");
custom!(SizeType, Size, "size");
custom!(ShopMoodType, ShopMood, "mood", "shop");
custom!(BarMoodType, BarMood, "mood", "bar");
// Would read like `shop` + `mood` if the two were not kept apart.
custom!(DottedType, Dotted, "shop.mood");

/// A composite of an enum and a number.
macro_rules! composite {
    ($sql:ident, $rust:ident, $name:literal, $field_sql:ty, $field:ty) => {
        #[derive(Clone, Copy, Debug, QueryId, SqlType)]
        #[diesel(postgres_type(name = $name))]
        struct $sql;

        #[derive(Clone, Copy, Debug, AsExpression)]
        #[diesel(sql_type = $sql)]
        struct $rust($field, i32);

        impl ToSql<$sql, Pg> for $rust {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
                WriteTuple::<($field_sql, Integer)>::write_tuple(&(self.0, self.1), out)
            }
        }
    };
}

composite!(PairType, Pair, "pair", MoodType, Mood);
// The same name and bytes: only the OID *within* the bytes tells them apart.
composite!(OtherPairType, OtherPair, "pair", ShopMoodType, ShopMood);
composite!(SizePairType, SizePair, "pair", SizeType, Size);

macro_rules! bind {
    ($($ty:ty = $value:expr),+) => {
        pg(&diesel::select(($(AsExpression::<$ty>::as_expression($value),)+)))
    };
}

#[test]
fn enums_are_keyed_by_schema_and_name() {
    let keys = [
        bind!(MoodType = Mood("ok")),
        bind!(MoodType = Mood("sad")),
        bind!(SizeType = Size("ok")),
        bind!(ShopMoodType = ShopMood("ok")),
        bind!(BarMoodType = BarMood("ok")),
        bind!(DottedType = Dotted("ok")),
        bind!(Text = "ok"),
    ];
    assert_eq!(HashSet::from(keys).len(), keys.len());
    assert_eq!(bind!(MoodType = Mood("ok")), bind!(MoodType = Mood("ok")));
}

#[test]
fn a_null_has_its_type_too() {
    let keys = [
        bind!(Nullable<MoodType> = None::<Mood>),
        bind!(Nullable<SizeType> = None::<Size>),
        bind!(Nullable<ShopMoodType> = None::<ShopMood>),
        bind!(Nullable<Text> = None::<&str>),
    ];
    assert_eq!(HashSet::from(keys).len(), keys.len());
}

#[test]
fn arrays_are_keyed_by_their_elements() {
    let keys = [
        bind!(Array<MoodType> = vec![Mood("ok")]),
        bind!(Array<MoodType> = vec![Mood("ok"), Mood("ok")]),
        bind!(Array<MoodType> = vec![Mood("o"), Mood("k")]),
        bind!(Array<MoodType> = Vec::<Mood>::new()),
        bind!(Array<ShopMoodType> = vec![ShopMood("ok")]),
        bind!(Array<ShopMoodType> = Vec::<ShopMood>::new()),
        bind!(Array<SizeType> = vec![Size("ok")]),
        bind!(Array<Nullable<MoodType>> = vec![Some(Mood("ok")), None]),
        bind!(Array<Nullable<MoodType>> = vec![None, Some(Mood("ok"))]),
        bind!(Array<Text> = vec!["ok"]),
        bind!(Array<Integer> = vec![1]),
        bind!(Array<Integer> = Vec::<i32>::new()),
    ];
    assert_eq!(HashSet::from(keys).len(), keys.len());
    // A slice and a vector are one bind.
    assert_eq!(
        bind!(Array<MoodType> = vec![Mood("ok")]),
        bind!(Array<MoodType> = &[Mood("ok")][..])
    );
}

#[test]
fn composites_are_keyed_by_their_fields() {
    let keys = [
        bind!(PairType = Pair(Mood("ok"), 1)),
        bind!(PairType = Pair(Mood("ok"), 2)),
        bind!(PairType = Pair(Mood("sad"), 1)),
        bind!(OtherPairType = OtherPair(ShopMood("ok"), 1)),
        bind!(SizePairType = SizePair(Size("ok"), 1)),
        bind!(Array<PairType> = vec![Pair(Mood("ok"), 1)]),
        bind!(Array<OtherPairType> = vec![OtherPair(ShopMood("ok"), 1)]),
    ];
    assert_eq!(HashSet::from(keys).len(), keys.len());
}

/// The OIDs handed out follow the order of the binds, so order must count by what the names say.
#[test]
fn the_same_bytes_in_another_order_of_types_differ() {
    let keys = [
        bind!(MoodType = Mood("ok"), SizeType = Size("ok")),
        bind!(SizeType = Size("ok"), MoodType = Mood("ok")),
        bind!(MoodType = Mood("ok"), MoodType = Mood("ok")),
        bind!(SizeType = Size("ok"), SizeType = Size("ok")),
        bind!(MoodType = Mood("ok"), ShopMoodType = ShopMood("ok")),
        bind!(MoodType = Mood("ok"), Text = "ok"),
        bind!(Text = "ok", MoodType = Mood("ok")),
    ];
    assert_eq!(HashSet::from(keys).len(), keys.len());
}

/// A `ToSql` may look at the connection behind the lookup; Diesel's default answer is a panic.
#[test]
fn asking_what_the_lookup_is_does_not_panic() {
    #[derive(Debug, AsExpression)]
    #[diesel(sql_type = MoodType)]
    struct Nosy;
    impl ToSql<MoodType, Pg> for Nosy {
        fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
            assert!(!out.metadata_lookup().as_any().is::<PgConnection>());
            Ok(IsNull::Yes)
        }
    }
    bind!(MoodType = Nosy);
}
