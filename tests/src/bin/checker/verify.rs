//! Verifies that every load shows a state in which the database was at some moment between the load's begin and end.
//!
//! Each write adds one to the version of each of its rows, under the row's lock. So the order of versions is the order
//! of commits, and every row names its last writer. A version cannot exist before its writer has begun
//! (`Versions::earliest`). Once a load has shown a version, or the commit that made it has returned, nothing older
//! exists (`Versions::proven`). So the moment at which all rows of a load were current lies between two bounds. If the
//! bounds cross, the load is wrong.
//!
//! A load from the cache is *excused* if its rows were those of one moment, and every newer version that it misses
//! comes from a write of which the other machines may not have heard: this is a known limit of what a cluster promises.
//! Excused loads are reported, but are no failure.
//!
//! There are no false alarms: a write whose outcome is unknown, such as that of a killed process, may have happened or
//! not, at any time since it began.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use crate::history::{History, Intent, Load, Outcome, Row, Seen, Source, Time, Writer};

/// A load, or a transaction's own read, that shows a state in which the database was not at any moment of the read.
#[derive(Clone, Debug)]
pub struct Violation {
    pub at: Time,
    /// Whether the load was a hit whose rows were those of one moment, and all newer versions that it misses come from
    /// writes of which the other machines may not have heard.
    pub is_excused: bool,
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

/// Returns all violations, in the order in which the loads and writes began.
pub fn verify(history: &History) -> Vec<Violation> {
    let evidence = Evidence::of(history);
    let mut violations = evidence.contradictions.clone();
    for load in &history.loads {
        if let Err(complaint) = evidence.check(history, load) {
            let (is_excused, what) = match complaint {
                Complaint::Stale(what) => (evidence.excuses(history, load), what),
                Complaint::Never(what) => (false, what),
            };
            violations.push(Violation {
                at: load.from,
                is_excused,
                what: format!("{}\n  {what}", describe(load)),
            });
        }
    }
    violations.sort_by_key(|violation| violation.at);
    violations
}

/// What is wrong with a load.
enum Complaint {
    /// It shows a state of the database that was over when it began.
    Stale(String),
    /// It shows something that the database never was.
    Never(String),
}

/// A bound in time, and its reason.
#[derive(Clone, Debug)]
struct Bound {
    at: Time,
    why: String,
}

/// What is known about each version of a row. The vectors are indexed by version.
#[derive(Default)]
struct Versions {
    writer: BTreeMap<u64, Writer>,
    /// The time since which this version or a newer one exists.
    proven: Vec<Option<Bound>>,
    /// The time until which this version cannot have existed.
    earliest: Vec<Bound>,
    /// The least versions of other rows that are visible together with this version, because one transaction wrote
    /// both.
    implied: Vec<HashMap<Row, u64>>,
}

struct Evidence {
    rows: HashMap<Row, Versions>,
    contradictions: Vec<Violation>,
}

impl Evidence {
    fn of(history: &History) -> Self {
        let mut evidence = Self {
            rows: HashMap::new(),
            contradictions: Vec::new(),
        };
        evidence.attribute(history);
        evidence.prove(history);
        evidence.bound(history);
        evidence.imply(history);
        evidence
    }

    /// Determines which writer made each version.
    fn attribute(&mut self, history: &History) {
        let committed = history
            .writes
            .iter()
            .filter(|(_, write)| matches!(write.end, Some((_, Outcome::Committed))));
        for (&writer, write) in committed {
            for seen in &write.seen {
                self.note(seen, write.begun, || format!("{writer}'s own look"));
            }
        }
        for load in &history.loads {
            for seen in &load.seen {
                self.note(seen, load.from, || describe(load));
            }
        }
        // A transaction must see its own writes, whether it commits or not.
        for (&writer, write) in &history.writes {
            for seen in write
                .seen
                .iter()
                .filter(|seen| seen.writer != writer && write.rows.contains(&seen.row))
            {
                let what = format!("write {writer} looked at {} in its own transaction", show(seen));
                let (at, is_excused) = (write.begun, false);
                self.contradictions.push(Violation { at, is_excused, what });
            }
        }
    }

