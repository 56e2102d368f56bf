//! The compiler's messages for types that `#[derive(Cacheable)]` does not accept.
//!
//! Each case is named after the rule that it breaks. After a change of messages, run this with `TRYBUILD=overwrite`,
//! and review the difference.

#[test]
fn derive_ui() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("ui/derive/*.rs");
}
