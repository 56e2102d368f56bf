//! Integration tests of diesel-cache.
