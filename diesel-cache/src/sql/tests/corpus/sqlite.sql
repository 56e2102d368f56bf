## the parts of a SELECT, each with another's
SELECT DISTINCT t.a, count(*) AS n FROM t LEFT JOIN u ON t.id = u.t_id WHERE t.a NOTNULL GROUP BY t.a HAVING n > 0 ORDER BY n DESC LIMIT 5
SELECT a FROM t WHERE a IN (SELECT a FROM u WHERE u.id IN (SELECT id FROM w WHERE w.a ISNULL))
SELECT x.a, y.a FROM t x JOIN t y ON x.id < y.id AND x.a IS NOT y.a
SELECT a, (SELECT count(*) FROM u WHERE u.t_id = t.id AND u.a << 1 > 2) AS n FROM t ORDER BY n
SELECT * FROM t WHERE a > (SELECT avg(a) FROM u) AND s NOT LIKE 'x%' ESCAPE 'z'
SELECT t.id FROM t, u, w WHERE t.id = u.id AND u.id = w.id ORDER BY t.s COLLATE NOCASE DESC
SELECT a FROM t WHERE (a, b) NOT IN (SELECT a, id FROM u) LIMIT 3
SELECT s FROM t WHERE s BETWEEN 'a' AND 'z' COLLATE NOCASE AND s NOT GLOB 'q*'
SELECT count(*) FROM t WHERE id NOT IN ids AND j ->> '$.k[0]' = 1
SELECT max(a, b, 3), min(DISTINCT a) FROM t WHERE rowid > 0
SELECT * FROM (SELECT a FROM t UNION SELECT a FROM u) WHERE a IS NOT NULL ORDER BY 1
SELECT * FROM (SELECT a FROM t LIMIT 1) LEFT JOIN (SELECT id FROM u LIMIT 1) ON 1
SELECT * FROM (SELECT * FROM (SELECT * FROM (SELECT id FROM t)))
SELECT (SELECT (SELECT (SELECT max(a) FROM w) FROM u) FROM t)
SELECT CASE WHEN EXISTS (SELECT * FROM u WHERE u.id = t.id) THEN (SELECT s FROM w WHERE w.id = t.id) ELSE s END FROM t
SELECT a FROM t WHERE CASE WHEN a THEN b ELSE 0 END
SELECT id FROM t WHERE NOT EXISTS (SELECT 1 FROM u WHERE u.t_id = t.id UNION SELECT 1 FROM w)
SELECT t.id FROM t INNER JOIN u USING (id) LEFT JOIN w ON w.id = u.id AND w.key IS NOT 'k'
SELECT id FROM t WHERE s = 'one' OR s == 'two' OR s <> 'three' OR s != 'four'
SELECT id FROM tree AS x WHERE EXISTS (WITH RECURSIVE up (n) AS (SELECT x.parent UNION SELECT parent FROM tree, up WHERE id = up.n) SELECT 1 FROM up WHERE n = 1)
SELECT id FROM t GROUP BY id, a / 2, (SELECT 1) ORDER BY max(b) NULLS FIRST
SELECT sum(count(*)) OVER (ORDER BY a) FROM t GROUP BY a
SELECT a, rank() OVER (ORDER BY a DESC), dense_rank() OVER w, percent_rank() OVER w, cume_dist() OVER w FROM t WINDOW w AS (ORDER BY b)
SELECT max(s) FILTER (WHERE s NOTNULL) OVER (PARTITION BY a) FROM t
## result-column
SELECT 1
SELECT * FROM t
SELECT t.* FROM t
SELECT main.t.id FROM main.t
SELECT id AS x, a 'y', b "z", s `v`, j [k] FROM t
SELECT id aa, a AS 'quoted alias' FROM t
SELECT DISTINCT a FROM t
SELECT ALL a FROM t
SELECT rowid, _rowid_, oid, t.rowid FROM t
SELECT a + 1 AS x, x.* FROM t AS x ORDER BY x
SELECT id, (SELECT s FROM u WHERE u.id = t.id) AS "a name" FROM t
SELECT DISTINCT a IS NULL, b ISNULL FROM t ORDER BY 1
SELECT 'a' AS "b", "a" AS 'c', [a] AS d, `a` e FROM t
SELECT s || '''' || "s" FROM t
SELECT count(*) AS n FROM t, u, w, tree
## table-or-subquery
SELECT * FROM t AS x
SELECT * FROM t x
SELECT * FROM t 'x'
SELECT * FROM "t"
SELECT * FROM [t]
SELECT * FROM `t`
SELECT * FROM 't'
SELECT * FROM "odd name"
SELECT * FROM [odd name] AS [odd alias]
SELECT * FROM main.[odd name]
SELECT * FROM 'main'.'t'
SELECT * FROM t INDEXED BY t_a WHERE a = 1
SELECT * FROM t AS x INDEXED BY t_a WHERE x.a = 1
SELECT * FROM t NOT INDEXED WHERE a = 1
SELECT * FROM json_each('[1, 2]')
SELECT value FROM json_each('[1, 2]') AS e
SELECT * FROM t, json_each(t.j, '$.k')
SELECT * FROM t, json_tree(t.j) AS e WHERE e.atom IS NOT NULL
SELECT name FROM pragma_table_info('t')
SELECT * FROM pragma_index_list('t') AS x, t
SELECT * FROM mail('hello')
SELECT * FROM mail WHERE mail MATCH 'hello' ORDER BY rank
SELECT highlight(mail, 0, '<', '>'), bm25(mail) FROM mail WHERE subject MATCH 'hello'
SELECT rowid, * FROM mail WHERE mail = 'hello'
SELECT * FROM (SELECT * FROM t)
SELECT * FROM (SELECT * FROM t) AS x
SELECT * FROM (t)
SELECT * FROM (t AS x)
SELECT * FROM (t, u)
SELECT * FROM (t JOIN u ON t.id = u.t_id) JOIN w
SELECT * FROM (t AS x, ids AS y)
SELECT * FROM t LEFT JOIN (u AS y, w AS z) ON y.id = t.id
SELECT * FROM (VALUES (1, 2), (3, 4))
SELECT column1 FROM (VALUES (1, 2)) AS v
SELECT * FROM sqlite_schema
SELECT * FROM sqlite_master WHERE type = 'table'
SELECT * FROM tv
SELECT * FROM main.sqlite_schema, t
## join-clause
SELECT * FROM t, u
SELECT * FROM t JOIN u
SELECT * FROM t INNER JOIN u ON t.id = u.t_id
SELECT * FROM t CROSS JOIN u
SELECT * FROM t CROSS JOIN u ON t.id = u.t_id
SELECT * FROM t LEFT JOIN u USING (id)
SELECT * FROM t LEFT OUTER JOIN u USING (id, a)
SELECT * FROM t RIGHT JOIN u ON t.id = u.t_id
SELECT * FROM t RIGHT OUTER JOIN u ON t.id = u.t_id
SELECT * FROM t FULL JOIN u ON t.id = u.t_id
SELECT * FROM t FULL OUTER JOIN u USING (id)
SELECT * FROM t NATURAL JOIN u
SELECT * FROM t NATURAL LEFT OUTER JOIN u
SELECT * FROM t NATURAL INNER JOIN u NATURAL LEFT JOIN w
SELECT * FROM t NATURAL FULL OUTER JOIN u
SELECT * FROM t NATURAL CROSS JOIN u
SELECT * FROM t JOIN u JOIN w ON t.id = u.id AND u.id = w.id
SELECT * FROM t, u ON t.id = u.id
SELECT * FROM t, u USING (id), w
SELECT * FROM t LEFT JOIN u LEFT JOIN w
SELECT * FROM t JOIN (SELECT id FROM u) USING (id)
SELECT * FROM t LEFT JOIN json_each(t.j) e ON e.key = 'k'
## where, group by, having
SELECT a FROM t WHERE a
SELECT a FROM t WHERE a > 1 AND b < 3 OR NOT s = 'x'
SELECT a, count(*) FROM t GROUP BY a
SELECT a, count(*) FROM t GROUP BY 1, b HAVING count(*) > 1
SELECT count(*) FROM t HAVING count(*) > 0
SELECT a, max(b) FROM t GROUP BY a COLLATE NOCASE
SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.t_id = t.id)
SELECT a FROM t GROUP BY a HAVING a > (SELECT min(a) FROM u)
SELECT a FROM t WHERE a IS NOT NULL AND (SELECT count(*) FROM u) > a
SELECT a, b FROM t WHERE (a, b) > (1, 1) AND (a, b) <= (SELECT max(a), 9 FROM u)
SELECT s FROM t WHERE lower(s) IN ('one', 'two') AND length(s) BETWEEN 1 AND 9
SELECT a FROM t WHERE +a = 10 AND a IS NOT 11 AND NOT a ISNULL
SELECT t.a, u.a FROM t, u WHERE t.id == u.t_id AND t.a < u.a + (SELECT 1)
SELECT name, count(*) FILTER (WHERE parent NOTNULL) FROM tree GROUP BY name HAVING min(id) < 4
## compound
SELECT a FROM t UNION SELECT a FROM u
SELECT a FROM t UNION ALL SELECT a FROM u
SELECT a FROM t INTERSECT SELECT a FROM u
SELECT a FROM t EXCEPT SELECT a FROM u ORDER BY 1 LIMIT 1
SELECT a FROM t UNION VALUES (1), (2)
SELECT a FROM t UNION SELECT a FROM u UNION ALL SELECT a FROM w ORDER BY a COLLATE BINARY DESC NULLS LAST
VALUES (1)
VALUES (1, 'a'), (2, 'b')
VALUES (1), (2) UNION ALL SELECT a FROM t
VALUES (1), (2), (3) EXCEPT VALUES (2)
## order by, limit
SELECT a FROM t ORDER BY a
SELECT a FROM t ORDER BY a DESC, b ASC
SELECT a FROM t ORDER BY a NULLS FIRST
SELECT a FROM t ORDER BY a DESC NULLS LAST, 1
SELECT s FROM t ORDER BY s COLLATE NOCASE ASC
SELECT a FROM t ORDER BY a + 1, random()
SELECT a FROM t LIMIT 1
SELECT a FROM t LIMIT 1 OFFSET 2
SELECT a FROM t LIMIT 2, 1
SELECT a FROM t LIMIT -1 OFFSET 1
SELECT a FROM t LIMIT (SELECT count(*) FROM u) - 1
SELECT a FROM t LIMIT 1 + 1 OFFSET 2 - 1
## window functions
SELECT sum(a) OVER () FROM t
SELECT sum(a) OVER w FROM t WINDOW w AS (PARTITION BY b ORDER BY id)
SELECT sum(a) OVER (w ROWS 1 PRECEDING) FROM t WINDOW w AS (ORDER BY id), x AS (PARTITION BY a)
SELECT row_number() OVER (PARTITION BY a ORDER BY b DESC NULLS LAST) FROM t
SELECT sum(a) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 FOLLOWING) FROM t
SELECT sum(a) OVER (ORDER BY id GROUPS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) FROM t
SELECT sum(a) OVER (ORDER BY id RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE NO OTHERS) FROM t
SELECT sum(a) OVER (ORDER BY id ROWS 2 PRECEDING EXCLUDE CURRENT ROW) FROM t
SELECT sum(a) OVER (ORDER BY id GROUPS UNBOUNDED PRECEDING EXCLUDE GROUP) FROM t
SELECT sum(a) OVER (ORDER BY id ROWS CURRENT ROW EXCLUDE TIES) FROM t
SELECT count(*) FILTER (WHERE a > 1), count(*) FILTER (WHERE a > 1) OVER (ORDER BY id) FROM t
SELECT lag(a, 1, 0) OVER w, lead(a) OVER w, ntile(2) OVER w, nth_value(a, 2) OVER w FROM t WINDOW w AS (ORDER BY id)
SELECT group_concat(s, ', ' ORDER BY s DESC), group_concat(DISTINCT s), string_agg(s, ',') FROM t
SELECT count(DISTINCT a), total(a), avg(a), sum(DISTINCT a) FROM t
## with-clause
WITH x AS (SELECT 1) SELECT * FROM x
WITH x (n, m) AS (VALUES (1, 2)) SELECT * FROM x
WITH x AS MATERIALIZED (SELECT * FROM t) SELECT * FROM x
WITH x AS NOT MATERIALIZED (SELECT * FROM t), y AS (SELECT * FROM x) SELECT * FROM y
WITH RECURSIVE x (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM x WHERE n < 3) SELECT * FROM x
WITH RECURSIVE x AS (SELECT id FROM tree WHERE parent IS NULL UNION SELECT tree.id FROM tree, x WHERE tree.parent = x.id ORDER BY 1 DESC LIMIT 10) SELECT * FROM x
WITH x AS (SELECT a FROM t) SELECT * FROM u WHERE a IN x
WITH x AS (WITH y AS (SELECT 1) SELECT * FROM y) SELECT * FROM x
SELECT * FROM (WITH x AS (SELECT a FROM t) SELECT * FROM x)
WITH RECURSIVE x AS MATERIALIZED (SELECT 1 AS n UNION SELECT n + 1 FROM x WHERE n < 3) SELECT * FROM x NATURAL JOIN t
WITH x AS (SELECT 1 AS n), y AS NOT MATERIALIZED (SELECT n FROM x) SELECT * FROM y JOIN t ON t.id = y.n
WITH x AS (VALUES (1), (2)) SELECT * FROM x WHERE column1 IN (SELECT id FROM t)
WITH RECURSIVE x AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM x LIMIT 5), y AS (SELECT * FROM x) SELECT * FROM y ORDER BY n DESC
## literal-value
SELECT 1, 1.5, .5, 1., 1e3, 1.5E-3, 0x1F, 0XABCD
SELECT 1_000, 0x1_F
SELECT 'a', 'it''s', "not a column", x'00ff', X'AB'
SELECT NULL, TRUE, FALSE
SELECT CURRENT_TIME, CURRENT_DATE, CURRENT_TIMESTAMP
SELECT 'back\slash', 'a' || 'b'
SELECT '-- not a comment', '/* nor this */', ';'
## bind-parameter
SELECT ?, ?1, ?2, :name, @name, $name FROM t
SELECT $a::b, @b, :c
SELECT * FROM t WHERE id = ?1 OR a = :a OR s = @s LIMIT 1
## expr: operators
SELECT -a, +a, ~a, NOT a FROM t
SELECT a || b, a * b, a / b, a % b, a + b, a - b FROM t
SELECT a << 3, a >> 1, a & 1, a | 1 FROM t
SELECT a FROM t WHERE a << 3 > 1 | 2
SELECT a < b, a <= b, a > b, a >= b, a = b, a == b, a <> b, a != b FROM t
SELECT a IS 1, a IS NOT 1, a IS b, a IS NOT b, a IS NULL, a IS TRUE, a IS NOT FALSE FROM t
SELECT a IS DISTINCT FROM b, a IS NOT DISTINCT FROM b FROM t
SELECT a ISNULL, a NOTNULL, a NOT NULL FROM t
SELECT a FROM t WHERE a NOTNULL AND b ISNULL
SELECT a FROM t WHERE s NOT NULL
SELECT a BETWEEN 1 AND 2, a NOT BETWEEN 1 AND 2 FROM t
SELECT s LIKE 'o%', s NOT LIKE 'o%', s LIKE 'o!%' ESCAPE '!', s LIKE 'x' IS NULL FROM t
SELECT s GLOB 'o*', s NOT GLOB 'o*' FROM t
SELECT s GLOB 'a' || '*' AND a FROM t
SELECT a IN (1, 2), a NOT IN (1, 2), a IN (), a NOT IN () FROM t
SELECT a IN (SELECT a FROM u), a NOT IN (SELECT a FROM u) FROM t
SELECT a IN (VALUES (1), (2)) FROM t
SELECT id FROM t WHERE id IN ids
SELECT id FROM t WHERE id NOT IN main.ids
SELECT (a, b) = (1, 2), (a, b) < (1, 2), (a, b) IN (VALUES (1, 2)), (a, b) IN (SELECT id, a FROM u), (a, b) IS (1, 2) FROM t
SELECT (a, b) = (SELECT 1, 2), (a, b) BETWEEN (1, 2) AND (3, 4) FROM t
SELECT j -> 'k', j ->> 'k', j -> '$.k' ->> 0, j ->> '$.o.p' FROM t WHERE json_valid(j)
SELECT s COLLATE NOCASE = 'ONE', s = 'ONE' COLLATE NOCASE, (s || 'x') COLLATE RTRIM FROM t
SELECT CAST(a AS TEXT), CAST(a AS VARCHAR(10)), CAST(s AS NUMERIC), CAST(a AS DECIMAL(10, 2)), CAST(a AS UNSIGNED BIG INT), CAST(s AS BLOB), CAST(a AS "my type") FROM t
SELECT CAST(a AS DOUBLE PRECISION), CAST(a AS), CAST(a AS INT) + 1 FROM t WHERE 0
SELECT EXISTS (SELECT 1 FROM u), NOT EXISTS (SELECT 1 FROM u) FROM t
SELECT CASE a WHEN 1 THEN 'x' ELSE 'y' END, CASE WHEN a > 1 THEN 1 WHEN a ISNULL THEN 2 END FROM t
SELECT (SELECT max(a) FROM u), (SELECT 1 UNION SELECT 2) FROM t
SELECT (1), ((1)), (a) FROM t
SELECT a + b * -a || s FROM t
SELECT a AND b, a OR b, NOT a OR NOT b AND a FROM t
SELECT - - a, + - ~a FROM t
SELECT NOT NOT a, NOT a IS NULL FROM t
SELECT a = b IS NULL, a IS NULL IS NOT NULL FROM t
## functions
SELECT abs(a), coalesce(a, b), ifnull(a, 0), nullif(a, b), iif(a > 1, 'x', 'y'), min(a, b), max(a, b) FROM t
SELECT lower(s), substr(s, 1, 2), substring(s, 2), replace(s, 'o', 'x'), instr(s, 'n'), trim(s), ltrim(s, 'o'), printf('%d', a), format('%s', s), char(65, 66), unicode(s), hex(blob_), quote(s) FROM t
SELECT date(d), datetime(d, '+1 day', 'utc'), julianday('now') > 0, strftime('%Y', d), unixepoch(d), timediff(d, '2026-01-01') FROM t
SELECT json(j), json_extract(j, '$.k'), json_array(1, 2), json_object('a', 1), json_group_array(a), json_type(j), json_set(j, '$.x', 1) FROM t
SELECT typeof(a), last_insert_rowid() >= 0, changes() >= 0, total_changes() >= 0, sqlite_version(), zeroblob(2), randomblob(2) IS NOT NULL FROM t
SELECT likely(a), unlikely(a), likelihood(a, 0.5) FROM t
SELECT count(), count(*), count(a) FROM t
SELECT round(1.5), round(2.345, 2), sign(-1), random() NOTNULL FROM t
SELECT glob('o*', s), like('o%', s), "lower"(s) FROM t
SELECT json_each.value, json_tree.fullkey FROM json_each('[1]'), json_tree('{}')
SELECT concat(a, b), concat_ws(',', a, b), octet_length(s), unhex('00') FROM t
## names that are keywords
SELECT w.key, "order", value FROM w, json_each('[1]') WHERE 0
SELECT w.key, w."order" FROM w
SELECT abort, action, after, before, cascade, conflict, database FROM (SELECT 1 AS abort, 2 AS action, 3 AS after, 4 AS before, 5 AS cascade, 6 AS conflict, 7 AS database)
SELECT desc, key, match, plan, query, replace, row FROM (SELECT 1 AS desc, 2 AS key, 3 AS match, 4 AS plan, 5 AS query, 6 AS replace, 7 AS row)
SELECT first, last, nulls, ties, temp, view, virtual, without FROM (SELECT 1 AS first, 2 AS last, 3 AS nulls, 4 AS ties, 5 AS temp, 6 AS view, 7 AS virtual, 8 AS without)
SELECT x.replace, x.desc FROM (SELECT 1 AS replace, 2 AS desc) x
SELECT "update", [delete], `insert` FROM (SELECT 1 AS "update", 2 AS [delete], 3 AS `insert`)
SELECT current, exclude, filter, following, groups, over, partition, preceding, range, rows, unbounded, window FROM (SELECT 1 AS current, 2 AS exclude, 3 AS filter, 4 AS following, 5 AS groups, 6 AS over, 7 AS partition, 8 AS preceding, 9 AS range, 10 AS rows, 11 AS unbounded, 12 AS window)
## Comments and layout
SELECT id /* INSERT INTO u */ FROM t -- DELETE FROM t
SELECT 'DELETE FROM t; UPDATE u SET a = 1' AS "insert into" FROM t
SELECT	a	FROM	t	;
## INSERT => t
INSERT INTO t (id) VALUES (101)
INSERT INTO main.t VALUES (102, 1, 2, 'x', NULL, NULL, NULL), (103, 1, 2, 'y', NULL, NULL, NULL)
INSERT INTO t DEFAULT VALUES
INSERT INTO t AS x (id, a) VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET a = x.a + excluded.a WHERE x.a > 1
INSERT INTO t (id, a) SELECT id + 200, a << 1 FROM u
INSERT INTO t (id, s) VALUES (1, 'one') ON CONFLICT (id) DO NOTHING ON CONFLICT (s) DO UPDATE SET a = 1 RETURNING *
INSERT INTO t (id, s) VALUES (9, 'one') ON CONFLICT DO UPDATE SET (a, b) = (1, 2) RETURNING id, a AS x
INSERT INTO t (id, s) SELECT 1, 'one' WHERE true ON CONFLICT (s COLLATE BINARY) DO UPDATE SET s = excluded.s || 'x'
INSERT INTO t (id) VALUES (1) ON CONFLICT DO NOTHING
INSERT OR REPLACE INTO t (id, a) VALUES (1, 2)
INSERT OR IGNORE INTO t (id, a) VALUES (1, 2) RETURNING id
INSERT OR ABORT INTO t (id) VALUES (301)
INSERT OR FAIL INTO t (id) VALUES (302), (303)
INSERT OR ROLLBACK INTO t (id) VALUES (304)
REPLACE INTO t (id, a) VALUES (1, 3)
REPLACE INTO main.t (id) SELECT id FROM u
INSERT INTO t (id) WITH x AS (SELECT 401) SELECT * FROM x
WITH x AS (SELECT 402 AS n) INSERT INTO t (id) SELECT n FROM x
WITH x AS MATERIALIZED (SELECT 403 AS n) INSERT INTO t (id) SELECT n FROM x RETURNING id
WITH x AS (SELECT 404 AS n) REPLACE INTO t (id) SELECT n FROM x
INSERT INTO [t] ([id], "a", `b`) VALUES (405, 1, 2)
INSERT INTO 't' (id) VALUES (406)
INSERT INTO t (id, a) VALUES (407, (SELECT max(a) FROM u) << 1)
INSERT INTO t (id, a) VALUES (408, 1 IN ()), (409, 1 NOTNULL)
INSERT INTO t (id, s) VALUES (410, "a string")
INSERT INTO t (id, a, b) VALUES (411, CAST('1' AS INT), '{}' -> 'x') ON CONFLICT DO NOTHING
## INSERT => w
INSERT INTO w (id, a, s) VALUES (8, 1, 'UN') ON CONFLICT (lower(s)) WHERE a > 0 DO UPDATE SET s = excluded.s || w.s
INSERT INTO w (id, a, s) VALUES (8, 1, 'UN') ON CONFLICT (lower(s)) WHERE a > 0 DO NOTHING RETURNING key
INSERT INTO w (key, "order") VALUES ('x', 1)
## INSERT => odd name
INSERT INTO "odd name" (a) VALUES (1)
INSERT INTO [odd name] SELECT NULL, a FROM t
INSERT INTO main.`odd name` DEFAULT VALUES
## INSERT => mail
INSERT INTO mail (subject, body) VALUES ('x', 'y')
INSERT INTO mail (mail) VALUES ('optimize')
## UPDATE => t
UPDATE t SET a = 1
UPDATE main.t SET a = a + 1, b = b << 1 WHERE id = 1
UPDATE t AS x SET a = x.b WHERE x.id = 2
UPDATE t INDEXED BY t_a SET b = 5 WHERE a = 10
UPDATE t NOT INDEXED SET b = 6 WHERE a = 10
UPDATE t AS x NOT INDEXED SET b = 6 WHERE x.a = 10
UPDATE t SET (a, b) = (1, 2)
UPDATE t SET (a, b) = (SELECT max(a), min(a) FROM u), s = NULL
UPDATE OR IGNORE t SET id = 2 WHERE id = 1
UPDATE OR REPLACE t SET id = 2 WHERE id = 1
UPDATE OR ROLLBACK t SET a = 9
UPDATE OR FAIL t SET a = 10
UPDATE OR ABORT main.t SET a = 11
UPDATE t SET a = u.a FROM u WHERE u.t_id = t.id
UPDATE t SET a = x.n FROM (SELECT id, a AS n FROM u) AS x JOIN w ON w.id = x.id WHERE x.id = t.id
UPDATE t SET a = x.column2 FROM (VALUES (1, 11), (2, 22)) AS x WHERE x.column1 = t.id RETURNING *
UPDATE t SET a = 5 WHERE s IS NOT 'x' AND j NOTNULL RETURNING id, a, b + 1 AS c
UPDATE t SET "a" = 1, [b] = 2, `s` = NULL WHERE id = 1
UPDATE "t" SET a = a IS NOT b
WITH x AS (SELECT 1 AS id) UPDATE t SET a = 3 WHERE id IN (SELECT id FROM x)
WITH x AS NOT MATERIALIZED (SELECT 1 AS id) UPDATE t SET a = 3 FROM x WHERE x.id = t.id
UPDATE t SET s = s || 'x' COLLATE NOCASE WHERE s GLOB '*n*' OR s LIKE 'x' ESCAPE '!'
UPDATE t SET a = (SELECT sum(a) OVER (ORDER BY id ROWS 1 PRECEDING EXCLUDE TIES) FROM u LIMIT 1)
## UPDATE => w
UPDATE w SET key = 'x', "order" = 2 WHERE w.key ISNULL
## DELETE => t
DELETE FROM t
DELETE FROM main.t WHERE id = 1
DELETE FROM t AS x WHERE x.id = 2
DELETE FROM t INDEXED BY t_a WHERE a = 10
DELETE FROM t NOT INDEXED WHERE a = 10
DELETE FROM t WHERE id IN (SELECT id FROM u) RETURNING *
DELETE FROM t WHERE a NOT NULL
DELETE FROM t WHERE (id, a) IN (SELECT id, a FROM u)
DELETE FROM t WHERE id IN ids OR 1
DELETE FROM t WHERE a << 1 > 3 RETURNING id, s COLLATE NOCASE
WITH x AS (SELECT 1 AS id) DELETE FROM t WHERE id IN (SELECT id FROM x)
WITH x AS MATERIALIZED (SELECT 1 AS id) DELETE FROM t WHERE id IN x
DELETE FROM "t" WHERE s IS 'one' OR s == 'two'
DELETE FROM [t]
## DELETE => plain
DELETE FROM plain WHERE rowid = 1
DELETE FROM plain WHERE _rowid_ IN (SELECT rowid FROM plain LIMIT 1)
## DELETE => mail
DELETE FROM mail WHERE mail MATCH 'hello'