    fn note(&mut self, seen: &Seen, at: Time, who: impl FnOnce() -> String) {
        let known = *self
            .rows
            .entry(seen.row)
            .or_default()
            .writer
            .entry(seen.version)
            .or_insert(seen.writer);
        if known != seen.writer {
            let what = format!("{}\n  but that version was {known}'s", who());
            let is_excused = false;
            self.contradictions.push(Violation { at, is_excused, what });
        }
    }

    /// Determines since when each version or a newer one is known to exist.
    fn prove(&mut self, history: &History) {
        let mut commits: HashMap<Row, Vec<(Time, Writer)>> = HashMap::new();
        for (&writer, write) in &history.writes {
            let Some((end, Outcome::Committed)) = write.end else {
                continue;
            };
            for &row in &write.rows {
                commits.entry(row).or_default().push((end, writer));
            }
            for seen in write.seen.iter().filter(|seen| seen.writer == writer) {
                self.prove_one(seen, end, || format!("{writer}, which made it, had returned"));
            }
        }
        for (row, mut ends) in commits {
            ends.sort_unstable();
            for (count, (end, writer)) in (1..).zip(ends) {
                let seen = Seen {
                    row,
                    version: count,
                    writer,
                };
                self.prove_one(&seen, end, || {
                    format!("{count} commits of the row, {writer} the last, had returned")
                });
            }
        }
        for load in &history.loads {
            for seen in &load.seen {
                self.prove_one(seen, load.to, || format!("had returned: {}", describe(load)));
            }
        }
        for versions in self.rows.values_mut() {
            let mut best: Option<Bound> = None;
            for proof in versions.proven.iter_mut().rev() {
                match (&best, &*proof) {
                    (Some(newer), Some(this)) if newer.at >= this.at => best = proof.clone(),
                    (None, Some(_)) => best = proof.clone(),
                    _ => *proof = best.clone(),
                }
            }
        }
    }

    fn prove_one(&mut self, seen: &Seen, at: Time, why: impl FnOnce() -> String) {
        let proven = &mut self.rows.entry(seen.row).or_default().proven;
        let place = seen.version as usize;
        if proven.len() <= place {
            proven.resize(place + 1, None);
        }
        if proven[place].as_ref().is_none_or(|known| at < known.at) {
            proven[place] = Some(Bound { at, why: why() });
        }
    }

    /// Determines until when each version cannot have existed.
    fn bound(&mut self, history: &History) {
        let mut begun: HashMap<Row, Vec<(Time, Writer)>> = HashMap::new();
        for (&writer, write) in history.writes.iter().filter(|(_, write)| may_commit(write)) {
            for &row in &write.rows {
                begun.entry(row).or_default().push((write.begun, writer));
            }
        }
        for (row, versions) in &mut self.rows {
            let mut begun = begun.remove(row).unwrap_or_default();
            begun.sort_unstable();
            let mut earliest = vec![Bound {
                at: 0,
                why: "the beginning".into(),
            }];
            for (version, (at, nth)) in (1_u64..).zip(begun) {
                let writer = versions.writer.get(&version).copied();
                let own = writer
                    .and_then(|writer| history.writes.get(&writer))
                    .map_or(0, |write| write.begun);
                let before = &earliest[version as usize - 1];
                let bound = match () {
                    () if own >= at && own >= before.at => Bound {
                        at: own,
                        why: format!("{} began", writer.unwrap_or(0)),
                    },
                    () if at >= before.at => Bound {
                        at,
                        why: format!("{nth}, the {version}th write of the row, began"),
                    },
                    () => before.clone(),
                };
                earliest.push(bound);
            }
            versions.earliest = earliest;
        }
    }

    /// Determines which versions of other rows each version implies, because one transaction wrote both.
    fn imply(&mut self, history: &History) {
        let mut made: HashMap<Writer, Vec<(Row, u64)>> = HashMap::new();
        for (&row, versions) in &self.rows {
            for (&version, &writer) in versions.writer.iter().filter(|(version, _)| **version > 0) {
                made.entry(writer).or_default().push((row, version));
            }
        }
        for (row, versions) in &mut self.rows {
            let mut implied: HashMap<Row, u64> = HashMap::new();
            for version in 0..=versions.proven.len() as u64 {
                let writer = versions
                    .writer
                    .get(&version)
                    .filter(|writer| history.writes.contains_key(writer));
                for &(other, at) in writer.and_then(|writer| made.get(writer)).into_iter().flatten() {
                    if other != *row {
                        let most = implied.entry(other).or_default();
                        *most = (*most).max(at);
                    }
                }
                versions.implied.push(implied.clone());
            }
        }
    }

