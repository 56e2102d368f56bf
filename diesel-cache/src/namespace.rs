//! Namespaces: what keeps tenants and databases apart in one cache.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// The part of every key and slot that keeps tenants and databases apart; empty by default.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Namespace(Arc<str>);

impl Namespace {
    pub(crate) fn new(name: &str) -> Self {
        Self(name.into())
    }

    pub(crate) fn shared(&self) -> &Arc<str> {
        &self.0
    }
}

impl Deref for Namespace {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}
