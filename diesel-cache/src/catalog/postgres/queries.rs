//! What the system catalogs are asked.
//!
//! Names come without their schema, as canonical names do. Everything works from PostgreSQL 11 on.

use diesel::connection::LoadConnection;
use diesel::dsl::sql;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Nullable, Text};

/// Name, can rows be written through it, its query, relations and functions that it uses.
pub(super) type View = (String, bool, String, Vec<String>, Vec<String>);
/// Name, table, relations and functions that it uses.
pub(super) type Rule = (String, String, Vec<String>, Vec<String>);

/// A function of the database's own.
pub(super) struct Function {
    pub(super) name: String,
    pub(super) language: String,
    pub(super) volatile: bool,
    pub(super) body: String,
    /// With what stands before the body; `None` for aggregates.
    pub(super) definition: Option<String>,
}

const SYSTEM: &str = "('pg_catalog', 'information_schema', 'pg_toast')";

pub(super) fn tables<Conn: LoadConnection<Backend = Pg>>(conn: &mut Conn) -> QueryResult<Vec<String>> {
    sql::<Text>(&format!(
        "SELECT CAST(c.relname AS text) FROM pg_catalog.pg_class AS c \
         JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
         WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT IN {SYSTEM}"
    ))
    .load(conn)
}

/// Parent and child of the keys that cascade.
pub(super) fn keys<Conn: LoadConnection<Backend = Pg>>(conn: &mut Conn) -> QueryResult<Vec<(String, String)>> {
    sql::<(Text, Text)>(
        "SELECT CAST(parent.relname AS text), CAST(child.relname AS text) FROM pg_catalog.pg_constraint AS k \
         JOIN pg_catalog.pg_class AS parent ON parent.oid = k.confrelid \
         JOIN pg_catalog.pg_class AS child ON child.oid = k.conrelid \
         WHERE k.contype = 'f' AND (k.confdeltype IN ('c', 'n', 'd') OR k.confupdtype IN ('c', 'n', 'd'))",
    )
    .load(conn)
}

/// Parent and child, of partitions and of inheritance.
pub(super) fn children<Conn: LoadConnection<Backend = Pg>>(conn: &mut Conn) -> QueryResult<Vec<(String, String)>> {
    sql::<(Text, Text)>(
        "SELECT CAST(parent.relname AS text), CAST(child.relname AS text) FROM pg_catalog.pg_inherits AS i \
         JOIN pg_catalog.pg_class AS parent ON parent.oid = i.inhparent \
         JOIN pg_catalog.pg_class AS child ON child.oid = i.inhrelid \
         WHERE child.relkind IN ('r', 'p', 'f')",
    )
    .load(conn)
}

/// The relations and the functions that rule `r` uses, the functions of operators among them.
const USED: &str = "ARRAY(SELECT CAST(x.relname AS text) FROM pg_catalog.pg_depend AS d \
         JOIN pg_catalog.pg_class AS x ON x.oid = d.refobjid \
         JOIN pg_catalog.pg_class AS rules ON rules.oid = d.classid AND rules.relname = 'pg_rewrite' \
         JOIN pg_catalog.pg_class AS classes ON classes.oid = d.refclassid AND classes.relname = 'pg_class' \
         WHERE d.objid = r.oid AND d.refobjid <> c.oid), \
     ARRAY(SELECT CAST(p.proname AS text) FROM pg_catalog.pg_depend AS d \
         JOIN pg_catalog.pg_class AS rules ON rules.oid = d.classid AND rules.relname = 'pg_rewrite' \
         JOIN pg_catalog.pg_class AS classes ON classes.oid = d.refclassid \
         LEFT JOIN pg_catalog.pg_operator AS o ON classes.relname = 'pg_operator' AND o.oid = d.refobjid \
         JOIN pg_catalog.pg_proc AS p ON p.oid = coalesce(o.oprcode, d.refobjid) \
         WHERE d.objid = r.oid AND classes.relname IN ('pg_operator', 'pg_proc')) ";

