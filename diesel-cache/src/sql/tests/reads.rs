//! What hand-written SELECTs read.

use super::{ALL, MYSQL, POSTGRES, SQLITE, selects};

#[test]
fn everywhere_in_a_statement() {
    selects(
        ALL,
        &[
            ("SELECT (SELECT max(x) FROM b) FROM a", "a b"),
            ("SELECT * FROM a WHERE x > (SELECT avg(x) FROM b)", "a b"),
            (
                "SELECT * FROM a GROUP BY x HAVING count(*) > (SELECT count(*) FROM b)",
                "a b",
            ),
            ("SELECT * FROM a JOIN b ON a.id IN (SELECT id FROM c)", "a b c"),
            ("SELECT * FROM a LEFT JOIN b USING (id) CROSS JOIN c, d", "a b c d"),
            ("SELECT * FROM a ORDER BY (SELECT x FROM b LIMIT 1)", "a b"),
            ("SELECT * FROM a LIMIT (SELECT count(*) FROM b)", "a b"),
            ("SELECT * FROM (SELECT * FROM (SELECT * FROM a) x) y", "a"),
            (
                "SELECT CASE WHEN EXISTS (SELECT 1 FROM b) THEN (SELECT 1 FROM c) ELSE 2 END FROM a",
                "a b c",
            ),
            ("SELECT coalesce((SELECT x FROM b), 0) FROM a", "a b"),
            (
                "SELECT * FROM a WHERE x = 'FROM nothing' -- FROM comment\n AND y /* FROM c */ = 1",
                "a",
            ),
            (
                "SELECT * FROM a UNION SELECT * FROM b UNION ALL SELECT * FROM c",
                "a b c",
            ),
            ("SELECT sum(x) OVER (ORDER BY (SELECT 1 FROM b)) FROM a", "a b"),
            ("SELECT * FROM A, main.B, x.C", "a b c"),
            (" ;SELECT 1; ;", ""),
            ("select\n*\nfrom\tperson;", "person"),
            ("SELECT * FROM person_view", "person_view"),
            ("SELECT 1 FROM a WHERE b = ? AND c = ?", "a"),
        ],
    );
    selects(
        POSTGRES,
        &[
            ("VALUES (1), ((SELECT max(x) FROM a))", "a"),
            ("TABLE person", "person"),
            ("TABLE public.person", "person"),
            ("SELECT 1 UNION TABLE person", "person"),
            ("SELECT * FROM a, LATERAL (SELECT * FROM b WHERE b.id = a.id) x", "a b"),
            ("SELECT * FROM a NATURAL JOIN b FULL JOIN c ON true", "a b c"),
            (
                "SELECT * FROM \"Person\" WHERE \"Name\" = E'it\\'s' AND x = $$ FROM b $$",
                "person",
            ),
            ("SELECT * FROM a WHERE x = ? AND y = :z", "a"),
            ("SELECT * FROM a FETCH FIRST 3 ROWS ONLY", "a"),
            ("SELECT ARRAY(SELECT x FROM b)", "b"),
            ("SELECT * FROM (VALUES (1, 2)) AS v (x, y)", ""),
            ("SELECT * FROM a /* nested /* comment */ FROM b */ WHERE true", "a"),
            ("SELECT x FROM a WINDOW w AS (PARTITION BY (SELECT 1 FROM b))", "a b"),
        ],
    );
    selects(
        SQLITE,
        &[
            ("SELECT * FROM [person] WHERE \"id\" = ?1", "person"),
            (
                "SELECT * FROM 'person' WHERE id = :id OR id = @id OR id = $id",
                "person",
            ),
            (
                "SELECT * FROM \"person\" INDEXED BY \"person_name\" WHERE name = ?",
                "person",
            ),
            ("VALUES (1, 2), (3, 4)", ""),
            ("SELECT * FROM a WHERE x IS (SELECT y FROM b)", "a b"),
            ("SELECT 'a\\' FROM a", "a"),
        ],
    );
    selects(
        MYSQL,
        &[
            ("SELECT * FROM a # FROM b\n WHERE x = \"FROM c\"", "a"),
            ("SELECT * FROM a USE INDEX (i) STRAIGHT_JOIN b ON a.id = b.id", "a b"),
            ("SELECT SQL_NO_CACHE * FROM a PARTITION (p0)", "a"),
            ("SELECT /*+ NO_INDEX_MERGE(a) */ * FROM a", "a"),
            ("SELECT * FROM a WHERE x = 'it\\'s' AND y IN (SELECT y FROM b)", "a b"),
            ("SELECT * FROM a WHERE MATCH (x) AGAINST (? IN BOOLEAN MODE)", "a"),
            ("SELECT * FROM a LIMIT 5, 10", "a"),
        ],
    );
}

