//! Decides whether an entry may be served. An invalid entry never is. An entry that is valid but old may be served for
//! a limited time.

use std::time::Duration;

use super::core::Scope;
use super::miss::{Miss, invalidated};
use super::spec::{Requirements, Terms};
use crate::clock::Millis;
use crate::entry::Entry;
use crate::event::{InvalidationCause, MissReason};
use crate::footprint::FootprintId;
use crate::generation::Reading;

/// The judgement of an entry for a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The entry may be served. Holds the time at which it was judged, if the verdict depends on time.
    Fresh(Option<Millis>),
    Stale(Staleness),
    /// The entry was valid when the process lost its cluster, and may serve. Nobody can replace its rows until the
    /// process has found it again.
    Unconfirmed,
    Useless(Miss),
}

/// Why a valid entry is stale, and when it may still be served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Staleness {
    pub(super) reason: MissReason,
    /// Whether it may be served while another caller queries.
    pub(super) while_revalidate: bool,
    /// Whether it may be served if the database fails.
    pub(super) if_error: bool,
}

/// Judges an entry for a reader with these requirements.
pub(super) fn judge(scope: &Scope, entry: &Entry, requirements: &Requirements) -> Verdict {
    judge_if(scope, entry, requirements.terms, covers(entry, requirements))
}

/// Judges an entry for a reader with this footprint, without computing the slots of the footprint. Returns `None`
/// unless the entry is known to depend on all of them.
#[inline]
pub(super) fn judge_known(scope: &Scope, entry: &Entry, footprint: FootprintId, terms: Terms) -> Option<Verdict> {
    entry
        .is_known_to_cover(footprint.get())
        .then(|| judge_if(scope, entry, terms, true))
}

/// Returns `true` if the entry depends on everything on which the reader depends. An entry that was stamped with fewer
/// dependencies is of no use to that reader.
///
/// The result for a footprint is remembered: the stamp of an entry never changes, and the binds are part of its key.
fn covers(
    entry: &Entry,
    Requirements {
        footprint, slots, rows, ..
    }: &Requirements,
) -> bool {
    if footprint.is_some_and(|footprint| entry.is_known_to_cover(footprint.get())) {
        return true;
    }
    let stamp = &entry.header.stamp;
    let covers = stamp.covers(slots.as_slice(), entry.key_slot) && rows.as_ref().is_none_or(|rows| rows.permits(stamp));
    if let Some(footprint) = footprint.filter(|_| covers) {
        entry.note_cover(footprint.get());
    }
    covers
}

#[inline]
fn judge_if(scope: &Scope, entry: &Entry, terms: Terms, covers: bool) -> Verdict {
    let (header, generations) = (&entry.header, scope.core.cache.generations.read());
    if terms.layout.is_some_and(|layout| layout != header.layout) {
        Verdict::Useless(MissReason::Layout.into())
    } else if !covers {
        Verdict::Useless(InvalidationCause::Dependencies.into())
    } else if !generations.is_valid(&header.stamp) {
        judge_invalid(scope, entry, terms, &generations)
    } else if terms.ignore_expiration {
        Verdict::Fresh(None)
    } else {
        judge_age(scope, entry, terms, &generations)
    }
}

/// Judges an entry that is not valid, or not known to be.
#[cold]
fn judge_invalid(scope: &Scope, entry: &Entry, terms: Terms, generations: &Reading<'_>) -> Verdict {
    let stamp = &entry.header.stamp;
    let Some(lost) = scope.core.cache.generations.read_lost() else {
        return Verdict::Useless(invalidated(&scope.slots, stamp, generations));
    };
    if !lost.is_valid(stamp) {
        return Verdict::Useless(invalidated(&scope.slots, stamp, &lost));
    }
    if terms.ignore_expiration {
        return Verdict::Unconfirmed;
    }
    match judge_age(scope, entry, terms, &lost) {
        Verdict::Fresh(_) => Verdict::Unconfirmed,
        // There is no caller that could refresh it for others, so it serves all. A soft invalidation is this process's
        // own, and asks for new rows.
        Verdict::Stale(staleness) if staleness.while_revalidate && staleness.reason != MissReason::Outdated => {
            Verdict::Unconfirmed
        }
        Verdict::Stale(staleness) => Verdict::Useless(staleness.reason.into()),
        other => other,
    }
}

/// Judges an entry that nothing has invalidated.
#[inline]
fn judge_age(scope: &Scope, entry: &Entry, terms: Terms, generations: &Reading<'_>) -> Verdict {
    let (settings, header) = (&scope.core.settings, &entry.header);
    let lifetime = terms.max_age.map_or(Millis::NEVER, |max| header.stored_at.after(max));
    let expires_at = header.expires_at.min(lifetime);
    let idle_at = settings
        .time_to_idle
        .map_or(Millis::NEVER, |idle| entry.usage.used_at().after(idle));
    let now = scope
        .core
        .cache
        .clock
        .now_between(header.stored_at, expires_at.min(idle_at));
    if header.stored_at.age_at(now).is_none() {
        return Verdict::Useless(MissReason::Expired.into()); // an entry from the future: its times mean nothing
    }
    let over_for = expires_at.min(idle_at).age_at(now);
    let is_outdated = || generations.generation(scope.slots.soft) != Some(header.soft);
    let reason = match over_for {
        Some(_) if expires_at <= idle_at => MissReason::Expired,
        Some(_) => MissReason::Idle,
        None if is_outdated() => MissReason::Outdated,
        None => return Verdict::Fresh(Some(now)),
    };
    // The time of a soft invalidation is unknown: the entry serves until the first caller has refreshed it.
    let within = |window: Duration, softly: bool| over_for.map_or(softly, |over| over < window);
    let if_error = settings.stale_if_error.unwrap_or_default();
    Verdict::Stale(Staleness {
        reason,
        while_revalidate: within(settings.stale_while_revalidate.unwrap_or_default(), true),
        if_error: within(if_error, !if_error.is_zero()),
    })
}

/// Returns `true` if the age of a valid entry lets it answer a load at once.
pub(super) fn is_fresh(scope: &Scope, entry: &Entry, terms: Terms) -> bool {
    let verdict = judge_age(scope, entry, terms, &scope.core.cache.generations.read());
    matches!(verdict, Verdict::Fresh(_))
}
