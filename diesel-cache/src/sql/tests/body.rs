use super::super::Language;
use super::super::body::{read_body, replaces_rows, trigger_events, view_reads};
use super::super::{Columns, TableName, Tables, Writes};
use super::{Dialect, show, spell};

#[test]
fn views_show_what_their_query_reads() {
    for (definition, reads) in [
        ("CREATE VIEW v AS SELECT * FROM person", "person"),
        (
            "CREATE TEMP VIEW IF NOT EXISTS \"as\" (a, \"as\") AS SELECT 1, 2 FROM a JOIN b USING (id)",
            "a b",
        ),
        (
            "CREATE VIEW v AS WITH x AS (SELECT * FROM p) SELECT * FROM x UNION SELECT * FROM q",
            "p q",
        ),
        ("CREATE VIEW v AS SELECT 1", ""),
        ("CREATE VIEW v AS SELECT * FROM sqlite_master", "*"),
        ("CREATE VIEW v AS SELECT * FROM secret(1)", "*"),
        ("CREATE VIEW v", "*"),
        ("", "*"),
    ] {
        assert_eq!(show(&view_reads(definition, Dialect::Sqlite)), reads, "{definition}");
    }
}

/// Asserts what each body writes. A `?` means that some of its statements are unread, and a `!` that it is dynamic.
#[track_caller]
fn bodies(language: Language, cases: &[(&str, &str)]) {
    for (body, expected) in cases {
        let spelled = match read_body(body, language) {
            None => "unreadable".into(),
            Some(body) => {
                let unread = if body.unread.is_empty() { "" } else { "?" };
                let dynamic = if body.is_dynamic { "!" } else { "" };
                format!("{}{unread}{dynamic}", spell(&body.writes))
            }
        };
        assert_eq!(spelled, *expected, "{language:?}: {body}");
    }
}

#[test]
fn triggers_of_sqlite() {
    bodies(
        Language::SqliteTrigger,
        &[
            (
                "CREATE TRIGGER t AFTER UPDATE OF name ON person WHEN CASE new.id WHEN 1 THEN 0 ELSE 1 END BEGIN \
                     INSERT INTO log SELECT new.id, CASE 1 WHEN 1 THEN 'END;' END FROM other; UPDATE a SET x = 1; \
                     SELECT RAISE(ABORT, 'no'); END",
                "a:update(x) log:insert",
            ),
            (
                "CREATE TRIGGER t DELETE ON person BEGIN DELETE FROM \"Odd; name\" WHERE id = old.id; END;",
                "odd; name:delete",
            ),
            (
                "CREATE TRIGGER t INSERT ON person BEGIN INSERT OR REPLACE INTO a VALUES (1); REPLACE INTO b VALUES (2); \
                     UPDATE OR REPLACE c SET x = replace(new.x, 'a', 'b'), y = 1; INSERT OR IGNORE INTO d SELECT 1; \
                     INSERT INTO e VALUES (1) ON CONFLICT (id) DO UPDATE SET n = n + 1, m = 0 WHERE n < 5; END",
                "a:insert+delete+replace b:insert+delete+replace c:delete+replace+update(x y) d:insert e:insert+update(m n)",
            ),
            (
                "CREATE TRIGGER t INSERT ON person BEGIN UPDATE a SET rowid = 7; UPDATE b AS c SET (x, y) = (SELECT 1, 2), \
                     z = 3 FROM d, e WHERE d.x = 1; WITH f AS (SELECT 1) DELETE FROM g; END",
                "a:update(?) b:update(x y z) g:delete",
            ),
            (
                "CREATE TRIGGER t INSERT ON person BEGIN /* DELETE FROM a; */ UPDATE /* which */ b -- this\n SET x = 1; END",
                "b:update(x)",
            ),
            ("CREATE TRIGGER t AFTER INSERT ON person", "unreadable"),
            (
                "CREATE TRIGGER t INSERT ON person BEGIN DELETE FROM 'it; END",
                "unreadable",
            ),
        ],
    );
}

