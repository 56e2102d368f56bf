//! Collects the tables of a parsed statement.

use std::ops::ControlFlow;

use sqlparser::ast::{
    Cte, Expr, Ident, Insert, ObjectName, Query, Select, SetExpr, SqliteOnConflict, Statement, TableFactor,
    TableObject, Update, Visit, Visitor, visit_relations,
};

use super::identifiers::is_same;
use super::{functions, operations, rows};
use crate::sql::{
    dialect::{Dialect, SelectInto},
    facts::{Occurrence, Operations, StatementFacts, StatementKind, TableName, Tables, Writes},
};

pub(super) fn facts(statement: &Statement, verb: &str, dialect: Dialect) -> StatementFacts {
    let mut collector = Collector::new(dialect);
    if statement.visit(&mut collector).is_break() {
        return StatementFacts::unknown(verb);
    }
    let kind = match collector.modifies {
        Some(_) => StatementKind::Write,
        None => StatementKind::Select { locks: collector.locks },
    };
    let columns = match kind {
        StatementKind::Select { .. } => std::mem::take(&mut collector.names).columns(),
        _ => None,
    };
    StatementFacts {
        columns,
        occurrences: collector.known_occurrences().into(),
        reads: collector.reads,
        writes: collector.writes,
        ..StatementFacts::new(
            kind,
            collector
                .modifies
                .unwrap_or(if verb.is_empty() { "SELECT" } else { verb }),
        )
    }
}

/// Collects tables, and stops if something is not understood.
struct Collector {
    dialect: Dialect,
    reads: Tables,
    /// The name of each table that is read, once for each time that it occurs.
    named: Vec<TableName>,
    /// The uses of tables in a FROM clause, with their conditions.
    occurrences: Vec<Occurrence>,
    names: rows::Names,
    /// The address of the SELECT whose result, if not empty, shows that certain rows exist.
    proving: Option<*const Select>,
    writes: Writes,
    locks: bool,
    /// The first verb that writes.
    modifies: Option<&'static str>,
    /// Whether the relation about to be visited is the name of a function.
    function: bool,
    scopes: Vec<Scope>,
}

/// The CTEs of one query.
struct Scope {
    names: Vec<Ident>,
    /// The addresses of their queries.
    queries: Vec<*const Query>,
    recursive: bool,
    /// How many CTEs of the enclosing scope this query sees. A CTE sees those before it, so that in
    /// `WITH person AS (SELECT … FROM person)` the inner `person` is the table.
    outer: usize,
}

