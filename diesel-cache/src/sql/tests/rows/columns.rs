//! The columns that queries read.

use super::super::{failures, one};
use crate::sql::{Dialect, NamedColumn};

const ALL: &[Dialect] = &[Dialect::Sqlite, Dialect::Postgres, Dialect::Mysql];

/// Asserts that each SELECT reads exactly the columns of these names: `id name`. A `*` stands for any.
fn columns(dialects: &[Dialect], cases: &[(&str, &str)]) {
    failures(dialects.iter().flat_map(|&dialect| {
        cases.iter().map(move |&(sql, expected)| {
            let found = one(sql, dialect).columns;
            let found = found.map_or("*".to_owned(), |columns| {
                let spell = |named: &NamedColumn| match &named.table {
                    Some(table) => format!("{table}.{}", named.column),
                    None => named.column.to_string(),
                };
                columns.iter().map(spell).collect::<Vec<_>>().join(" ")
            });
            match found == expected {
                true => Ok(()),
                false => Err(format!("{dialect:?}: {sql}\n    {found}\n    {expected}")),
            }
        })
    }));
}

#[test]
fn named_columns_are_read() {
    columns(
        ALL,
        &[
            ("SELECT id, name FROM person", "id name"),
            (
                "SELECT p.id FROM person p WHERE p.name = 'x' ORDER BY age",
                "age person.id person.name",
            ),
            ("SELECT count(*) FROM person", ""),
            ("SELECT COUNT( * ) FROM person WHERE id > 3", "id"),
            (
                "SELECT p.id FROM person p JOIN address a ON a.person_id = p.id GROUP BY p.id HAVING max(a.nr) > 1",
                "address.nr address.person_id person.id",
            ),
            (
                "SELECT id FROM person WHERE EXISTS (SELECT 1 FROM address WHERE address.person_id = person.id AND town = 'x')",
                "id town address.person_id person.id",
            ),
            ("SELECT q.id FROM (SELECT id FROM person WHERE age > 3) AS q", "age id"),
            (
                "WITH q AS (SELECT id FROM person) SELECT q.id, a.town FROM q JOIN address AS a ON a.id = q.id",
                "id address.id address.town",
            ),
            (
                "SELECT CASE WHEN age > 3 THEN name ELSE nick END FROM person",
                "age name nick",
            ),
            ("SELECT 1 FROM person", ""),
        ],
    );
}

#[test]
fn what_is_not_named_may_be_any_column() {
    columns(
        ALL,
        &[
            ("SELECT * FROM person", "*"),
            ("SELECT person.* FROM person", "*"),
            ("SELECT id FROM (SELECT * FROM person) AS q", "*"),
            ("SELECT id FROM person NATURAL JOIN address", "*"),
            ("SELECT person FROM person", "*"),
            ("SELECT count(p) FROM person AS p", "*"),
            ("SELECT count(PERSON) FROM person", "*"),
            ("SELECT 2 * id FROM person", "*"),
            ("SELECT count(id * 2) FROM person", "*"),
            ("SELECT unheard_of(id) FROM person", "*"),
            ("SELECT id FROM person WHERE name REGEXP 'x'", "*"),
            ("SELECT nobody.id FROM person", "*"),
            ("SELECT rowid FROM person", "*"),
            ("SELECT person._rowid_ FROM person", "*"),
            ("UPDATE person SET name = 'x' WHERE id = 1", "*"),
        ],
    );
    columns(
        &[Dialect::Sqlite, Dialect::Mysql],
        &[("SELECT name FROM other.person", "*")],
    );
    columns(
        &[Dialect::Postgres],
        &[
            ("SELECT name FROM public.person", "name"),
            ("SELECT p FROM person AS p WHERE id = 1", "*"),
            ("SELECT public.person FROM person", "*"),
            ("SELECT xmin FROM person", "*"),
            ("SELECT \"ctid\" FROM person", "*"),
            ("TABLE person", "*"),
            ("SELECT id FROM (TABLE person) AS q", "*"),
            ("SELECT (p).name FROM person AS p", "*"),
            ("SELECT id FROM person AS p (id, name)", "*"),
            ("SELECT id FROM person AS lower (id, name)", "*"),
        ],
    );
}
