//! The rows of a result, as bytes: their count, then one row after the other.

use postcard::de_flavors::Slice;
use postcard::ser_flavors::{AllocVec, Flavor};
use postcard::{Deserializer, Error, Serializer};
use serde::Serialize;

use super::contract::Cacheable;

/// Rows that take more memory than this multiple of their encoding are allocated step by step while they are decoded,
/// so that a count from a corrupt file does not cause a large allocation.
const GROWTH: usize = 8;

/// Encodes the rows of a result.
pub(crate) fn encode_rows<U: Cacheable>(rows: &[U]) -> Result<Vec<u8>, Error> {
    let mut serializer = Serializer {
        output: AllocVec::new(),
    };
    (rows.len() as u64).serialize(&mut serializer)?;
    for row in rows {
        row.encode(&mut serializer)?;
    }
    serializer.output.finalize()
}

/// Decodes the bytes of [`encode_rows`] for the same layout. Other bytes give an error or other rows, but never a
/// panic, nor an allocation out of proportion to the bytes.
pub(crate) fn decode_rows<U: Cacheable>(bytes: &[u8]) -> Result<Vec<U>, Error> {
    let (count, bytes) = postcard::take_from_bytes::<u64>(bytes)?;
    let count = usize::try_from(count).map_err(|_| Error::DeserializeUnexpectedEnd)?;
    // Every row takes at least one byte.
    if count > bytes.len() {
        return Err(Error::DeserializeUnexpectedEnd);
    }
    let affordable = bytes.len().saturating_mul(GROWTH) / size_of::<U>().max(1);
    let mut rows = Vec::with_capacity(count.min(affordable));
    let mut deserializer = Deserializer::from_bytes(bytes);
    decode_into(&mut rows, count, &mut deserializer)?;
    match deserializer.finalize()? {
        [] => Ok(rows),
        _ => Err(Error::DeserializeBadEncoding),
    }
}

/// The loop of [`decode_rows`], in a function of its own, because the compiler optimises it better that way.
#[inline(never)]
fn decode_into<'de, U: Cacheable>(
    rows: &mut Vec<U>,
    count: usize,
    deserializer: &mut Deserializer<'de, Slice<'de>>,
) -> Result<(), Error> {
    for _ in 0..count {
        rows.push(U::decode(&mut *deserializer)?);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    type Row = (i32, String, Option<Vec<u8>>);

    fn rows() -> Vec<Row> {
        (0..300)
            .map(|n| (n, format!("person {n}"), (n % 2 == 0).then(|| vec![n as u8; 3])))
            .collect()
    }

    #[test]
    fn round_trip() -> Result<(), Error> {
        assert_eq!(decode_rows::<Row>(&encode_rows(&rows())?)?, rows());
        assert_eq!(decode_rows::<Row>(&encode_rows::<Row>(&[])?)?, []);
        assert_eq!(decode_rows::<()>(&encode_rows(&[(); 7])?)?, [(); 7]);
        Ok(())
    }

    #[test]
    fn truncation_is_an_error() -> Result<(), Error> {
        let bytes = encode_rows(&rows())?;
        for end in 0..bytes.len() {
            assert!(
                decode_rows::<Row>(&bytes[..end]).is_err(),
                "{end} of {} bytes",
                bytes.len()
            );
        }
        Ok(())
    }

    #[test]
    fn trailing_bytes_are_an_error() -> Result<(), Error> {
        let mut bytes = encode_rows(&rows())?;
        bytes.push(0);
        assert!(decode_rows::<Row>(&bytes).is_err());
        Ok(())
    }

    #[test]
    fn a_count_that_the_bytes_cannot_hold_is_an_error() -> Result<(), Error> {
        for count in [1_u64 << 20, u64::from(u32::MAX), u64::MAX] {
            let mut bytes = postcard::to_allocvec(&count)?;
            bytes.extend([1; 64]);
            assert!(decode_rows::<()>(&bytes).is_err());
            assert!(decode_rows::<[u64; 512]>(&bytes).is_err());
            assert!(decode_rows::<String>(&bytes).is_err());
            // The same count, of a sequence within a row.
            bytes.insert(0, 1);
            assert!(decode_rows::<Vec<()>>(&bytes).is_err());
            assert!(decode_rows::<Vec<[u64; 512]>>(&bytes).is_err());
            assert!(decode_rows::<Vec<u8>>(&bytes).is_err());
            assert!(decode_rows::<std::collections::HashMap<u64, ()>>(&bytes).is_err());
        }
        Ok(())
    }
}
