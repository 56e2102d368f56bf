//! What a load would be, and why, in words.

use crate::engine::{Forecast, Outcome, RowsForecast};
use crate::event::{BypassReason, InvalidationCause, MissReason, RefusalReason};
use crate::generation::WrittenBy;
use crate::key::Statement;
use crate::sql::{Dialect, why_any_table};

/// Says what the next load would be.
pub(super) fn next(forecast: &Forecast, skip_empty: bool) -> String {
    match (forecast.outcome, forecast.rows) {
        (Outcome::Hit { tier, stale: false }, _) => format!("hit in {}", tier.as_str()),
        (Outcome::Hit { tier, stale: true }, _) => format!("stale hit in {}", tier.as_str()),
        (outcome @ (Outcome::Miss { .. } | Outcome::Bypass(_)), RowsForecast::NotRead) => {
            format!("{}; `only_if_cached` finds nothing", name(outcome))
        }
        (outcome @ Outcome::Miss { .. }, RowsForecast::Stored) => {
            let rows = match skip_empty {
                true => "stored unless there are none",
                false => "stored",
            };
            format!("{}; the rows would be {rows}", name(outcome))
        }
        (outcome @ Outcome::Miss { .. }, RowsForecast::Refused(reason)) => {
            let reason = reason.as_str();
            format!("{}; the rows would not be stored ({reason})", name(outcome))
        }
        (outcome @ Outcome::Miss { .. }, RowsForecast::NotStored) => {
            format!(
                "{}; the rows would not be stored, because a transaction is open",
                name(outcome)
            )
        }
        (outcome @ Outcome::Bypass(_), _) => name(outcome),
    }
}

/// Says why the load would not be a hit, or why its rows would not be stored.
/// `tables` are those that are being written.
pub(super) fn why(forecast: &Forecast, tables: &[&str]) -> Option<String> {
    let why = match forecast.outcome {
        Outcome::Hit { .. } => return None,
        Outcome::Bypass(BypassReason::BeingWritten) => being_written(forecast, tables),
        Outcome::Bypass(reason) => bypass(reason).to_owned(),
        Outcome::Miss { reason, cause } => cause.map_or_else(|| miss(reason), invalidated).to_owned(),
    };
    Some(match forecast.rows {
        RowsForecast::Refused(RefusalReason::ReplicaLag) if matches!(forecast.outcome, Outcome::Miss { .. }) => {
            format!(
                "{why}; the connection leads to a replica, and something was written within its lag, or may have been"
            )
        }
        _ => why,
    })
}

fn being_written(forecast: &Forecast, tables: &[&str]) -> String {
    let what = match tables.is_empty() {
        true => "something that the query depends on".to_owned(),
        false => format!("`{}`", tables.join("`, `")),
    };
    match forecast.fenced.as_ref().map(|(by, _)| *by) {
        Some(WrittenBy::ThisProcess) => format!("{what} is being written by a connection of this process"),
        Some(WrittenBy::AnotherProcess) => format!("{what} is being written by another process"),
        Some(WrittenBy::InDoubt) => format!("the outcome of a write to {what} is in doubt"),
        None => format!("{what} is being written"),
    }
}

/// Says why a statement may read any table.
pub(super) fn any_table(statement: &Statement) -> String {
    match Dialect::of_key(statement.backend()) {
        _ if *statement.reads() != crate::sql::Tables::Everything => "a declaration says so".to_owned(),
        Some(dialect) => why_any_table(statement.sql(), dialect),
        None => "its database is not known".to_owned(),
    }
}

fn name(outcome: Outcome) -> String {
    match outcome {
        Outcome::Hit { .. } => "hit".to_owned(),
        Outcome::Miss {
            reason,
            cause: Some(cause),
        } => format!("miss ({} by {})", reason.as_str(), cause.as_str().replace('_', " ")),
        Outcome::Miss { reason, cause: None } => format!("miss ({})", reason.as_str()),
        Outcome::Bypass(reason) => format!("bypass ({}); the rows would not be stored", reason.as_str()),
    }
}

fn miss(reason: MissReason) -> &'static str {
    match reason {
        MissReason::Absent => "the region has no entry under this key",
        MissReason::Expired => "the entry has outlived its time to live",
        MissReason::Idle => "the entry has not been used for longer than the region's time to idle",
        MissReason::Outdated => "the region was invalidated softly",
        MissReason::Invalidated => "something that the entry depends on was written",
        MissReason::Layout => "the entry has rows of another layout",
        MissReason::Corrupt => "the entry cannot be read",
        MissReason::Refresh => "the query has `refresh`",
    }
}

fn invalidated(cause: InvalidationCause) -> &'static str {
    match cause {
        InvalidationCause::Key => "the query was invalidated or refreshed",
        InvalidationCause::Row => "a statement has written rows with the key that the query looks for",
        InvalidationCause::Insert => "a statement has added rows whose keys it did not state",
        InvalidationCause::UnknownRows => "a statement has written rows whose keys it did not state",
        InvalidationCause::Cascade => "an operation on another table has changed one that the query reads",
        InvalidationCause::Table => "a table was written that the query depends on as a whole",
        InvalidationCause::Region => "the region was invalidated",
        InvalidationCause::Everything => "everything was invalidated, or a statement may have written any table",
        InvalidationCause::Dependencies => "the query depends on more than the entry does, or on something else",
        InvalidationCause::Epoch => "the directory's shared file was replaced, or the machine went down",
    }
}

fn bypass(reason: BypassReason) -> &'static str {
    match reason {
        BypassReason::NullRegion => "the region is of the null kind",
        BypassReason::NoSession => "the region keeps its entries in sessions, and the connection is in none",
        BypassReason::Transaction => "a transaction is open on the connection, or may be",
        BypassReason::BeingWritten => "something that the query depends on is being written",
        BypassReason::Disabled => "caching is disabled in this scope",
        BypassReason::SideEffects => "the query calls a function that writes, or changes its session",
        BypassReason::SessionState => "the query returns something that only its session has",
        BypassReason::RowLocks => "the query names a column that changes when a row is locked",
        BypassReason::NoLease => "this process has no lease in its cluster now; see `Cache::cluster`",
    }
}
