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

#[cfg(all(test, feature = "postgres", feature = "mysql"))]
mod tests {
    use diesel::mysql::MysqlType;

    use super::*;
    use crate::key::parts::write_number;

    fn bytes(binds: &[(&[u8], Option<&[u8]>)]) -> Vec<u8> {
        let mut all = Vec::new();
        write_number(binds.len() as u64, |byte| all.push(byte));
        for (sql_type, value) in binds {
            write_number(sql_type.len() as u64, |byte| all.push(byte));
            all.extend_from_slice(sql_type);
            all.push(value.is_some().into());
            if let Some(value) = value {
                write_number(value.len() as u64, |byte| all.push(byte));
                all.extend_from_slice(value);
            }
        }
        all
    }

    fn integer(value: i64) -> Bind {
        Bind::Value(Value::Integer(value))
    }

    #[test]
    fn values_of_postgres() {
        let oid = u32::to_le_bytes;
        let array = [
            &1_u32.to_be_bytes()[..],
            &1_u32.to_be_bytes(),
            &23_u32.to_be_bytes(),
            &2_u32.to_be_bytes(),
            &1_u32.to_be_bytes(),
            &4_u32.to_be_bytes(),
            &(-5_i32).to_be_bytes(),
            &(-1_i32).to_be_bytes(),
        ]
        .concat();
        let all = bytes(&[
            (&oid(23), Some(&(-7_i32).to_be_bytes())),
            (&oid(23), None),
            (&oid(20), Some(&i64::MAX.to_be_bytes())),
            (&oid(21), Some(&3_i16.to_be_bytes())),
            (&oid(16), Some(&[1])),
            (&oid(2950), Some(&[0xab; 16])),
            (&oid(25), Some(b"7")),
            (&oid(23), Some(b"7")),
            (&oid(1007), Some(&array)),
            (&oid(1007), Some(&array[..30])),
        ]);
        let expected = [
            integer(-7),
            Bind::Unknown,
            integer(i64::MAX),
            integer(3),
            Bind::Value(Value::Bool(true)),
            Bind::Value(Value::Uuid(u128::from_be_bytes([0xab; 16]))),
            Bind::Unknown,
            Bind::Unknown,
            Bind::Elements(vec![Value::Integer(-5)]),
            Bind::Unknown,
        ];
        assert_eq!(read(&all, 20, postgres).to_vec(), expected);
        for end in 0..all.len() {
            let cut = read(&all[..end], 20, postgres);
            assert!(
                cut.iter().zip(&expected).all(|(bind, expected)| bind == expected),
                "cut at {end}"
            );
        }
    }

    #[test]
    fn values_of_mysql() {
        let all = bytes(&[
            (&[MysqlType::Long as u8], Some(&(-7_i32).to_ne_bytes())),
            (&[MysqlType::UnsignedLong as u8], Some(&u32::MAX.to_ne_bytes())),
            (&[MysqlType::UnsignedLongLong as u8], Some(&u64::MAX.to_ne_bytes())),
            (&[MysqlType::Tiny as u8], Some(&[0xff])),
            (&[MysqlType::String as u8], Some(b"7")),
            (&[MysqlType::Long as u8], None),
        ]);
        let expected = [
            integer(-7),
            integer(u32::MAX.into()),
            Bind::Unknown,
            integer(-1),
            Bind::Unknown,
            Bind::Unknown,
        ];
        assert_eq!(read(&all, 20, mysql).to_vec(), expected);
    }
}
