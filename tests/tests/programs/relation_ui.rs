//! The compiler's messages for loads of many keys that do not compile.
//!
//! Each case is named after the rule that it breaks. After a change of messages, run this with `TRYBUILD=overwrite`,
//! and review the difference.

#[test]
fn relation_ui() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("ui/relation/*.rs");
}