    fn check(&self, history: &History, load: &Load) -> Result<(), Complaint> {
        let mut low = Bound {
            at: 0,
            why: "the beginning".into(),
        };
        let mut high = Bound {
            at: load.to,
            why: "the load returned".into(),
        };
        for seen in &load.seen {
            if let Some(what) = foreign(history, seen) {
                return Err(Complaint::Never(what));
            }
            let versions = &self.rows[&seen.row];
            let Some(earliest) = versions.earliest.get(seen.version as usize) else {
                let what = format!("{}: there were not that many writes", show(seen));
                return Err(Complaint::Never(what));
            };
            if earliest.at > low.at {
                low = Bound {
                    at: earliest.at,
                    why: format!("{}: {}", show(seen), earliest.why),
                };
            }
            if let Some(Some(newer)) = versions.proven.get(seen.version as usize + 1)
                && newer.at < high.at
            {
                high = Bound {
                    at: newer.at,
                    why: format!("a newer {} was there: {}", name(seen.row), newer.why),
                };
            }
            for other in &load.seen {
                let implied = versions.implied[seen.version as usize].get(&other.row);
                if implied.is_some_and(|least| *least > other.version) {
                    return Err(Complaint::Never(format!(
                        "{} and {}, but the transaction that made the one, or an earlier one, made version {} of the other",
                        show(seen),
                        show(other),
                        implied.unwrap_or(&0)
                    )));
                }
            }
        }
        let crossed = |low: &Bound| {
            format!(
                "not before {} ({})\n  not after  {} ({})",
                low.at, low.why, high.at, high.why
            )
        };
        if low.at > high.at {
            return Err(Complaint::Never(crossed(&low)));
        }
        if load.from > high.at {
            return Err(Complaint::Stale(crossed(&Bound {
                at: load.from,
                why: "the load began".into(),
            })));
        }
        Ok(())
    }
}

impl Evidence {
    /// Returns `true` if every version that is newer than the load's, and existed when the load began, comes from a
    /// write of which the other machines may not have heard. Any other write among them would have invalidated the
    /// entry.
    fn excuses(&self, history: &History, load: &Load) -> bool {
        let mut newer = load.seen.iter().flat_map(|seen| {
            let versions = &self.rows[&seen.row];
            let there = |version: &usize| matches!(&versions.proven[*version], Some(proof) if proof.at <= load.from);
            let newer = (seen.version as usize + 1..versions.proven.len()).take_while(there);
            newer.map(|version| versions.writer.get(&(version as u64)))
        });
        let all = |writer: Option<&Writer>| writer.is_some_and(|writer| history.is_unfenced(*writer));
        load.source == Source::Hit && !history.unfenced.is_empty() && newer.all(all)
    }
}

fn may_commit(write: &crate::history::Change) -> bool {
    write.intent == Intent::Commit && !matches!(write.end, Some((_, Outcome::RolledBack)))
}

/// Returns a complaint if the row names a writer that cannot have committed it.
fn foreign(history: &History, seen: &Seen) -> Option<String> {
    match (seen.version, seen.writer) {
        (0, 0) => return None,
        (0, _) | (_, 0) => return Some(format!("{}: a version without its writer", show(seen))),
        _ => {}
    }
    match history.writes.get(&seen.writer) {
        None => Some(format!("{}: no such write", show(seen))),
        Some(write) if !write.rows.contains(&seen.row) => Some(format!("{}: not that writer's row", show(seen))),
        Some(write) if !may_commit(write) => Some(format!("{}: rolled back", show(seen))),
        Some(_) => None,
    }
}

fn describe(load: &Load) -> String {
    let rows: Vec<_> = load.seen.iter().map(show).collect();
    format!(
        "load {} ({:?}) from {} to {} showed {}",
        load.query,
        load.source,
        load.from,
        load.to,
        rows.join(", ")
    )
}

fn show(seen: &Seen) -> String {
    format!("{} v{} by {}", name(seen.row), seen.version, seen.writer)
}

fn name(row: Row) -> String {
    crate::model::name(row)
}

#[cfg(test)]
#[path = "verify_tests.rs"]
mod tests;
