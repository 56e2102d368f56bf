## Targets and FROM
SELECT
SELECT FROM t
SELECT * FROM t
SELECT t.* FROM t
SELECT id AS "Id", a aa, b AS select FROM t
SELECT ALL id FROM t
SELECT DISTINCT a, b FROM t
SELECT DISTINCT ON (a) a, b FROM t ORDER BY a, b DESC
SELECT DISTINCT ON (a, lower(s)) * FROM t ORDER BY a, lower(s), b
SELECT id FROM ONLY t
SELECT id FROM ONLY (t)
SELECT id FROM t *
SELECT x.id FROM t * AS x
SELECT x.one, x.two FROM u AS x (one, two)
SELECT 1 FROM t x, u y, w z WHERE x.id = y.id AND y.id = z.id
SELECT * FROM t CROSS JOIN u
SELECT * FROM t INNER JOIN u ON t.id = u.t_id
SELECT * FROM t LEFT OUTER JOIN u USING (id)
SELECT j.id FROM t JOIN u USING (id, a) AS j
SELECT * FROM t NATURAL LEFT OUTER JOIN u
SELECT * FROM t NATURAL FULL JOIN u
SELECT * FROM t RIGHT JOIN u ON true
SELECT * FROM (t JOIN u ON t.id = u.t_id) JOIN w ON w.id = t.id
SELECT * FROM (t JOIN u ON t.id = u.t_id) AS x (id1, a1)
SELECT * FROM (t CROSS JOIN u) LEFT JOIN (u AS y CROSS JOIN w AS z) ON true
SELECT * FROM t LEFT JOIN u JOIN w ON w.id = u.id ON t.id = u.t_id
SELECT * FROM ((t JOIN u ON true) JOIN (w JOIN tree ON true) ON true)
SELECT * FROM (SELECT * FROM t) AS x
SELECT * FROM (SELECT 1, 2) AS x (a, b)
SELECT * FROM (VALUES (1, 'a'), (2, 'b')) AS v (n, s)
SELECT * FROM (VALUES (1), (2)) v JOIN t ON t.id = v.column1
SELECT * FROM (TABLE t) AS x
SELECT * FROM ((SELECT id FROM t) UNION (SELECT id FROM u)) AS x
SELECT * FROM t, LATERAL (SELECT * FROM u WHERE u.t_id = t.id) AS x
SELECT * FROM t LEFT JOIN LATERAL (SELECT max(a) FROM u WHERE u.t_id = t.id) AS m ON true
SELECT * FROM t CROSS JOIN LATERAL unnest(t.tags) AS tag
SELECT * FROM t TABLESAMPLE SYSTEM (50)
SELECT * FROM t AS x TABLESAMPLE BERNOULLI (10.5) REPEATABLE (3)
SELECT * FROM t TABLESAMPLE pg_catalog.system (50), u
SELECT * FROM generate_series(1, 3)
SELECT * FROM generate_series(1, 3) WITH ORDINALITY
SELECT * FROM generate_series(1, 3) WITH ORDINALITY AS g (n, o)
SELECT * FROM ROWS FROM (generate_series(1, 2), unnest(ARRAY['x', 'y']))
SELECT * FROM ROWS FROM (generate_series(1, 2), generate_series(1, 3)) WITH ORDINALITY AS g (x, y, n)
SELECT * FROM t, ROWS FROM (unnest(t.tags)) AS x
SELECT * FROM unnest(ARRAY[1, 2], ARRAY['a', 'b']) AS x (n, s)
SELECT * FROM jsonb_to_recordset('[{"a": 1}]') AS x (a int, b text)
SELECT * FROM ROWS FROM (jsonb_to_recordset('[{"a": 1}]') AS (a int, b text)) AS x
SELECT * FROM jsonb_each('{"a": 1}') e, t
SELECT * FROM json_populate_record(NULL::pair, '{"f": 1}')
SELECT * FROM XMLTABLE('/r/x' PASSING ('<r><x>1</x></r>'::xml) COLUMNS n int PATH '.')
SELECT * FROM XMLTABLE(XMLNAMESPACES('http://x' AS x), '/x:r' PASSING BY REF ('<r/>'::xml) COLUMNS n FOR ORDINALITY, m text PATH '.' DEFAULT 'd' NOT NULL)
SELECT * FROM current_date
SELECT * FROM now() AS n
SELECT * FROM t AS "from"
SELECT x.* FROM t AS x WHERE x.* IS NOT NULL
SELECT (x).id FROM t AS x
SELECT x FROM t AS x
## WHERE, GROUP BY, HAVING, WINDOW
SELECT a FROM t WHERE a > 1 AND (b < 3 OR NOT s = 'x')
SELECT a, count(*) FROM t GROUP BY a HAVING count(*) > 1
SELECT a, count(*) FROM t GROUP BY 1
SELECT a, count(*) FROM t GROUP BY DISTINCT a
SELECT a, b, count(*) FROM t GROUP BY ALL a, b
SELECT a, b, count(*) FROM t GROUP BY ROLLUP (a, b)
SELECT a, b, count(*) FROM t GROUP BY CUBE (a, b)
SELECT a, b, count(*) FROM t GROUP BY GROUPING SETS ((a, b), (a), ())
SELECT a, b, count(*) FROM t GROUP BY a, GROUPING SETS (ROLLUP (b), CUBE (s)), ()
SELECT a, GROUPING(a, b), count(*) FROM t GROUP BY DISTINCT ROLLUP (a, b), ROLLUP (a)
SELECT count(*) FROM t GROUP BY ()
SELECT count(*) FROM t HAVING true
SELECT sum(a) OVER () FROM t
SELECT sum(a) OVER w FROM t WINDOW w AS (PARTITION BY b ORDER BY id)
SELECT sum(a) OVER (w ROWS 2 PRECEDING) FROM t WINDOW w AS (ORDER BY id), x AS (w)
SELECT rank() OVER (PARTITION BY a ORDER BY b DESC NULLS LAST) FROM t
SELECT sum(a) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) FROM t
SELECT sum(a) OVER (ORDER BY id GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE TIES) FROM t
SELECT sum(a) OVER (ORDER BY id RANGE BETWEEN 1 PRECEDING AND UNBOUNDED FOLLOWING EXCLUDE CURRENT ROW) FROM t
SELECT sum(a) OVER (ORDER BY d RANGE BETWEEN '1 day' PRECEDING AND '1 day' FOLLOWING EXCLUDE GROUP) FROM t
SELECT sum(a) OVER (ORDER BY d RANGE INTERVAL '1' DAY PRECEDING EXCLUDE NO OTHERS) FROM t
SELECT first_value(a) OVER (ORDER BY id), lag(a, 1, 0) OVER (ORDER BY id), ntile(2) OVER () FROM t
SELECT count(*) FILTER (WHERE a > 1) FROM t
SELECT count(*) FILTER (WHERE a > 1) OVER (PARTITION BY b) FROM t
SELECT array_agg(DISTINCT a ORDER BY a DESC NULLS LAST) FROM t
SELECT string_agg(s, ', ' ORDER BY s COLLATE "C" USING <) FROM t
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY a) FROM t
SELECT mode() WITHIN GROUP (ORDER BY a DESC) FILTER (WHERE a IS NOT NULL) FROM t
SELECT rank(3) WITHIN GROUP (ORDER BY a) FROM t
SELECT count(ALL a), count(DISTINCT (a, b)) FROM t
## ORDER BY, LIMIT, locks
SELECT a FROM t ORDER BY a ASC NULLS FIRST, 1 DESC
SELECT a FROM t ORDER BY a USING >
SELECT a FROM t ORDER BY a USING OPERATOR(pg_catalog.<) NULLS LAST
SELECT s FROM t ORDER BY s COLLATE "C" DESC
SELECT a FROM t LIMIT 1
SELECT a FROM t LIMIT ALL OFFSET 1
SELECT a FROM t OFFSET 1 ROW
SELECT a FROM t OFFSET 1 LIMIT 2
SELECT a FROM t LIMIT (SELECT 1) OFFSET (SELECT 0)
SELECT a FROM t LIMIT NULL
SELECT a FROM t FETCH FIRST ROW ONLY
SELECT a FROM t ORDER BY a FETCH FIRST 2 ROWS WITH TIES
SELECT a FROM t OFFSET 1 ROWS FETCH NEXT 2 ROWS ONLY
SELECT a FROM t FETCH FIRST (1 + 1) ROWS ONLY
(SELECT a FROM t)
((SELECT a FROM t) LIMIT 1)
(SELECT a FROM t ORDER BY a) LIMIT 1
## Set operations, VALUES, TABLE
SELECT a FROM t UNION SELECT a FROM u
SELECT a FROM t UNION ALL SELECT a FROM u INTERSECT SELECT a FROM w
SELECT a FROM t UNION DISTINCT (SELECT a FROM u EXCEPT ALL SELECT a FROM w) ORDER BY 1 LIMIT 3
(SELECT a FROM t) INTERSECT ALL (SELECT a FROM u)
SELECT a FROM t EXCEPT DISTINCT SELECT a FROM u
VALUES (1, 'a'), (2, 'b')
VALUES (1), (2) ORDER BY 1 DESC LIMIT 1
VALUES (1) UNION ALL SELECT a FROM t
TABLE t
TABLE ONLY t
TABLE t ORDER BY id LIMIT 1
TABLE u UNION ALL TABLE u
SELECT a FROM t UNION (VALUES (1)) UNION SELECT a FROM ONLY w
## WITH
WITH x AS (SELECT 1) SELECT * FROM x
WITH x (n) AS (VALUES (1), (2)) SELECT * FROM x, t
WITH x AS MATERIALIZED (SELECT * FROM t) SELECT * FROM x
WITH x AS NOT MATERIALIZED (SELECT * FROM t) SELECT * FROM x, x AS y
WITH RECURSIVE x (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM x WHERE n < 3) SELECT * FROM x
WITH RECURSIVE x AS (SELECT id, parent FROM tree WHERE parent IS NULL UNION SELECT c.id, c.parent FROM tree c JOIN x ON c.parent = x.id) SEARCH DEPTH FIRST BY id SET o SELECT * FROM x ORDER BY o
WITH RECURSIVE x AS (SELECT id, parent FROM tree UNION ALL SELECT c.id, c.parent FROM tree c JOIN x ON c.parent = x.id) SEARCH BREADTH FIRST BY id, parent SET o CYCLE id SET is_cycle USING path SELECT * FROM x
WITH RECURSIVE x AS (SELECT id, parent FROM tree UNION ALL SELECT c.id, c.parent FROM tree c JOIN x ON c.parent = x.id) CYCLE id, parent SET is_cycle TO 'Y' DEFAULT 'N' USING path SELECT * FROM x
WITH x AS (TABLE t) TABLE x
WITH x AS (WITH y AS (SELECT 1 AS n) SELECT * FROM y) SELECT * FROM x
(WITH x AS (SELECT 1) SELECT * FROM x) UNION ALL SELECT 2
SELECT * FROM (WITH x AS (SELECT a FROM t) SELECT * FROM x) y
## Constants and types
SELECT 1, 1.5, .5, 1., 1e3, 1.5E-3
SELECT 'a', 'it''s', E'a\'b\n', E'\x41\u0041', $$ it's $$, $x$ a $$ b $x$
SELECT U&'\0061', U&'!0061' UESCAPE '!', N'national'
SELECT B'101', X'1F', b'0'
SELECT TRUE, false, NULL
SELECT date '2026-01-01', time '03:04', timestamp '2026-01-01 03:04', timestamptz '2026-01-01 03:04+00'
SELECT timestamp with time zone '2026-01-01 00:00+00', time without time zone '03:04', timestamp(3) '2026-01-01 00:00'
SELECT int '1', int4 '1', numeric(10, 2) '1.5', varchar(3) 'abc', character varying(3) 'abc', double precision '1.5', bit varying(3) '101', boolean 't', json '{}'
SELECT point '(1,2)', box '((0,0),(1,1))', circle '<(0,0),1>', inet '10.0.0.1', uuid '00000000-0000-0000-0000-000000000000'
SELECT pg_catalog.int4 '1', pg_catalog.date '2026-01-01'
SELECT interval '1 day', interval '1' YEAR, interval '1-2' YEAR TO MONTH, interval '1 02:03' DAY TO MINUTE, interval '1 02:03:04.5' DAY TO SECOND(1), interval(3) '1.2345 seconds', interval '5' HOUR, interval '5:06' HOUR TO MINUTE, interval '5' SECOND(2)
SELECT CAST('1' AS int), CAST(a AS numeric(5, 2)), '1'::int, s::text::varchar(3)::char FROM t
SELECT a::double precision, a::character varying, ts::timestamp(0) without time zone, '1'::bit(3), s::"char" FROM t
SELECT '{1,2}'::int[], '{{1},{2}}'::int[][], '{1}'::int[3], '{1}'::int ARRAY, CAST('{1}' AS int ARRAY[3]) FROM t
SELECT a::pg_catalog.int8, NULL::t, NULL::pair, s::regtype::text FROM t WHERE false
SELECT ARRAY[1, 2], ARRAY[[1, 2], [3, 4]], ARRAY[]::int[], ARRAY(SELECT id FROM t), ARRAY[1, 2] || 3
SELECT ROW(1, 'a'), ROW(), ROW(a), (a, b), ROW(t.*), ROW(t.*, 1) FROM t
SELECT $$x$$ || $a$y$a$ AS "weird ""name""", "t"."id" FROM "t"
SELECT U&"\0061" FROM t
SELECT current_date, current_time, current_time(2), current_timestamp, current_timestamp(0), localtime, localtime(1), localtimestamp, localtimestamp(2)
SELECT current_user, session_user, user, current_role, current_catalog, current_schema
SELECT int2 '1' AS value, 1 AS "order", 2 AS "group", 3 AS year
## Operators
SELECT a + b, a - b, a * b, a / b, a % b, a ^ b, -a, +a FROM t
SELECT a < b, a > b, a = b, a <= b, a >= b, a <> b, a != b FROM t
SELECT a << 3, a >> 1, a & 1, a | 1, a # 1, ~a FROM t
SELECT a FROM t WHERE a << 3 > 1
SELECT |/ 25.0, ||/ 27.0, @ -5.0
SELECT s || 'x', s ~ '^o', s ~* 'O', s !~ 'x', s !~* 'X', s ~~ 'o%', s !~~ 'o%', s ~~* 'O%', s !~~* 'O%', s ^@ 'o' FROM t
SELECT OPERATOR(pg_catalog.-) a, a OPERATOR(pg_catalog.+) b, a OPERATOR(+) b FROM t
SELECT a @+@ b FROM t
SELECT p <-> point '(0,0)', p << point '(1,1)', p |>> point '(1,1)', p <@ box '((0,0),(9,9))', p ~= point '(1,2)', p >^ point '(1,1)' FROM t
SELECT box '((0,0),(1,1))' ?# box '((0,0),(2,2))', box '((0,0),(1,1))' # box '((0,0),(2,2))', ?- lseg '((0,0),(1,0))', ?| lseg '((0,0),(1,0))', @-@ path '((0,0),(1,0))', @@ box '((0,0),(1,1))', lseg '((0,0),(1,0))' ?|| lseg '((0,0),(1,0))' WHERE false
SELECT r @> 3, r @> int4range(1, 2), r <@ int4range(1, 9), r && int4range(1, 2), r << int4range(6, 7), r >> int4range(6, 7), r &< int4range(6, 7), r &> int4range(6, 7), r -|- int4range(5, 7), r + r, r * r, r - r FROM t
SELECT j -> 'k', j ->> 'k', j -> 'k' -> 0, j #> '{o,p}', j #>> '{o,p}', j - 'k', j #- '{o,p}', j || '{}', j['k'], j['k'][0] FROM t
SELECT j @> '{"k": null}', j <@ '{}', j ? 'k', j ?| ARRAY['k'], j ?& ARRAY['k', 'o'], j @? '$.k', j @@ '$.k == 1' FROM t
SELECT tags @> ARRAY['x'], tags && '{x}', tags <@ '{x}', tags || 'y'::text, tags = '{x}' FROM t
SELECT ip << inet '10.0.0.0/8', ip <<= inet '10.0.0.0/8', ip >> inet '10.0.0.1', ip >>= inet '10.0.0.1', ip && inet '10.0.0.0/8', ~ip, ip & ip, ip | ip, ip + 1, ip - 1, ip - ip FROM t
SELECT to_tsvector('a b') @@ to_tsquery('a & b'), to_tsquery('a') && to_tsquery('b'), to_tsquery('a') || to_tsquery('b'), !! to_tsquery('a'), to_tsquery('a') <-> to_tsquery('b'), to_tsvector('a') @@@ to_tsquery('a')
SELECT a < ANY (ARRAY[1, 2]), a = SOME (SELECT id FROM u), a <> ALL ('{1,2}'), s LIKE ANY (ARRAY['o%']), s NOT ILIKE ALL (ARRAY['x%']) FROM t
SELECT id FROM t WHERE id = ANY ((SELECT id FROM u) UNION (SELECT id FROM w))
SELECT id FROM t WHERE id = ANY((SELECT u.id FROM u WHERE (u.a > 1)) EXCEPT ALL (SELECT w.id FROM w))
SELECT id FROM t WHERE id != ALL((SELECT id FROM u) INTERSECT (SELECT id FROM w))
SELECT id FROM t WHERE id = ANY (VALUES (1), (2))
SELECT id FROM t WHERE id = ANY (WITH x AS (SELECT 1) SELECT * FROM x)
SELECT id FROM t WHERE id = ANY (TABLE ids)
SELECT a IN (1, 2), a NOT IN (1, 2), a IN (SELECT id FROM u), (a, b) IN ((1, 2), (3, 4)), (a, b) NOT IN (SELECT id, a FROM u) FROM t
SELECT id FROM t WHERE id IN ((SELECT id FROM u) UNION ALL (SELECT id FROM w))
SELECT id FROM t WHERE id IN (VALUES (1), (2))
SELECT (a, b) = (1, 2), (a, b) < (1, 2), ROW(a, b) IS DISTINCT FROM ROW(1, 2), (a, b) = (SELECT 1, 2), ROW(a, b) = ANY (SELECT 1, 2) FROM t WHERE false
SELECT a BETWEEN 1 AND 2, a NOT BETWEEN 1 AND 2, a BETWEEN SYMMETRIC 2 AND 1, a NOT BETWEEN SYMMETRIC 2 AND 1, a BETWEEN ASYMMETRIC 1 AND 2 FROM t
SELECT s LIKE 'o%' ESCAPE '!', s NOT LIKE 'x', s ILIKE 'O%' ESCAPE '', s SIMILAR TO 'o(n|x)e', s NOT SIMILAR TO 'x' ESCAPE '#' FROM t
SELECT a IS NULL, a IS NOT NULL, a ISNULL, a NOTNULL, (a > 1) IS TRUE, (a > 1) IS NOT FALSE, (a > 1) IS UNKNOWN, (a > 1) IS NOT UNKNOWN, a IS DISTINCT FROM b, a IS NOT DISTINCT FROM b FROM t
SELECT s IS NORMALIZED, s IS NFC NORMALIZED, s IS NOT NFKD NORMALIZED, '<a/>'::xml IS DOCUMENT, '<a/>'::xml IS NOT DOCUMENT FROM t
SELECT ts AT TIME ZONE 'UTC', ts AT TIME ZONE interval '1 hour', ts AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Vienna' FROM t
SELECT s COLLATE "C" < 'x', s::text COLLATE "C", (s || 'x') COLLATE pg_catalog."C", lower(s COLLATE "C") FROM t
SELECT s::text COLLATE "C" FROM t ORDER BY s::text COLLATE "C" DESC
SELECT (d, d + 1) OVERLAPS (d, interval '1 day'), (d, ts) OVERLAPS (ts, d) FROM t
SELECT NOT a = 1 AND NOT (b = 2) OR s = 'x' IS TRUE FROM t
SELECT EXISTS (SELECT 1 FROM u), NOT EXISTS (SELECT FROM u WHERE u.id = t.id), (SELECT count(*) FROM w) FROM t
SELECT tags[1], tags[1:2], tags[:2], tags[1:], tags[:], (ARRAY[1, 2])[1], (ARRAY[[1, 2], [3, 4]])[1][2], (string_to_array(s, 'n'))[1] FROM t
SELECT (c).f, (c).g, (t.c).f, (t).c.g, (t).*, (ROW(1, 2)::pair).f FROM t
SELECT (SELECT c FROM t LIMIT 1).f
## Functions
SELECT twice(1), twice(x => 1, y => 3), twice(1, y := 3), twice(y => 2, x => 1)
SELECT concat(VARIADIC ARRAY['a', 'b']), format('%s', VARIADIC ARRAY['x'])
SELECT coalesce(a, b, 0), nullif(a, b), greatest(a, b), least(a, b, 1) FROM t
SELECT extract(year FROM d), extract(epoch FROM ts), extract('month' FROM d), date_part('day', d) FROM t
SELECT overlay(s PLACING 'x' FROM 1 FOR 2), overlay(s PLACING 'x' FROM 1), overlay(s, 'x', 1) FROM t
SELECT position('n' IN s), substring(s FROM 1 FOR 2), substring(s FROM 2), substring(s FOR 2), substring(s FROM 'o.'), substring(s SIMILAR 'o#"n#"e' ESCAPE '#'), substring(s, 1, 2), substring(s FROM '%#"n#"%' FOR '#') FROM t
SELECT trim(s), trim(BOTH 'o' FROM s), trim(LEADING FROM s), trim(TRAILING 'e' FROM s), trim(BOTH FROM s), trim(s, 'o'), trim('o' FROM s) FROM t
SELECT treat(a AS int) FROM t WHERE false
SELECT normalize(s), normalize(s, NFD), collation for (s) FROM t
SELECT xmlelement(name foo), xmlelement(name foo, xmlattributes(a AS bar, s), 'text', xmlelement(name "in")) FROM t
SELECT xmlforest(a, s AS x), xmlconcat('<a/>', '<b/>'), xmlparse(document '<a/>'), xmlparse(content 'a' PRESERVE WHITESPACE), xmlpi(name php, 'x'), xmlroot('<a/>'::xml, version '1.0', standalone yes), xmlserialize(content '<a/>'::xml AS text), xmlexists('//a' PASSING BY VALUE ('<a/>'::xml)), xmlagg('<a/>'::xml ORDER BY a) FROM t GROUP BY a, s
SELECT CASE WHEN a > 1 THEN 'x' WHEN a IS NULL THEN 'y' ELSE 'z' END, CASE a WHEN 1 THEN 2 END, CASE WHEN EXISTS (SELECT 1 FROM u) THEN (SELECT 1) END FROM t
SELECT pg_catalog.lower(s), "lower"(s), lower ( s ) FROM t
SELECT count(*), count(t.*), count(t) FROM t
SELECT jsonb_build_object('a', a), json_agg(t), jsonb_agg(t ORDER BY id), json_object_agg(id, s), to_jsonb(t.*) FROM t GROUP BY id
SELECT jsonb_path_query(j, '$.k[*] ? (@ > 1)'), jsonb_path_exists(j, '$.k') FROM t
SELECT unnest(tags), generate_series(1, 2), unnest('{1}'::int[]) + 1 FROM t
SELECT now(), clock_timestamp(), random() IS NULL, md5(s), left(s, 1), right(s, 1), replace(s, 'o', 'x') FROM t
SELECT cast(row_to_json(x) AS text) FROM (SELECT id, s FROM t) AS x
SELECT current_setting('server_version', true), pg_typeof(a) FROM t WHERE false
SELECT int4range(1, 5, '[]'), lower(r), isempty(r), r @> 3, multirange(r), range_merge(r, r), '{[1,2)}'::int4multirange FROM t
SELECT ts - interval '1 day' * 2, d + 1, d - d, ts + '1 day'::interval, interval '1 day' / 2, age(ts), date_trunc('month', ts), make_interval(days => 3) FROM t
## Names that are keywords
SELECT t.name, t.value FROM (SELECT 1 AS name, 2 AS value) t
SELECT t.id AS key, t.a AS type, t.b AS date, t.s AS text, t.n AS level FROM t
SELECT x.insert, x.update, x.delete, x.into FROM (SELECT 1 AS insert, 2 AS update, 3 AS delete, 4 AS into) x
SELECT "select" FROM (SELECT 1 AS "select") "from"
SELECT offset_.year, offset_.month FROM (SELECT 1 AS year, 2 AS month) offset_
SELECT replace(s, 'a', 'b'), insert.x FROM t, (SELECT 1 AS x) AS insert
SELECT percent, ordinality, ties, others FROM (SELECT 1 AS percent, 2 AS ordinality, 3 AS ties, 4 AS others) x
## The parts of a SELECT, each with another's
SELECT DISTINCT t.a, count(*) AS n FROM t LEFT JOIN u ON t.id = u.t_id WHERE t.a NOTNULL GROUP BY t.a HAVING count(*) > 0 ORDER BY n DESC LIMIT 5
SELECT a FROM t WHERE a IN (SELECT a FROM u WHERE u.id = ANY ((SELECT id FROM w) UNION ALL (SELECT id FROM ids)))
SELECT x.a, y.a FROM t x JOIN t y ON x.id < y.id AND x.a IS DISTINCT FROM y.a
SELECT a, (SELECT count(*) FROM u WHERE u.t_id = t.id AND u.a << 1 > 2) AS n FROM t ORDER BY n
SELECT CASE WHEN EXISTS (SELECT FROM u WHERE u.id = t.id) THEN (SELECT s FROM w WHERE w.id = t.id) ELSE s END COLLATE "C" FROM t
SELECT sum(count(*)) OVER (ORDER BY a) FROM t GROUP BY a
SELECT * FROM (SELECT a FROM t UNION SELECT a FROM u) AS x WHERE a BETWEEN SYMMETRIC 30 AND 1 ORDER BY 1
## Comments and layout
/* a /* nested */ comment */ SELECT id FROM t -- and another
SELECT id /* INSERT INTO u */ FROM t -- DELETE FROM t
SELECT 'DELETE FROM t; UPDATE u SET a = 1' AS insert_into, "s" "update" FROM t
## Locks
SELECT * FROM t FOR UPDATE
SELECT * FROM t, u FOR NO KEY UPDATE OF t SKIP LOCKED
SELECT * FROM t FOR SHARE NOWAIT
SELECT * FROM t FOR KEY SHARE OF t FOR UPDATE OF t
SELECT a << 3 FROM t LIMIT 1 FOR UPDATE SKIP LOCKED
SELECT * FROM t FOR UPDATE LIMIT 1
SELECT * FROM (SELECT a << 1 FROM t FOR SHARE) x
SELECT * FROM t FOR READ ONLY
SELECT * FROM t FOR UPDATE OF t NOWAIT OFFSET 0
## INSERT => t
INSERT INTO t (id) VALUES (101)
INSERT INTO t VALUES (102, DEFAULT, 1), (103, 2, DEFAULT)
INSERT INTO t AS x (id, a) VALUES (104, 1) ON CONFLICT (id) DO UPDATE SET a = x.a + excluded.a WHERE x.a > 1
INSERT INTO t (id, tags[1], c.f) VALUES (105, 'x', 1)
INSERT INTO t (id, a) SELECT id + 200, a << 1 FROM u
INSERT INTO t (id, a) (SELECT id + 300, a FROM u ORDER BY id LIMIT 1)
INSERT INTO t (id) TABLE ids RETURNING id
INSERT INTO t (id) WITH x AS (SELECT 401) SELECT * FROM x
INSERT INTO t (id, a) VALUES (1, 5) ON CONFLICT DO NOTHING
INSERT INTO t (id, a) VALUES (1, 5) ON CONFLICT (id) DO UPDATE SET a = excluded.a, (b, s) = (SELECT 7, 'seven')
INSERT INTO t (id, a) VALUES (1, 5) ON CONFLICT ON CONSTRAINT t_pkey DO UPDATE SET a = DEFAULT
INSERT INTO t (id, s) VALUES (9, 'one') ON CONFLICT (s) DO UPDATE SET (a, b) = ROW(excluded.id, 2) RETURNING *, a << 1 AS x
INSERT INTO t (id, s) VALUES (9, 'one') ON CONFLICT (s text_ops) DO NOTHING
WITH x AS (SELECT max(id) + 10 AS n FROM t) INSERT INTO t (id) SELECT n FROM x RETURNING id
WITH RECURSIVE x (n) AS (VALUES (500) UNION ALL SELECT n + 1 FROM x WHERE n < 502) INSERT INTO t (id) TABLE x
WITH x AS MATERIALIZED (SELECT 600 AS n) INSERT INTO t (id) SELECT n FROM x
## INSERT => u
INSERT INTO u (id, x) OVERRIDING SYSTEM VALUE VALUES (101, 5)
INSERT INTO u (id, s) VALUES (7, 'sieben') ON CONFLICT ON CONSTRAINT u_t_id DO NOTHING
INSERT INTO u (id, s) OVERRIDING USER VALUE SELECT 102, 'x'
## INSERT => w
INSERT INTO w (id, a, s, g) OVERRIDING SYSTEM VALUE VALUES (101, 1, 'x', 5)
INSERT INTO w (id, a, s) VALUES (8, 1, 'UN') ON CONFLICT (lower(s)) WHERE a > 0 DO UPDATE SET s = excluded.s || w.s
INSERT INTO w (id) SELECT nextval('w_g_seq') + 1000 RETURNING id AS "new id"
## INSERT => seq
INSERT INTO seq DEFAULT VALUES
INSERT INTO seq AS x DEFAULT VALUES RETURNING x.*, x.id << 1
## UPDATE => t
UPDATE t SET a = 1
UPDATE ONLY t SET a = a + 1 WHERE id = 1
UPDATE t * SET a = 2
UPDATE t AS x SET a = x.b, b = DEFAULT
UPDATE t x SET (a, b) = (1, 2)
UPDATE t SET (a, b) = ROW(1, DEFAULT) WHERE id = 2
UPDATE t SET (a, b) = (SELECT max(a), min(a) FROM u WHERE u.id = t.id)
UPDATE t SET tags[1] = 'b'
UPDATE t SET tags[1:2] = '{p,q}' WHERE id = 1
UPDATE t SET c.f = 5, j['k'] = '1' WHERE id = 1
UPDATE t SET "tags"[1 + 1] = 'z', a = a << 1
UPDATE t SET a = u.a FROM u JOIN w ON w.id = u.id WHERE u.t_id = t.id
UPDATE t SET a = x.n FROM (VALUES (1, 11), (2, 22)) AS x (id, n) WHERE x.id = t.id RETURNING t.*, x.n
UPDATE t SET a = (SELECT count(*) FROM u), s = s || E'\'' WHERE EXISTS (SELECT FROM w) RETURNING id
UPDATE t SET s = NULL WHERE a BETWEEN SYMMETRIC 20 AND 10
WITH x AS (SELECT 1 AS id) UPDATE t SET a = 3 FROM x WHERE x.id = t.id
WITH x AS NOT MATERIALIZED (SELECT 1 AS id) UPDATE ONLY t SET a = 4 FROM x WHERE x.id = t.id RETURNING *
UPDATE t SET a = CASE WHEN a ISNULL THEN 0 ELSE a OPERATOR(pg_catalog.+) 1 END
UPDATE t SET ts = ts AT TIME ZONE 'UTC', iv = interval '1' DAY
## DELETE => t
DELETE FROM t
DELETE FROM ONLY t WHERE id = 1
DELETE FROM t * WHERE a > 15
DELETE FROM t AS x WHERE x.id = 2
DELETE FROM t USING u WHERE u.t_id = t.id
DELETE FROM t x USING u y, w z WHERE y.id = z.id AND x.id = y.id RETURNING x.*, y.a
DELETE FROM t WHERE id = ANY ((SELECT id FROM u) EXCEPT (SELECT id FROM w WHERE id = 2))
DELETE FROM t WHERE a << 1 > 5 RETURNING *
WITH x AS (SELECT 3 AS id) DELETE FROM t USING x WHERE x.id = t.id
WITH x AS MATERIALIZED (SELECT 3 AS id) DELETE FROM t USING x WHERE x.id = t.id RETURNING t.a NOTNULL
## MERGE => t
MERGE INTO t USING u ON t.id = u.t_id WHEN MATCHED THEN UPDATE SET a = u.a
MERGE INTO t AS x USING (SELECT * FROM u) AS y ON x.id = y.id WHEN MATCHED AND y.a > 20 THEN DELETE WHEN MATCHED THEN DO NOTHING WHEN NOT MATCHED THEN INSERT (id, a) VALUES (y.id, y.a)
MERGE INTO ONLY t USING u ON t.id = u.t_id + 100 WHEN NOT MATCHED AND u.id > 1 THEN INSERT (id) OVERRIDING SYSTEM VALUE VALUES (u.id + 50) WHEN MATCHED THEN UPDATE SET (a, b) = (1, 2)
MERGE INTO t USING u ON t.id = u.id + 900 WHEN NOT MATCHED THEN DO NOTHING
WITH x AS (SELECT 1 AS id, 99 AS n) MERGE INTO t USING x ON t.id = x.id WHEN MATCHED THEN UPDATE SET a = x.n, s = DEFAULT
MERGE INTO t USING u ON t.id = u.id + 800 WHEN NOT MATCHED AND u.id > 99 THEN INSERT DEFAULT VALUES WHEN MATCHED THEN DELETE
## Data-modifying CTEs => t
WITH x AS (INSERT INTO t (id) VALUES (801) RETURNING id) SELECT * FROM x
WITH x AS (UPDATE t SET a = 5 WHERE id = 1 RETURNING *) SELECT a << 1 FROM x
WITH x AS (DELETE FROM t WHERE id = 3 RETURNING *) SELECT count(*) FROM x
WITH x AS (DELETE FROM t WHERE id = 3 RETURNING *), y AS (SELECT 1) SELECT count(*) OVER (ORDER BY x.id GROUPS CURRENT ROW) FROM x, y
## Data-modifying CTEs => t, u
WITH x AS (DELETE FROM t WHERE id = 3 RETURNING *) INSERT INTO u (id) SELECT id + 900 FROM x
WITH x AS (UPDATE t SET a = 5 RETURNING *) DELETE FROM u USING x WHERE x.id = u.id
WITH x AS MATERIALIZED (INSERT INTO t (id) VALUES (802) RETURNING id) UPDATE u SET a = x.id FROM x
