//! Operations that do more than their text says. Each leaves an outdated row in a cache that has not introspected, and
//! none in one that has.

macro_rules! on {
    ($($module:ident: $backend:ident),*) => {$(
        mod $module {
            type Db = diesel_cache_tests::Database<diesel_cache_tests::$backend>;

            const STAGE: &str = "CREATE TABLE trail (id INTEGER PRIMARY KEY, title VARCHAR(20), code VARCHAR(20) NOT NULL UNIQUE); \
                CREATE TABLE stage (id INTEGER PRIMARY KEY, code VARCHAR(20), \
                    FOREIGN KEY (code) REFERENCES trail (code) ON UPDATE CASCADE ON DELETE SET NULL); \
                INSERT INTO trail VALUES (1, 'a', 'a'), (2, 'b', 'b'); INSERT INTO stage VALUES (1, 'a'), (2, 'b');";

            #[test]
            fn a_key_may_change_through_a_view_under_another_name() {
                let db = Db::new();
                let through = if stringify!($module) == "sqlite" {
                    "CREATE TRIGGER t INSTEAD OF UPDATE ON v BEGIN UPDATE trail SET code = new.name WHERE id = old.id; END;"
                } else {
                    ""
                };
                cures!(
                    db,
                    &format!("{STAGE} CREATE VIEW v AS SELECT id, code AS name FROM trail; {through}"),
                    ("stage WHERE code = 'x'", "UPDATE v SET name = 'x' WHERE id = 1", 0 => 1),
                );
            }

            #[test]
            fn a_key_that_is_not_named_in_the_list_stays() {
                use diesel::connection::SimpleConnection;

                let db = Db::new();
                let (cache, mut conn, statements) = attached!(db);
                conn.batch_execute(STAGE).unwrap();
                cache.introspect(&mut conn).unwrap();
                for write in [
                    "UPDATE trail SET title = 'x' WHERE id = 1",
                    "UPDATE trail SET id = 7, title = (SELECT max(code) FROM stage) WHERE id = 1",
                    "INSERT INTO trail VALUES (3, 'c', 'c')",
                ] {
                    count!(conn, statements, "stage");
                    conn.batch_execute(write).unwrap();
                    assert_eq!(count!(conn, statements, "stage"), (0, 2), "{write}");
                }
                conn.batch_execute("UPDATE trail SET title = 'x', \
                    code = 'x' WHERE id = 2").unwrap();
                assert_eq!(count!(conn, statements, "stage").0, 1);
            }

            #[test]
            fn what_is_invalidated_by_hand_counts_as_any_operation() {
                let db = Db::new();
                let (cache, mut conn, statements) = attached!(db);
                cache.introspect(&mut conn).unwrap();
                count!(conn, statements, "address");
                cache.invalidate_tables(["person"]);
                assert_eq!(count!(conn, statements, "address"), (1, 50));
            }
        }
    )*};
}

on! { sqlite: Sqlite, postgres: PostgresDatabase, mysql: Mysql }

mod only_sqlite {
    type Db = diesel_cache_tests::Database<diesel_cache_tests::Sqlite>;

    #[test]
    fn a_key_is_set_by_the_names_of_the_row_identity() {
        for name in ["rowid", "OID", "_rowid_", "[rowid]"] {
            let db = Db::new();
            cures!(
                db,
                "CREATE TABLE trail (id INTEGER PRIMARY KEY); INSERT INTO trail VALUES (1); \
                 CREATE TABLE stage (trail_id INTEGER REFERENCES trail ON UPDATE CASCADE); INSERT INTO stage VALUES (1)",
                ("stage WHERE trail_id = 7", &format!("UPDATE trail SET {name} = 7"), 0 => 1),
            );
        }
    }

    #[test]
    fn a_key_is_computed_from_other_columns() {
        let db = Db::new();
        cures!(
            db,
            "CREATE TABLE trail (base INTEGER, code INTEGER AS (base + 1) STORED UNIQUE); INSERT INTO trail VALUES (1); \
             CREATE TABLE stage (code INTEGER REFERENCES trail (code) ON UPDATE CASCADE); INSERT INTO stage VALUES (2)",
            ("stage WHERE code = 8", "UPDATE trail SET base = 7", 0 => 1),
        );
    }

