//! What the running creators of values have to know of the statements that they send.

use crate::creator::{self, CacheId, Moment};
use crate::observe::observer::{Interface, Observer};
use crate::observe::transaction::Open;
use crate::sql::{Analysis, Behaviour, StatementFacts, StatementKind};

impl Observer {
    /// Reports a read in a transaction, or on a replica, to the running creators. Its rows may be older than the
    /// creator, or may never be committed.
    pub(super) fn report_to_creators(&mut self, analysis: &Analysis) {
        self.report_replica();
        if self.transaction.open() == Open::No {
            self.outside_at = Moment::now();
        } else {
            self.report_transaction(analysis);
        }
    }

    fn report_replica(&self) {
        let Some(lag) = self.lag else {
            return;
        };
        creator::reads_from_replica(lag);
        if creator::elsewhere::is_any() && self.is_elsewhere() {
            creator::elsewhere::reads_from_replica(lag, CacheId::of(self.cache.core()), self.idle_at);
        }
    }

    fn report_transaction(&self, analysis: &Analysis) {
        let elsewhere = creator::elsewhere::is_any() && self.is_elsewhere();
        if !elsewhere && !creator::is_any() {
            return;
        }
        let reads_only =
            |statement: &StatementFacts| statement.writes.is_empty() && statement.kind != StatementKind::Unknown;
        let clean = self.transaction.pending().is_empty() && analysis.statements().iter().all(reads_only);
        let outside = clean.then_some(self.outside_at);
        creator::reads_in_transaction(outside);
        if elsewhere {
            creator::elsewhere::reads_in_transaction(outside, CacheId::of(self.cache.core()), self.idle_at);
        }
    }

    /// Returns `true` if a task may have issued the statement that this thread sends, as for a blocking connection
    /// inside an asynchronous one.
    fn is_elsewhere(&self) -> bool {
        let is_blocking = Behaviour::of(self.dialect).in_process || self.is_async == Some(false);
        match self.interface {
            Some(Interface::Blocking) => false,
            Some(Interface::Async) => is_blocking,
            None => Behaviour::of(self.dialect).in_process && creator::elsewhere::is_in_runtime(),
        }
    }
}
