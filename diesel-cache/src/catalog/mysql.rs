//! MySQL and MariaDB: `information_schema`, of the connection's database and of those that its keys, views and triggers
//! name.

mod rows;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};

use diesel::mysql::Mysql;
use diesel::prelude::*;
use diesel::query_builder::AstPass;
use diesel::result::Error::DeserializationError;
use diesel::sql_types::{Nullable, Text};

use super::backend::{CatalogBackend, Findings};
use super::callers::{Caller, Fired, When};
use super::connection::{BindText, CatalogConnection, sql};
use super::facts::Passed;
use super::key::{Action, Key};
use super::routine::{Extent, Library, Routine};
use super::rows::RowFacts;
use super::words::Words;
use crate::sql::body::{SessionEffects, session_effects};
use crate::sql::{Dialect, Language, Operations, StatementKind, TableName, Tables, analyse};

const SYSTEM: &str = "('information_schema', 'mysql', 'performance_schema', 'sys')";

/// The contents of the reachable databases.
#[derive(Default)]
struct Found {
    library: Library,
    keys: Vec<Key>,
    /// Table and column of the columns that are derived from others, or from the time.
    derived: Vec<(String, String)>,
    /// Name, query, and whether rows can be written through it.
    views: Vec<(String, String, bool)>,
    triggers: Vec<Trigger>,
    rows: RowFacts,
    /// The names of the server's variables, in lower case.
    variables: HashSet<String>,
}

struct Trigger {
    name: String,
    table: String,
    event: String,
    timing: String,
    statement: String,
    sql_mode: String,
}

impl CatalogBackend for Mysql {
    async fn read_catalog<Conn: CatalogConnection<Backend = Self>>(conn: &mut Conn) -> QueryResult<Findings> {
        let current = database(conn).await?;
        let all: BTreeSet<String> = sql::<Text>(&format!(
            "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME NOT IN {SYSTEM}"
        ))
        .load::<String, _>(conn)
        .await?
        .into_iter()
        .collect();
        // On a connection without a default database, a name may belong to any database.
        let mut next: Vec<String> = current.map_or_else(|| all.iter().cloned().collect(), |current| vec![current]);
        let mut reached: BTreeSet<String> = next.iter().cloned().collect();
        let variables = sql::<(Text, Text)>("SHOW VARIABLES")
            .load::<(String, String), _>(conn)
            .await?;
        let mut found = Found {
            variables: variables.into_iter().map(|(name, _)| name.to_lowercase()).collect(),
            ..Found::default()
        };
        while let Some(schema) = next.pop() {
            for other in found.read(&schema, &all, conn).await? {
                if reached.insert(other.clone()) {
                    next.push(other);
                }
            }
        }
        Ok(found.findings())
    }
}

impl BindText for Mysql {
    fn push_text<'b>(pass: &mut AstPass<'_, 'b, Self>, text: &'b str) -> QueryResult<()> {
        pass.push_bind_param::<Text, _>(text)
    }
}

/// Returns the connection's own database.
///
/// Once the future of a statement was dropped, diesel-async's connection returns the answer to that statement for the
/// next one, and so on. Rows that such a connection returns belong to another query.
async fn database<Conn: CatalogConnection<Backend = Mysql>>(conn: &mut Conn) -> QueryResult<Option<String>> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let this = format!("diesel_cache {}", COUNT.fetch_add(1, Ordering::Relaxed));
    let rows = sql::<(Text, Nullable<Text>)>(&format!("SELECT '{this}', DATABASE()"));
    match <[_; 1]>::try_from(rows.load::<(String, Option<String>), _>(conn).await?) {
        Ok([(answered, database)]) if answered == this => Ok(database),
        _ => Err(DeserializationError(
            "the connection answers another statement, whose future was dropped".into(),
        )),
    }
}

