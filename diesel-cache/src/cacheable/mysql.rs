//! Diesel's own types for MySQL.

use diesel::data_types::{MysqlTime, MysqlTimestampType};
use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserializer, Serializer};

use super::{Cacheable, Layout};

/// All types that `libmysqlclient` knows. The position in this list is the encoding, because the number itself is
/// private to Diesel.
const TYPES: [MysqlTimestampType; 6] = [
    MysqlTimestampType::MYSQL_TIMESTAMP_NONE,
    MysqlTimestampType::MYSQL_TIMESTAMP_ERROR,
    MysqlTimestampType::MYSQL_TIMESTAMP_DATE,
    MysqlTimestampType::MYSQL_TIMESTAMP_DATETIME,
    MysqlTimestampType::MYSQL_TIMESTAMP_TIME,
    MysqlTimestampType::MYSQL_TIMESTAMP_DATETIME_TZ,
];

impl Cacheable for MysqlTimestampType {
    const LAYOUT: Layout = Layout::built_in("MysqlTimestampType");

    fn encode<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match (0_u8..).zip(TYPES).find(|(_, ty)| ty == self) {
            Some((index, _)) => index.encode(serializer),
            None => Err(S::Error::custom("an unknown `MysqlTimestampType`")),
        }
    }

    fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let index = u8::decode(deserializer)?;
        TYPES
            .get(usize::from(index))
            .copied()
            .ok_or_else(|| D::Error::custom("not the encoding of a `MysqlTimestampType`"))
    }
}

/// Year to second, microseconds, sign, type and displacement. Microseconds are a C `long`, of 32 bits on some systems.
type Parts = ([u32; 6], u64, bool, MysqlTimestampType, i32);

impl Cacheable for MysqlTime {
    const LAYOUT: Layout = Layout::built_in("MysqlTime").argument(Parts::LAYOUT);

    fn encode<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let clock = [self.year, self.month, self.day, self.hour, self.minute, self.second];
        #[allow(clippy::useless_conversion)] // where a C `long` has 64 bits
        let parts: Parts = (
            clock,
            self.second_part.into(),
            self.neg,
            self.time_type,
            self.time_zone_displacement,
        );
        parts.encode(serializer)
    }

    fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (clock, microseconds, neg, time_type, displacement) = Parts::decode(deserializer)?;
        let [year, month, day, hour, minute, second] = clock;
        #[allow(clippy::useless_conversion, clippy::unnecessary_fallible_conversions)]
        // where a C `long` has 64 bits
        let second_part = microseconds
            .try_into()
            .map_err(|_| D::Error::custom("microseconds out of range"))?;
        Ok(Self::new(
            year,
            month,
            day,
            hour,
            minute,
            second,
            second_part,
            neg,
            time_type,
            displacement,
        ))
    }
}
