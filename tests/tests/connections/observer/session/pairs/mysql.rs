//! MariaDB.

use diesel::connection::SimpleConnection;
use diesel_cache_tests::{Database, Mysql};

use super::{Pair, are_told_apart};

#[test]
fn settings() {
    let db = Database::<Mysql>::new();
    let name = db.url().rsplit('/').next().unwrap().to_owned();
    let (bin, ci) = (format!("{name}_bin"), format!("{name}_ci"));
    let mut conn = db.connect();
    conn.batch_execute(&format!(
        "CREATE TABLE numbers (n INT); INSERT INTO numbers VALUES (0); CREATE DATABASE {bin} COLLATE utf8mb4_bin; CREATE DATABASE {ci} COLLATE utf8mb4_general_ci"
    ))
    .unwrap();
    let (use_bin, use_ci) = (format!("USE {bin}"), format!("USE {ci}"));
    let (use_bin, use_ci) = (&*use_bin, &*use_ci);
    let pipes = "SELECT CAST(1 || 0 AS CHAR) AS v";
    let equal = "SELECT CAST('a' = 'A' AS CHAR) AS v";
    let charset = "SET CHARACTER SET utf8mb4";
    let collation = "SET collation_connection = @@collation_database";
    let pairs: &[Pair<'_>] = &[
        (
            "SELECT name AS v FROM person WHERE id = 1",
            &[
                "SET STATEMENT max_statement_time = 5 FOR CREATE TEMPORARY TABLE person AS SELECT 1 AS id, 'temp' AS name",
            ],
            &[],
        ),
        // A value that is a variable's.
        (
            pipes,
            &["SET @a = 'PIPES_AS_CONCAT'", "SET sql_mode = @a", "SET @a = ''"],
            &["SET @a = ''", "SET sql_mode = @a", "SET @a = ''"],
        ),
        (equal, &[use_bin, collation, use_ci], &[use_ci, collation, use_ci]),
        // What is taken from the database in use, and what is not reset.
        (equal, &[use_bin, charset, use_ci], &[charset, use_ci]),
        (equal, &["SET collation_database = utf8mb4_bin", charset], &[charset]),
        (
            equal,
            &[
                "SET collation_database = utf8mb4_bin",
                charset,
                "SET collation_database = utf8mb4_general_ci",
            ],
            &[charset, "SET collation_database = utf8mb4_general_ci"],
        ),
        (
            "SELECT @@collation_server AS v",
            &["SET collation_server = latin1_bin", "SET NAMES utf8mb4"],
            &[],
        ),
        (
            "SELECT @@collation_database AS v",
            &["SET collation_database = latin1_bin", "SET NAMES utf8mb4"],
            &[],
        ),
        (
            "SELECT @@character_set_filesystem AS v",
            &["SET character_set_filesystem = latin1", "SET NAMES utf8mb4"],
            &[],
        ),
        // A part of a setting.
        (
            "SELECT MD5(@@optimizer_switch) AS v",
            &[
                "SET optimizer_switch = 'index_merge=off'",
                "SET optimizer_switch = 'mrr=on'",
            ],
            &["SET optimizer_switch = 'mrr=on'"],
        ),
        // Escapes.
        ("SELECT HEX(@a) AS v", &["SET @a = '\\f'"], &["SET @a = '\u{c}'"]),
        (
            "SELECT HEX(@a) AS v",
            &["SELECT @a := '\\a'"],
            &["SELECT @a := '\u{7}'"],
        ),
        // Variables right behind a word.
        ("SELECT @a AS v", &["INSERT INTO numbers SELECT@a:=5"], &[]),
        ("SELECT @a AS v", &["SELECT 1 UNION SELECT@a:=2"], &[]),
        ("SELECT @a AS v", &["SELECT 5 INTO@a"], &[]),
        ("SELECT @a AS v", &["DELETE FROM numbers WHERE n = 0 OR@a:=5"], &[]),
        // What only a session shows.
        (
            "SELECT SESSION_VALUE AS v FROM information_schema.SYSTEM_VARIABLES WHERE VARIABLE_NAME = 'WAIT_TIMEOUT'",
            &["SET wait_timeout = 1234"],
            &[],
        ),
        (
            "SELECT @@tx_isolation AS v",
            &["SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE"],
            &[],
        ),
    ];
    are_told_apart(&db, pairs);
    conn.batch_execute(&format!("DROP DATABASE {bin}; DROP DATABASE {ci}"))
        .unwrap();
}
