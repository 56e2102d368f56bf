//! A text whose dialect is not known is read in every dialect, and means what these readings agree on.

use std::sync::Arc;

use super::analysis::Analysis;
use super::dialect::Dialect;
use super::facts::{SessionChange, StatementFacts, StatementKind, Writes};
use super::memo;

type Readings = [Arc<Analysis>; Dialect::ALL.len()];

/// Combines the readings of a text, which are in the order of [`Dialect::ALL`]. If they disagree, the text is unknown.
///
/// If the text contains backticks, readings in a dialect without backticks count only if they understand the text.
pub(super) fn united(text: &str, readings: Readings) -> Arc<Analysis> {
    let has_backticks = text.contains('`');
    let counts = |(dialect, reading): &(Dialect, &Arc<Analysis>)| {
        !has_backticks || takes_backticks(*dialect) || is_understood(reading)
    };
    let counting: Vec<_> = Dialect::ALL.into_iter().zip(&readings).filter(counts).collect();
    let [(_, first), others @ ..] = &*counting else {
        return memo::unknown(text);
    };
    if !others.iter().all(|(_, other)| kinds(first) == kinds(other)) {
        let begins = readings.iter().any(|reading| may_begin(reading));
        return Arc::new(Analysis::unknown(begins));
    }
    let mut statements: Box<[StatementFacts]> = first.statements().into();
    for (_, other) in others {
        for (facts, more) in statements.iter_mut().zip(other.statements()) {
            unite(facts, more);
        }
    }
    statements.iter_mut().for_each(StatementFacts::forget_rows);
    let may_return = readings.iter().any(|reading| reading.effects().may_return);
    Arc::new(first.with_statements(statements, may_return))
}

fn takes_backticks(dialect: Dialect) -> bool {
    dialect
        .syntax()
        .spelling
        .name_quotes
        .iter()
        .any(|(open, ..)| *open == '`')
}

fn is_understood(reading: &Analysis) -> bool {
    !reading
        .statements()
        .iter()
        .any(|facts| facts.kind == StatementKind::Unknown)
}

fn kinds(reading: &Analysis) -> Vec<StatementKind> {
    let kind = |facts: &StatementFacts| match &facts.kind {
        // One database may list as harmless a setting that the others do not have.
        StatementKind::SessionChange if facts.session_changes.iter().all(is_set) => StatementKind::Utility,
        kind => kind.clone(),
    };
    reading.statements().iter().map(kind).collect()
}

fn is_set(change: &SessionChange) -> bool {
    matches!(change, SessionChange::Set { .. })
}

/// Returns `true` if a statement may begin or end a transaction.
fn may_begin(reading: &Analysis) -> bool {
    reading.statements().iter().any(|facts| {
        facts.begins
            || !matches!(
                facts.kind,
                StatementKind::Select { .. }
                    | StatementKind::Write
                    | StatementKind::Utility
                    | StatementKind::SessionChange
                    | StatementKind::Unknown
            )
    })
}

/// Adds the facts of another reading of the same statement.
fn unite(facts: &mut StatementFacts, more: &StatementFacts) {
    facts.reads.add_all(&more.reads);
    facts.writes.add_all(&more.writes);
    facts.calls.add_all(&more.calls);
    facts.commits |= more.commits;
    facts.begins |= more.begins;
    facts.defines |= more.defines;
    facts.may_shadow |= more.may_shadow;
    facts.shows_session |= more.shows_session;
    agree_on_session(facts, more);
    facts.shows_locks |= more.shows_locks;
}

/// Keeps the changes to the session if both readings agree on them. Otherwise the change is unknown.
fn agree_on_session(facts: &mut StatementFacts, more: &StatementFacts) {
    let (own, others) = (meaningful(facts), meaningful(more));
    facts.session_changes = if own == others {
        own.into()
    } else {
        Box::new([SessionChange::Unknown])
    };
    if facts.kind == StatementKind::Utility && !facts.session_changes.is_empty() {
        facts.kind = StatementKind::SessionChange;
    } else if facts.kind == StatementKind::SessionChange && facts.session_changes.is_empty() {
        facts.kind = StatementKind::Utility;
        facts.writes = Writes::Nothing;
    }
}

/// Returns the changes of a statement, except to settings that are harmless in a database that has them.
fn meaningful(facts: &StatementFacts) -> Vec<SessionChange> {
    let is_harmless = |change: &SessionChange| matches!(change, SessionChange::Set { name, .. } if Dialect::is_harmless_anywhere(name));
    let changes = facts.session_changes.iter();
    changes.filter(|change| !is_harmless(change)).cloned().collect()
}
