#![allow(clippy::unwrap_used)]

use super::*;
use crate::sql::{Dialect, analyse};

fn follow(context: &mut ConnectionContext, sql: &str, dialect: Dialect) {
    for statement in analyse(sql, dialect).statements() {
        statement
            .session_changes
            .iter()
            .for_each(|change| context.follow(change));
    }
}

fn told_to(dialect: Dialect, statements: &[&str]) -> String {
    let mut context = ConnectionContext::default();
    statements.iter().for_each(|sql| follow(&mut context, sql, dialect));
    context.as_str().to_owned()
}

fn told(statements: &[&str]) -> String {
    told_to(Dialect::Postgres, statements)
}

#[test]
fn the_last_setting_of_a_name_counts() {
    assert_eq!(
        told(&["SET search_path = a", "SET search_path TO b"]),
        "search_path = \"b\""
    );
    assert_eq!(
        told(&["SET SCHEMA 'a'", "SET SESSION search_path=b"]),
        "search_path = \"b\""
    );
    assert_eq!(told(&["SET a=1", "SET b=1", "SET a=2"]), "b = \"1\"\na = \"2\"");
    assert_eq!(told(&["SET a=1", "SET b=1", "SET a=1"]), "a = \"1\"\nb = \"1\"");
    assert_eq!(told_to(Dialect::Mysql, &["USE a", "USE b;"]), "use = b");
    assert_eq!(told_to(Dialect::Mysql, &["SET @a = 1", "SET @A := 2"]), "@a = 2");
}

#[test]
fn what_every_connection_has_takes_a_line_away() {
    for (dialect, statements) in [
        (
            Dialect::Postgres,
            &["SET timezone = 'Europe/Vienna'", "SET TIME ZONE 'UTC'"][..],
        ),
        (Dialect::Postgres, &["SET search_path = a", "RESET search_path"]),
        (Dialect::Postgres, &["SET search_path = a", "SET search_path = DEFAULT"]),
        (Dialect::Postgres, &["SET ROLE anna", "RESET ROLE"]),
        (Dialect::Postgres, &["SET client_encoding = latin1", "SET NAMES 'UTF8'"]),
        (
            Dialect::Mysql,
            &["SET time_zone = '+02:00'", "SET time_zone = '+00:00'"],
        ),
        (
            Dialect::Mysql,
            &["SET NAMES latin1", "SET collation_connection = x", "SET NAMES utf8mb4"],
        ),
        (
            Dialect::Mysql,
            &[
                "SET SESSION TRANSACTION ISOLATION LEVEL READ UNCOMMITTED",
                "SET tx_isolation = 'SERIALIZABLE'",
            ],
        ),
    ] {
        assert_eq!(told_to(dialect, statements), "", "{statements:?}");
    }
}

#[test]
fn what_used_a_setting_keeps_it() {
    let all = ["SET @a = 1", "SET @b = @a", "SET @a = 2"];
    assert_eq!(told_to(Dialect::Mysql, &all), "@a = 1\n@b = @a\n@a = 2");
    // The string came in latin1.
    let all = ["SET NAMES latin1", "SET @a = 'x'", "SET NAMES utf8mb4"];
    assert_eq!(told_to(Dialect::Mysql, &all), "names = latin1\n@a = \"x\"\nnames = new");
    let twice = [
        "SET sql_mode = 'A'",
        "SET @a = 'x'",
        "SET sql_mode = 'B'",
        "SET @a = 'x'",
    ];
    assert_eq!(
        told_to(Dialect::Mysql, &twice),
        "sql_mode = \"A\"\nsql_mode = \"B\"\n@a = \"x\""
    );
    assert_eq!(
        told(&["SET client_encoding = latin1", "SET a = 'x'", "RESET client_encoding"])
            .lines()
            .count(),
        3
    );
}

#[test]
fn different_settings_both_count() {
    for (dialect, pair) in [
        (Dialect::Postgres, ["SET SESSION a = 1", "SET SESSION b = 1"]),
        (Dialect::Postgres, ["SET a = 1", "SET LOCAL a = 1"]),
        (Dialect::Postgres, ["SET LOCAL a = 1", "SET a = 1"]),
        (
            Dialect::Sqlite,
            ["ATTACH DATABASE '/x' AS x", "ATTACH DATABASE '/y' AS y"],
        ),
        (
            Dialect::Sqlite,
            ["PRAGMA case_sensitive_like = 1", "PRAGMA read_uncommitted = 1"],
        ),
        (Dialect::Mysql, ["SET GLOBAL sql_mode = 'A'", "SET sql_mode = 'A'"]),
        (
            Dialect::Mysql,
            [
                "SET character_set_results = latin1",
                "SET character_set_client = latin1",
            ],
        ),
    ] {
        assert_eq!(told_to(dialect, &pair).lines().count(), 2, "{pair:?}");
    }
}

#[test]
fn values_are_told_apart() {
    assert_ne!(told(&["SET a = 'x\ny'"]), told(&["SET a = 'x y'"]));
    assert_ne!(told(&["SET a = 'x\ny'"]), told(&["SET a = 'x\\ny'"]));
    assert_ne!(told(&["SET search_path = a, b"]), told(&["SET search_path = 'a, b'"]));
    assert_ne!(told(&["SET search_path = a, 'b'"]), told(&["SET search_path = 'a, b'"]));
    assert_ne!(
        told(&["SET search_path = 'a, b'"]),
        told(&["SELECT set_config('search_path', 'a, b', false)"])
    );
    assert_eq!(
        told(&["SET app.tenant = '7'"]),
        told(&["SELECT set_config('app.tenant', '7', false)"])
    );
}

