//! The SQL name of a table that Diesel's `table!` declared.

use std::fmt::Debug;

/// Returns the name as it stands in SQL, each part quoted: `"person"`, `"public"."person"`.
///
/// The component is Diesel's `Identifier`, or an `InfixNode` of two when the table names its schema. The node's fields
/// are private and a rendering needs a backend, so its `Debug` form is read: `Identifier("…")`, once or twice. A form
/// without an identifier is that of another version of Diesel, and has no name.
pub(crate) fn static_name(component: &impl Debug) -> Option<String> {
    let text = format!("{component:?}");
    let parts = text.split("Identifier(\"").skip(1).map(|rest| {
        let mut part = String::new();
        let mut chars = rest.chars();
        while let Some(char) = chars.next() {
            match char {
                '"' => break,
                '\\' => part.extend(chars.next()),
                char => part.push(char),
            }
        }
        format!("\"{}\"", part.replace('"', "\"\""))
    });
    let name = parts.collect::<Vec<_>>().join(".");
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use diesel::internal::table_macro::StaticQueryFragment as _;

    use super::*;

    diesel::table! { person (id) { id -> Integer } }
    diesel::table! { audit.person_log (id) { id -> Integer } }
    diesel::table! { #[sql_name = "odd \"name\""] odd (id) { id -> Integer } }

    #[test]
    fn names_are_those_of_the_declaration() {
        let name = |component: &dyn Debug| static_name(&component).unwrap();
        assert_eq!(name(&person::table::STATIC_COMPONENT), r#""person""#);
        assert_eq!(name(&person_log::table::STATIC_COMPONENT), r#""audit"."person_log""#);
        assert_eq!(name(&odd::table::STATIC_COMPONENT), r#""odd ""name""""#);
    }

    #[test]
    fn an_unknown_form_has_no_name() {
        assert_eq!(static_name(&"person"), None);
    }
}
