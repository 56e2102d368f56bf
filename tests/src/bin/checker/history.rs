//! The records of a run: one file for each thread, one line for each record.
//!
//! A thread writes a record, with a single `write`, as soon as it is true. So a thread that is killed at any moment
//! leaves everything that it knew. Times are nanoseconds of `CLOCK_MONOTONIC`, which all processes of a machine share.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A point in time.
pub type Time = u64;

/// The number of a write, which it stores in the rows that it changes.
pub type Writer = i64;

/// Returns the current time.
pub fn now() -> Time {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// The number of a row of the database: shelves first, then books. See [`model`](crate::model).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Row(pub u8);

/// What a load shows of a row: how often it has been written, and its last writer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Seen {
    pub row: Row,
    pub version: u64,
    pub writer: Writer,
}

/// How a write is meant to end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Intent {
    Commit,
    Rollback,
}

/// How a write has ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    Committed,
    RolledBack,
    /// With an error. The write may have happened, or may happen later.
    Unknown,
}

/// What answered a load.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Source {
    Database,
    Miss,
    Hit,
    Bypass,
}

/// One line of a history.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Record {
    /// A write is about to begin.
    Begun {
        writer: Writer,
        at: Time,
        intent: Intent,
        rows: Vec<Row>,
        /// The statements, for human readers.
        how: String,
    },
    /// The write has ended. `seen` has its own rows as it saw them, if it has loaded them.
    Ended {
        writer: Writer,
        at: Time,
        outcome: Outcome,
        seen: Vec<Seen>,
    },
    /// A load has returned.
    Loaded {
        from: Time,
        to: Time,
        source: Source,
        query: String,
        seen: Vec<Seen>,
    },
    /// The thread's connection has this session on the server.
    Session(u64),
    /// The thread expects its process to be killed here.
    Dies(String),
    /// A write of the process proceeds although other machines may not have heard of it.
    Unfenced { process: u32, at: Time },
}

/// What the records say about a write.
#[derive(Clone, Debug)]
pub struct Change {
    pub begun: Time,
    pub intent: Intent,
    pub rows: Vec<Row>,
    pub how: String,
    pub end: Option<(Time, Outcome)>,
    pub seen: Vec<Seen>,
}

/// A load that has returned.
#[derive(Clone, Debug)]
pub struct Load {
    pub from: Time,
    pub to: Time,
    pub source: Source,
    pub query: String,
    pub seen: Vec<Seen>,
}

/// Everything that happened.
#[derive(Clone, Default, Debug)]
pub struct History {
    pub writes: BTreeMap<Writer, Change>,
    pub loads: Vec<Load>,
    pub deaths: Vec<String>,
    /// Each process that has let a write proceed although other machines may not have heard of it, and when it did.
    pub unfenced: Vec<(u32, Time)>,
}

/// Returns the number of a thread's first write.
pub fn first_writer(process: u32, thread: u32) -> Writer {
    ((i64::from(process) << 8 | i64::from(thread)) << 32) + 1
}

impl History {
    /// Returns `true` if the write may have proceeded without other machines hearing of it: its process let one of its
    /// writes do so while this one ran.
    pub fn is_unfenced(&self, writer: Writer) -> bool {
        let process = (writer >> 40) as u32;
        self.writes.get(&writer).is_some_and(|write| {
            let end = write.end.map_or(Time::MAX, |(end, _)| end);
            let in_it = |&(of, at): &(u32, Time)| of == process && (write.begun..=end).contains(&at);
            self.unfenced.iter().any(in_it)
        })
    }

    /// Reads all files of a directory.
    pub fn read(directory: &Path) -> io::Result<Self> {
        let mut history = Self::default();
        for file in fs::read_dir(directory)? {
            records(&file?.path())?
                .into_iter()
                .for_each(|record| history.add(record));
        }
        history.loads.sort_by_key(|load| load.from);
        Ok(history)
    }

    /// Adds a record. The records of one write must come in their order.
    pub fn add(&mut self, record: Record) {
        match record {
            Record::Begun {
                writer,
                at,
                intent,
                rows,
                how,
            } => {
                let write = Change {
                    begun: at,
                    intent,
                    rows,
                    how,
                    end: None,
                    seen: Vec::new(),
                };
                self.writes.insert(writer, write);
            }
            Record::Ended {
                writer,
                at,
                outcome,
                seen,
            } => {
                if let Some(write) = self.writes.get_mut(&writer) {
                    write.end = Some((at, outcome));
                    write.seen = seen;
                }
            }
            Record::Loaded {
                from,
                to,
                source,
                query,
                seen,
            } => self.loads.push(Load {
                from,
                to,
                source,
                query,
                seen,
            }),
            Record::Session(_) => {}
            Record::Dies(point) => self.deaths.push(point),
            Record::Unfenced { process, at } => self.unfenced.push((process, at)),
        }
    }
}

