//! What members and the coordinator tell each other, as bytes.

use std::fmt;

use crate::generation::slot::Slot;
use crate::generation::{DatabaseSession, ShapeId, ShapeList};

/// A process that takes part, by a random number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct MemberId(pub(super) u64);

/// A fence: its writer, and a number that the writer has given to no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct FenceId {
    pub(super) member: MemberId,
    pub(super) number: u64,
}

/// A fence as the coordinator keeps it: what becomes of it when its writer dies, and its slots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    /// Milliseconds of doubt; 0 if the outcome dies with the writer.
    pub(super) grace: u64,
    pub(super) session: Option<DatabaseSession>,
    /// Ascending, without duplicates.
    pub(super) slots: Box<[Slot]>,
}

/// What has happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Happened {
    Fenced(FenceId, Record),
    Lifted(FenceId, Vec<(Slot, u64)>),
    Moved(Vec<(Slot, u64)>),
    Listed(ShapeList, ShapeId),
    Joined(MemberId),
    Gone(MemberId),
    Aged(Age),
}

/// How far an epoch has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Age {
    /// Members of the epoch before may still serve: nobody serves, stores or sends.
    #[default]
    New,
    /// Writes of the epoch before may still be in doubt: nobody serves or stores.
    Young,
    Mature,
}

impl fmt::Display for MemberId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Display for FenceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{:016x}", self.member, self.number)
    }
}

impl MemberId {
    /// Reads a member that makes up all of `bytes`.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        hexadecimal(bytes).map(Self)
    }
}

impl FenceId {
    /// Reads an id that makes up all of `bytes`.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let (member, number) = bytes.split_at_checked(16)?;
        Some(Self {
            member: MemberId::read(member)?,
            number: hexadecimal(number)?,
        })
    }
}

impl Record {
    pub(super) fn encode(&self) -> Vec<u8> {
        let session = self.session.unwrap_or(DatabaseSession { server: 0, id: 0 });
        let terms = [self.grace, session.server, session.id];
        let mut bytes: Vec<u8> = terms.iter().flat_map(|word| word.to_le_bytes()).collect();
        bytes.extend(encode_slots(&self.slots));
        bytes
    }

    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let (terms, slots) = bytes.split_at_checked(24)?;
        let (words, _) = terms.as_chunks::<8>();
        let [grace, server, id] = *words else { return None };
        let (slots, rest) = slots.as_chunks::<4>();
        let slots = slots.iter().map(|slot| Slot::from_index(u32::from_le_bytes(*slot)));
        let slots: Box<[Slot]> = slots.collect::<Option<_>>()?;
        let session = DatabaseSession {
            server: u64::from_le_bytes(server),
            id: u64::from_le_bytes(id),
        };
        (rest.is_empty() && slots.is_sorted_by(|a, b| a < b)).then(|| Self {
            grace: u64::from_le_bytes(grace),
            session: Some(session).filter(|session| session.id != 0),
            slots,
        })
    }
}

impl Age {
    pub(super) fn from_number(number: u64) -> Option<Self> {
        match number {
            0 => Some(Self::Mature),
            1 => Some(Self::New),
            2 => Some(Self::Young),
            _ => None,
        }
    }
}

impl Happened {
    /// Reads an event, and its number in the sequence.
    pub(super) fn read(bytes: &[u8]) -> Option<(u64, Self)> {
        let (seq, bytes) = bytes.split_first_chunk()?;
        let (kind, body) = bytes.split_first()?;
        let happened = match kind {
            b'F' => {
                let (id, record) = body.split_at_checked(32)?;
                Self::Fenced(FenceId::read(id)?, Record::read(record)?)
            }
            b'L' => {
                let (id, moved) = body.split_at_checked(32)?;
                Self::Lifted(FenceId::read(id)?, read_moved(moved)?)
            }
            b'B' => Self::Moved(read_moved(body)?),
            b'S' => {
                let (list, shape) = body.split_first_chunk()?;
                let shape = u64::from_le_bytes(shape.try_into().ok()?);
                Self::Listed(
                    ShapeList::from_number(u32::from_le_bytes(*list))?,
                    ShapeId::from_word(shape)?,
                )
            }
            b'J' => Self::Joined(MemberId::read(body)?),
            b'X' => Self::Gone(MemberId::read(body)?),
            b'M' => Self::Aged(Age::from_number(std::str::from_utf8(body).ok()?.parse().ok()?)?),
            _ => return None,
        };
        Some((u64::from_le_bytes(*seq), happened))
    }
}

