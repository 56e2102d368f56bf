//! The queries of the system catalogs.
//!
//! Names are without their schema, as canonical names are. All queries work from PostgreSQL 11 on.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Integer, Nullable, Text};

use crate::catalog::connection::{CatalogConnection, sql};
use crate::catalog::key::{Action, Key};

/// Name, whether rows can be written through it, its query, and the relations and functions that it uses.
pub(super) type View = (String, bool, String, Vec<String>, Vec<String>);

/// A function that does not belong to the system.
pub(super) struct Function {
    pub(super) name: String,
    pub(super) sort: Sort,
    /// Whether it belongs to an extension.
    pub(super) is_extensions: bool,
    pub(super) language: String,
    pub(super) volatile: bool,
    body: String,
    /// The defaults of arguments, and the types of arguments and of the result.
    beside: String,
    /// The definition, header included; `None` for aggregates.
    definition: Option<String>,
}

/// The use of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    /// Called by statements; aggregates included.
    Function,
    /// Called by triggers and event triggers.
    Trigger,
    Procedure,
}

impl Function {
    /// Returns the code without the header, which holds the function's own name, and `LANGUAGE`.
    pub(super) fn text(&self) -> String {
        // PostgreSQL does not keep the body of a function with `BEGIN ATOMIC` or `RETURN` as a text.
        let body = match (&*self.body, &self.definition) {
            ("", Some(definition)) => ["\nBEGIN ATOMIC\n", "\nRETURN "]
                .iter()
                .find_map(|begin| definition.find(begin).map(|at| &definition[at..]))
                .unwrap_or(definition),
            (body, _) => body,
        };
        format!("{body}\n;{}", self.beside)
    }
}

/// A partition, or a table that inherits.
pub(super) struct Child {
    pub(super) parent: String,
    pub(super) child: String,
    pub(super) is_partition: bool,
    /// The columns of the parent's partition key, if it has partitions: rows move when these change.
    pub(super) partitioned_by: Vec<String>,
    /// Whether the parent is also partitioned by expressions.
    pub(super) by_expression: bool,
}

pub(super) struct Rule {
    pub(super) name: String,
    pub(super) table: String,
    /// `2` UPDATE, `3` INSERT, `4` DELETE.
    pub(super) event: String,
    pub(super) definition: String,
    /// The functions that it uses.
    pub(super) functions: Vec<String>,
}

pub(super) struct Trigger {
    pub(super) name: String,
    pub(super) table: String,
    pub(super) function: String,
    /// Bits: see `pg_trigger.tgtype`.
    pub(super) kind: i32,
    /// The columns of `UPDATE OF`.
    pub(super) columns: Vec<String>,
    pub(super) arguments: String,
}

pub(super) const SYSTEM: &str = "('pg_catalog', 'information_schema', 'pg_toast')";

pub(super) async fn tables<Conn: CatalogConnection<Backend = Pg>>(conn: &mut Conn) -> QueryResult<Vec<String>> {
    sql::<Text>(&format!(
        "SELECT CAST(c.relname AS text) FROM pg_catalog.pg_class AS c \
         JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
         WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT IN {SYSTEM}"
    ))
    .load(conn)
    .await
}

/// Renders a query for the names of a relation's columns by their numbers, in the order of these.
pub(super) fn columns_of(relation: &str, numbers: &str) -> String {
    format!(
        "ARRAY(SELECT CAST(a.attname AS text) FROM pg_catalog.unnest({numbers}) WITH ORDINALITY AS n (number, place) \
         JOIN pg_catalog.pg_attribute AS a ON a.attrelid = {relation} AND a.attnum = n.number ORDER BY n.place)"
    )
}

/// Returns the keys that cascade.
pub(super) async fn keys<Conn: CatalogConnection<Backend = Pg>>(conn: &mut Conn) -> QueryResult<Vec<Key>> {
    let rows = sql::<(Text, Text, Array<Text>, Array<Text>, Text, Text)>(&format!(
        "SELECT CAST(parent.relname AS text), CAST(child.relname AS text), {}, {}, \
             CAST(k.confdeltype AS text), CAST(k.confupdtype AS text) FROM pg_catalog.pg_constraint AS k \
         JOIN pg_catalog.pg_class AS parent ON parent.oid = k.confrelid \
         JOIN pg_catalog.pg_class AS child ON child.oid = k.conrelid \
         WHERE k.contype = 'f' AND (k.confdeltype IN ('c', 'n', 'd') OR k.confupdtype IN ('c', 'n', 'd'))",
        columns_of("k.confrelid", "k.confkey"),
        columns_of("k.conrelid", "k.conkey"),
    ))
    .load::<(String, String, Vec<String>, Vec<String>, String, String), _>(conn)
    .await?;
    let key =
        |(parent, child, parent_columns, child_columns, on_delete, on_update): (_, _, _, _, String, String)| Key {
            parent,
            child,
            parent_columns,
            child_columns,
            on_delete: Action::of(&on_delete),
            on_update: Action::of(&on_update),
        };
    Ok(rows.into_iter().map(key).collect())
}

