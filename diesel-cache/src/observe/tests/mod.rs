//! Tests of the transaction's state, text by text.

use super::transaction::{Open, TransactionState, plan::Sent};
use crate::sql::{Dialect, Tables, Writes, analyse};

mod context;
mod in_flight;
mod sequences;

/// How a text ends: with success, with an error, without a report, or with the loss of the connection.
#[derive(Clone, Copy, PartialEq, Debug)]
enum End {
    Ok,
    Err,
    Silence,
    Lost,
}
use End::{Err, Lost, Ok, Silence};

struct Connection {
    transaction: TransactionState,
    dialect: Dialect,
}

impl Connection {
    fn new(dialect: Dialect) -> Self {
        Self {
            transaction: TransactionState::default(),
            dialect,
        }
    }

    /// Sends a text. Returns what it makes visible to others.
    fn send(&mut self, sql: &str, end: End) -> String {
        self.send_as(sql, end, false)
    }

    fn prepare(&mut self, sql: &str) {
        self.send_as(sql, Ok, true);
    }

    fn send_as(&mut self, sql: &str, end: End, prepared: bool) -> String {
        let analysis = analyse(sql, self.dialect);
        let plan = self.transaction.plan(Sent {
            analysis: &analysis,
            sql,
            prepared,
            dialect: Some(self.dialect),
        });
        let visible = show(&plan.visible);
        match end {
            Ok => self.transaction.succeed(plan),
            Err => self.transaction.fail(plan, true),
            Silence | Lost => self.transaction.fail(plan, false),
        }
        visible
    }

    fn sent(&mut self, statements: &[&str]) -> &mut Self {
        for sql in statements {
            self.send(sql, Ok);
        }
        self
    }

    /// Returns `true` if it shares entries with no other.
    fn is_lost(&self) -> bool {
        self.context().starts_with('?')
    }

    fn context(&self) -> &str {
        self.transaction.context().as_str()
    }
}

fn show(writes: &Writes) -> String {
    match writes.tables() {
        Tables::Everything => "*".into(),
        Tables::Known(names) => names.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
    }
}

/// Each line: a text, how it ends, what it makes visible to others, and whether a transaction is open then.
#[track_caller]
fn sequence(dialects: &[Dialect], steps: &[(&str, End, &str, Open)]) {
    for &dialect in dialects {
        let mut connection = Connection::new(dialect);
        for (place, &(sql, end, visible, open)) in steps.iter().enumerate() {
            let seen = connection.send(sql, end);
            assert_eq!(
                (seen.as_str(), connection.transaction.open()),
                (visible, open),
                "{dialect:?}, step {place}: {sql}"
            );
        }
    }
}

const ALL: &[Dialect] = &[Dialect::Sqlite, Dialect::Postgres, Dialect::Mysql];
const SQLITE: &[Dialect] = &[Dialect::Sqlite];
const POSTGRES: &[Dialect] = &[Dialect::Postgres];
const MYSQL: &[Dialect] = &[Dialect::Mysql];