    #[test]
    fn a_row_in_the_way_is_deleted_with_all_that_refers_to_it() {
        const TABLES: &str = "CREATE TABLE trail (id INTEGER PRIMARY KEY, code TEXT UNIQUE); INSERT INTO trail VALUES (1, 'a'), (2, 'b'); \
            CREATE TABLE stage (trail_id INTEGER REFERENCES trail ON DELETE CASCADE); INSERT INTO stage VALUES (1), (2);";
        for write in [
            "REPLACE INTO trail VALUES (3, 'a')",
            "INSERT OR REPLACE INTO trail VALUES (3, 'b')",
            "UPDATE OR REPLACE trail SET code = 'b' WHERE id = 1",
            "INSERT OR REPLACE INTO log VALUES ('a')",
            "UPDATE OR REPLACE log SET line = 'a'",
            "REPLACE INTO far VALUES ('a')",
        ] {
            let db = Db::new();
            cures!(
                db,
                &format!(
                    "{TABLES} CREATE TABLE log (line TEXT); INSERT INTO log VALUES ('z'); CREATE TABLE far (line TEXT); \
                     CREATE TRIGGER t AFTER INSERT ON log BEGIN INSERT INTO trail (code) VALUES (new.line); END; \
                     CREATE TRIGGER u AFTER UPDATE ON log BEGIN UPDATE trail SET code = new.line WHERE id = 2; END; \
                     CREATE TRIGGER v AFTER INSERT ON far BEGIN INSERT INTO log VALUES (new.line); END;"
                ),
                ("stage", write, 2 => 1),
            );
        }
        for write in [
            "INSERT INTO trail VALUES (3, 'a')",
            "UPDATE trail SET code = 'b' WHERE id = 1",
        ] {
            let db = Db::new();
            let tables = TABLES.replace("UNIQUE", "UNIQUE ON CONFLICT REPLACE");
            cures!(db, &tables, ("stage", write, 2 => 1));
        }
    }
}

mod only_mysql {
    type Db = diesel_cache_tests::Database<diesel_cache_tests::Mysql>;

    /// `sql_mode = ORACLE` names the row in another way.
    #[test]
    fn a_key_is_set_in_the_language_of_oracle() {
        for assignment in [
            ":NEW.code := 'x'",
            ":new.code := 'x'",
            ":NEW.\"code\" := 'x'",
            "\"NEW\".\"code\" := 'x'",
            "<<l>> :NEW.code := 'x'",
            "SET \"NEW\".\"code\" = 'x'",
            "IF :NEW.title = 'x' THEN :NEW.code := :NEW.title; END IF",
        ] {
            let db = Db::new();
            cures!(
                db,
                &format!(
                    "CREATE TABLE trail (id INT PRIMARY KEY, title VARCHAR(20), code VARCHAR(20) UNIQUE); \
                     INSERT INTO trail VALUES (1, 'a', 'a'); \
                     CREATE TABLE stage (code VARCHAR(20), FOREIGN KEY (code) REFERENCES trail (code) ON UPDATE CASCADE); \
                     INSERT INTO stage VALUES ('a'); SET sql_mode = 'ORACLE'; \
                     CREATE TRIGGER t BEFORE UPDATE ON trail FOR EACH ROW BEGIN {assignment}; END"
                ),
                ("stage WHERE code = 'x'", "UPDATE trail SET title = 'x'", 0 => 1),
            );
        }
    }

    #[test]
    fn a_key_is_set_by_a_trigger_or_computed() {
        let db = Db::new();
        cures!(
            db,
            "CREATE TABLE trail (id INT PRIMARY KEY, title VARCHAR(20), code VARCHAR(20) NOT NULL UNIQUE); \
             CREATE TABLE stage (code VARCHAR(20), FOREIGN KEY (code) REFERENCES trail (code) ON UPDATE CASCADE); \
             INSERT INTO trail VALUES (1, 'a', 'a'); INSERT INTO stage VALUES ('a'); \
             CREATE TRIGGER t BEFORE UPDATE ON trail FOR EACH ROW BEGIN \
                 IF NEW.title <> OLD.title THEN SET @x = 1, NEW.code = NEW.title; END IF; END",
            ("stage WHERE code = 'x'", "UPDATE trail SET title = 'x'", 0 => 1),
        );
        let db = Db::new();
        cures!(
            db,
            "CREATE TABLE trail (id INT PRIMARY KEY, base INT, code INT AS (base + 1) STORED UNIQUE); \
             CREATE TABLE stage (code INT, FOREIGN KEY (code) REFERENCES trail (code) ON UPDATE CASCADE); \
             INSERT INTO trail (id, base) VALUES (1, 1); INSERT INTO stage VALUES (2)",
            ("stage WHERE code = 8", "UPDATE trail SET base = 7", 0 => 1),
        );
    }

