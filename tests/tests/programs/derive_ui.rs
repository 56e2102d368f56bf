//! What `#[derive(Cacheable)]` says of types that it does not accept.
//!
//! A case that fails is named by the rule that it breaks. After a change of messages: `TRYBUILD=overwrite`, and read the difference.

#[test]
fn derive_ui() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("ui/derive/*.rs");
}
