//! `not_cached.md` explains every reason.

use crate::{BypassReason, InvalidationCause, MissReason, RefusalReason};

const PAGE: &str = include_str!("not_cached.md");

/// The path and the word of each variant. Without the `match`, a new variant could be missing from the list.
macro_rules! reasons {
    ($reason:ident: $($variant:ident)*) => {{
        let _ = |reason: $reason| match reason {
            $($reason::$variant => {})*
        };
        [$((concat!(stringify!($reason), "::", stringify!($variant)), $reason::$variant.as_str())),*]
    }};
}

/// Checks that the page has a section for this reason, and that the section begins with a link to the variant.
fn assert_explained((variant, word): (&str, &str)) {
    let heading = format!("\n### `{word}`\n\n");
    let link = format!("[`{variant}`](crate::{variant})");
    let mut sections = PAGE.split(heading.as_str()).skip(1);
    assert!(
        sections.any(|section| section.starts_with(&link)),
        "guide/not_cached.md needs a section `### {word}` that begins with {link}"
    );
}

#[test]
fn every_reason_is_explained() {
    reasons!(MissReason: Absent Expired Idle Outdated Invalidated Layout Corrupt Refresh)
        .into_iter()
        .for_each(assert_explained);
    reasons!(BypassReason: NullRegion NoSession Transaction BeingWritten Disabled SideEffects SessionState RowLocks NoLease)
        .into_iter()
        .for_each(assert_explained);
    reasons!(RefusalReason: Invalidated TooLarge Transaction OtherContext ReplicaLag)
        .into_iter()
        .for_each(assert_explained);
}

#[test]
fn every_cause_is_explained_in_order() {
    let causes =
        reasons!(InvalidationCause: Key Row Insert UnknownRows Cascade Table Region Everything Dependencies Epoch);
    let rows = causes.map(|(variant, word)| PAGE.find(&format!("\n| [`{word}`](crate::{variant}) | ")));
    assert!(rows.iter().all(Option::is_some), "guide/not_cached.md: {rows:?}");
    assert!(rows.is_sorted(), "guide/not_cached.md: {rows:?}");
}