    #[test]
    fn rows_that_are_replaced_are_deleted() {
        for write in ["REPLACE INTO person VALUES (1, 'x')", "REPLACE person SELECT 1, 'x'"] {
            let db = Db::new();
            cures!(db, "CREATE TABLE log (id INT)", ("address", write, 50 => 49));
        }
    }

    #[test]
    fn an_upsert_updates() {
        let db = Db::new();
        cures!(
            db,
            "CREATE TABLE log (id INT); CREATE TRIGGER t AFTER UPDATE ON person FOR EACH ROW INSERT INTO log VALUES (NEW.id)",
            ("log", "INSERT INTO person VALUES (1, 'x') ON DUPLICATE KEY UPDATE name = 'y'", 0 => 1),
        );
    }
}

mod only_postgres {
    use diesel::connection::SimpleConnection;

    type Db = diesel_cache_tests::Database<diesel_cache_tests::PostgresDatabase>;

    const STAGE: &str = "CREATE TABLE trail (id INT PRIMARY KEY, title TEXT, code TEXT UNIQUE); \
        CREATE TABLE stage (code TEXT REFERENCES trail (code) ON UPDATE CASCADE); \
        INSERT INTO trail VALUES (1, 'a', 'a'); INSERT INTO stage VALUES ('a');";

    #[test]
    fn a_key_is_set_by_a_trigger() {
        for body in [
            "BEGIN NEW.code := NEW.title; RETURN NEW; END",
            "BEGIN IF true THEN NEW.code = NEW.title; END IF; RETURN NEW; END",
            "BEGIN SELECT NEW.title INTO NEW.code; RETURN NEW; END",
            "DECLARE r trail; BEGIN r := NEW; r.code := NEW.title; RETURN r; END",
            "BEGIN NEW := ROW(NEW.id, NEW.title, NEW.title); RETURN NEW; END",
            "DECLARE r ALIAS FOR NEW; BEGIN r.code := NEW.title; RETURN NEW; END",
        ] {
            let db = Db::new();
            cures!(
                db,
                &format!(
                    "{STAGE} CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS '{body}'; \
                     CREATE TRIGGER t BEFORE UPDATE ON trail FOR EACH ROW EXECUTE FUNCTION f()"
                ),
                ("stage WHERE code = 'x'", "UPDATE trail SET title = 'x'", 0 => 1),
            );
        }
    }

    #[test]
    fn a_key_is_computed_from_other_columns() {
        let db = Db::new();
        cures!(
            db,
            "CREATE TABLE trail (base INT, code INT GENERATED ALWAYS AS (base + 1) STORED UNIQUE); INSERT INTO trail VALUES (1); \
             CREATE TABLE stage (code INT REFERENCES trail (code) ON UPDATE CASCADE); INSERT INTO stage VALUES (2)",
            ("stage WHERE code = 8", "UPDATE trail SET base = 7", 0 => 1),
        );
    }

    #[test]
    fn each_statement_with_the_operation_fires_its_trigger() {
        for (event, write) in [
            ("INSERT", "COPY person (id, name) FROM '/dev/null'"),
            (
                "INSERT",
                "MERGE INTO person AS p USING (SELECT 60 AS id) AS x ON p.id = x.id \
                WHEN NOT MATCHED THEN INSERT VALUES (60, 'x')",
            ),
            (
                "UPDATE OF name",
                "MERGE INTO person AS p USING (SELECT 1 AS id) AS x ON p.id = x.id \
                WHEN MATCHED THEN UPDATE SET name = 'x'",
            ),
            (
                "DELETE",
                "MERGE INTO person AS p USING (SELECT 1 AS id) AS x ON p.id = x.id WHEN MATCHED THEN DELETE",
            ),
            (
                "UPDATE OF name",
                "INSERT INTO person VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET name = 'y'",
            ),
            (
                "INSERT",
                "INSERT INTO person VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET name = 'y'",
            ),
            ("UPDATE OF name", "UPDATE person SET (name) = ROW('x') WHERE id = 1"),
            (
                "UPDATE OF name",
                "WITH x AS (UPDATE person SET name = 'x' RETURNING id) SELECT * FROM x",
            ),
            ("TRUNCATE", "TRUNCATE person"),
            ("DELETE OR UPDATE OF name", "DELETE FROM person WHERE id = 1"),
        ] {
            let db = Db::new();
            cures!(
                db,
                &format!(
                    "ALTER TABLE address DROP CONSTRAINT address_person_id_fkey; CREATE TABLE log (id INT); \
                     CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS \
                         'BEGIN INSERT INTO log VALUES (1); RETURN NULL; END'; \
                     CREATE TRIGGER t AFTER {event} ON person EXECUTE FUNCTION f()"
                ),
                ("log", write, 0 => 1),
            );
        }
    }