#[test]
fn common_table_expressions() {
    selects(
        ALL,
        &[
            ("WITH x AS (SELECT * FROM a) SELECT * FROM x", "a"),
            (
                "WITH x AS (SELECT * FROM a), y AS (SELECT * FROM x, b) SELECT * FROM y",
                "a b",
            ),
            (
                "WITH RECURSIVE x AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM x WHERE n < 5) SELECT * FROM x, a",
                "a",
            ),
            // In the definition of a CTE, its name refers to the table.
            ("WITH person AS (SELECT * FROM person) SELECT * FROM person", "person"),
            // So does a name before its CTE is defined.
            ("WITH x AS (SELECT * FROM y), y AS (SELECT 1) SELECT * FROM x", "y"),
            // So does a name outside of the scope of its CTE.
            ("SELECT * FROM (WITH a AS (SELECT 1) SELECT * FROM a) q, a", "a"),
            ("SELECT * FROM (WITH a AS (SELECT 1) SELECT * FROM a) q", ""),
            // Inner queries see outer CTEs.
            (
                "WITH x AS (SELECT 1) SELECT * FROM a WHERE id IN (SELECT id FROM x)",
                "a",
            ),
            (
                "WITH x AS (WITH y AS (SELECT * FROM a) SELECT * FROM y) SELECT * FROM x",
                "a",
            ),
            (
                "WITH x AS (WITH y AS (SELECT * FROM x) SELECT * FROM y) SELECT * FROM x",
                "x",
            ),
            // A qualified name is a table.
            ("WITH x AS (SELECT 1) SELECT * FROM main.x", "x"),
            // The names are not certain to be the same.
            ("WITH x AS (SELECT 1) SELECT * FROM X", "x"),
        ],
    );
    selects(
        POSTGRES,
        &[
            ("WITH \"x\" AS MATERIALIZED (SELECT * FROM a) SELECT * FROM x", "a"),
            ("WITH \"Person\" AS (SELECT 1) SELECT * FROM person", "person"),
            ("WITH x (a, b) AS (VALUES (1, 2)) TABLE x", "x"),
        ],
    );
}

#[test]
fn functions_and_catalogs() {
    selects(
        POSTGRES,
        &[
            ("SELECT * FROM generate_series(1, 10)", ""),
            ("SELECT * FROM generate_series(1, 10) AS g (n), a", "a"),
            ("SELECT * FROM a, unnest(a.tags) AS t", "a"),
            ("SELECT * FROM a, LATERAL jsonb_array_elements(a.data) AS e", "a"),
            (
                "SELECT * FROM a CROSS JOIN pg_catalog.jsonb_each(a.data) WITH ORDINALITY",
                "a",
            ),
            ("SELECT * FROM unnest((SELECT tags FROM a))", "a"),
            ("SELECT * FROM my_function(1)", "*"),
            ("SELECT * FROM a, LATERAL my_function(a.id)", "*"),
            ("SELECT * FROM mine.generate_series(1)", "*"),
            ("SELECT * FROM a WHERE id IN (SELECT id FROM my_function())", "*"),
            ("SELECT * FROM pg_class", "*"),
            ("SELECT * FROM information_schema.tables", "*"),
            ("SELECT nextval('s')", ""),
        ],
    );
    selects(
        SQLITE,
        &[
            ("SELECT * FROM a, json_each(a.data)", "a"),
            ("SELECT name FROM pragma_table_info('person')", "*"),
            ("SELECT name FROM sqlite_master", "*"),
        ],
    );
    selects(
        MYSQL,
        &[
            (
                "SELECT * FROM a, JSON_TABLE(a.data, '$[*]' COLUMNS (x INT PATH '$.x')) AS j",
                "a",
            ),
            ("SELECT * FROM information_schema.tables", "*"),
        ],
    );
}
