//! Which loads of many keys compile, and what the compiler says about the rest.
//!
//! A case that fails is named by the rule that it breaks. After a change of messages: `TRYBUILD=overwrite`, and read the difference.

#[test]
fn relation_ui() {
    let cases = trybuild::TestCases::new();
    cases.pass("ui/relation/pass/*.rs");
    cases.compile_fail("ui/relation/fail/*.rs");
}