/// Returns partitions, and tables that inherit.
pub(super) async fn children<Conn: CatalogConnection<Backend = Pg>>(conn: &mut Conn) -> QueryResult<Vec<Child>> {
    let rows = sql::<(Text, Text, Bool, Array<Text>, Bool)>(&format!(
        "SELECT CAST(parent.relname AS text), CAST(child.relname AS text), child.relispartition, {}, \
             coalesce(0 = ANY (CAST(p.partattrs AS int2[])), false) FROM pg_catalog.pg_inherits AS i \
         JOIN pg_catalog.pg_class AS parent ON parent.oid = i.inhparent \
         JOIN pg_catalog.pg_class AS child ON child.oid = i.inhrelid \
         LEFT JOIN pg_catalog.pg_partitioned_table AS p ON p.partrelid = parent.oid \
         WHERE child.relkind IN ('r', 'p', 'f')",
        columns_of("p.partrelid", "CAST(p.partattrs AS int2[])"),
    ))
    .load::<(String, String, bool, Vec<String>, bool), _>(conn)
    .await?;
    let child = |(parent, child, is_partition, partitioned_by, by_expression)| Child {
        parent,
        child,
        is_partition,
        partitioned_by,
        by_expression,
    };
    Ok(rows.into_iter().map(child).collect())
}

/// Returns the tables with the columns that are computed from others.
pub(super) async fn generated<Conn: CatalogConnection<Backend = Pg>>(
    conn: &mut Conn,
) -> QueryResult<Vec<(String, Vec<String>)>> {
    // PostgreSQL has none before version 12, nor the column `attgenerated`.
    sql::<(Text, Array<Text>)>(&format!(
        "SELECT CAST(c.relname AS text), pg_catalog.array_agg(CAST(a.attname AS text)) \
         FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid \
         JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
         WHERE a.attnum > 0 AND c.relkind IN ('r', 'p', 'f') AND n.nspname NOT IN {SYSTEM} \
             AND coalesce(pg_catalog.to_jsonb(a) ->> 'attgenerated', '') <> '' \
         GROUP BY c.oid, c.relname"
    ))
    .load(conn)
    .await
}

/// The relations that rule `r` uses.
const RELATIONS: &str = "ARRAY(SELECT CAST(x.relname AS text) FROM pg_catalog.pg_depend AS d \
         JOIN pg_catalog.pg_class AS x ON x.oid = d.refobjid \
         JOIN pg_catalog.pg_class AS rules ON rules.oid = d.classid AND rules.relname = 'pg_rewrite' \
         JOIN pg_catalog.pg_class AS classes ON classes.oid = d.refclassid AND classes.relname = 'pg_class' \
         WHERE d.objid = r.oid AND d.refobjid <> c.oid)";

/// The functions that rule `r` uses, those of operators among them.
const FUNCTIONS: &str = "ARRAY(SELECT CAST(p.proname AS text) FROM pg_catalog.pg_depend AS d \
         JOIN pg_catalog.pg_class AS rules ON rules.oid = d.classid AND rules.relname = 'pg_rewrite' \
         JOIN pg_catalog.pg_class AS classes ON classes.oid = d.refclassid \
         LEFT JOIN pg_catalog.pg_operator AS o ON classes.relname = 'pg_operator' AND o.oid = d.refobjid \
         JOIN pg_catalog.pg_proc AS p ON p.oid = coalesce(o.oprcode, d.refobjid) \
         WHERE d.objid = r.oid AND classes.relname IN ('pg_operator', 'pg_proc'))";

/// Returns the views, except materialised ones: those change when they are refreshed, which is a write to them.
pub(super) async fn views<Conn: CatalogConnection<Backend = Pg>>(conn: &mut Conn) -> QueryResult<Vec<View>> {
    sql::<(Text, Bool, Text, Array<Text>, Array<Text>)>(&format!(
        "SELECT CAST(c.relname AS text), pg_catalog.pg_relation_is_updatable(CAST(c.oid AS regclass), true) <> 0, \
             coalesce(pg_catalog.pg_get_viewdef(c.oid), ''), {RELATIONS}, {FUNCTIONS} \
         FROM pg_catalog.pg_rewrite AS r JOIN pg_catalog.pg_class AS c ON c.oid = r.ev_class \
         JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
         WHERE r.ev_type = '1' AND c.relkind = 'v' AND n.nspname NOT IN {SYSTEM}"
    ))
    .load(conn)
    .await
}

pub(super) async fn rules<Conn: CatalogConnection<Backend = Pg>>(conn: &mut Conn) -> QueryResult<Vec<Rule>> {
    let rows = sql::<(Text, Text, Text, Text, Array<Text>)>(&format!(
        "SELECT CAST(r.rulename AS text), CAST(c.relname AS text), CAST(r.ev_type AS text), \
             coalesce(pg_catalog.pg_get_ruledef(r.oid), ''), {FUNCTIONS} \
         FROM pg_catalog.pg_rewrite AS r JOIN pg_catalog.pg_class AS c ON c.oid = r.ev_class \
         JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
         WHERE r.ev_type <> '1' AND n.nspname NOT IN {SYSTEM}"
    ))
    .load::<(String, String, String, String, Vec<String>), _>(conn)
    .await?;
    let rule = |(name, table, event, definition, functions)| Rule {
        name,
        table,
        event,
        definition,
        functions,
    };
    Ok(rows.into_iter().map(rule).collect())
}

