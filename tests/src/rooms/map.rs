//! The table of rooms in `docs/README.md`.

use std::collections::BTreeSet;

/// The rooms from top to bottom, each with the rooms that it imports.
pub(super) struct Map(Vec<(String, BTreeSet<String>)>);

impl Map {
    /// Reads the table whose header is `| room | what it does | imports |`.
    pub(super) fn parse(text: &str) -> Self {
        let rows = text
            .lines()
            .skip_while(|line| *line != "| room | what it does | imports |")
            .skip(2)
            .take_while(|line| line.starts_with('|'));
        let rows: Vec<_> = rows.map(row).collect();
        assert!(!rows.is_empty(), "docs/README.md has no table of rooms");
        Self(rows)
    }

    /// Returns the row number of a room, counted from the top.
    pub(super) fn level(&self, room: &str) -> Option<usize> {
        self.0.iter().position(|(name, _)| name == room)
    }

    pub(super) fn imports(&self, room: &str) -> Option<&BTreeSet<String>> {
        Some(&self.0[self.level(room)?].1)
    }

    /// Returns the imports that the table lists, as pairs of rooms.
    pub(super) fn arrows(&self) -> impl Iterator<Item = (&String, &String)> {
        self.0
            .iter()
            .flat_map(|(room, imports)| imports.iter().map(move |import| (room, import)))
    }
}

fn row(line: &str) -> (String, BTreeSet<String>) {
    let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
    let [room, .., imports] = &*cells else {
        panic!("a row of the rooms needs three cells: {line}");
    };
    let room = room.trim_matches('`').trim_end_matches('/').trim_end_matches(".rs");
    let imports = imports
        .split(',')
        .map(str::trim)
        .filter(|import| !matches!(*import, "" | "–"));
    (room.to_owned(), imports.map(str::to_owned).collect())
}

#[test]
fn a_table_is_read_from_top_to_bottom() {
    let map = Map::parse(
        "# Rooms\n\n| room | what it does | imports |\n| --- | --- | --- |\n| `a/` | one | b, c |\n| `b.rs` | two | c |\n| `c/` | three | – |\n\n| room |",
    );
    assert_eq!(
        [map.level("a"), map.level("b"), map.level("c")],
        [Some(0), Some(1), Some(2)]
    );
    assert_eq!(map.arrows().count(), 3);
    assert!(map.imports("c").unwrap().is_empty() && map.level("d").is_none());
}
