//! Which tables a statement reads or writes.