impl Found {
    /// Reads one database. Returns the databases that it names.
    async fn read<Conn>(
        &mut self,
        schema: &str,
        all: &BTreeSet<String>,
        conn: &mut Conn,
    ) -> QueryResult<BTreeSet<String>>
    where
        Conn: CatalogConnection<Backend = Mysql>,
    {
        let tables = sql::<Text>("SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = ")
            .bind(schema)
            .load::<String, _>(conn)
            .await?;
        self.library
            .tables
            .extend(tables.iter().map(|table| TableName::new(table)));
        let mut named = BTreeSet::new();
        self.read_keys(schema, &mut named, conn).await?;
        rows::read(&mut self.rows, schema, conn).await?;
        self.derived.extend(
            sql::<(Text, Text)>(
                "SELECT TABLE_NAME, COLUMN_NAME FROM information_schema.COLUMNS \
                 WHERE (LOWER(EXTRA) LIKE '%generated%' OR LOWER(EXTRA) LIKE '%on update%') AND TABLE_SCHEMA = ",
            )
            .bind(schema)
            .load::<(String, String), _>(conn)
            .await?,
        );
        let views = sql::<(Text, Nullable<Text>, Text)>(
            "SELECT TABLE_NAME, VIEW_DEFINITION, IS_UPDATABLE FROM information_schema.VIEWS WHERE TABLE_SCHEMA = ",
        )
        .bind(schema)
        .load::<(String, Option<String>, String), _>(conn)
        .await?;
        let triggers = sql::<(Text, Text, Text, Text, Text, Text)>(
            "SELECT TRIGGER_NAME, EVENT_OBJECT_TABLE, EVENT_MANIPULATION, ACTION_TIMING, ACTION_STATEMENT, SQL_MODE \
             FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = ",
        )
        .bind(schema)
        .load::<(String, String, String, String, String, String), _>(conn)
        .await?;
        let trigger = |(name, table, event, timing, statement, sql_mode)| Trigger {
            name,
            table,
            event,
            timing,
            statement,
            sql_mode,
        };
        let triggers: Vec<_> = triggers.into_iter().map(trigger).collect();
        let routines = sql::<(Text, Nullable<Text>, Text, Text)>(
            "SELECT ROUTINE_NAME, ROUTINE_DEFINITION, SQL_MODE, ROUTINE_TYPE FROM information_schema.ROUTINES \
             WHERE ROUTINE_SCHEMA = ",
        )
        .bind(schema)
        .load::<(String, Option<String>, String, String), _>(conn)
        .await?;
        let texts = views.iter().filter_map(|(_, query, _)| query.as_deref());
        let texts = texts.chain(triggers.iter().map(|trigger| trigger.statement.as_str()));
        let texts = texts.chain(routines.iter().filter_map(|(_, body, ..)| body.as_deref()));
        for words in texts.map(Words::of) {
            named.extend(all.iter().filter(|name| words.have(&TableName::new(name))).cloned());
        }
        let view = |(name, query, updatable): (_, Option<String>, String)| {
            // Hidden from a user without the privilege to see it.
            (name, query.unwrap_or_default(), updatable == "YES")
        };
        self.views.extend(views.into_iter().map(view));
        self.triggers.extend(triggers);
        for (name, body, sql_mode, sort) in routines {
            let routine = routine(body.as_deref(), &sql_mode, &self.variables);
            let routine = match sort.as_str() {
                // A package is called by its name and that of a function.
                "FUNCTION" | "PACKAGE BODY" => routine.callable(),
                _ => routine,
            };
            self.library.add(&name, routine);
        }
        Ok(named)
    }

    /// Reads the cascading keys. Adds the databases that they lead to to `named`.
    async fn read_keys<Conn>(&mut self, schema: &str, named: &mut BTreeSet<String>, conn: &mut Conn) -> QueryResult<()>
    where
        Conn: CatalogConnection<Backend = Mysql>,
    {
        // A row for each column of a key.
        let rows = sql::<(Text, Text, Text, Text, Text, Text, Nullable<Text>, Nullable<Text>)>(
            "SELECT r.UNIQUE_CONSTRAINT_SCHEMA, r.REFERENCED_TABLE_NAME, r.TABLE_NAME, r.CONSTRAINT_NAME, r.DELETE_RULE, \
                 r.UPDATE_RULE, k.REFERENCED_COLUMN_NAME, k.COLUMN_NAME \
             FROM information_schema.REFERENTIAL_CONSTRAINTS AS r \
             LEFT JOIN information_schema.KEY_COLUMN_USAGE AS k ON k.CONSTRAINT_SCHEMA = r.CONSTRAINT_SCHEMA \
                 AND k.CONSTRAINT_NAME = r.CONSTRAINT_NAME AND k.TABLE_NAME = r.TABLE_NAME \
                 AND k.REFERENCED_TABLE_NAME IS NOT NULL \
             WHERE (r.DELETE_RULE IN ('CASCADE', 'SET NULL', 'SET DEFAULT') \
                 OR r.UPDATE_RULE IN ('CASCADE', 'SET NULL', 'SET DEFAULT')) AND r.CONSTRAINT_SCHEMA = ",
        )
        .bind(schema)
        .load::<(String, String, String, String, String, String, Option<String>, Option<String>), _>(conn).await?;
        let mut keys: BTreeMap<(String, String), Key> = BTreeMap::new();
        for (other, parent, child, name, on_delete, on_update, parent_column, child_column) in rows {
            named.insert(other);
            let key = keys.entry((child.clone(), name)).or_insert_with(|| Key {
                parent,
                child,
                parent_columns: Vec::new(),
                child_columns: Vec::new(),
                on_delete: Action::of(&on_delete),
                on_update: Action::of(&on_update),
            });
            key.parent_columns.extend(parent_column);
            key.child_columns.extend(child_column);
        }
        self.keys.extend(keys.into_values());
        Ok(())
    }