#[test]
fn events_of_sqlite() {
    for (header, events) in [
        (
            "CREATE TRIGGER t AFTER UPDATE OF name, \"Odd one\" ON person",
            "x:update(name odd one)",
        ),
        (
            "CREATE TEMP TRIGGER IF NOT EXISTS main.\"update\" INSTEAD OF DELETE ON v",
            "x:delete",
        ),
        ("CREATE TRIGGER \"delete\" BEFORE INSERT ON person", "x:insert"),
        ("CREATE TRIGGER t UPDATE ON person", "x:update(?)"),
        ("CREATE TRIGGER t UPDATE OF id, rowid ON person", "x:update(?)"),
    ] {
        let definition = format!("{header} BEGIN SELECT 1; END");
        let read = trigger_events(&definition, Dialect::Sqlite).unwrap();
        assert_eq!(spell(&Writes::one(TableName::new("x"), read)), events, "{header}");
    }
}

#[test]
fn functions_of_postgres() {
    bodies(
        Language::PostgresSql,
        &[
            ("UPDATE person SET id = $1; SELECT 1", "person:update(id)"),
            ("SELECT 1", ""),
            ("CREATE TABLE t AS SELECT 1", "t:all"),
            ("DROP TABLE t CASCADE; DELETE FROM a", "*"),
            (
                "SELECT * INTO TEMP fresh FROM person; INSERT INTO log VALUES (1)",
                "fresh:all log:insert",
            ),
            (
                "WITH gone AS (DELETE FROM a RETURNING *) INSERT INTO b SELECT * FROM gone",
                "a:delete b:insert",
            ),
            ("TRUNCATE a, ONLY b", "a:truncate b:truncate"),
            ("TRUNCATE a CASCADE", "*"),
            (
                "COPY a (x) FROM '/tmp/x'; COPY b TO '/tmp/x'; COPY (DELETE FROM c RETURNING *) TO '/tmp/x'",
                "a:insert c:delete",
            ),
            ("DELETE FROM U&\"p\\0065rson\"", "!"),
            ("DO $$ BEGIN DELETE FROM a; END $$", "!"),
        ],
    );
    bodies(
        Language::PostgresRule,
        &[
            (
                "CREATE RULE r AS\n ON UPDATE TO person WHERE (new.id <> (SELECT max(x) FROM other)) DO ALSO  INSERT INTO log VALUES (1);",
                "log:insert",
            ),
            (
                "CREATE RULE r AS ON DELETE TO v DO INSTEAD ( DELETE FROM a; UPDATE b SET x = old.x; );",
                "a:delete b:update(x)",
            ),
            ("CREATE RULE r AS ON INSERT TO person DO INSTEAD NOTHING;", ""),
        ],
    );
}