#[test]
fn a_custom_setting_leaves_a_trace() {
    let trace = "\"app.tenant\" is set";
    assert_eq!(told(&["SET app.tenant = '1'", "RESET app.tenant"]), trace);
    assert_eq!(
        told(&["SET app.tenant = '1'", "RESET app.tenant", "SET app.tenant = '2'"]),
        "app.tenant = \"2\""
    );
    let mut context = ConnectionContext::default();
    for _ in 0..3 {
        follow(&mut context, "SET LOCAL app.tenant = '1'", Dialect::Postgres);
        assert_eq!(context.as_str(), format!("{trace}\nlocal app.tenant = \"1\""));
        context.forget_local();
        assert_eq!(context.as_str(), trace);
    }
    let earlier = ConnectionContext::default();
    context.take_back(earlier);
    assert_eq!(context.as_str(), trace);
}

#[test]
fn discarding_leaves_what_cannot_be_undone() {
    let new = "client_encoding = default\ntimezone = default";
    assert_eq!(told(&["SET a = 1", "DISCARD ALL"]), new);
    assert_eq!(told(&["SET a = 1", "RESET ALL", "DISCARD ALL", "RESET ALL"]), new);
    assert_eq!(
        told(&["DISCARD ALL", "SET TIME ZONE 'UTC'", "SET client_encoding TO 'UTF8'"]),
        ""
    );
    assert_eq!(
        told(&["SET app.x = 1", "DISCARD ALL"]),
        format!("\"app.x\" is set\n{new}")
    );
    assert_eq!(told(&["SET ROLE anna", "RESET ALL"]), format!("role = \"anna\"\n{new}"));
    let called = told(&["CALL p()", "DISCARD ALL"]);
    assert!(called.starts_with('?') && called.ends_with(new), "{called}");
    let mut context = ConnectionContext::default();
    context.isolate();
    follow(&mut context, "DISCARD ALL", Dialect::Postgres);
    assert_eq!(context.as_str(), new);
}

#[test]
fn temporary_tables_go_unseen() {
    for (sql, dialect) in [
        ("DISCARD TEMP", Dialect::Postgres),
        ("PRAGMA temp_store = 2", Dialect::Sqlite),
    ] {
        assert_eq!(told_to(dialect, &[sql]), "");
        let mut context = ConnectionContext::default();
        context.isolate();
        let before = context.clone();
        follow(&mut context, sql, dialect);
        assert_ne!(context, before);
    }
}

#[test]
fn a_text_of_any_length_stays_short_and_its_own() {
    let many = |last: &str| {
        let all: Vec<_> = (0..1000)
            .map(|number| format!("ATTACH DATABASE '/x{number}' AS x"))
            .collect();
        let all: Vec<_> = all.iter().map(String::as_str).chain([last]).collect();
        told_to(Dialect::Sqlite, &all)
    };
    assert!(many("DETACH a").len() < 2000);
    assert_ne!(many("ATTACH '/a' AS a"), many("ATTACH '/b' AS b"));
    let mut context = ConnectionContext::default();
    for number in 0..1000 {
        follow(&mut context, &format!("SET LOCAL app.x{number} = 1"), Dialect::Postgres);
        context.forget_local();
    }
    assert!(context.as_str().len() < 4000);
}

#[test]
fn attached_files_are_told_apart_wherever_their_names_lead() {
    let attached = |name: &str| told_to(Dialect::Sqlite, &[&format!("ATTACH '{name}' AS x")]);
    let directory = std::env::current_dir().unwrap();
    let place = |told: &str| told.split_once(" at ").unwrap().1.to_owned();
    let absolute = attached(&directory.join("x.db").to_string_lossy());
    assert_eq!(place(&attached("x.db")), place(&absolute));
    assert_eq!(place(&attached("file:x.db")), place(&absolute));
    assert_ne!(place(&attached("y.db")), place(&absolute));
}

#[test]
fn the_home_comes_first_and_stays() {
    let mut context = ConnectionContext::at("home");
    assert_eq!(context.as_str(), "home");
    for (sql, expected) in [
        ("SET a = 1", "home\na = \"1\""),
        ("RESET a", "home"),
        ("DISCARD ALL", "home\nclient_encoding = default\ntimezone = default"),
    ] {
        follow(&mut context, sql, Dialect::Postgres);
        assert_eq!(context.as_str(), expected, "{sql}");
    }
    context.lose();
    assert!(context.as_str().starts_with("home\n?"));
    assert_eq!(&**context.home(), "home");
}

#[test]
fn the_lost_are_alone() {
    let (mut one, mut other) = (ConnectionContext::default(), ConnectionContext::default());
    one.lose();
    other.lose();
    assert_ne!(one, other);
    for (dialect, sql) in [
        (Dialect::Sqlite, "ATTACH ':memory:' AS m"),
        (Dialect::Sqlite, "ATTACH ? AS m"),
        (Dialect::Mysql, "SET @a = ?"),
        (Dialect::Mysql, "SET @a = (SELECT max(id) FROM person)"),
        (Dialect::Postgres, "SELECT set_config('app.x', $1, false)"),
    ] {
        assert_ne!(told_to(dialect, &[sql]), told_to(dialect, &[sql]), "{sql}");
    }
}
