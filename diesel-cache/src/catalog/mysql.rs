//! MySQL and MariaDB: `information_schema`, of the connection's database and of those that its keys, views and triggers name.

use std::collections::BTreeSet;

use diesel::connection::LoadConnection;
use diesel::dsl::sql;
use diesel::mysql::Mysql;
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text};

use super::backend::{CatalogBackend, Findings};
use super::routine::{Library, Routine, Writes};
use super::words::Words;
use crate::tables::body::body_writes;
use crate::tables::{Dialect, Kind, TableName, Tables, analyse};

const SYSTEM: &str = "('information_schema', 'mysql', 'performance_schema', 'sys')";

/// What the reachable databases hold.
#[derive(Default)]
struct Found {
    library: Library,
    /// Parent, child.
    keys: Vec<(String, String)>,
    /// Name, query, whether rows can be written through it.
    views: Vec<(String, String, bool)>,
    /// Name, table, statement.
    triggers: Vec<(String, String, String)>,
}

impl CatalogBackend for Mysql {
    fn read_catalog<Conn: LoadConnection<Backend = Self>>(conn: &mut Conn) -> QueryResult<Findings> {
        let all: BTreeSet<String> = sql::<Text>(&format!(
            "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME NOT IN {SYSTEM}"
        ))
        .load::<String>(conn)?
        .into_iter()
        .collect();
        let current: Option<String> = sql::<Nullable<Text>>("SELECT DATABASE()").get_result(conn)?;
        // Without a database of its own, a connection may mean any.
        let mut next: Vec<String> = current.map_or_else(|| all.iter().cloned().collect(), |current| vec![current]);
        let mut reached: BTreeSet<String> = next.iter().cloned().collect();
        let mut found = Found::default();
        while let Some(schema) = next.pop() {
            for other in found.read(&schema, &all, conn)? {
                if reached.insert(other.clone()) {
                    next.push(other);
                }
            }
        }
        Ok(found.findings())
    }
}

impl Found {
    /// Reads one database; returns those that it names.
    fn read<Conn>(&mut self, schema: &str, all: &BTreeSet<String>, conn: &mut Conn) -> QueryResult<BTreeSet<String>>
    where
        Conn: LoadConnection<Backend = Mysql>,
    {
        let tables = sql::<Text>("SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = ")
            .bind::<Text, _>(schema)
            .load::<String>(conn)?;
        self.library
            .tables
            .extend(tables.iter().map(|table| TableName::new(table)));
        let mut named = BTreeSet::new();
        let keys = sql::<(Text, Text, Text)>(
            "SELECT UNIQUE_CONSTRAINT_SCHEMA, REFERENCED_TABLE_NAME, TABLE_NAME \
             FROM information_schema.REFERENTIAL_CONSTRAINTS \
             WHERE (DELETE_RULE IN ('CASCADE', 'SET NULL', 'SET DEFAULT') \
                 OR UPDATE_RULE IN ('CASCADE', 'SET NULL', 'SET DEFAULT')) AND CONSTRAINT_SCHEMA = ",
        )
        .bind::<Text, _>(schema)
        .load::<(String, String, String)>(conn)?;
        for (other, parent, child) in keys {
            named.insert(other);
            self.keys.push((parent, child));
        }
        let views = sql::<(Text, Nullable<Text>, Text)>(
            "SELECT TABLE_NAME, VIEW_DEFINITION, IS_UPDATABLE FROM information_schema.VIEWS WHERE TABLE_SCHEMA = ",
        )
        .bind::<Text, _>(schema)
        .load::<(String, Option<String>, String)>(conn)?;
        let triggers = sql::<(Text, Text, Text)>(
            "SELECT TRIGGER_NAME, EVENT_OBJECT_TABLE, ACTION_STATEMENT FROM information_schema.TRIGGERS \
             WHERE TRIGGER_SCHEMA = ",
        )
        .bind::<Text, _>(schema)
        .load::<(String, String, String)>(conn)?;
        let routines = sql::<(Text, Nullable<Text>)>(
            "SELECT ROUTINE_NAME, ROUTINE_DEFINITION FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = ",
        )
        .bind::<Text, _>(schema)
        .load::<(String, Option<String>)>(conn)?;
        let texts = views.iter().filter_map(|(_, query, _)| query.as_deref());
        let texts = texts.chain(triggers.iter().map(|(.., statement)| statement.as_str()));
        let texts = texts.chain(routines.iter().filter_map(|(_, body)| body.as_deref()));
        for words in texts.map(Words::of) {
            named.extend(all.iter().filter(|name| words.have(&TableName::new(name))).cloned());
        }
        let view = |(name, query, updatable): (_, Option<String>, String)| {
            // Hidden from a user who may not see it.
            (name, query.unwrap_or_default(), updatable == "YES")
        };
        self.views.extend(views.into_iter().map(view));
        self.triggers.extend(triggers);
        for (name, body) in routines {
            self.library.add(&name, routine(body.as_deref()));
        }
        Ok(named)
    }

    fn findings(self) -> Findings {
        let Self {
            library,
            keys,
            views,
            triggers,
        } = self;
        let mut findings = Findings::default();
        findings.report.cascades = keys.len();
        findings.report.views = views.len();
        findings.report.triggers = triggers.len();
        for (parent, child) in keys {
            let child = Tables::one(TableName::new(&child));
            findings.facts.add_changed(TableName::new(&parent), &child);
        }
        for (name, query, updatable) in views {
            let mut reads = match analyse(&query, Dialect::Mysql).single_select() {
                Ok(select) if matches!(select.kind, Kind::Select { .. }) => select.reads.clone(),
                _ => Tables::Everything,
            };
            reads.add_all(&library.shown_by(library.named_in(&Words::of(&query))));
            if reads == Tables::Everything {
                let why = "does not tell which tables it reads, or not to this user";
                findings.report.add_opaque("view", &name, None, why, &reads);
            }
            let view = TableName::new(&name);
            if updatable {
                findings.facts.add_changed(view.clone(), &reads);
            }
            findings.facts.add_shown(view, &reads);
        }
        for (name, table, statement) in triggers {
            let touched = library.changed_by([&routine(Some(&statement))]);
            if let Some(why) = &touched.why {
                findings
                    .report
                    .add_opaque("trigger", &name, Some(&table), why, &touched.tables);
            }
            findings.facts.add_changed(TableName::new(&table), &touched.tables);
        }
        findings
    }
}

/// `None`: its definition is hidden from this user.
fn routine(body: Option<&str>) -> Routine {
    let Some(body) = body else {
        return Routine::new("", Writes::Anything("runs code that this user may not see".into()));
    };
    let writes = match body_writes(body, Dialect::Mysql) {
        Some(writes) => Writes::Parsed(writes),
        // No trigger may; but a procedure may, and a view's function might name it.
        None if Words::of(body).has("execute") => Writes::Anything("builds statements at run time".into()),
        None => Writes::Named("has procedural statements, which are not parsed".into()),
    };
    Routine::new(body, writes)
}
