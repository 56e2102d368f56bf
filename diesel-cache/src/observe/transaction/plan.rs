//! The effects of a text on the transaction and the session, computed before it is sent.

use super::{Open, TransactionState};
use crate::sql::{Analysis, Behaviour, Dialect, StatementFacts, StatementKind, Writes, may_change_meaning, may_define};

/// A text that a connection is about to send.
#[derive(Clone, Copy, Debug)]
pub(in crate::observe) struct Sent<'a> {
    pub(in crate::observe) analysis: &'a Analysis,
    /// The SQL, without the bound values.
    pub(in crate::observe) sql: &'a str,
    /// Whether it is prepared, and not sent as it is by `batch_execute`.
    pub(in crate::observe) prepared: bool,
    pub(in crate::observe) dialect: Option<Dialect>,
}

/// The effects of a text.
#[derive(Debug)]
pub(in crate::observe) struct StatementPlan {
    /// The tables in which its changes may become visible to others at once.
    pub(in crate::observe) visible: Writes,
    /// Whether it may visibly change the catalog's facts about tables that no statement names.
    pub(in crate::observe) redefines: bool,
    /// The state if all of it succeeds.
    pub(super) after: TransactionState,
    /// Everything that is pending at some point of the text.
    pub(super) pending: Writes,
    /// Whether the state of the transaction changes anywhere in the text.
    pub(super) moves_transaction: bool,
    pub(super) moves_savepoints: bool,
    pub(super) changes_context: bool,
    /// Whether the context differs from the present one at some point of the text, even if only because of a rollback.
    pub(super) moves_context: bool,
    /// Whether the database undoes all of its settings if it fails.
    pub(super) takes_back: bool,
    /// Whether it only ends a transaction, and does so even if it fails.
    pub(super) ends_anyway: bool,
    pub(super) single: bool,
    pub(super) behaviour: &'static Behaviour,
}

impl TransactionState {
    /// Returns the effects of sending this text now.
    pub(in crate::observe) fn plan(&self, sent: Sent<'_>) -> StatementPlan {
        let statements = sent.analysis.statements();
        let kind_is =
            |expected: fn(&StatementKind) -> bool| statements.iter().any(|statement| expected(&statement.kind));
        let behaviour = Behaviour::of(sent.dialect);
        let mut plan = StatementPlan {
            visible: Writes::Nothing,
            redefines: self.redefined
                || statements.iter().any(StatementFacts::redefines)
                || (kind_is(|kind| *kind == StatementKind::Unknown) && may_define(sent.sql)),
            after: self.clone(),
            pending: self.pending.clone(),
            moves_transaction: false,
            moves_savepoints: false,
            changes_context: statements.iter().any(|statement| !statement.session_changes.is_empty()),
            moves_context: false,
            takes_back: behaviour.rolls_back_settings == Some(true)
                && !statements.iter().any(|statement| {
                    matches!(
                        statement.kind,
                        StatementKind::Commit | StatementKind::Rollback | StatementKind::Unknown
                    )
                }),
            ends_anyway: behaviour.refuses_after_error
                && matches!(statements, [only] if matches!(only.kind, StatementKind::Commit | StatementKind::Rollback)),
            single: matches!(statements, [only] if is_setting(only)),
            behaviour,
        };
        // If the text is one transaction, a `BEGIN` in it takes over what came before.
        let joined = behaviour.joins_statements != Some(false);
        let mut before = Writes::Nothing;
        let mut context_before = plan.changes_context.then(|| self.context.clone());
        for statement in statements {
            let begins = joined && statement.kind == StatementKind::Begin && plan.after.open == Open::No;
            match statement.kind {
                StatementKind::Begin if joined => plan.after.pending.add_all(&before),
                StatementKind::Commit | StatementKind::Rollback => before = Writes::Nothing,
                _ => before.add_all(&statement.writes),
            }
            if joined && statement.kind == StatementKind::Rollback && plan.after.before.is_none() {
                plan.after.before.clone_from(&context_before);
            }
            plan.after.apply(statement, behaviour, &mut plan.visible);
            if begins && context_before.is_some() {
                plan.after.before.clone_from(&context_before);
            } else if matches!(statement.kind, StatementKind::Commit | StatementKind::Rollback) {
                context_before = context_before.map(|_| plan.after.context.clone());
            }
            plan.after.follow(&statement.session_changes, behaviour);
            plan.after.refused &= matches!(
                statement.kind,
                StatementKind::Select { .. } | StatementKind::Write | StatementKind::Utility
            );
            plan.pending.add_all(&plan.after.pending);
            plan.moves_transaction |= plan.after.open != self.open;
            plan.moves_savepoints |= plan.after.savepoints != self.savepoints;
            plan.moves_context |= plan.after.context != self.context;
        }
        if behaviour.joins_statements == Some(true) && plan.after.open == Open::No {
            plan.after.context.forget_local();
        }
        if kind_is(|kind| *kind == StatementKind::Unknown)
            && statements.iter().any(|statement| statement.verb.is_empty())
            && may_change_meaning(sent.sql)
        {
            plan.changes_context = true;
            plan.after.lose_context();
        }
        if statements.iter().any(|statement| statement.may_shadow) {
            plan.changes_context = true;
            plan.after.context.isolate();
        }
        plan.after.prepared |= sent.prepared;
        let defines = |statement: &StatementFacts| statement.defines && statement.kind != StatementKind::Unknown;
        let defined = self.defined || statements.iter().any(defines);
        // Which table was defined is lost where anything may be written.
        plan.redefines |= defined && plan.visible == Writes::Everything;
        plan.after.redefined = plan.redefines && plan.after.open != Open::No;
        plan.after.defined = defined && plan.after.open != Open::No;
        plan
    }
}

impl StatementPlan {
    /// Returns `true` if the text may begin or end a transaction, or change what other texts mean.
    pub(in crate::observe) fn changes_state(&self) -> bool {
        self.moves_transaction || self.moves_savepoints || self.changes_context || self.moves_context
    }

    /// Adds the writes of concurrent statements, which may become part of a transaction that the text opens.
    pub(in crate::observe) fn carry(&mut self, writes: &Writes) {
        if self.moves_transaction && self.after.open != Open::No {
            self.after.pending.add_all(writes);
            self.pending.add_all(writes);
        }
    }
}

/// Returns `true` if the statement sets one thing, or fails and sets nothing.
fn is_setting(statement: &StatementFacts) -> bool {
    const VERBS: &[&str] = &["SET", "RESET", "DISCARD", "USE", "ATTACH", "DETACH", "PRAGMA"];
    VERBS.contains(&&*statement.verb) && statement.session_changes.len() <= 1
}
