//! Reading and rewriting a statement's tokens, in no particular dialect.

mod cursor;
mod rewrite;
mod values;

pub(in crate::sql) use cursor::{Cursor, is_any, is_word, word};
pub(in crate::sql) use rewrite::{
    Rule, conflict_target, last_is, materialized, null_test, passes_group, push, push_all_of, rewritten, starts,
};
pub(in crate::sql) use values::{
    called, change_as_written, dense, is_constant, is_literal, parts, rendered, string, value_as_written,
};
