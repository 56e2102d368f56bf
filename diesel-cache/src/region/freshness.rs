//! May an entry serve? What is invalid never does; what is only old may, for a while and with an eye on it.

use std::time::Duration;

use super::Region;
use super::request::Demand;
use crate::clock::Millis;
use crate::config::RegionConfig;
use crate::context::Context;
use crate::entry::{Entry, Header};
use crate::event::MissReason;
use crate::generation::Reading;
use crate::key::CacheKey;

/// What an entry is to a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// At this time, if time had a say.
    Fresh(Option<Millis>),
    Aged(Aged),
    Useless(MissReason),
}

/// An entry that nothing has invalidated, and that has outlived its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Aged {
    pub(super) reason: MissReason,
    /// It may serve while somebody else asks.
    pub(super) while_revalidate: bool,
    /// It may serve if the database does not answer.
    pub(super) if_error: bool,
}

/// What an entry is to a reader who demands this.
#[inline]
pub(super) fn judge(region: &Region, entry: &Entry, demand: &Demand) -> Verdict {
    let (header, generations) = (&entry.header, region.context.generations.read());
    if demand.layout.is_some_and(|layout| layout != header.layout) {
        Verdict::Useless(MissReason::Layout)
    } else if !header.stamp.covers(demand.slots.as_slice(), entry.key_slot) || !generations.is_valid(&header.stamp) {
        Verdict::Useless(MissReason::Invalidated)
    } else if demand.ignore_expiration {
        Verdict::Fresh(None)
    } else {
        age(region, entry, demand, &generations)
    }
}

/// How an entry stands that nothing has invalidated.
#[inline]
fn age(region: &Region, entry: &Entry, demand: &Demand, generations: &Reading<'_>) -> Verdict {
    let (settings, header) = (region.state.settings(), &entry.header);
    let lifetime = demand.max_age.map_or(Millis::NEVER, |max| header.stored_at.after(max));
    let expires_at = header.expires_at.min(lifetime);
    let idle_at = settings
        .time_to_idle
        .map_or(Millis::NEVER, |idle| entry.usage.used_at().after(idle));
    let now = region
        .context
        .clock
        .now_between(header.stored_at, expires_at.min(idle_at));
    if header.stored_at.age_at(now).is_none() {
        return Verdict::Useless(MissReason::Expired); // from the future: no time it names means anything
    }
    let over_for = expires_at.min(idle_at).age_at(now);
    let is_outdated = || generations.generation(region.own.soft) != Some(header.soft);
    let reason = match over_for {
        Some(_) if expires_at <= idle_at => MissReason::Expired,
        Some(_) => MissReason::Idle,
        None if is_outdated() => MissReason::Outdated,
        None => return Verdict::Fresh(Some(now)),
    };
    // When a soft invalidation was, nobody knows; it is for whoever comes first to ask.
    let within = |window: Duration, softly: bool| over_for.map_or(softly, |over| over < window);
    let if_error = settings.stale_if_error.unwrap_or_default();
    Verdict::Aged(Aged {
        reason,
        while_revalidate: within(settings.stale_while_revalidate.unwrap_or_default(), true),
        if_error: within(if_error, !if_error.is_zero()),
    })
}

/// Would a load be answered with this entry at once?
pub(super) fn is_fresh(region: &Region, entry: &Entry, demand: &Demand) -> bool {
    let verdict = age(region, entry, demand, &region.context.generations.read());
    matches!(verdict, Verdict::Fresh(_))
}

/// Will an entry with this header, and this last use, never serve anybody again?
pub(super) fn is_dead(context: &Context, settings: &RegionConfig, header: &Header, used_at: Millis) -> bool {
    let stale = settings
        .stale_while_revalidate
        .max(settings.stale_if_error)
        .unwrap_or_default();
    let idle_at = settings.time_to_idle.map_or(Millis::NEVER, |idle| used_at.after(idle));
    context.now() >= header.expires_at.min(idle_at).after(stale) || !context.generations.is_valid(&header.stamp)
}

/// When an entry's time to live ends: at random, `jitter` of it early at most.
pub(super) fn expiry(key: CacheKey, now: Millis, time_to_live: Option<Duration>, jitter: f64) -> Millis {
    time_to_live.map_or(Millis::NEVER, |full| {
        let kept = 1.0 - jitter * chance(key, now);
        now.after(if kept < 1.0 { full.mul_f64(kept) } else { full })
    })
}

/// A number from 0.0 to 1.0 that differs from entry to entry. Chance enough: a key is a SHA-256.
fn chance(key: CacheKey, now: Millis) -> f64 {
    let [.., a, b, c, d, e, f, g, h] = *key.as_bytes();
    // The finaliser of SplitMix64: neighbouring times give unrelated numbers.
    let mut word = u64::from_le_bytes([a, b, c, d, e, f, g, h]) ^ now.0.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((word ^ (word >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jitter_takes_up_to_its_share_and_spreads() {
        let hour = Duration::from_secs(3600);
        let ends: Vec<u64> = (0..=255)
            .map(|byte| expiry(CacheKey::from_bytes([byte; 32]), Millis(1000), Some(hour), 0.25).0 - 1000)
            .collect();
        assert!(ends.iter().all(|end| (2_700_000..=3_600_000).contains(end)), "{ends:?}");
        let early = ends.iter().filter(|end| **end < 3_150_000).count();
        assert!((96..=160).contains(&early), "{early} of 256 in the earlier half");
    }

    #[test]
    fn without_jitter_it_is_exact_and_without_a_limit_never() {
        let key = CacheKey::from_bytes([9; 32]);
        assert_eq!(expiry(key, Millis(5), Some(Duration::from_millis(7)), 0.0), Millis(12));
        assert_eq!(expiry(key, Millis(5), Some(Duration::MAX), 0.0), Millis::NEVER);
        assert_eq!(expiry(key, Millis(5), None, 1.0), Millis::NEVER);
    }
}