impl Collector {
    fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            reads: Tables::NONE,
            named: Vec::new(),
            occurrences: Vec::new(),
            names: rows::Names::default(),
            proving: None,
            writes: Writes::Nothing,
            locks: false,
            modifies: None,
            function: false,
            scopes: Vec::new(),
        }
    }

    fn read(&mut self, name: &ObjectName) -> ControlFlow<()> {
        if is_modifier(name) {
            return ControlFlow::Break(());
        }
        if functions::is_catalog(name) {
            self.reads = Tables::Everything;
        } else if !self.is_cte(name) {
            let table = table_name(name)?;
            self.reads.add(table.clone());
            self.named.push(table);
        }
        ControlFlow::Continue(())
    }

    /// Returns the uses of those tables of which every use has conditions.
    fn known_occurrences(&mut self) -> Vec<Occurrence> {
        let mut known = std::mem::take(&mut self.occurrences);
        known.retain(|occurrence| !occurrence.rows.is_empty());
        let uses = |table: &TableName| self.named.iter().filter(|named| *named == table).count();
        let is_complete = |table: &TableName| known.iter().filter(|known| known.table == *table).count() == uses(table);
        let incomplete: Vec<_> = known
            .iter()
            .filter(|occurrence| !is_complete(&occurrence.table))
            .map(|occurrence| occurrence.table.clone())
            .collect();
        known.retain(|occurrence| !incomplete.contains(&occurrence.table));
        known
    }

    fn is_cte(&self, name: &ObjectName) -> bool {
        let [part] = &*name.0 else { return false };
        let Some(name) = part.as_ident() else {
            return false;
        };
        let mut visible = usize::MAX;
        self.scopes.iter().rev().any(|scope| {
            let found = scope.names.iter().take(visible).any(|cte| is_same(cte, name));
            visible = scope.outer;
            found
        })
    }

    /// Returns how many of the innermost scope's CTEs `query` sees.
    fn sees(&self, query: &Query) -> usize {
        let Some(scope) = self.scopes.last() else {
            return 0;
        };
        match scope.queries.iter().position(|&cte| std::ptr::eq(cte, query)) {
            // It depends on the database whether a recursive CTE sees those after it.
            Some(place) => place + usize::from(scope.recursive),
            None => usize::MAX,
        }
    }

    fn modify(&mut self, verb: &'static str) {
        self.modifies.get_or_insert(verb);
    }

    /// Adds every table that `targets` names to the writes.
    fn write_all(&mut self, targets: &impl Visit, operations: &Operations) -> ControlFlow<()> {
        let mut found = false;
        visit_relations(targets, |name| {
            found = true;
            self.writes.add(table_name(name)?, operations.clone());
            ControlFlow::Continue(())
        })?;
        if found {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    }

    fn insert(&mut self, insert: &Insert) -> ControlFlow<()> {
        self.modify(if insert.replace_into { "REPLACE" } else { "INSERT" });
        match &insert.table {
            TableObject::TableName(name) if insert.multi_table_insert_type.is_none() => {
                let replaces = insert.replace_into || insert.or == Some(SqliteOnConflict::Replace);
                let operations = operations::of_insert(insert, self.dialect).and(&self.replacing(replaces));
                let rows = rows::inserted(insert, self.dialect);
                self.writes.add(table_name(name)?, operations.on_rows(rows));
                ControlFlow::Continue(())
            }
            _ => ControlFlow::Break(()),
        }
    }

    fn update(&mut self, update: &Update) -> ControlFlow<()> {
        self.modify("UPDATE");
        let operations = operations::of_assignments(&update.assignments, self.dialect);
        let replaces = update.or == Some(SqliteOnConflict::Replace);
        // It may write every table that it joins. Each gets all columns of the SET list, since the list does not
        // always show to which table a column belongs.
        let rows = rows::updated(update, self.dialect);
        self.write_all(&update.table, &operations.and(&self.replacing(replaces)).on_rows(rows))
    }

    /// Returns what happens to rows that conflict with new ones.
    fn replacing(&self, replaces: bool) -> Operations {
        match replaces {
            false => Operations::NONE,
            true => self.dialect.syntax().statements.replacing.clone(),
        }
    }

    /// Reads `SELECT … INTO t`.
    fn select_into(&mut self, target: &Expr) -> ControlFlow<()> {
        self.modify("SELECT INTO");
        match target {
            _ if self.dialect.syntax().statements.select_into != SelectInto::Table => ControlFlow::Break(()),
            Expr::Identifier(name) => {
                self.writes.add(TableName::new(&name.value), Operations::ALL);
                ControlFlow::Continue(())
            }
            Expr::CompoundIdentifier(parts) if !parts.is_empty() => {
                self.writes
                    .add(TableName::new(&parts[parts.len() - 1].value), Operations::ALL);
                ControlFlow::Continue(())
            }
            _ => ControlFlow::Break(()),
        }
    }

    /// Reads `TABLE t`. It counts as a table, too, if it may be a CTE.
    fn read_table_commands(&mut self, body: &SetExpr) -> ControlFlow<()> {
        functions::table_commands(body).iter().try_for_each(|name| {
            self.reads.add(table_name(name)?);
            self.read(name)
        })
    }
}

