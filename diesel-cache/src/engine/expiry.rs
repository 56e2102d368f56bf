//! When entries expire, and when they can never be served again.

use std::time::Duration;

use crate::cache_core::CacheCore;
use crate::clock::Millis;
use crate::config::RegionConfig;
use crate::entry::Header;
use crate::key::CacheKey;

/// Returns `true` if no reader will ever accept an entry with this header and this last use.
pub(super) fn is_dead(cache: &CacheCore, settings: &RegionConfig, header: &Header, used_at: Millis) -> bool {
    let stale = settings
        .stale_while_revalidate
        .max(settings.stale_if_error)
        .unwrap_or_default();
    let idle_at = settings.time_to_idle.map_or(Millis::NEVER, |idle| used_at.after(idle));
    // Without a holder nothing is known of an entry, which may be valid later.
    let generations = cache.generations.read();
    let is_invalid = generations.epoch().is_some() && !generations.is_valid(&header.stamp);
    cache.now() >= header.expires_at.min(idle_at).after(stale) || is_invalid
}

/// Returns when an entry's time to live ends: up to `jitter` of it early, at random.
pub(super) fn expires_at(key: CacheKey, now: Millis, time_to_live: Option<Duration>, jitter: f64) -> Millis {
    time_to_live.map_or(Millis::NEVER, |full| {
        let kept = 1.0 - jitter * chance(key, now);
        now.after(if kept < 1.0 { full.mul_f64(kept) } else { full })
    })
}

/// Returns a number from 0.0 to 1.0 that differs from entry to entry. A key is a SHA-256, and random enough.
fn chance(key: CacheKey, now: Millis) -> f64 {
    let [.., a, b, c, d, e, f, g, h] = *key.as_bytes();
    // The finaliser of SplitMix64, so that neighbouring times give unrelated numbers.
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
            .map(|byte| expires_at(CacheKey::from_bytes([byte; 32]), Millis(1000), Some(hour), 0.25).0 - 1000)
            .collect();
        assert!(ends.iter().all(|end| (2_700_000..=3_600_000).contains(end)), "{ends:?}");
        let early = ends.iter().filter(|end| **end < 3_150_000).count();
        assert!((96..=160).contains(&early), "{early} of 256 in the earlier half");
    }

    #[test]
    fn without_jitter_expiry_is_exact_and_without_a_time_to_live_there_is_none() {
        let key = CacheKey::from_bytes([9; 32]);
        assert_eq!(
            expires_at(key, Millis(5), Some(Duration::from_millis(7)), 0.0),
            Millis(12)
        );
        assert_eq!(expires_at(key, Millis(5), Some(Duration::MAX), 0.0), Millis::NEVER);
        assert_eq!(expires_at(key, Millis(5), None, 1.0), Millis::NEVER);
    }
}