/// Returns the triggers, disabled ones included, except those by which the system checks keys.
pub(super) async fn triggers<Conn: CatalogConnection<Backend = Pg>>(conn: &mut Conn) -> QueryResult<Vec<Trigger>> {
    let rows = sql::<(Text, Text, Text, Integer, Array<Text>, Text)>(&format!(
        "SELECT CAST(t.tgname AS text), CAST(c.relname AS text), CAST(p.proname AS text), CAST(t.tgtype AS int4), {}, \
             pg_catalog.encode(t.tgargs, 'escape') \
         FROM pg_catalog.pg_trigger AS t JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid \
         JOIN pg_catalog.pg_proc AS p ON p.oid = t.tgfoid \
         JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace \
         WHERE n.nspname NOT IN {SYSTEM} OR NOT t.tgisinternal",
        columns_of("t.tgrelid", "CAST(t.tgattr AS int2[])"),
    ))
    .load::<(String, String, String, i32, Vec<String>, String), _>(conn)
    .await?;
    let trigger = |(name, table, function, kind, columns, arguments)| Trigger {
        name,
        table,
        function,
        kind,
        columns,
        arguments,
    };
    Ok(rows.into_iter().map(trigger).collect())
}

/// The table, relations and functions of a policy.
type Policy = (String, Vec<String>, Vec<String>);

/// Returns the row security policies: they decide which of the table's rows a session sees.
pub(super) async fn policies<Conn: CatalogConnection<Backend = Pg>>(conn: &mut Conn) -> QueryResult<Vec<Policy>> {
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
    .await
}

pub(super) async fn functions<Conn: CatalogConnection<Backend = Pg>>(conn: &mut Conn) -> QueryResult<Vec<Function>> {
    // An aggregate has no code: it calls the functions of which it is made. Each subquery finds its rows by an index.
    // Otherwise PostgreSQL takes the whole for so expensive that it compiles it (`jit_above_cost`), which takes thirty
    // times as long as running it.
    let rows = sql::<(Text, Text, Bool, Text, Text, Nullable<Text>, Text, Bool)>(&format!(
        "SELECT CAST(p.proname AS text), CAST(l.lanname AS text), p.provolatile = 'v', \
             CASE WHEN p.prokind = 'a' THEN (SELECT coalesce(pg_catalog.string_agg(CAST(f.proname AS text), ' '), '') \
                 FROM pg_catalog.pg_aggregate AS a JOIN pg_catalog.pg_proc AS f ON f.oid = ANY (ARRAY[ \
                     CAST(a.aggtransfn AS oid), a.aggfinalfn, a.aggcombinefn, a.aggserialfn, a.aggdeserialfn, \
                     a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn]) WHERE a.aggfnoid = p.oid) ELSE coalesce(p.prosrc, '') END, \
             concat(pg_catalog.pg_get_expr(p.proargdefaults, 0), \
                 (SELECT pg_catalog.string_agg(' ' || CAST(t.typname AS text), '') FROM pg_catalog.pg_type AS t \
                 JOIN pg_catalog.pg_namespace AS tn ON tn.oid = t.typnamespace WHERE tn.nspname NOT IN {SYSTEM} \
                 AND t.oid = ANY (CAST(p.proargtypes AS oid[]) || p.proallargtypes || p.prorettype))), \
             CASE WHEN p.prokind <> 'a' THEN pg_catalog.pg_get_functiondef(p.oid) END, \
             CASE WHEN p.prokind = 'p' THEN 'procedure' WHEN p.prorettype IN (CAST('pg_catalog.trigger' AS regtype), \
                 CAST('pg_catalog.event_trigger' AS regtype)) THEN 'trigger' ELSE 'function' END, \
             EXISTS (SELECT 1 FROM pg_catalog.pg_depend AS d WHERE d.classid = CAST('pg_catalog.pg_proc' AS regclass) \
                 AND d.objid = p.oid AND d.deptype = 'e') \
         FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang \
         JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace WHERE n.nspname NOT IN {SYSTEM}"
    ))
    .load::<(String, String, bool, String, String, Option<String>, String, bool), _>(conn).await?;
    let function =
        |(name, language, volatile, body, beside, definition, sort, is_extensions): (_, _, _, _, _, _, String, _)| {
            Function {
                name,
                language,
                volatile,
                body,
                beside,
                definition,
                is_extensions,
                sort: match sort.as_str() {
                    "function" => Sort::Function,
                    "procedure" => Sort::Procedure,
                    _ => Sort::Trigger,
                },
            }
        };
    Ok(rows.into_iter().map(function).collect())
}
