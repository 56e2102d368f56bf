//! Random writes.

use crate::engine::Kind;
use crate::schema::TABLES;
use crate::sql::{Bind, Sql, Writer};
use diesel_cache_tests::Rng;

/// Returns a random write.
pub fn write(rng: &mut Rng, kind: Kind) -> Sql {
    let table = rng.pick(&TABLES);
    let form = rng.below(20);
    let mut writer = Writer::new(rng, kind);
    match form {
        0..=6 => insert(&mut writer, table),
        7 => upsert(&mut writer, table),
        8..=11 => {
            update(&mut writer, table);
            condition(&mut writer, table);
        }
        12 => odd_update(&mut writer, table),
        13 => {
            writer.push(&format!("UPDATE {table} SET s = "));
            let text = format!("s{}", writer.rng.below(100_000));
            let id = writer.any();
            // The bind for `x` is NULL.
            writer.sql.binds = vec![Bind::Optional(None), Bind::Integer(id)];
            let (one, two) = if kind == Kind::Postgres {
                ("$1", "$2")
            } else {
                ("?", "?")
            };
            writer.push(&format!("'{text}', x = {one} WHERE id = {two}"));
        }
        14..=16 => {
            writer.push(&format!("DELETE FROM {table}"));
            condition(&mut writer, table);
        }
        17 => {
            let other = writer.rng.pick(&TABLES);
            writer
                .push(&format!(
                    "DELETE FROM {table} WHERE x IN (SELECT id FROM {other} WHERE y = "
                ))
                .value();
            writer.push(")");
        }
        _ => {
            // Two statements in one text, if neither has binds; otherwise only the first.
            let mut text = Vec::new();
            for _ in 0..2 {
                let mut one = Writer::new(writer.rng, kind);
                update(&mut one, table);
                condition(&mut one, table);
                text.push(one.sql);
            }
            if text.iter().all(|sql| sql.binds.is_empty()) {
                writer.push(&format!("{}; {}", text[0].text, text[1].text));
            } else {
                writer.sql = text.remove(0);
            }
        }
    }
    writer.sql
}

fn insert(writer: &mut Writer<'_>, table: &str) {
    match writer.rng.below(6) {
        0 => {
            writer.push(&format!("INSERT INTO {table} (x, s) VALUES ("));
            writer.value().push(", ").text().push(")");
        }
        1 => {
            writer
                .push(&format!(
                    "INSERT INTO {table} SELECT id + 3, x, y, s FROM {table} WHERE id = "
                ))
                .value();
        }
        2 => {
            writer.push(&format!("INSERT INTO {table} (id, x, y) VALUES ("));
            writer.value().push(", ").value().push(", ").odd_value("1").push("), (");
            writer.odd_value("2").push(", ").value().push(", NULL)");
        }
        3 => {
            writer.push(&format!("INSERT INTO {table} VALUES ("));
            writer.value().push(", ").value().push(", ").value().push(", 'plain')");
        }
        _ => {
            writer.push(&format!("INSERT INTO {table} (s, id, x, y) VALUES ("));
            writer
                .text()
                .push(", ")
                .value()
                .push(", ")
                .value()
                .push(", ")
                .odd_value("3")
                .push(")");
        }
    }
}

fn upsert(writer: &mut Writer<'_>, table: &str) {
    let replace = writer.rng.one_in(2);
    match (writer.kind, replace) {
        (Kind::Sqlite | Kind::Mysql, true) => writer.push(&format!("REPLACE INTO {table} (id, x, s) VALUES (")),
        _ => writer.push(&format!("INSERT INTO {table} (id, x, s) VALUES (")),
    };
    writer.value().push(", ").value().push(", ").text().push(")");
    match (writer.kind, replace) {
        (Kind::Sqlite | Kind::Mysql, true) => {}
        (Kind::Mysql, false) => _ = writer.push(" ON DUPLICATE KEY UPDATE s = 'twice', y = ").integer(2),
        (_, true) => _ = writer.push(" ON CONFLICT DO NOTHING"),
        (_, false) => {
            _ = writer
                .push(" ON CONFLICT (id) DO UPDATE SET s = 'twice', y = ")
                .integer(2)
        }
    }
}

fn update(writer: &mut Writer<'_>, table: &str) {
    if writer.rng.one_in(3) {
        // Some processes have declared this column as volatile.
        writer.push(&format!("UPDATE {table} SET y = ")).odd_value("y");
        return;
    }
    writer.push(&format!("UPDATE {table} SET s = ")).text();
    if writer.rng.one_in(3) {
        let column = writer.rng.pick(&["id", "x", "y"]);
        writer.push(&format!(", {column} = ")).odd_value(column);
    }
}

fn odd_update(writer: &mut Writer<'_>, table: &str) {
    let other = writer.rng.pick(&TABLES);
    match writer.kind {
        Kind::Sqlite => {
            let verb = writer.rng.pick(&["UPDATE OR REPLACE", "UPDATE OR IGNORE"]);
            writer
                .push(&format!("{verb} {table} SET id = "))
                .value()
                .push(" WHERE id = ")
                .value();
        }
        Kind::Postgres => {
            writer
                .push(&format!(
                    "UPDATE {table} SET s = 'from' FROM {other} AS o WHERE {table}.x = o.id AND o.y = "
                ))
                .value();
        }
        Kind::Mysql => {
            writer
                .push(&format!(
                    "UPDATE {table} p JOIN {other} o ON p.x = o.id SET p.s = 'from' WHERE o.y = "
                ))
                .value();
        }
    }
}

fn condition(writer: &mut Writer<'_>, table: &str) {
    let column = writer.rng.pick(&["id", "id", "id", "id", "x", "y"]);
    match writer.rng.below(8) {
        0 => {
            writer
                .push(&format!(" WHERE {column} IN ("))
                .value()
                .push(", ")
                .value()
                .push(")");
        }
        1 => {
            writer
                .push(&format!(" WHERE {table}.{column} = "))
                .value()
                .push(" OR id = ")
                .value();
        }
        2 => {
            writer
                .push(&format!(" WHERE {column} = "))
                .value()
                .push(" AND y = ")
                .value();
        }
        3 => {
            writer.push(&format!(" WHERE {column} > 2 AND x = ")).odd_value("x");
        }
        _ => {
            writer.push(&format!(" WHERE {column} = ")).value();
        }
    }
}
