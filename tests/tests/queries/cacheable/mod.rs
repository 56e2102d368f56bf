//! Encoded values decode to the same values, damaged bytes do not panic, and a layout changes with its type.

mod derived;
mod layouts;
mod round_trips;
mod third_party;

use diesel_cache::Cacheable;
use postcard::ser_flavors::{AllocVec, Flavor};

/// Encodes a value as the crate itself encodes a row.
fn encode<T: Cacheable>(value: &T) -> Vec<u8> {
    try_encode(value).unwrap()
}

fn try_encode<T: Cacheable>(value: &T) -> Result<Vec<u8>, postcard::Error> {
    let mut serializer = postcard::Serializer {
        output: AllocVec::new(),
    };
    value.encode(&mut serializer)?;
    serializer.output.finalize()
}

/// Decodes all of the bytes. Bytes that are left over are an error.
fn decode<T: Cacheable>(bytes: &[u8]) -> Result<T, postcard::Error> {
    let mut deserializer = postcard::Deserializer::from_bytes(bytes);
    let value = T::decode(&mut deserializer)?;
    match deserializer.finalize()? {
        [] => Ok(value),
        _ => Err(postcard::Error::DeserializeBadEncoding),
    }
}

/// Returns the value after a round trip. Asserts that it takes at least one byte, and that no prefix of its bytes
/// decodes.
fn round_trip<T: Cacheable>(value: &T) -> T {
    let bytes = encode(value);
    assert!(!bytes.is_empty(), "every value takes a byte");
    for end in 0..bytes.len() {
        assert!(decode::<T>(&bytes[..end]).is_err(), "{end} of {} bytes", bytes.len());
    }
    decode(&bytes).unwrap()
}

#[track_caller]
fn assert_round_trip<T: Cacheable + PartialEq + std::fmt::Debug>(value: T) {
    assert_eq!(round_trip(&value), value);
}

/// Asserts that arbitrary bytes decode to a value or an error, without a panic.
fn assert_no_panic<T: Cacheable>(bytes: &[u8]) {
    let _ = decode::<T>(bytes);
}
