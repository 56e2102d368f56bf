//! What statements do to the tables that they write.

use super::{ALL, Dialect, MYSQL, POSTGRES, SQLITE, one, spell};

#[track_caller]
fn operations(dialects: &[Dialect], cases: &[(&str, &str)]) {
    for &dialect in dialects {
        for (sql, expected) in cases {
            assert_eq!(spell(&one(sql, dialect).writes), *expected, "{dialect:?}: {sql}");
        }
    }
}

#[test]
fn everywhere() {
    operations(
        ALL,
        &[
            ("INSERT INTO a VALUES (1)", "a:insert"),
            ("INSERT INTO a SELECT * FROM b", "a:insert"),
            ("UPDATE a SET x = 1, Y = (SELECT max(z) FROM b)", "a:update(x y)"),
            ("DELETE FROM a WHERE x = 1", "a:delete"),
            ("CREATE TABLE a (x INTEGER)", "a:all"),
            ("ALTER TABLE a ADD COLUMN x INTEGER", "a:all"),
            ("DROP TABLE a", "a:all"),
        ],
    );
}

#[test]
fn sqlite() {
    operations(
        SQLITE,
        &[
            ("INSERT OR REPLACE INTO a VALUES (1)", "a:insert+delete+replace"),
            ("REPLACE INTO a VALUES (1)", "a:insert+delete+replace"),
            ("INSERT OR IGNORE INTO a VALUES (1)", "a:insert"),
            ("UPDATE OR REPLACE a SET x = 1", "a:delete+replace+update(x)"),
            ("UPDATE OR FAIL a SET x = 1", "a:update(x)"),
            ("UPDATE a SET RowId = 1", "a:update(?)"),
            ("UPDATE a SET (x, \"y z\") = (1, 2)", "a:update(x y z)"),
            ("INSERT INTO a VALUES (1) ON CONFLICT DO NOTHING", "a:insert"),
            (
                "INSERT INTO a VALUES (1) ON CONFLICT (x) DO UPDATE SET y = 1, z = 2",
                "a:insert+update(y z)",
            ),
            (
                "INSERT INTO a VALUES (1) ON CONFLICT (x) DO UPDATE SET _rowid_ = 1",
                "a:insert+update(?)",
            ),
        ],
    );
}

#[test]
fn postgres() {
    operations(
        POSTGRES,
        &[
            ("UPDATE a SET (x, y) = (1, 2), z = 3", "a:update(x y z)"),
            ("UPDATE a SET x.part = 1", "a:update(part x)"),
            ("UPDATE a SET rowid = 1", "a:update(rowid)"),
            ("TRUNCATE a, b", "a:truncate b:truncate"),
            ("COPY a (x) FROM STDIN", "a:insert"),
            ("REFRESH MATERIALIZED VIEW a", "a:all"),
            ("SELECT 1 INTO a", "a:all"),
            (
                "WITH c AS (DELETE FROM a RETURNING *), d AS (UPDATE a SET x = 1) INSERT INTO b SELECT * FROM c",
                "a:delete+update(x) b:insert",
            ),
            (
                "MERGE INTO a USING b ON a.id = b.id WHEN MATCHED THEN UPDATE SET x = b.x WHEN NOT MATCHED THEN INSERT VALUES (1)",
                "a:insert+update(x)",
            ),
            (
                "MERGE INTO a USING b ON a.id = b.id WHEN MATCHED THEN DELETE",
                "a:delete",
            ),
            (
                "INSERT INTO a VALUES (1) ON CONFLICT ON CONSTRAINT c DO UPDATE SET x = EXCLUDED.x",
                "a:insert+update(x)",
            ),
        ],
    );
}

#[test]
fn mysql() {
    operations(
        MYSQL,
        &[
            ("REPLACE INTO a VALUES (1)", "a:insert+delete"),
            (
                "INSERT INTO a VALUES (1) ON DUPLICATE KEY UPDATE x = 1, y = VALUES(y)",
                "a:insert+update(x y)",
            ),
            (
                "UPDATE a AS p JOIN b ON a.id = b.id SET p.x = 1, b.y = 2",
                "a:update(b p x y) b:update(b p x y)",
            ),
            ("DELETE a FROM a JOIN b ON a.id = b.id", "a:delete b:delete"),
            ("TRUNCATE TABLE a", "a:truncate"),
            ("LOAD DATA INFILE 'REPLACE' INTO TABLE a", "a:insert"),
            ("LOAD DATA INFILE 'x' REPLACE INTO TABLE a", "a:insert+delete"),
        ],
    );
}

#[test]
fn many_columns_are_any() {
    let list = |count: usize| {
        (0..count)
            .map(|column| format!("c{column} = 1"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    for dialect in ALL {
        let writes = |count| spell(&one(&format!("UPDATE a SET {}", list(count)), *dialect).writes);
        assert!(writes(20).starts_with("a:update(c0 c1 c10 "));
        assert_eq!(writes(100), "a:update(?)");
    }
}
