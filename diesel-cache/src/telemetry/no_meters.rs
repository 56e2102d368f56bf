//! Replaces `meters` without the feature `metrics`.

use std::sync::Arc;
use std::time::Duration;

use super::counter::Count;
use crate::event::Tier;

#[derive(Debug)]
pub(crate) struct Meters;

#[cfg(feature = "redis")]
#[derive(Debug)]
pub(crate) struct ClusterMeters;

#[cfg(feature = "redis")]
impl ClusterMeters {
    pub(crate) fn new(_: &str) -> Self {
        Self
    }

    pub(crate) fn waited(&self, _: Duration) {}

    pub(crate) fn observe(&self, _: &super::cluster_figures::ClusterFigures) {}
}

impl Meters {
    /// Whether the gauges of what a region holds are disabled.
    pub(crate) const IDLE: bool = true;

    pub(crate) fn new(_: &Arc<str>) -> Self {
        Self
    }

    #[inline(always)]
    pub(crate) fn count(&self, _: Count, _: u64) {}

    #[inline(always)]
    pub(crate) fn queried(&self, _: Duration) {}

    #[inline(always)]
    pub(crate) fn holds(&self, _: Tier, _: u64, _: u64) {}
}
