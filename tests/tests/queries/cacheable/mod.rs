//! What is encoded comes back exactly, other bytes are errors, and a layout changes with its type.

mod derived;
mod layouts;
mod round_trips;
mod third_party;

use diesel_cache::Cacheable;
use postcard::ser_flavors::{AllocVec, Flavor};

/// As the crate itself encodes a row.
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

/// All of the bytes, or an error.
fn decode<T: Cacheable>(bytes: &[u8]) -> Result<T, postcard::Error> {
    let mut deserializer = postcard::Deserializer::from_bytes(bytes);
    let value = T::decode(&mut deserializer)?;
    match deserializer.finalize()? {
        [] => Ok(value),
        _ => Err(postcard::Error::DeserializeBadEncoding),
    }
}

/// The value after a round trip. On the way: it takes a byte at least, and no beginning of its bytes decodes.
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

/// Bytes that nobody encoded: an error or a value, no panic.
fn assert_no_panic<T: Cacheable>(bytes: &[u8]) {
    let _ = decode::<T>(bytes);
}