/// Returns the records of one file.
pub fn records(path: &Path) -> io::Result<Vec<Record>> {
    let text = fs::read_to_string(path)?;
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    let read = |line| Record::parse(line).ok_or_else(|| io::Error::other(format!("not a record: {line}")));
    whole.lines().map(read).collect()
}

/// Writes the history of one thread.
#[derive(Debug)]
pub struct Scribe(File);

impl Scribe {
    pub fn new(directory: &Path, process: u32, thread: u32) -> io::Result<Self> {
        let path = path(directory, process, thread);
        OpenOptions::new().create(true).append(true).open(path).map(Self)
    }

    /// Writes a record to the file, before the thread does anything else.
    pub fn write(&mut self, record: &Record) {
        let line = format!("{record}\n");
        self.0.write_all(line.as_bytes()).expect("the history can be written");
    }
}

/// Returns the file of one thread.
pub fn path(directory: &Path, process: u32, thread: u32) -> PathBuf {
    directory.join(format!("{process}-{thread}"))
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Begun {
                writer,
                at,
                intent,
                rows,
                how,
            } => {
                let rows: Vec<_> = rows.iter().map(|row| row.0.to_string()).collect();
                write!(f, "begun {writer} {at} {intent:?} {} {how}", rows.join(","))
            }
            Self::Ended {
                writer,
                at,
                outcome,
                seen,
            } => write!(f, "ended {writer} {at} {outcome:?} {}", list(seen)),
            Self::Loaded {
                from,
                to,
                source,
                query,
                seen,
            } => {
                write!(f, "loaded {from} {to} {source:?} {query} {}", list(seen))
            }
            Self::Session(id) => write!(f, "session {id}"),
            Self::Dies(point) => write!(f, "dies {point}"),
            Self::Unfenced { process, at } => write!(f, "unfenced {process} {at}"),
        }
    }
}

/// Formats rows as `row=version:writer,…`.
fn list(seen: &[Seen]) -> String {
    let mut text = String::new();
    for Seen { row, version, writer } in seen {
        let _ = write!(text, "{}={version}:{writer},", row.0);
    }
    text
}

impl Record {
    fn parse(line: &str) -> Option<Self> {
        let mut words = line.split(' ');
        let mut word = || words.next();
        Some(match word()? {
            "begun" => Self::Begun {
                writer: word()?.parse().ok()?,
                at: word()?.parse().ok()?,
                intent: match word()? {
                    "Commit" => Intent::Commit,
                    "Rollback" => Intent::Rollback,
                    _ => return None,
                },
                rows: word()?
                    .split(',')
                    .map(|row| row.parse().map(Row).ok())
                    .collect::<Option<_>>()?,
                how: word()?.to_owned(),
            },
            "ended" => Self::Ended {
                writer: word()?.parse().ok()?,
                at: word()?.parse().ok()?,
                outcome: match word()? {
                    "Committed" => Outcome::Committed,
                    "RolledBack" => Outcome::RolledBack,
                    "Unknown" => Outcome::Unknown,
                    _ => return None,
                },
                seen: parse_list(word()?)?,
            },
            "loaded" => Self::Loaded {
                from: word()?.parse().ok()?,
                to: word()?.parse().ok()?,
                source: match word()? {
                    "Database" => Source::Database,
                    "Miss" => Source::Miss,
                    "Hit" => Source::Hit,
                    "Bypass" => Source::Bypass,
                    _ => return None,
                },
                query: word()?.to_owned(),
                seen: parse_list(word()?)?,
            },
            "session" => Self::Session(word()?.parse().ok()?),
            "dies" => Self::Dies(word()?.to_owned()),
            "unfenced" => Self::Unfenced {
                process: word()?.parse().ok()?,
                at: word()?.parse().ok()?,
            },
            _ => return None,
        })
    }
}

fn parse_list(text: &str) -> Option<Vec<Seen>> {
    let items = text.split_terminator(',').map(|item| {
        let (row, rest) = item.split_once('=')?;
        let (version, writer) = rest.split_once(':')?;
        Some(Seen {
            row: Row(row.parse().ok()?),
            version: version.parse().ok()?,
            writer: writer.parse().ok()?,
        })
    });
    items.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_read_as_they_were_written() {
        let seen = vec![
            Seen {
                row: Row(3),
                version: 7,
                writer: 41,
            },
            Seen {
                row: Row(4),
                version: 0,
                writer: 0,
            },
        ];
        let records = [
            Record::Begun {
                writer: 1,
                at: 2,
                intent: Intent::Rollback,
                rows: vec![Row(0), Row(8)],
                how: "update".into(),
            },
            Record::Ended {
                writer: 1,
                at: 3,
                outcome: Outcome::Unknown,
                seen: vec![],
            },
            Record::Loaded {
                from: 1,
                to: 2,
                source: Source::Hit,
                query: "join@disk".into(),
                seen,
            },
            Record::Session(12),
            Record::Dies("Moved".into()),
            Record::Unfenced { process: 3, at: 13 },
        ];
        for record in records {
            assert_eq!(Record::parse(&record.to_string()), Some(record));
        }
    }
}
