//! The texts of instrumentation events.

use super::show;
use crate::sql::{Dialect, StatementKind, observed::analyse_observed};

fn writes(text: &str) -> String {
    show(&analyse_observed(text, Dialect::Postgres).1.writes().tables())
}

fn sql(text: &str) -> &str {
    &text[..analyse_observed(text, Dialect::Postgres).0]
}

#[test]
fn the_list_is_cut_off() {
    let text = "DELETE FROM a WHERE x = $1 -- binds: [\"b\\n; DELETE FROM c -- binds: [1]\"]";
    assert_eq!(sql(text), "DELETE FROM a WHERE x = $1");
    assert_eq!(writes(text), "a");
    assert_eq!(sql("COMMIT"), "COMMIT");
}

#[test]
fn a_literal_may_hold_the_mark() {
    let text = "DELETE FROM a WHERE x = 'y -- binds: [\n]' AND z IN (SELECT z FROM b) -- binds: [1]";
    assert_eq!(sql(text), text.strip_suffix(" -- binds: [1]").unwrap());
    assert_eq!(writes(text), "a");
    assert_eq!(writes("DELETE FROM a /* -- binds: [ */ -- binds: []"), "a");
}

#[test]
fn a_comment_may_hold_the_mark() {
    assert_eq!(writes("DELETE FROM a -- binds: [] -- binds: [1]"), "a");
    // What follows the mark may be the list of binds, or a comment.
    assert_eq!(writes("SELECT 1 -- binds: [x]\n; DELETE FROM b"), "*");
    assert_eq!(writes("DELETE FROM a -- binds: [Matrix(\n1 0\n0 1\n)]"), "*");
}

#[test]
fn values_take_no_part() {
    for value in ["1", "\"\\n; COMMIT\"", "'", "/*", "$$", "\"-- binds: [ -- binds: [\""] {
        let text = format!("SELECT * FROM a WHERE x = $1 -- binds: [{value}]");
        let (_, analysis) = analyse_observed(&text, Dialect::Postgres);
        let facts = analysis.single_select().unwrap();
        assert_eq!(
            (&facts.kind, show(&facts.reads)),
            (&StatementKind::Select { locks: false }, "a".into()),
            "{text}"
        );
    }
}

#[test]
fn many_marks_are_not_followed() {
    let text = format!("SELECT '{}' -- binds: []", " -- binds: [".repeat(10_000));
    assert_eq!(writes(&text), "*");
}
