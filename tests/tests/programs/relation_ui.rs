//! What the compiler says of loads of many keys that do not compile.
//!
//! A case that fails is named by the rule that it breaks. After a change of messages: `TRYBUILD=overwrite`, and read the difference.

#[test]
fn relation_ui() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("ui/relation/*.rs");
}
