//! The mark between the SQL of a statement and its bound values: `<SQL> -- binds: [<values>]`.

/// What Diesel writes between the SQL and the list of values, in one piece.
pub(super) const MARK: &str = " -- binds: ";

/// The mark and the beginning of the list.
const LIST: &str = " -- binds: [";

/// Returns the text before and behind each place where the bound values may begin.
///
/// The mark may also stand in the SQL, in a literal or a comment, and in a bound value.
pub(crate) fn possible_ends(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.match_indices(LIST).map(|(place, _)| text.split_at(place))
}

/// Returns `true` if the text is this SQL, with or without bound values.
///
/// Diesel reports the end of a statement with them, diesel-async without.
pub(crate) fn is_text_of(text: &str, sql: &str) -> bool {
    let rest = text.strip_prefix(sql);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(LIST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_begins_with_the_mark() {
        assert_eq!(LIST.strip_suffix('['), Some(MARK));
    }

    #[test]
    fn each_mark_is_a_possible_end() {
        let ends: Vec<_> = possible_ends("a -- binds: [ -- binds: [1]").collect();
        assert_eq!(
            ends,
            [("a", " -- binds: [ -- binds: [1]"), ("a -- binds: [", " -- binds: [1]")]
        );
        assert_eq!(possible_ends("COMMIT").count(), 0);
    }

    #[test]
    fn a_text_is_its_sql_with_or_without_bound_values() {
        assert!(is_text_of("SELECT 1", "SELECT 1"));
        assert!(is_text_of("SELECT 1 -- binds: [2]", "SELECT 1"));
        assert!(!is_text_of("SELECT 11", "SELECT 1"));
        assert!(!is_text_of("SELECT", "SELECT 1"));
    }
}