#[test]
fn functions_in_plpgsql() {
    bodies(
        Language::Plpgsql,
        &[
            (
                "DECLARE n int; BEGIN IF TG_OP = 'INSERT' THEN UPDATE \"Post\" SET comments = comments + 1 WHERE id = NEW.post_id; \
                     ELSIF (TG_OP = 'DELETE') THEN UPDATE post AS p SET comments = p.comments - 1, p.seen = now() FROM old_table, b \
                     WHERE p.id = OLD.post_id; END IF; SELECT count(*) INTO n FROM other FOR UPDATE; RETURN NEW; END",
                "post:update(comments p seen)",
            ),
            (
                "BEGIN UPDATE a SET x = b IS DISTINCT FROM c, y[1] = 2, (v, w) = (1, 2), z.f = ARRAY[1, 2] FROM d, e; END",
                "a:update(f v w x y z)",
            ),
            (
                "BEGIN PERFORM 1 FROM a FOR NO KEY UPDATE; PERFORM 1 FROM a FOR UPDATE OF a; LOCK TABLE b; \
                     RAISE NOTICE 'DELETE FROM c'; RETURN NULL; END",
                "",
            ),
            (
                "<<outer>> BEGIN FOR r IN UPDATE a SET x = 1, y = 2 RETURNING id, x LOOP INSERT INTO b VALUES (r.id) \
                     ON CONFLICT (id) WHERE true DO UPDATE SET n = excluded.n; END LOOP; END",
                "a:update(x y) b:insert+update(n)",
            ),
            (
                "BEGIN INSERT INTO a SELECT * FROM (INSERT INTO b VALUES (1) RETURNING *) x ON CONFLICT DO UPDATE SET y = 1; END",
                "a:insert+update(y) b:insert",
            ),
            (
                "BEGIN MERGE INTO a USING b ON a.id = b.id WHEN MATCHED AND b.x THEN DELETE WHEN MATCHED THEN UPDATE SET x = 1 \
                     WHEN NOT MATCHED THEN INSERT VALUES (1); UPDATE c SET x = 1; END",
                "a:insert+delete+update(?) c:update(x)",
            ),
            (
                "BEGIN REFRESH MATERIALIZED VIEW CONCURRENTLY m; PERFORM refresh(1); END",
                "m:all",
            ),
            ("BEGIN EXECUTE format('DELETE FROM %I', 'a'); END", "!"),
            ("BEGIN RETURN QUERY EXECUTE q; -- not a word\n END", "!"),
            ("BEGIN /* EXECUTE */ DELETE FROM a; END", "a:delete"),
            (
                "BEGIN CREATE TEMP TABLE t AS SELECT 1; ALTER TABLE a DROP COLUMN x; DELETE FROM b; END",
                "a:all b:delete t:all",
            ),
            (
                "BEGIN CREATE TRIGGER t AFTER UPDATE ON a EXECUTE FUNCTION f(); END",
                "*",
            ),
            ("BEGIN UPDATE; DELETE a; INSERT b; END", "?"),
            ("BEGIN NEW.update := 1; x := OLD.delete; y := insert.z; END", ""),
            (
                "BEGIN UPDATE \"Odd; name\" SET \"Some Column\" = 1; END",
                "odd; name:update(some column)",
            ),
        ],
    );
}

#[test]
fn programs_of_mysql() {
    bodies(
        Language::Mysql,
        &[
            ("INSERT INTO log VALUES (NEW.id)", "log:insert"),
            ("SET NEW.name = upper(NEW.name)", ""),
            (
                "UPDATE a JOIN \"b\" ON a.id = \"b\".id SET x = 1",
                "a:update(x) b:update(x) id:update(x) on:update(x)",
            ),
            (
                "BEGIN\n DECLARE n INT;\n SET n = 1; REPLACE INTO a VALUES (n); DELETE FROM b; INSERT IGNORE c SET x = 1; END",
                "a:insert+delete b:delete c:insert",
            ),
            (
                "BEGIN IF NEW.id THEN INSERT INTO log (id) VALUES (1) ON DUPLICATE KEY UPDATE n = n + 1, m = VALUES(m); END IF; END",
                "log:insert+update(m n)",
            ),
            (
                "BEGIN DECLARE EXIT HANDLER FOR SQLEXCEPTION DELETE FROM b; END",
                "b:delete",
            ),
            ("CALL other()", ""),
            (
                "UPDATE LOW_PRIORITY a JOIN b ON a.id = b.id SET a.x = 1, b.y = INSERT('x', 1, 1, 'y')",
                "a:update(a b x y) b:update(a b x y) id:update(a b x y) on:update(a b x y)",
            ),
            ("UPDATE a, `b c` SET x := 1", "a:update(x) b c:update(x)"),
            ("DELETE a FROM a JOIN b; TRUNCATE TABLE c", "c:truncate?"),
            ("DELETE FROM a USING b AS a", "?"),
            ("SELECT id FROM a FOR UPDATE", ""),
            ("SET STATEMENT max_statement_time = 1 FOR UPDATE a SET x = 1", "?"),
            ("PREPARE s FROM @x; EXECUTE s", "!"),
            ("DELETE FROM a /*! , b */", "unreadable"),
        ],
    );
}

