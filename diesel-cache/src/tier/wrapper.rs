//! Lets this project's tests replace the shared tiers of regions by their own.
//!
//! This needs the feature `fault-injection`. Without it, [`wrapped`] returns what it is given.

use super::shared::SharedTier;

#[cfg(feature = "fault-injection")]
mod injected {
    use std::sync::OnceLock;

    use super::SharedTier;

    type Wrap = Box<dyn Fn(Box<dyn SharedTier>) -> Box<dyn SharedTier> + Send + Sync>;

    static WRAP: OnceLock<Wrap> = OnceLock::new();

    /// Puts what `wrap` returns in place of the shared tier of each region that this process opens from now on.
    /// Only the first call counts.
    pub fn wrap_shared_tiers<F>(wrap: F)
    where
        F: Fn(Box<dyn SharedTier>) -> Box<dyn SharedTier> + Send + Sync + 'static,
    {
        let _ = WRAP.set(Box::new(wrap));
    }

    pub(crate) fn wrapped(tier: Box<dyn SharedTier>) -> Box<dyn SharedTier> {
        match WRAP.get() {
            Some(wrap) => wrap(tier),
            None => tier,
        }
    }
}

#[cfg(feature = "fault-injection")]
pub use injected::wrap_shared_tiers;
#[cfg(feature = "fault-injection")]
pub(crate) use injected::wrapped;

#[cfg(not(feature = "fault-injection"))]
#[inline(always)]
pub(crate) fn wrapped(tier: Box<dyn SharedTier>) -> Box<dyn SharedTier> {
    tier
}