    #[test]
    fn a_disabled_trigger_may_be_enabled_later() {
        let db = Db::new();
        cures!(
            db,
            "CREATE TABLE log (id INT); CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS \
                 'BEGIN INSERT INTO log VALUES (1); RETURN NULL; END'; \
             CREATE TRIGGER t AFTER INSERT ON person EXECUTE FUNCTION f(); ALTER TABLE person DISABLE TRIGGER t",
            ("log", "ALTER TABLE person ENABLE TRIGGER t; INSERT INTO person VALUES (60, 'x')", 0 => 1),
        );
    }

    #[test]
    fn an_update_of_an_ancestor_sets_the_key_of_a_descendant() {
        let db = Db::new();
        cures!(
            db,
            "CREATE TABLE trail (id INT, title TEXT); CREATE TABLE alpine (PRIMARY KEY (id)) INHERITS (trail); \
             INSERT INTO alpine VALUES (1, 'a'); CREATE TABLE stage (trail_id INT REFERENCES alpine ON UPDATE CASCADE ON DELETE CASCADE); \
             INSERT INTO stage VALUES (1)",
            ("stage WHERE trail_id = 7", "UPDATE trail SET id = 7", 0 => 1),
            ("stage", "DELETE FROM trail", 1 => 0),
        );
        let (cache, mut conn, statements) = attached!(db);
        cache.introspect(&mut conn).unwrap();
        count!(conn, statements, "stage");
        conn.batch_execute(
            "UPDATE trail SET title = 'x'; INSERT INTO trail VALUES (2, 'b'); INSERT INTO alpine VALUES (3, 'c')",
        )
        .unwrap();
        assert_eq!(count!(conn, statements, "stage"), (0, 0));
    }

    #[test]
    fn a_row_that_changes_its_partition_is_deleted_and_inserted() {
        let db = Db::new();
        cures!(
            db,
            "CREATE TABLE visit (id INT, year INT) PARTITION BY RANGE ((year + 0)); \
             CREATE TABLE old PARTITION OF visit FOR VALUES FROM (0) TO (2026) PARTITION BY LIST (year); \
             CREATE TABLE older PARTITION OF old DEFAULT; CREATE TABLE new PARTITION OF visit DEFAULT; \
             CREATE TABLE log (id INT); INSERT INTO visit VALUES (1, 2000); \
             CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO log VALUES (1); RETURN NULL; END'; \
             CREATE TRIGGER t AFTER INSERT ON new FOR EACH ROW EXECUTE FUNCTION f(); \
             CREATE TRIGGER u AFTER DELETE ON older FOR EACH ROW EXECUTE FUNCTION f()",
            ("log", "UPDATE visit SET year = 2030", 0 => 2),
        );
    }

    #[test]
    fn functions_with_a_body_that_is_no_text_are_read_without_their_header() {
        let db = Db::new();
        let (cache, mut conn, statements) = attached!(db);
        conn.batch_execute(
            "CREATE TABLE sql (id INT); CREATE TABLE log (id INT); CREATE TABLE deep (id INT); \
             CREATE FUNCTION deep(n INT) RETURNS void LANGUAGE sql BEGIN ATOMIC INSERT INTO log VALUES (n); END; \
             CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM deep(1); RETURN NULL; END'; \
             CREATE TRIGGER t AFTER INSERT ON person EXECUTE FUNCTION note()",
        )
        .unwrap();
        cache.introspect(&mut conn).unwrap();
        for (table, selects) in [("log", 1), ("sql", 0), ("deep", 0)] {
            count!(conn, statements, table);
            conn.batch_execute("INSERT INTO person SELECT max(id) + 1, 'x' FROM person")
                .unwrap();
            assert_eq!(count!(conn, statements, table).0, selects, "{table}");
        }
    }

    #[test]
    fn a_trigger_that_makes_tables_changes_them() {
        let db = Db::new();
        let found = cures!(
            db,
            "CREATE TABLE log (id INT); CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS \
                 'BEGIN ALTER TABLE log RENAME TO logs; RETURN NULL; END'; \
             CREATE TABLE logs_ (id INT); CREATE TRIGGER t AFTER INSERT ON address EXECUTE FUNCTION f(); \
             CREATE VIEW v AS SELECT relname FROM pg_class WHERE relname = 'logs'",
            ("v", "INSERT INTO address VALUES (60, 1, 'x')", 0 => 1),
        );
        assert_eq!(found.opaque().len(), 1, "{found}");
    }
}