impl Visitor for Collector {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        let with = query.with.iter();
        let ctes: Vec<&Cte> = with.flat_map(|with| &with.cte_tables).collect();
        let outer = self.sees(query);
        self.scopes.push(Scope {
            names: ctes.iter().map(|cte| cte.alias.name.clone()).collect(),
            queries: ctes.iter().map(|cte| &raw const *cte.query).collect(),
            recursive: query.with.as_ref().is_some_and(|with| with.recursive),
            outer,
        });
        self.locks |= !query.locks.is_empty();
        self.read_table_commands(&query.body)
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.scopes.pop();
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        // Except on PostgreSQL, the catalog that is read covers one database only. A table with a qualifier may be in
        // another.
        let qualified = self.dialect.syntax().statements.catalog_has_schemas;
        let is_table = |name: &ObjectName| !self.is_cte(name) && (qualified || name.0.len() == 1);
        let proves = self.proving == Some(&raw const *select);
        let mut occurrences = rows::occurrences(select, self.dialect, is_table);
        occurrences
            .iter_mut()
            .for_each(|occurrence| occurrence.proves &= proves);
        self.occurrences.append(&mut occurrences);
        let into = select.into.iter().flat_map(|into| &into.targets);
        into.into_iter().try_for_each(|target| self.select_into(target))
    }

    fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
        self.names.add_expression(expression);
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        let qualified = self.dialect.syntax().statements.catalog_has_schemas;
        let sort = match factor {
            TableFactor::Table { name, .. } if self.is_cte(name) => rows::Source::Query,
            // The catalog that is read covers one database only. This table may be in another.
            TableFactor::Table { name, .. } if !qualified && name.0.len() > 1 => rows::Source::Unknown,
            _ => rows::Source::Table,
        };
        self.names.add_source(factor, sort);
        self.function |= functions::is_call(factor);
        if !functions::reads_named_tables(factor) {
            self.reads = Tables::Everything;
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, name: &ObjectName) -> ControlFlow<()> {
        if std::mem::take(&mut self.function) {
            return ControlFlow::Continue(());
        }
        self.read(name)
    }

    fn pre_visit_statement(&mut self, statement: &Statement) -> ControlFlow<()> {
        match statement {
            Statement::Query(query) => {
                self.proving = rows::proving_select(query).map(|select| &raw const *select);
                ControlFlow::Continue(())
            }
            Statement::Insert(insert) => self.insert(insert),
            Statement::Update(update) => self.update(update),
            Statement::Delete(delete) => {
                self.modify("DELETE");
                for alias in &delete.tables {
                    self.writes.add(table_name(alias)?, Operations::DELETE);
                }
                if self.dialect.syntax().statements.joins_targets {
                    // The target may be an alias: `DELETE p FROM person p JOIN …`,
                    // `DELETE FROM p USING person p JOIN …`.
                    visit_relations(&delete.using, |name| {
                        self.writes.add(table_name(name)?, Operations::DELETE);
                        ControlFlow::Continue(())
                    })?;
                }
                let rows = rows::deleted(delete, self.dialect);
                self.write_all(&delete.from, &Operations::DELETE.on_rows(rows))
            }
            Statement::Merge(merge) => {
                self.modify("MERGE");
                self.write_all(&merge.table, &operations::of_merge(merge, self.dialect))
            }
            _ => ControlFlow::Break(()),
        }
    }
}

/// Returns `true` for a reserved word that sqlparser reads as a table, with the table after it as an alias.
fn is_modifier(name: &ObjectName) -> bool {
    const RESERVED: &[&str] = &[
        "ONLY",
        "LATERAL",
        "TABLE",
        "LOW_PRIORITY",
        "HIGH_PRIORITY",
        "DELAYED",
        "IGNORE",
    ];
    let [part] = &*name.0 else { return false };
    part.as_ident().is_some_and(|ident| {
        ident.quote_style.is_none() && RESERVED.iter().any(|word| ident.value.eq_ignore_ascii_case(word))
    })
}

fn table_name(name: &ObjectName) -> ControlFlow<(), TableName> {
    match name.0.last().and_then(|part| part.as_ident()) {
        Some(ident) => ControlFlow::Continue(TableName::new(&ident.value)),
        None => ControlFlow::Break(()),
    }
}