    fn findings(self) -> Findings {
        let Self {
            mut library,
            keys,
            derived,
            views,
            triggers,
            rows,
            variables,
        } = self;
        let mut findings = Findings::default();
        findings.report.cascades = keys.len();
        findings.report.views = views.len();
        findings.report.triggers = triggers.len();
        for key in keys {
            key.add_to(&mut findings.facts);
        }
        for (table, column) in derived {
            findings.facts.add_derived(&table, &[column]);
        }
        let words: Vec<Words> = views.iter().map(|(_, query, _)| Words::of(query)).collect();
        let names: Vec<TableName> = views.iter().map(|(name, ..)| TableName::new(name)).collect();
        let mut callers = Vec::new();
        for ((view, ..), words) in views.iter().zip(&words) {
            let callees = library
                .names_in(words)
                .chain(names.iter().filter(|name| words.have(name)));
            callers.extend(callees.map(|callee| Caller {
                when: When::Read,
                owner: view.clone(),
                callee: callee.to_string(),
            }));
        }
        library.add_callers(&callers);
        library.find_effects();
        for ((name, query, updatable), words) in views.into_iter().zip(&words) {
            let own = match analyse(&query, Dialect::Mysql).single_select() {
                Ok(select) if matches!(select.kind, StatementKind::Select { .. }) => select.reads.clone(),
                _ => Tables::Everything,
            };
            let mut reads = own.clone();
            reads.add_all(&library.shown_by(library.named_in(words)));
            if reads == Tables::Everything {
                let why = "does not tell which tables it reads, or not to this user";
                findings.report.add_opaque("view", &name, None, why, &reads);
            }
            let view = TableName::new(&name);
            match own {
                Tables::Known(tables) if updatable => tables
                    .into_iter()
                    .for_each(|table| findings.facts.add_pass(view.clone(), table, Passed::Renamed)),
                Tables::Everything if updatable => findings.facts.add_changed(view.clone(), &Tables::Everything),
                _ => {}
            }
            findings.facts.add_shown(view, &reads);
        }
        findings.add_side_effects(&library, &callers);
        findings.rows = rows;
        for (name, _) in library.callable() {
            findings.rows.add_function(name);
        }
        for trigger in triggers {
            add_trigger(&mut findings, &trigger, &library, &variables);
        }
        findings.rows.retain_plain(&findings.facts);
        findings
    }
}

fn add_trigger(findings: &mut Findings, trigger: &Trigger, library: &Library, variables: &HashSet<String>) {
    let code = routine(Some(&trigger.statement), &trigger.sql_mode, variables);
    // Later versions of MariaDB allow several.
    let mut events = Operations::NONE;
    for event in trigger.event.split([',', ' ']) {
        events.add_all(&match event {
            "INSERT" => Operations::INSERT,
            "UPDATE" => Operations::UPDATE,
            "DELETE" => Operations::DELETE,
            "" => Operations::NONE,
            _ => Operations::ALL,
        });
    }
    let fired = Fired {
        sort: "trigger",
        name: &trigger.name,
        table: &trigger.table,
        when: events,
    };
    let touched = findings.add_fired(&fired, library, [&code]);
    if trigger.timing != "AFTER" {
        let when = Operations {
            update: fired.when.update,
            ..Operations::NONE
        };
        let table = TableName::new(fired.table);
        findings.rows.add_assigned(&table, &touched.assigned);
        findings.facts.add_assigned(&table, when, touched.assigned);
    }
}

/// Creates a routine from its code; `None` if the code is hidden from this user.
fn routine(body: Option<&str>, sql_mode: &str, variables: &HashSet<String>) -> Routine {
    let is_variable = |name: &str| variables.contains(name);
    let session = match body {
        None => SessionEffects::UNKNOWN,
        Some(body) if has_other_quotes(sql_mode, body) => SessionEffects::UNKNOWN,
        Some(body) => session_effects(body, Dialect::Mysql, &is_variable),
    };
    code(body, sql_mode).with_session(session)
}

/// Returns `true` if strings or quoted names may end elsewhere than usual in code of this mode.
fn has_other_quotes(sql_mode: &str, body: &str) -> bool {
    body.contains('\\')
        && ["NO_BACKSLASH_ESCAPES", "ANSI_QUOTES"]
            .iter()
            .any(|mode| sql_mode.contains(mode))
}

fn code(body: Option<&str>, sql_mode: &str) -> Routine {
    match body {
        None => Routine::new("", Extent::Anything("runs code that this user may not see".into())),
        Some(body) if has_other_quotes(sql_mode, body) => {
            Routine::new(body, Extent::Guessed("has strings with backslashes".into()))
        }
        Some(body) => Routine::read(body, Language::Mysql),
    }
}
