//! Random queries. Each returns the columns `a`, `b` and `s`.

use crate::engine::Kind;
use crate::schema::TABLES;
use crate::sql::{Sql, Writer};
use diesel_cache_tests::Rng;

/// Returns a random query.
pub fn query(rng: &mut Rng, kind: Kind) -> Sql {
    let table = rng.pick(&TABLES);
    let other = rng.pick(&TABLES);
    let column = rng.pick(&["id", "id", "id", "x", "x", "y"]);
    let form = rng.below(19);
    let mut writer = Writer::new(rng, kind);
    match form {
        0..=3 => {
            writer
                .push(&format!("SELECT id AS a, x AS b, s FROM {table} WHERE {column} = "))
                .value();
        }
        4 => {
            writer
                .push(&format!(
                    "SELECT p.id AS a, p.y AS b, p.s FROM {table} AS p WHERE (p.x = "
                ))
                .value();
            writer.push(") AND (p.y = ").value().push(")");
        }
        5 => {
            writer.push(&format!(
                "SELECT {column} AS a, x AS b, s FROM {table} WHERE {column} IN ("
            ));
            writer.value().push(", ").value().push(")");
        }
        6 if kind == Kind::Postgres => {
            let (one, two) = (writer.any(), writer.any());
            writer.push(&format!("SELECT id AS a, x AS b, s FROM {table} WHERE {column} = ANY("));
            writer.array(vec![one, two]).push(")");
        }
        6 => {
            writer
                .push(&format!("SELECT id AS a, x AS b, s FROM {table} WHERE {column} = "))
                .value();
            writer.push(" AND id <> ").value();
        }
        7 => {
            writer.push(&format!(
                "SELECT p.id AS a, q.id AS b, q.s FROM {table} p JOIN {other} q ON q.x = p.id WHERE p.{column} = "
            ));
            writer.value();
        }
        8 => {
            writer.push(&format!(
                "SELECT p.id AS a, q.id AS b, q.s FROM {table} p LEFT JOIN {other} q ON q.x = p.id WHERE p.{column} = "
            ));
            writer.value();
        }
        9 => {
            writer.push(&format!(
                "SELECT p.id AS a, q.id AS b, p.s FROM {table} p LEFT JOIN {other} q ON q.x = p.id AND p.{column} = "
            ));
            writer.value();
        }
        10 => {
            let count = if kind == Kind::Mysql {
                "CAST(count(*) AS SIGNED)"
            } else {
                "CAST(count(*) AS INTEGER)"
            };
            writer
                .push(&format!(
                    "SELECT {count} AS a, max(y) AS b, max(s) AS s FROM {table} WHERE {column} = "
                ))
                .value();
        }
        11 => {
            writer
                .push(&format!("SELECT id AS a, x AS b, s FROM {table} WHERE {column} = "))
                .value();
            writer
                .push(&format!(" UNION ALL SELECT id, y, s FROM {other} WHERE id = "))
                .value();
        }
        12 => {
            writer
                .push(&format!(
                    "SELECT id AS a, x AS b, s FROM {table} WHERE id IN (SELECT x FROM {other} WHERE {column} = "
                ))
                .value();
            writer.push(")");
        }
        13 => {
            writer
                .push(&format!("SELECT id AS a, x AS b, s FROM {table} WHERE {column} = "))
                .value();
            writer.push(&format!(" AND EXISTS (SELECT 1 FROM {other} q WHERE q.x = {table}.id)"));
        }
        14 => {
            writer
                .push(&format!("SELECT id AS a, x AS b, s FROM {table} WHERE {column} = "))
                .value();
            writer.push(" OR x = ").value();
        }
        15 => {
            writer
                .push(&format!("SELECT id AS a, id AS b, s FROM {table} WHERE id = "))
                .value();
        }
        16 => {
            let column = if column == "id" { "y" } else { column };
            writer
                .push(&format!("SELECT id AS a, {column} AS b, s FROM {table} WHERE id > "))
                .value();
        }
        17 => {
            writer.push(&format!(
                "SELECT p.id AS a, p.id AS b, p.s FROM {table} p JOIN {other} q ON p.id = q.id WHERE q.{column} > "
            ));
            writer.value();
        }
        _ => {
            writer
                .push(&format!(
                    "SELECT p.id AS a, q.id AS b, q.s FROM {table} p, {other} q WHERE p.id = q.y AND q.{column} = "
                ))
                .value();
        }
    }
    writer.sql
}