pub(super) fn encode_slots(slots: &[Slot]) -> Vec<u8> {
    slots.iter().flat_map(|slot| slot.index().to_le_bytes()).collect()
}

/// Reads slots, each with its new generation.
pub(super) fn read_moved(bytes: &[u8]) -> Option<Vec<(Slot, u64)>> {
    let (pairs, rest) = bytes.as_chunks::<12>();
    let pairs = pairs.iter().map(|pair| {
        let (slot, generation) = pair.split_first_chunk()?;
        let slot = Slot::from_index(u32::from_le_bytes(*slot))?;
        Some((slot, u64::from_le_bytes(generation.try_into().ok()?)))
    });
    rest.is_empty().then(|| pairs.collect()).flatten()
}

/// Reads the shapes of a list, 8 bytes each.
pub(super) fn read_shapes(bytes: &[u8]) -> Option<Vec<ShapeId>> {
    let (words, rest) = bytes.as_chunks::<8>();
    let shapes = words.iter().map(|word| ShapeId::from_word(u64::from_le_bytes(*word)));
    rest.is_empty().then(|| shapes.collect()).flatten()
}

fn hexadecimal(bytes: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(bytes).ok()?;
    let is_digits = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_digits.then(|| u64::from_str_radix(text, 16).ok()).flatten()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn slot(index: u32) -> Slot {
        Slot::from_index(index).unwrap()
    }

    fn id() -> FenceId {
        FenceId {
            member: MemberId(0xfeed),
            number: 7,
        }
    }

    fn record() -> Record {
        Record {
            grace: 60_000,
            session: Some(DatabaseSession { server: 3, id: 4 }),
            slots: [slot(1), slot(500)].into(),
        }
    }

    #[test]
    fn what_is_written_is_read() {
        assert_eq!(FenceId::read(id().to_string().as_bytes()), Some(id()));
        assert_eq!(Record::read(&record().encode()), Some(record()));
        let mut event = 9_u64.to_le_bytes().to_vec();
        event.push(b'F');
        event.extend(id().to_string().into_bytes());
        event.extend(record().encode());
        assert_eq!(Happened::read(&event), Some((9, Happened::Fenced(id(), record()))));
    }

    #[test]
    fn hostile_bytes_are_refused() {
        let record = record().encode();
        for end in 0..record.len() {
            let cut = Record::read(&record[..end]);
            assert!(cut.is_none() || end == 24 || end == 28, "cut at {end}: {cut:?}");
        }
        let twice = [&record[..], &1_u32.to_le_bytes()].concat();
        assert_eq!(Record::read(&twice), None, "not ascending");
        let out_of_range = [&record[..], &u32::MAX.to_le_bytes()].concat();
        assert_eq!(Record::read(&out_of_range), None);
        for bytes in [
            &b""[..],
            b"12345678",
            b"12345678?",
            b"12345678M9",
            b"12345678Jxyz",
            b"12345678B1",
        ] {
            assert_eq!(Happened::read(bytes), None, "{bytes:?}");
        }
        assert_eq!(FenceId::read(&[b'+'; 32]), None);
        assert_eq!(read_moved(&[0xff; 12]), None);
        assert_eq!(read_shapes(&[0; 8]), None);
    }
}
