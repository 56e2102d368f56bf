//! The compiler's messages where `.cached(…)` cannot be called.
//!
//! Each case is named after the rule that it breaks. After a change of messages, run this with `TRYBUILD=overwrite`,
//! and review the difference.

#[test]
fn cached_ui() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("ui/cached/*.rs");
}