#[test]
fn assignments_to_the_row() {
    let cases = [
        (
            Language::Plpgsql,
            "BEGIN NEW.a := 1; NEW.b = NEW.c; IF x THEN NEW.d[1] = 2; END IF; RETURN NEW; END",
            "a b d",
        ),
        (
            Language::Plpgsql,
            "BEGIN IF NEW.a = 1 THEN x := NEW.b; END IF; INSERT INTO log SELECT NEW.c; RETURN coalesce(NEW, OLD); END",
            "",
        ),
        (
            Language::Plpgsql,
            "BEGIN SELECT 1, 2 INTO STRICT NEW.a, n, NEW.b FROM c; FOR NEW.d IN 1..2 LOOP NULL; END LOOP; RETURN NEW; END",
            "a b d",
        ),
        (
            Language::Plpgsql,
            "BEGIN SELECT * INTO NEW FROM a; RETURN NEW; END",
            "*",
        ),
        (Language::Plpgsql, "BEGIN NEW := f(NEW); RETURN NEW; END", "*"),
        (Language::Plpgsql, "DECLARE r person; BEGIN RETURN r; END", "*"),
        (
            Language::Plpgsql,
            "DECLARE r ALIAS FOR NEW; BEGIN r.a := 1; RETURN NEW; END",
            "*",
        ),
        (Language::Plpgsql, "BEGIN CALL p(NEW.a); RETURN NEW; END", "a"),
        (
            Language::Plpgsql,
            "BEGIN <<x>> NEW.a := 1; \"new\".b := 2; RETURN NEW; END",
            "a b",
        ),
        (Language::Mysql, "SET NEW.a = 1, x = NEW.b, NEW.c := 2", "a c"),
        (
            Language::Mysql,
            "BEGIN IF NEW.a = 1 THEN SET NEW.b = 1; END IF; END",
            "b",
        ),
        (Language::Mysql, "INSERT INTO log VALUES (NEW.a, NEW.b)", ""),
        (Language::Mysql, "BEGIN :NEW.a := 1; :new.b := NEW.c; END", "a b"),
        (
            Language::Mysql,
            "BEGIN IF :NEW.a = 1 THEN :NEW.\"b\" := :OLD.b; END IF; END",
            "b",
        ),
        (
            Language::Mysql,
            "BEGIN SELECT 1, 2, 3 INTO :NEW.a, n, :new.\"b\"; FETCH c INTO :NEW.c; END",
            "a b c",
        ),
        (
            Language::Mysql,
            "SET :NEW.a = 1, \"NEW\".\"b\" = 2, `new`.`c` = 3",
            "a b c",
        ),
        (Language::Mysql, "BEGIN <<x>> :NEW.a := 1; END", "a"),
    ];
    for (language, body, expected) in cases {
        let assigned = match read_body(body, language).unwrap().assigned {
            Columns::None => String::new(),
            Columns::Any => "*".into(),
            Columns::These(columns) => show(&Tables::Known(columns)),
        };
        assert_eq!(assigned, expected, "{body}");
    }
}

#[test]
fn tables_that_replace_rows() {
    let replaces = |definition| replaces_rows(definition, Dialect::Sqlite);
    assert!(replaces("CREATE TABLE t (a UNIQUE ON /* so */ conflict REPLACE)"));
    assert!(!replaces(
        "CREATE TABLE t (a UNIQUE ON CONFLICT IGNORE DEFAULT 'on conflict replace')"
    ));
    assert!(replaces("CREATE TABLE t ('"));
}
