//! Binds as bytes and their types.

use super::bind::{Bind, Binds};
use crate::key::parts::read_number;
#[cfg(feature = "postgres")]
use crate::sql::MOST_VALUES;
use crate::sql::Value;

/// Reads `count` binds in the form of [`KeyHasher::bind`](crate::key::KeyHasher::bind), behind their number.
pub(super) fn read(bytes: &[u8], count: usize, value: fn(&[u8], &[u8]) -> Option<Bind>) -> Binds {
    let mut binds = Binds::new();
    let Some((number, mut rest)) = read_number(bytes) else {
        return binds;
    };
    let count = count.min(usize::try_from(number).unwrap_or(0));
    while binds.len() < count {
        let Some((bind, behind)) = next(rest, value) else { break };
        binds.push(bind);
        rest = behind;
    }
    binds
}

fn next(bytes: &[u8], value: fn(&[u8], &[u8]) -> Option<Bind>) -> Option<(Bind, &[u8])> {
    let (sql_type, rest) = part(bytes)?;
    match rest.split_first()? {
        (0, rest) => Some((Bind::Unknown, rest)),
        (_, rest) => {
            let (bytes, rest) = part(rest)?;
            Some((value(sql_type, bytes).unwrap_or(Bind::Unknown), rest))
        }
    }
}

fn part(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = read_number(bytes)?;
    rest.split_at_checked(usize::try_from(length).ok()?)
}

/// PostgreSQL's binary form, by the OID of the type.
#[cfg(feature = "postgres")]
pub(super) fn postgres(oid: &[u8], bytes: &[u8]) -> Option<Bind> {
    let oid = u32::from_le_bytes(oid.try_into().ok()?);
    if let Some(element) = element_of(oid) {
        return elements(bytes, element).map(Bind::Elements);
    }
    scalar(oid, bytes).map(Bind::Value)
}

#[cfg(feature = "postgres")]
mod oid {
    pub(super) const BOOL: u32 = 16;
    pub(super) const INT8: u32 = 20;
    pub(super) const INT2: u32 = 21;
    pub(super) const INT4: u32 = 23;
    pub(super) const UUID: u32 = 2950;
}

#[cfg(feature = "postgres")]
fn scalar(oid: u32, bytes: &[u8]) -> Option<Value> {
    Some(match (oid, bytes) {
        (oid::BOOL, [byte @ (0 | 1)]) => Value::Bool(*byte == 1),
        (oid::INT2, bytes) => Value::Integer(i16::from_be_bytes(bytes.try_into().ok()?).into()),
        (oid::INT4, bytes) => Value::Integer(i32::from_be_bytes(bytes.try_into().ok()?).into()),
        (oid::INT8, bytes) => Value::Integer(i64::from_be_bytes(bytes.try_into().ok()?)),
        (oid::UUID, bytes) => Value::Uuid(u128::from_be_bytes(bytes.try_into().ok()?)),
        _ => return None,
    })
}

/// Returns the type of an array's elements.
#[cfg(feature = "postgres")]
fn element_of(array: u32) -> Option<u32> {
    Some(match array {
        1000 => oid::BOOL,
        1005 => oid::INT2,
        1007 => oid::INT4,
        1016 => oid::INT8,
        2951 => oid::UUID,
        _ => return None,
    })
}

/// Reads an array of one dimension: the number of dimensions, whether there are NULLs, the type of the elements, their
/// number, the first index; then each element behind its length, which is -1 for NULL.
#[cfg(feature = "postgres")]
fn elements(bytes: &[u8], element: u32) -> Option<Vec<Value>> {
    let (words, mut rest) = bytes.split_at_checked(12)?;
    let (words, _) = words.as_chunks();
    let [dimensions, _, of] = [0, 1, 2].map(|place: usize| words.get(place).copied().map(u32::from_be_bytes));
    if of != Some(element) {
        return None;
    }
    let count = match dimensions? {
        0 => return Some(Vec::new()),
        1 => i32::from_be_bytes(*rest.first_chunk()?),
        _ => return None,
    };
    rest = rest.get(8..)?;
    let count = usize::try_from(count).ok().filter(|count| *count <= MOST_VALUES)?;
    let mut values = Vec::with_capacity(count);
    for _ in 0..count {
        let (length, behind) = rest.split_first_chunk()?;
        rest = behind;
        if let Ok(length) = usize::try_from(i32::from_be_bytes(*length)) {
            let (bytes, behind) = rest.split_at_checked(length)?;
            values.push(scalar(element, bytes)?);
            rest = behind;
        }
    }
    Some(values)
}

/// MySQL's binary form, in the machine's byte order.
#[cfg(feature = "mysql")]
pub(super) fn mysql(sql_type: &[u8], bytes: &[u8]) -> Option<Bind> {
    use diesel::mysql::MysqlType;

    const TINY: u8 = MysqlType::Tiny as u8;
    const SHORT: u8 = MysqlType::Short as u8;
    const LONG: u8 = MysqlType::Long as u8;
    const LONG_LONG: u8 = MysqlType::LongLong as u8;
    const UNSIGNED_TINY: u8 = MysqlType::UnsignedTiny as u8;
    const UNSIGNED_SHORT: u8 = MysqlType::UnsignedShort as u8;
    const UNSIGNED_LONG: u8 = MysqlType::UnsignedLong as u8;
    const UNSIGNED_LONG_LONG: u8 = MysqlType::UnsignedLongLong as u8;

    let [sql_type] = *sql_type else { return None };
    let value = match sql_type {
        TINY => i8::from_ne_bytes(bytes.try_into().ok()?).into(),
        SHORT => i16::from_ne_bytes(bytes.try_into().ok()?).into(),
        LONG => i32::from_ne_bytes(bytes.try_into().ok()?).into(),
        LONG_LONG => i64::from_ne_bytes(bytes.try_into().ok()?),
        UNSIGNED_TINY => u8::from_ne_bytes(bytes.try_into().ok()?).into(),
        UNSIGNED_SHORT => u16::from_ne_bytes(bytes.try_into().ok()?).into(),
        UNSIGNED_LONG => u32::from_ne_bytes(bytes.try_into().ok()?).into(),
        UNSIGNED_LONG_LONG => i64::try_from(u64::from_ne_bytes(bytes.try_into().ok()?)).ok()?,
        _ => return None,
    };
    Some(Bind::Value(Value::Integer(value)))
}
