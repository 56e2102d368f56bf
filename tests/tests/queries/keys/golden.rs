//! Keys do not depend on the process or the build, so that entries on disk are found again.

use std::process::Command;

use diesel::dsl::count_star;
use diesel::expression::AsExpression;
use diesel::mysql::Mysql;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::AsQuery;
use diesel::sql_types::{Nullable, SqlType, Text};
use diesel::sqlite::Sqlite;
use diesel_cache::CacheKey;

use super::schema::{item, part};

/// The keys of the present format. If they change, the format is a new one: raise its version, and say so in the
/// changelog.
const GOLDEN: &str = include_str!("golden.txt");

macro_rules! keys {
    ($db:ty, $($name:literal => $query:expr),+ $(,)?) => {
        vec![$((
            concat!(stringify!($db), " ", $name),
            CacheKey::of::<$db, _>(&$query, "", None).unwrap(),
        )),+]
    };
}

macro_rules! common {
    ($db:ty) => {
        keys!($db,
            "table" => item::table.as_query(),
            "find" => item::table.find(1),
            "text" => item::table.filter(item::name.eq("ada")),
            "unicode" => item::table.filter(item::name.eq("\"é\u{301}🦀\\\0")),
            "null" => diesel::select(AsExpression::<Nullable<Text>>::as_expression(None::<&str>)),
            "double" => item::table.filter(item::price.lt(0.1)),
            "negative zero" => item::table.filter(item::price.lt(-0.0)),
            "float" => item::table.filter(item::weight.lt(0.1_f32)),
            "smallint" => item::table.filter(item::stock.eq(-1)),
            "bigint" => item::table.filter(item::total.eq(i64::MIN)),
            "blob" => item::table.filter(item::data.eq(&[0_u8, 1, 255][..])),
            "bool" => item::table.filter(item::active.eq(true)),
            "in list" => item::table.filter(item::id.eq_any([1, 2, 3])),
            "join" => item::table.inner_join(part::table).select((item::id, part::label)),
            "limit" => item::table.order(item::id).limit(10).offset(20),
            "count" => item::table.select(count_star()),
            "boxed" => item::table.into_boxed::<$db>().filter(item::id.gt(7)),
            "raw" => diesel::sql_query("SELECT 1").bind::<Text, _>("a"),
        )
    };
}

#[derive(Clone, Copy, Debug, diesel::query_builder::QueryId, SqlType)]
#[diesel(postgres_type(name = "mood", schema = "shop"))]
struct Mood;

fn keys() -> String {
    let mut keys = common!(Sqlite);
    keys.extend(common!(Pg));
    keys.extend(common!(Mysql));
    keys.extend(keys!(Pg,
        "array" => item::table.filter(item::name.eq_any(vec!["a", "b"])),
        "custom type" => diesel::select(AsExpression::<Nullable<Mood>>::as_expression(None::<NoMood>)),
    ));
    keys.push((
        "namespace and extra key",
        CacheKey::of::<Sqlite, _>(&item::table.find(1), "tenant-42", Some("extra")).unwrap(),
    ));
    keys.iter().map(|(name, key)| format!("{key} {name}\n")).collect()
}

#[derive(Debug, AsExpression)]
#[diesel(sql_type = Mood)]
struct NoMood;

impl diesel::serialize::ToSql<Mood, Pg> for NoMood {
    fn to_sql<'b>(&'b self, _: &mut diesel::serialize::Output<'b, '_, Pg>) -> diesel::serialize::Result {
        Ok(diesel::serialize::IsNull::Yes)
    }
}

// Sixty-four bits, little end first: other machines put other bytes into MySQL's binds.
#[cfg(all(target_pointer_width = "64", target_endian = "little"))]
#[test]
fn keys_are_what_they_were() {
    let keys = keys();
    for (line, (now, then)) in keys.lines().zip(GOLDEN.lines()).enumerate() {
        assert_eq!(now, then, "line {} of golden.txt", line + 1);
    }
    assert_eq!(keys, GOLDEN);
}

/// Not a test of its own: what the other process prints.
#[test]
#[ignore = "run by `another_process_makes_the_same_keys`, and by hand to renew golden.txt"]
fn print_keys() {
    print!("{}", keys());
}

#[test]
fn another_process_makes_the_same_keys() {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["keys::golden::print_keys", "--exact", "--ignored", "--nocapture"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(printed.contains(&keys()), "{printed}");
}
