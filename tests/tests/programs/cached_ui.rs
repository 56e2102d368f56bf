//! What the compiler says of `.cached(…)` where it cannot be called.
//!
//! A case that fails is named by the rule that it breaks. After a change of messages: `TRYBUILD=overwrite`, and read the difference.

#[test]
fn cached_ui() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("ui/cached/*.rs");
}
