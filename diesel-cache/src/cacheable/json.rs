//! JSON values, in a binary form of our own.
//!
//! postcard cannot decode a `serde_json::Value`, because the format does not describe its types. JSON text would work,
//! but its parser may lose the last bit of a float (unless `float_roundtrip` is enabled), and every hit would pay for
//! parsing. This form has a tag before each value. Counts and integers are varints; floats are stored by their bits.
//!
//! A number that none of these represents exactly, such as the `1.50` of `arbitrary_precision`, is stored as text.

use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserializer, Serializer};
use serde_json::{Map, Number, Value};

use super::{Cacheable, Layout};

/// The largest depth of a value that is cached. serde_json reads up to a depth of 128, so Diesel loads no deeper
/// values. Dropping a value of unlimited depth would overflow the stack.
const MAX_DEPTH: usize = 512;

const NULL: u8 = 0;
const FALSE: u8 = 1;
const TRUE: u8 = 2;
const UNSIGNED: u8 = 3;
const SIGNED: u8 = 4;
const FLOAT: u8 = 5;
const NUMBER: u8 = 6;
const STRING: u8 = 7;
const ARRAY: u8 = 8;
const OBJECT: u8 = 9;

impl Cacheable for Value {
    const LAYOUT: Layout = Layout::built_in("serde_json::Value");

    fn encode<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut bytes = Vec::new();
        match write_value(&mut bytes, self, MAX_DEPTH) {
            Some(()) => serializer.serialize_bytes(&bytes),
            None => Err(S::Error::custom("a JSON value nested too deep")),
        }
    }

    fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = u8::decode_vec(deserializer)?;
        let mut rest = bytes.as_slice();
        match read_value(&mut rest, MAX_DEPTH) {
            Some(value) if rest.is_empty() => Ok(value),
            _ => Err(D::Error::custom("not the encoding of a `serde_json::Value`")),
        }
    }
}

fn write_value(bytes: &mut Vec<u8>, value: &Value, depth: usize) -> Option<()> {
    let inner = depth.checked_sub(1)?;
    match value {
        Value::Null => bytes.push(NULL),
        Value::Bool(false) => bytes.push(FALSE),
        Value::Bool(true) => bytes.push(TRUE),
        Value::Number(number) => write_number(bytes, number),
        Value::String(text) => {
            bytes.push(STRING);
            write_text(bytes, text);
        }
        Value::Array(values) => {
            bytes.push(ARRAY);
            write_varint(bytes, values.len() as u64);
            for value in values {
                write_value(bytes, value, inner)?;
            }
        }
        Value::Object(map) => {
            bytes.push(OBJECT);
            write_varint(bytes, map.len() as u64);
            for (key, value) in map {
                write_text(bytes, key);
                write_value(bytes, value, inner)?;
            }
        }
    }
    Some(())
}

fn read_value(bytes: &mut &[u8], depth: usize) -> Option<Value> {
    let inner = depth.checked_sub(1)?;
    Some(match read::<1>(bytes)?[0] {
        NULL => Value::Null,
        FALSE => Value::Bool(false),
        TRUE => Value::Bool(true),
        UNSIGNED => Value::Number(read_varint(bytes)?.into()),
        SIGNED => Value::Number(i64::from_le_bytes(read(bytes)?).into()),
        FLOAT => Value::Number(Number::from_f64(f64::from_le_bytes(read(bytes)?))?),
        NUMBER => Value::Number(serde_json::from_str(read_text(bytes)?).ok()?),
        STRING => Value::String(read_text(bytes)?.to_owned()),
        ARRAY => {
            let count = read_count(bytes)?;
            let mut values = Vec::new();
            for _ in 0..count {
                values.push(read_value(bytes, inner)?);
            }
            Value::Array(values)
        }
        OBJECT => {
            let count = read_count(bytes)?;
            let mut map = Map::new();
            for _ in 0..count {
                let key = read_text(bytes)?.to_owned();
                map.insert(key, read_value(bytes, inner)?);
            }
            Value::Object(map)
        }
        _ => return None,
    })
}

fn write_number(bytes: &mut Vec<u8>, number: &Number) {
    if let Some(unsigned) = number.as_u64().filter(|&unsigned| Number::from(unsigned) == *number) {
        bytes.push(UNSIGNED);
        write_varint(bytes, unsigned);
    } else if let Some(signed) = number.as_i64().filter(|&signed| Number::from(signed) == *number) {
        bytes.push(SIGNED);
        bytes.extend(signed.to_le_bytes());
    } else if let Some(float) = number
        .as_f64()
        .filter(|&float| Number::from_f64(float).as_ref() == Some(number))
    {
        bytes.push(FLOAT);
        bytes.extend(float.to_le_bytes());
    } else {
        bytes.push(NUMBER);
        write_text(bytes, &number.to_string());
    }
}

fn write_text(bytes: &mut Vec<u8>, text: &str) {
    write_varint(bytes, text.len() as u64);
    bytes.extend_from_slice(text.as_bytes());
}

fn read_text<'a>(bytes: &mut &'a [u8]) -> Option<&'a str> {
    let count = read_count(bytes)?;
    let (text, rest) = bytes.split_at_checked(count)?;
    *bytes = rest;
    std::str::from_utf8(text).ok()
}

/// Reads a count of items that have at least one byte each, so it cannot exceed the number of bytes.
fn read_count(bytes: &mut &[u8]) -> Option<usize> {
    let count = usize::try_from(read_varint(bytes)?).ok()?;
    (count <= bytes.len()).then_some(count)
}

fn write_varint(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn read_varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..u64::BITS).step_by(7) {
        let [byte] = read(bytes)?;
        let part = u64::from(byte & 0x7f);
        // The tenth byte can hold one bit.
        if part << shift >> shift != part {
            return None;
        }
        number |= part << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

fn read<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (first, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*first)
}
