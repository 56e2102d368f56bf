//! The page on reasons names every reason there is.

use crate::{BypassReason, MissReason, RefusalReason};

const PAGE: &str = include_str!("not_cached.md");

/// The name and the word of each variant. The `match` makes a new variant an error here, so that it reaches the page as well.
macro_rules! reasons {
    ($reason:ident: $($variant:ident)*) => {{
        let _ = |reason: $reason| match reason {
            $($reason::$variant => {})*
        };
        [$((concat!(stringify!($reason), "::", stringify!($variant)), $reason::$variant.as_str())),*]
    }};
}

/// Is there a section of this reason that links to it?
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
    reasons!(BypassReason: NullRegion NoSession Transaction BeingWritten Disabled SideEffects SessionState)
        .into_iter()
        .for_each(assert_explained);
    reasons!(RefusalReason: Invalidated TooLarge Transaction)
        .into_iter()
        .for_each(assert_explained);
}
