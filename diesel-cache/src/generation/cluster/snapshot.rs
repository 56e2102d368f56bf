//! The coordinator's state, as the answer to a request to join contains it.

use ::redis::Value;

use super::commands::bytes;
use super::failure::Failure;
use super::mirror::Mirror;
use super::wire::{FenceId, MemberId, Record, read_shapes};
use crate::generation::{ShapeId, ShapeList, Slot};

/// The lists of shapes.
pub(super) type Lists = Vec<(ShapeList, Vec<ShapeId>)>;

/// Fills a mirror from all fields of the state. Returns the lists of shapes.
pub(super) fn fill(mirror: &Mirror, snapshot: &Value) -> Result<Lists, Failure> {
    let Value::Array(fields) = snapshot else {
        return Err(Failure::Malformed);
    };
    let mut lists = Vec::new();
    let (pairs, _) = fields.as_chunks::<2>();
    for [field, value] in pairs {
        let (field, value) = bytes(field).zip(bytes(value)).ok_or(Failure::Malformed)?;
        let Some((kind @ (b'G' | b'S' | b'F'), rest)) = field.split_first() else {
            continue;
        };
        let is_read = match kind {
            b'F' => FenceId::read(rest)
                .zip(Record::read(value))
                .map(|(id, record)| mirror.fence(id, &record)),
            _ => match (std::str::from_utf8(rest).ok().and_then(|text| text.parse().ok()), kind) {
                (Some(index), b'G') => Slot::from_index(index)
                    .zip(decimal(value))
                    .map(|(slot, generation)| mirror.set(slot, generation)),
                (Some(index), _) => ShapeList::from_number(index)
                    .zip(read_shapes(value))
                    .map(|list| lists.push(list)),
                (None, _) => None,
            },
        };
        is_read.ok_or(Failure::Malformed)?;
    }
    Ok(lists)
}

pub(super) fn members_of(ids: &Value) -> Result<Vec<MemberId>, Failure> {
    let Value::Array(ids) = ids else {
        return Err(Failure::Malformed);
    };
    let ids = ids.iter().map(|id| bytes(id).and_then(MemberId::read));
    ids.collect::<Option<_>>().ok_or(Failure::Malformed)
}

fn decimal(bytes: &[u8]) -> Option<u64> {
    std::str::from_utf8(bytes).ok()?.parse().ok()
}
