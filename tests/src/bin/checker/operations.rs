//! The mixture of loads and writes.

use std::thread;
use std::time::Duration;

use diesel::QueryResult;

use crate::engine::{Engine, Query, Way, batch};
use crate::history::{Intent, Outcome, Row, Seen, Writer, now};
use crate::model;
use crate::worker::Thread;

impl<E: Engine> Thread<'_, E> {
    /// Runs one operation, chosen at random from the seed.
    pub fn step(&mut self) {
        if self.rng.below(100) >= self.orders.writes {
            let query = self.rng.pick(&Query::all());
            let way = match self.rng.below(24) {
                0..5 => Way::Database,
                5..8 => Way::Memory,
                8..11 => Way::Shared,
                11 => Way::Refresh,
                12 => Way::InTransaction,
                13..18 if self.orders.redis.is_some() => Way::Redis,
                _ => Way::Disk,
            };
            return self.load(query, way);
        }
        let done = match self.rng.below(16) {
            0..3 => self.update_one(),
            3 => self.upsert(),
            4 => self.update_table(),
            5 => self.update_by_select(),
            6 => self.batch(),
            7 if !E::RETURNING.is_empty() => self.update_returning(),
            8 if !E::RETURNING_ALL.is_empty() => self.update_all_returning(),
            9..11 => self.raw_transaction(),
            11 => self.read_in_transaction(),
            _ => self.transaction(),
        };
        if done.is_err() {
            // The connection may still be in a transaction.
            self.reconnect();
        }
    }

    fn update_one(&mut self) -> QueryResult<()> {
        let row = self.row();
        self.write(&[row], "update", |thread, writer| {
            E::update(&mut thread.conn, row, writer).map(drop)
        })
    }

    fn upsert(&mut self) -> QueryResult<()> {
        let id = self.rng.id(model::SHELVES);
        self.write(&[model::shelf_row(id)], "upsert", |thread, writer| {
            let sql = E::UPSERT
                .replace("{id}", &id.to_string())
                .replace("{writer}", &writer.to_string());
            E::execute(&mut thread.conn, &sql).map(drop)
        })
    }

    fn update_table(&mut self) -> QueryResult<()> {
        let (table, rows) = self
            .rng
            .pick(&[("shelf", model::shelf_rows as fn() -> _), ("book", model::book_rows)]);
        self.write(&rows(), "update table", |thread, writer| {
            E::execute(&mut thread.conn, &set(table, writer)).map(drop)
        })
    }

    fn update_by_select(&mut self) -> QueryResult<()> {
        let shelf = self.rng.id(model::SHELVES);
        self.write(&model::rows_on(shelf), "update by select", |thread, writer| {
            let sql = format!(
                "{} WHERE shelf_id IN (SELECT id FROM shelf WHERE id = {shelf})",
                set("book", writer)
            );
            E::execute(&mut thread.conn, &sql).map(drop)
        })
    }

    fn update_returning(&mut self) -> QueryResult<()> {
        let id = self.rng.id(model::SHELVES);
        let row = model::shelf_row(id);
        let writer = self.begin(Intent::Commit, &[row], "returning");
        let sql = E::RETURNING
            .replace("{id}", &id.to_string())
            .replace("{writer}", &writer.to_string());
        let done = E::number(&mut self.conn, &sql);
        let (outcome, seen) = match &done {
            Ok(version) => {
                let version = *version as u64;
                (Outcome::Committed, vec![Seen { row, version, writer }])
            }
            Err(_) => (Outcome::Unknown, Vec::new()),
        };
        self.end(writer, now(), outcome, seen);
        done.map(drop)
    }

    /// Updates all shelves, and fetches only the first of the rows that the statement returns.
    fn update_all_returning(&mut self) -> QueryResult<()> {
        self.write(&model::shelf_rows(), "all returning", |thread, writer| {
            let sql = E::RETURNING_ALL.replace("{writer}", &writer.to_string());
            E::number(&mut thread.conn, &sql).map(drop)
        })
    }

    /// Runs a transaction that Diesel does not know of.
    fn raw_transaction(&mut self) -> QueryResult<()> {
        let [begin, commit, rollback] = self.rng.pick(E::RAW);
        let rows = self.rows();
        let (intent, end) = match self.rng.one_in(3) {
            true => (Intent::Rollback, rollback),
            false => (Intent::Commit, commit),
        };
        let way = self.rng.pick(self.orders.ways());
        let writer = self.begin(intent, &rows, &format!("{begin}…{end}, looks by {way:?}"));
        let mut work = || {
            batch::<E>(&mut self.conn, begin)?;
            for &row in &rows {
                E::update(&mut self.conn, row, writer)?;
            }
            let mut seen = E::load(&mut self.conn, Query::Join, way)?;
            seen.retain(|seen| rows.contains(&seen.row));
            batch::<E>(&mut self.conn, end).map(|()| seen)
        };
        let done = work();
        let at = now();
        let (outcome, seen) = match (&done, intent) {
            (Err(_), _) => (Outcome::Unknown, &Vec::new()),
            (Ok(seen), Intent::Commit) => (Outcome::Committed, seen),
            (Ok(seen), Intent::Rollback) => (Outcome::RolledBack, seen),
        };
        self.end(writer, at, outcome, seen.clone());
        done.map(drop)
    }

    /// Loads through the cache in a transaction whose snapshot grows old. These loads are not recorded, but the cache
    /// must not store their rows.
    fn read_in_transaction(&mut self) -> QueryResult<()> {
        let [begin, commit, _] = self.rng.pick(E::RAW);
        let pause = Duration::from_micros(self.rng.below(5_000));
        let query = self.rng.pick(&Query::all());
        let mut ways = self.orders.ways().to_vec();
        ways.retain(|way| !matches!(way, Way::Database | Way::InTransaction) && self.rng.one_in(2));
        let mut work = |conn: &mut E::Conn| {
            E::load(conn, query, Way::Database)?;
            thread::sleep(pause);
            for &way in &ways {
                E::load(conn, query, way)?;
            }
            Ok(true)
        };
        if self.rng.one_in(2) {
            return E::transaction(&mut self.conn, &mut work).map(drop);
        }
        batch::<E>(&mut self.conn, begin)?;
        work(&mut self.conn)?;
        batch::<E>(&mut self.conn, commit)
    }

    /// Sends a whole transaction as one text, so that Diesel does not know of it.
    fn batch(&mut self) -> QueryResult<()> {
        let rows = self.rows();
        self.write(&rows, "batch", |thread, writer| {
            let updates: Vec<_> = rows.iter().map(|&row| one(row, writer)).collect();
            batch::<E>(&mut thread.conn, &format!("BEGIN; {}; COMMIT", updates.join("; ")))
        })
    }

    /// Writes up to three rows and reads them in a transaction of Diesel. Sometimes it is rolled back, and sometimes it
    /// has a savepoint that is rolled back.
    fn transaction(&mut self) -> QueryResult<()> {
        let rows = self.rows();
        let intent = if self.rng.one_in(4) {
            Intent::Rollback
        } else {
            Intent::Commit
        };
        let look = self.rng.pick(self.orders.ways());
        let writer = self.begin(intent, &rows, &format!("transaction, looks by {look:?}"));
        // The savepoint writes a row that the transaction has already locked, so that there are no deadlocks.
        let undone = self.rng.one_in(3).then(|| {
            let row = self.rng.pick(&rows);
            (row, self.begin(Intent::Rollback, &[row], "savepoint"))
        });
        let mut seen = Vec::new();
        let done = E::transaction(&mut self.conn, &mut |conn| {
            for &row in &rows {
                E::update(conn, row, writer)?;
            }
            if let Some((row, inner)) = undone {
                E::transaction(conn, &mut |conn| E::update(conn, row, inner).map(|_| false))?;
            }
            seen = E::load(conn, Query::Join, look)?;
            seen.retain(|seen| rows.contains(&seen.row));
            Ok(intent == Intent::Commit)
        });
        let outcome = match done {
            Ok(true) => Outcome::Committed,
            Ok(false) => Outcome::RolledBack,
            Err(_) => Outcome::Unknown,
        };
        let at = now();
        if let Some((_, inner)) = undone {
            self.end(inner, at, Outcome::RolledBack, Vec::new());
        }
        self.end(writer, at, outcome, seen);
        done.map(drop)
    }

    fn row(&mut self) -> Row {
        Row(self.rng.below((model::SHELVES + model::BOOKS) as u64) as u8)
    }

    /// Returns one to three rows. They are sorted, so that transactions lock them in the same order and do not
    /// deadlock.
    fn rows(&mut self) -> Vec<Row> {
        let mut rows = vec![self.row(), self.row(), self.row()];
        rows.sort_unstable();
        rows.dedup();
        rows
    }
}

fn set(table: &str, writer: Writer) -> String {
    format!("UPDATE {table} SET version = version + 1, writer = {writer}")
}

/// Returns the update of one row.
pub fn one(row: Row, writer: Writer) -> String {
    let (table, id) = model::place(row);
    format!("{} WHERE id = {id}", set(table, writer))
}
