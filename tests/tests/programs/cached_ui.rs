//! What `.cached(…)` can be called on, and what the compiler says about the rest.
//!
//! A case that fails is named by the rule that it breaks. After a change of messages: `TRYBUILD=overwrite`, and read the difference.

#[test]
fn cached_ui() {
    let cases = trybuild::TestCases::new();
    cases.pass("ui/cached/pass/*.rs");
    cases.compile_fail("ui/cached/fail/*.rs");
}
