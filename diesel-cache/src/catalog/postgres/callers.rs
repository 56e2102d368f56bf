//! What calls functions, besides the texts of statements and the actions of triggers and rules.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::queries::SYSTEM;
use crate::catalog::callers::{Caller, When};
use crate::catalog::connection::{CatalogConnection, sql};
use crate::catalog::spelling::Spelling;
use crate::sql::TableName;

/// PostgreSQL's own function that changes the session.
pub(super) const SET_CONFIG: &str = "set_config";

/// Views, policies, defaults, checks, conditions of triggers, keys of partitions, indexes, statistics, types, event
/// triggers.
pub(super) async fn callers<Conn: CatalogConnection<Backend = Pg>>(conn: &mut Conn) -> QueryResult<Vec<Caller>> {
    // `u`: what uses something, as pg_depend knows it. What belongs to a table itself: the types of its columns, the
    // keys of its partitions. Of the system's own functions no dependency is recorded; the one that matters is found by
    // its name. The views that come with PostgreSQL have OIDs below 16384, and call nothing that matters; to render
    // their definitions takes longer than all else.
    let rows = sql::<(Text, Text, Text)>(&format!(
        "WITH RECURSIVE part (top, oid) AS ( \
             SELECT oid, oid FROM pg_catalog.pg_class WHERE relkind = 'p' \
             UNION ALL SELECT top, inhrelid FROM part JOIN pg_catalog.pg_inherits ON inhparent = oid \
         ), u (sort, owner, relation, class, object, expression) AS ( \
             SELECT CASE c.relkind WHEN 'm' THEN 'refresh' ELSE 'read' END, c.relname, c.oid, \
                 CAST('pg_catalog.pg_rewrite' AS regclass), r.oid, pg_catalog.pg_get_viewdef(c.oid) \
                 FROM pg_catalog.pg_rewrite AS r JOIN pg_catalog.pg_class AS c ON c.oid = r.ev_class \
                 WHERE r.ev_type = '1' AND c.relkind IN ('v', 'm') AND c.oid >= 16384 \
             UNION ALL SELECT t.sort, c.relname, c.oid, t.class, t.object, t.expression FROM ( \
                 SELECT sort, polrelid, CAST('pg_catalog.pg_policy' AS regclass), oid, \
                     concat(pg_catalog.pg_get_expr(polqual, polrelid), pg_catalog.pg_get_expr(polwithcheck, polrelid)) \
                     FROM pg_catalog.pg_policy, (VALUES ('read'), ('write')) AS sorts (sort) \
                 UNION ALL SELECT 'write', adrelid, CAST('pg_catalog.pg_attrdef' AS regclass), oid, \
                     pg_catalog.pg_get_expr(adbin, adrelid) FROM pg_catalog.pg_attrdef \
                 UNION ALL SELECT 'write', conrelid, CAST('pg_catalog.pg_constraint' AS regclass), oid, \
                     pg_catalog.pg_get_constraintdef(oid) FROM pg_catalog.pg_constraint WHERE conrelid <> 0 \
                 UNION ALL SELECT 'fired', tgrelid, CAST('pg_catalog.pg_trigger' AS regclass), oid, \
                     pg_catalog.pg_get_triggerdef(oid) FROM pg_catalog.pg_trigger WHERE NOT tgisinternal \
                 UNION ALL SELECT sort, indrelid, CAST('pg_catalog.pg_class' AS regclass), indexrelid, NULL \
                     FROM pg_catalog.pg_index, (VALUES ('write'), ('upkeep')) AS sorts (sort) \
                 UNION ALL SELECT 'upkeep', stxrelid, CAST('pg_catalog.pg_statistic_ext' AS regclass), oid, NULL \
                     FROM pg_catalog.pg_statistic_ext \
                 UNION ALL SELECT 'write', oid, CAST('pg_catalog.pg_class' AS regclass), oid, NULL \
                     FROM pg_catalog.pg_class WHERE relkind IN ('r', 'p', 'f') \
                 UNION ALL SELECT 'write', oid, CAST('pg_catalog.pg_class' AS regclass), top, NULL FROM part \
             ) AS t (sort, relation, class, object, expression) JOIN pg_catalog.pg_class AS c ON c.oid = t.relation \
             UNION ALL SELECT CASE WHEN c.relkind <> 'c' THEN 'row type' ELSE 'type' END, t.typname, t.oid, x.class, x.object, \
                 x.expression FROM pg_catalog.pg_type AS t LEFT JOIN pg_catalog.pg_class AS c ON c.oid = t.typrelid, LATERAL ( \
                     SELECT CAST('pg_catalog.pg_type' AS regclass), t.oid, t.typdefault \
                     UNION ALL SELECT CAST('pg_catalog.pg_class' AS regclass), t.typrelid, NULL \
                     UNION ALL SELECT CAST('pg_catalog.pg_constraint' AS regclass), k.oid, pg_catalog.pg_get_constraintdef(k.oid) \
                         FROM pg_catalog.pg_constraint AS k WHERE k.contypid = t.oid \
                     UNION ALL SELECT CAST('pg_catalog.pg_cast' AS regclass), k.oid, NULL \
                         FROM pg_catalog.pg_cast AS k WHERE k.casttarget = t.oid \
                 ) AS x (class, object, expression) WHERE t.typnamespace NOT IN \
                     (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname IN {SYSTEM}) \
         ), used AS ( \
             SELECT u.*, d.refclassid, d.refobjid FROM u JOIN pg_catalog.pg_depend AS d ON d.classid = u.class AND d.objid = u.object \
         ), called (sort, owner, name) AS ( \
             SELECT sort, owner, p.proname FROM used LEFT JOIN pg_catalog.pg_operator AS o \
                 ON refclassid = CAST('pg_catalog.pg_operator' AS regclass) AND o.oid = refobjid \
             JOIN pg_catalog.pg_proc AS p ON p.oid = coalesce(CAST(o.oprcode AS oid), refobjid) \
             JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace \
             WHERE refclassid IN (CAST('pg_catalog.pg_operator' AS regclass), CAST('pg_catalog.pg_proc' AS regclass)) \
                 AND p.prorettype <> CAST('pg_catalog.trigger' AS regtype) AND n.nspname NOT IN {SYSTEM} \
             UNION ALL SELECT sort, owner, t.typname FROM used JOIN pg_catalog.pg_type AS t ON t.oid = refobjid \
                 JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace \
                 WHERE refclassid = CAST('pg_catalog.pg_type' AS regclass) AND n.nspname NOT IN {SYSTEM} \
             UNION ALL SELECT sort, owner, c.relname FROM used JOIN pg_catalog.pg_class AS c ON c.oid = refobjid \
                 JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
                 WHERE refclassid = CAST('pg_catalog.pg_class' AS regclass) AND c.oid <> relation AND n.nspname NOT IN {SYSTEM} \
                     AND class IN (CAST('pg_catalog.pg_rewrite' AS regclass), CAST('pg_catalog.pg_policy' AS regclass)) \
             UNION ALL SELECT sort, owner, '{SET_CONFIG}' FROM u WHERE expression LIKE '%{SET_CONFIG}%' \
         ) SELECT DISTINCT sort, CAST(owner AS text), CAST(name AS text) FROM called"
    ))
    .load::<(String, String, String), _>(conn).await?;
    let caller = |(sort, owner, callee): (String, _, _)| Caller {
        when: match sort.as_str() {
            "read" => When::Read,
            "refresh" => When::Refresh,
            "fired" => When::Fired,
            "upkeep" => When::Upkeep,
            "type" => When::Type,
            "row type" => When::RowType,
            _ => When::Write,
        },
        owner,
        callee,
    };
    let mut callers: Vec<Caller> = rows.into_iter().map(caller).collect();
    callers.extend(event_triggers(conn).await?);
    Ok(callers)
}

