//! A streaming replica.
