//! Questions about a connection that only the database can answer.

use super::{Open, TransactionState};
use crate::sql::{Behaviour, Dialect};

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
        let behaviour = Behaviour::of(Some(dialect?));
        match self.open {
            Open::Maybe if self.asked => None,
            // The question is a statement that a failed transaction refuses.
            Open::Maybe if behaviour.refuses_after_error => self.refused.then_some(Question::Closed),
            Open::Maybe => Some(Question::Closed),
            Open::No if behaviour.tells_defaults => {
                let name = self.context.doubtful()?;
                Some(Question::IsNew(name.into()))
            }
            Open::No | Open::Yes => None,
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