async fn event_triggers<Conn: CatalogConnection<Backend = Pg>>(conn: &mut Conn) -> QueryResult<Vec<Caller>> {
    let functions: Vec<String> = sql::<Text>(
        "SELECT CAST(p.proname AS text) FROM pg_catalog.pg_event_trigger AS e \
         JOIN pg_catalog.pg_proc AS p ON p.oid = e.evtfoid",
    )
    .load(conn)
    .await?;
    let caller = |callee| Caller {
        when: When::Definition,
        owner: String::new(),
        callee,
    };
    Ok(functions.into_iter().map(caller).collect())
}

/// Operators, casts to any type, and functions that may be called like columns of their argument, each with the
/// function's name.
pub(super) async fn spelled<Conn: CatalogConnection<Backend = Pg>>(
    conn: &mut Conn,
) -> QueryResult<Vec<(Spelling, String)>> {
    let rows = sql::<(Text, Text, Text)>(&format!(
        "SELECT DISTINCT sort, name, CAST(p.proname AS text) FROM ( \
             SELECT 'operator', CAST(oprname AS text), CAST(oprcode AS oid) FROM pg_catalog.pg_operator \
             UNION ALL SELECT 'cast', s.symbol, k.castfunc FROM pg_catalog.pg_cast AS k, (VALUES ('::'), ('cast')) AS s (symbol) \
             UNION ALL SELECT 'attribute', CAST(f.proname AS text), f.oid FROM pg_catalog.pg_proc AS f \
                 JOIN pg_catalog.pg_type AS t ON t.oid = f.proargtypes[0] \
                 WHERE f.pronargs - f.pronargdefaults <= 1 AND (t.typtype IN ('c', 'd', 'p') OR t.typcategory = 'A') \
         ) AS u (sort, name, function) JOIN pg_catalog.pg_proc AS p ON p.oid = u.function \
         JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace WHERE n.nspname NOT IN {SYSTEM}"
    ))
    .load::<(String, String, String), _>(conn).await?;
    let spelling = |(sort, name, function): (String, String, String)| match sort.as_str() {
        "operator" | "cast" => (Spelling::Operator(name.into()), function),
        _ => (Spelling::Attribute(TableName::new(&name)), function),
    };
    Ok(rows.into_iter().map(spelling).collect())
}
