//! Questions about a connection that only the database can answer.

use super::{Open, TransactionState};
use crate::sql::Dialect;

/// A question that a statement answers with yes or no.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Question {
    /// Whether no transaction is open.
    Closed,
    /// Whether PostgreSQL's setting of this name has the value of a new connection.
    IsNew(String),
}

impl TransactionState {
    /// Returns the next question, if there is one.
    pub(in crate::observe) fn question(&self, dialect: Option<Dialect>) -> Option<Question> {
        match (self.open, dialect?) {
            (Open::Maybe, _) if self.asked => None,
            // The question is a statement that a failed transaction refuses.
            (Open::Maybe, Dialect::Postgres) => self.refused.then_some(Question::Closed),
            (Open::Maybe, Dialect::Mysql | Dialect::Sqlite) => Some(Question::Closed),
            (Open::No, Dialect::Postgres) => self.context.doubtful().map(|name| Question::IsNew(name.into())),
            _ => None,
        }
    }

    /// Records the database's answer.
    pub(in crate::observe) fn answer(&mut self, question: &Question, yes: bool) {
        match question {
            Question::Closed => {
                self.asked = true;
                if yes && self.open == Open::Maybe {
                    self.idle = Open::No;
                    self.end();
                }
            }
            Question::IsNew(name) => self.context.judge(name, yes),
        }
    }
}
