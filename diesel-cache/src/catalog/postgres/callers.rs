//! What calls functions, beside the texts of statements and the actions of triggers and rules.

use diesel::connection::LoadConnection;
use diesel::dsl::sql;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::queries::SYSTEM;
use crate::catalog::callers::{Caller, When};
use crate::catalog::spelling::Spelling;
use crate::tables::TableName;

/// The system's own function that changes the session.
pub(super) const SET_CONFIG: &str = "set_config";

/// Views, policies, defaults, checks, conditions of triggers, event triggers, operators, casts.
pub(super) fn callers<Conn: LoadConnection<Backend = Pg>>(conn: &mut Conn) -> QueryResult<Vec<Caller>> {
    // Of the system's own functions no dependency is recorded; the one that matters is found by its name.
    let rows = sql::<(Text, Text, Text)>(&format!(
        "WITH u (sort, relation, class, object, expression) AS ( \
             SELECT CASE c.relkind WHEN 'm' THEN 'refresh' ELSE 'read' END, c.oid, CAST('pg_catalog.pg_rewrite' AS regclass), \
                 r.oid, pg_catalog.pg_get_viewdef(c.oid) FROM pg_catalog.pg_rewrite AS r \
                 JOIN pg_catalog.pg_class AS c ON c.oid = r.ev_class WHERE r.ev_type = '1' AND c.relkind IN ('v', 'm') \
             UNION ALL SELECT sort, polrelid, CAST('pg_catalog.pg_policy' AS regclass), oid, \
                 concat(pg_catalog.pg_get_expr(polqual, polrelid), pg_catalog.pg_get_expr(polwithcheck, polrelid)) \
                 FROM pg_catalog.pg_policy, (VALUES ('read'), ('write')) AS sorts (sort) \
             UNION ALL SELECT 'write', adrelid, CAST('pg_catalog.pg_attrdef' AS regclass), oid, \
                 pg_catalog.pg_get_expr(adbin, adrelid) FROM pg_catalog.pg_attrdef \
             UNION ALL SELECT 'write', conrelid, CAST('pg_catalog.pg_constraint' AS regclass), oid, \
                 pg_catalog.pg_get_constraintdef(oid) FROM pg_catalog.pg_constraint WHERE conrelid <> 0 \
             UNION ALL SELECT 'write', a.attrelid, CAST('pg_catalog.pg_constraint' AS regclass), k.oid, \
                 pg_catalog.pg_get_constraintdef(k.oid) FROM pg_catalog.pg_constraint AS k \
                 JOIN pg_catalog.pg_attribute AS a ON a.atttypid = k.contypid WHERE k.contypid <> 0 \
             UNION ALL SELECT 'write', a.attrelid, CAST('pg_catalog.pg_type' AS regclass), t.oid, t.typdefault \
                 FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid AND t.typtype = 'd' \
             UNION ALL SELECT 'write', tgrelid, CAST('pg_catalog.pg_trigger' AS regclass), oid, \
                 pg_catalog.pg_get_triggerdef(oid) FROM pg_catalog.pg_trigger WHERE NOT tgisinternal \
             UNION ALL SELECT 'write', indrelid, CAST('pg_catalog.pg_class' AS regclass), indexrelid, NULL \
                 FROM pg_catalog.pg_index \
         ), called (sort, relation, name) AS ( \
             SELECT u.sort, u.relation, p.proname FROM u \
             JOIN pg_catalog.pg_depend AS d ON d.classid = u.class AND d.objid = u.object \
             LEFT JOIN pg_catalog.pg_operator AS o ON d.refclassid = CAST('pg_catalog.pg_operator' AS regclass) \
                 AND o.oid = d.refobjid \
             JOIN pg_catalog.pg_proc AS p ON p.oid = coalesce(CAST(o.oprcode AS oid), d.refobjid) \
             JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace \
             WHERE d.refclassid IN (CAST('pg_catalog.pg_operator' AS regclass), CAST('pg_catalog.pg_proc' AS regclass)) \
                 AND p.prorettype <> CAST('pg_catalog.trigger' AS regtype) AND n.nspname NOT IN {SYSTEM} \
             UNION ALL SELECT sort, relation, '{SET_CONFIG}' FROM u WHERE expression LIKE '%{SET_CONFIG}%' \
         ) SELECT DISTINCT sort, CAST(c.relname AS text), CAST(name AS text) \
         FROM called JOIN pg_catalog.pg_class AS c ON c.oid = relation"
    ))
    .load::<(String, String, String)>(conn)?;
    let caller = |(sort, relation, function): (String, _, _)| Caller {
        when: match sort.as_str() {
            "read" => When::Read,
            "refresh" => When::Refresh,
            _ => When::Write,
        },
        relation,
        function,
    };
    let mut callers: Vec<Caller> = rows.into_iter().map(caller).collect();
    callers.extend(event_triggers(conn)?);
    callers.extend(spelled(conn)?);
    Ok(callers)
}

fn event_triggers<Conn: LoadConnection<Backend = Pg>>(conn: &mut Conn) -> QueryResult<Vec<Caller>> {
    let functions: Vec<String> = sql::<Text>(
        "SELECT CAST(p.proname AS text) FROM pg_catalog.pg_event_trigger AS e \
         JOIN pg_catalog.pg_proc AS p ON p.oid = e.evtfoid",
    )
    .load(conn)?;
    let caller = |function| Caller {
        when: When::Definition,
        relation: String::new(),
        function,
    };
    Ok(functions.into_iter().map(caller).collect())
}

/// Operators and casts, and functions that may be called as if they were columns of their argument.
fn spelled<Conn: LoadConnection<Backend = Pg>>(conn: &mut Conn) -> QueryResult<Vec<Caller>> {
    let rows = sql::<(Text, Text, Text)>(&format!(
        "SELECT sort, name, CAST(p.proname AS text) FROM ( \
             SELECT 'operator', CAST(oprname AS text), CAST(oprcode AS oid) FROM pg_catalog.pg_operator \
             UNION ALL SELECT 'type', CAST(t.typname AS text), k.castfunc FROM pg_catalog.pg_cast AS k \
                 JOIN pg_catalog.pg_type AS t ON t.oid = k.casttarget \
             UNION ALL SELECT 'attribute', CAST(f.proname AS text), f.oid FROM pg_catalog.pg_proc AS f \
                 JOIN pg_catalog.pg_type AS t ON t.oid = f.proargtypes[0] WHERE f.pronargs = 1 AND t.typtype = 'c' \
         ) AS u (sort, name, function) JOIN pg_catalog.pg_proc AS p ON p.oid = u.function \
         JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace WHERE n.nspname NOT IN {SYSTEM}"
    ))
    .load::<(String, String, String)>(conn)?;
    let caller = |(sort, name, function): (String, String, _)| Caller {
        when: When::Spelled(match sort.as_str() {
            "operator" => Spelling::Operator(name.into()),
            "attribute" => Spelling::Attribute(TableName::new(&name)),
            _ => Spelling::Type(TableName::new(&name)),
        }),
        relation: String::new(),
        function,
    };
    Ok(rows.into_iter().map(caller).collect())
}