/// Views. Not materialised ones: they change when they are refreshed, which is a write to them.
pub(super) fn views<Conn: LoadConnection<Backend = Pg>>(conn: &mut Conn) -> QueryResult<Vec<View>> {
    sql::<(Text, Bool, Text, Array<Text>, Array<Text>)>(&format!(
        "SELECT CAST(c.relname AS text), pg_catalog.pg_relation_is_updatable(CAST(c.oid AS regclass), true) <> 0, \
             coalesce(pg_catalog.pg_get_viewdef(c.oid), ''), {USED} \
         FROM pg_catalog.pg_rewrite AS r JOIN pg_catalog.pg_class AS c ON c.oid = r.ev_class \
         JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
         WHERE r.ev_type = '1' AND c.relkind = 'v' AND n.nspname NOT IN {SYSTEM}"
    ))
    .load(conn)
}

pub(super) fn rules<Conn: LoadConnection<Backend = Pg>>(conn: &mut Conn) -> QueryResult<Vec<Rule>> {
    sql::<(Text, Text, Array<Text>, Array<Text>)>(&format!(
        "SELECT CAST(r.rulename AS text), CAST(c.relname AS text), {USED} \
         FROM pg_catalog.pg_rewrite AS r JOIN pg_catalog.pg_class AS c ON c.oid = r.ev_class \
         JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
         WHERE r.ev_type <> '1' AND n.nspname NOT IN {SYSTEM}"
    ))
    .load(conn)
}

/// Name, table and function of the triggers, but for those whose function is the system's own: they check keys, or
/// change the row that is being written.
pub(super) fn triggers<Conn: LoadConnection<Backend = Pg>>(
    conn: &mut Conn,
) -> QueryResult<Vec<(String, String, String)>> {
    sql::<(Text, Text, Text)>(&format!(
        "SELECT CAST(t.tgname AS text), CAST(c.relname AS text), CAST(p.proname AS text) \
         FROM pg_catalog.pg_trigger AS t JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid \
         JOIN pg_catalog.pg_proc AS p ON p.oid = t.tgfoid \
         JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace \
         WHERE n.nspname NOT IN {SYSTEM}"
    ))
    .load(conn)
}

/// Table, relations and functions of a policy.
type Policy = (String, Vec<String>, Vec<String>);

/// The row security policies: they decide which of the table's rows a session sees.
pub(super) fn policies<Conn: LoadConnection<Backend = Pg>>(conn: &mut Conn) -> QueryResult<Vec<Policy>> {
    sql::<(Text, Array<Text>, Array<Text>)>(
        "SELECT CAST(c.relname AS text), \
             ARRAY(SELECT CAST(x.relname AS text) FROM pg_catalog.pg_depend AS d \
                 JOIN pg_catalog.pg_class AS x ON x.oid = d.refobjid \
                 WHERE d.classid = CAST('pg_catalog.pg_policy' AS regclass) AND d.objid = p.oid \
                     AND d.refclassid = CAST('pg_catalog.pg_class' AS regclass) AND x.oid <> c.oid), \
             ARRAY(SELECT CAST(f.proname AS text) FROM pg_catalog.pg_depend AS d \
                 JOIN pg_catalog.pg_class AS classes ON classes.oid = d.refclassid \
                 LEFT JOIN pg_catalog.pg_operator AS o ON classes.relname = 'pg_operator' AND o.oid = d.refobjid \
                 JOIN pg_catalog.pg_proc AS f ON f.oid = coalesce(o.oprcode, d.refobjid) \
                 WHERE d.classid = CAST('pg_catalog.pg_policy' AS regclass) AND d.objid = p.oid \
                     AND classes.relname IN ('pg_operator', 'pg_proc')) \
         FROM pg_catalog.pg_policy AS p JOIN pg_catalog.pg_class AS c ON c.oid = p.polrelid",
    )
    .load(conn)
}

pub(super) fn functions<Conn: LoadConnection<Backend = Pg>>(conn: &mut Conn) -> QueryResult<Vec<Function>> {
    let rows = sql::<(Text, Text, Bool, Text, Nullable<Text>)>(&format!(
        "SELECT CAST(p.proname AS text), CAST(l.lanname AS text), p.provolatile = 'v', coalesce(p.prosrc, ''), \
             CASE WHEN p.prokind <> 'a' THEN pg_catalog.pg_get_functiondef(p.oid) END \
         FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang \
         JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace WHERE n.nspname NOT IN {SYSTEM}"
    ))
    .load::<(String, String, bool, String, Option<String>)>(conn)?;
    let function = |(name, language, volatile, body, definition)| Function {
        name,
        language,
        volatile,
        body,
        definition,
    };
    Ok(rows.into_iter().map(function).collect())
}
