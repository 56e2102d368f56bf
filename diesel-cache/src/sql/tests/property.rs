//! Properties that hold for any text.

use proptest::prelude::*;

use super::{ALL, show};
use crate::sql::{Analysis, StatementKind, Tables, Writes, analyse, canonical, observed::analyse_observed};

const TEXTS: &[&str] = &[
    "SELECT a.x FROM a INNER JOIN b ON a.id = b.id WHERE (a.x = $1) AND b.y IN (SELECT y FROM c) ORDER BY a.x LIMIT 5",
    "WITH q AS (SELECT * FROM a) SELECT * FROM q UNION ALL SELECT * FROM b",
    "INSERT INTO a (x, y) SELECT x, 'it''s' FROM b ON CONFLICT (x) DO UPDATE SET y = excluded.y RETURNING x",
    "UPDATE a SET x = (SELECT max(x) FROM b) WHERE id = ? -- binds: [1, \"x\"]",
    "DELETE FROM a WHERE x = '-- binds: [' /* c */; COMMIT AND CHAIN",
    "BEGIN; CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE b SET x = CASE WHEN 1 THEN 2 END; END; ROLLBACK TO SAVEPOINT s",
    "COPY a (x) FROM STDIN; SET search_path TO a, b; TRUNCATE a, b CASCADE; EXPLAIN ANALYZE DELETE FROM a",
    "ALTER TABLE a RENAME TO b; DROP TABLE IF EXISTS a, b; PRAGMA main.foreign_keys = ON; LOAD DATA INFILE 'x' INTO TABLE a",
];

fn has(tables: &Tables, spelling: &str) -> bool {
    match tables {
        Tables::Everything => true,
        Tables::Known(names) => names.contains(&canonical(spelling)),
    }
}

fn is_consistent(analysis: &Analysis) -> bool {
    analysis.statements().iter().all(|facts| match facts.kind {
        StatementKind::Select { .. } => facts.writes.is_empty(),
        StatementKind::Unknown => (&facts.reads, &facts.writes) == (&Tables::Everything, &Writes::Everything),
        _ => true,
    })
}

/// Makes a text of `TEXTS` with some of its characters replaced, left out or repeated.
fn mutated() -> impl Strategy<Value = String> {
    let change = (
        any::<prop::sample::Index>(),
        0..3_usize,
        prop::sample::select("'\"`;()[]-/*!,.$ a?\n\\0#@".chars().collect::<Vec<_>>()),
    );
    (prop::sample::select(TEXTS), prop::collection::vec(change, 1..6)).prop_map(|(text, changes)| {
        let mut chars: Vec<char> = text.chars().collect();
        for (place, how, c) in changes {
            let place = place.index(chars.len());
            match how {
                0 => chars[place] = c,
                1 => chars.insert(place, c),
                _ => drop(chars.remove(place)),
            }
        }
        chars.into_iter().collect()
    })
}

proptest! {
    #[test]
    fn no_text_panics(text in ".{0,200}") {
        for &dialect in ALL {
            prop_assert!(is_consistent(&analyse(&text, dialect)));
            prop_assert!(is_consistent(&analyse_observed(&text, dialect).1));
        }
    }

    #[test]
    fn no_nearly_right_text_panics(text in mutated()) {
        for &dialect in ALL {
            prop_assert!(is_consistent(&analyse(&text, dialect)));
            prop_assert!(is_consistent(&analyse_observed(&text, dialect).1));
        }
    }

    /// The readers and the writers of a table agree on it, whatever its name, quotes and schema are.
    #[test]
    fn readers_and_writers_meet(name in "[a-zA-Z_äÖßİ][a-zA-Z0-9_ .äÖ]{0,70}", reader in 0..3_usize, writer in 0..3_usize) {
        for &dialect in ALL {
            let quote = if dialect == crate::sql::Dialect::Mysql { '`' } else { '"' };
            let spell = |how: usize| match how {
                0 => format!("{quote}{name}{quote}"),
                1 => format!("{quote}main{quote}.{quote}{name}{quote}"),
                _ => format!("x.{quote}{}{quote}", name.to_ascii_uppercase()),
            };
            let reads = analyse(&format!("SELECT 1 FROM a JOIN {} AS t ON true", spell(reader)), dialect).reads();
            for write in [
                format!("INSERT INTO {} VALUES (1)", spell(writer)),
                format!("UPDATE {} SET x = 1", spell(writer)),
                format!("DELETE FROM {}", spell(writer)),
                format!("DROP TABLE {}", spell(writer)),
            ] {
                let Tables::Known(written) = analyse(&write, dialect).writes().tables() else { continue };
                for name in written {
                    prop_assert!(has(&reads, &format!("\"{name}\"")), "{} of {} is not in {}", name, write, show(&reads));
                }
            }
        }
    }
}
