//! Types of the crates that Diesel loads into, and Diesel's own.

use std::str::FromStr;

use bigdecimal::BigDecimal;
use diesel::data_types::{
    MysqlTime, MysqlTimestampType, PgDate, PgInterval, PgLsn, PgMoney, PgNumeric, PgTime, PgTimestamp,
};
use proptest::prelude::*;

use crate::cacheable::{assert_no_panic, assert_round_trip, decode, encode, round_trip, try_encode};

mod chrono_types {
    use chrono::{
        DateTime, FixedOffset, Local, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Timelike, Utc,
    };

    use super::*;

    #[test]
    fn dates_at_the_ends_of_the_calendar() {
        for date in [
            NaiveDate::MIN,
            NaiveDate::MAX,
            NaiveDate::from_ymd_opt(-44, 3, 15).unwrap(),
            NaiveDate::default(),
        ] {
            assert_round_trip(date);
        }
        assert!(decode::<NaiveDate>(&encode(&i32::MAX)).is_err());
        assert!(decode::<NaiveDate>(&encode(&i32::MIN)).is_err());
    }

    #[test]
    fn leap_seconds() {
        let leap = NaiveTime::from_hms_nano_opt(23, 59, 59, 1_999_999_999).unwrap();
        assert_round_trip(leap);
        // An offset of odd seconds shifts a leap second to any second of a minute.
        assert_round_trip(NaiveTime::MIN.with_nanosecond(1_500_000_000).unwrap());
        assert_round_trip(NaiveDate::MAX.and_time(leap));
        assert!(decode::<NaiveTime>(&encode(&(86_400_u32, 0_u32))).is_err());
        assert!(decode::<NaiveTime>(&encode(&(0_u32, 2_000_000_000_u32))).is_err());
    }

    #[test]
    fn instants() {
        assert_round_trip(DateTime::<Utc>::MIN_UTC);
        assert_round_trip(DateTime::<Utc>::MAX_UTC);
        assert_round_trip(Local.timestamp_opt(1_700_000_000, 123_456_789).unwrap());
        let offset = FixedOffset::west_opt(3600 + 7).unwrap();
        let time = offset.timestamp_opt(-62_135_596_801, 5).unwrap();
        assert_eq!(round_trip(&time), time);
        assert_eq!(
            round_trip(&time).offset(),
            &offset,
            "equality of instants does not compare offsets"
        );
        assert!(decode::<FixedOffset>(&encode(&86_400_i32)).is_err());
    }

    #[test]
    fn spans() {
        for delta in [
            TimeDelta::MIN,
            TimeDelta::MAX,
            TimeDelta::nanoseconds(-1),
            TimeDelta::zero(),
            TimeDelta::milliseconds(-1500),
        ] {
            assert_round_trip(delta);
        }
        assert!(decode::<TimeDelta>(&encode(&(i64::MIN, 0_i32))).is_err());
    }

    proptest! {
        #[test]
        fn any_instant(seconds in -8_000_000_000_000_i64..8_000_000_000_000, nanoseconds in 0..1_000_000_000_u32, offset in -86_399..86_400) {
            let time = DateTime::from_timestamp(seconds, nanoseconds).unwrap();
            assert_round_trip(time);
            assert_round_trip(time.naive_utc());
            let there = time.with_timezone(&FixedOffset::east_opt(offset).unwrap());
            assert_eq!(round_trip(&there).to_rfc3339(), there.to_rfc3339());
        }

        #[test]
        fn any_bytes_never_panic(bytes: Vec<u8>, days: i32, seconds: u32, nanoseconds: u32, more: i64, offset: i32) {
            assert_no_panic::<(NaiveDateTime, DateTime<Utc>, DateTime<FixedOffset>, TimeDelta)>(&bytes);
            assert_no_panic::<NaiveDateTime>(&encode(&(days, (seconds, nanoseconds))));
            assert_no_panic::<DateTime<FixedOffset>>(&encode(&((days, (seconds, nanoseconds)), offset)));
            assert_no_panic::<TimeDelta>(&encode(&(more, offset)));
        }
    }
}

mod time_types {
    use time::{Date, Duration, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

    use super::*;

    #[test]
    fn the_ends_of_the_calendar() {
        for date in [Date::MIN, Date::MAX, Date::from_ordinal_date(-44, 75).unwrap()] {
            assert_round_trip(date);
        }
        assert_round_trip((PrimitiveDateTime::MIN, PrimitiveDateTime::MAX));
        assert!(decode::<Date>(&encode(&i32::MAX)).is_err());
        assert!(decode::<Date>(&encode(&i32::MIN)).is_err());
    }

    #[test]
    fn times_of_day() {
        assert_round_trip((Time::MIDNIGHT, Time::MAX));
        assert!(decode::<Time>(&encode(&(86_400_u32, 0_u32))).is_err());
        assert!(decode::<Time>(&encode(&(u32::MAX, 0_u32))).is_err());
        assert!(decode::<Time>(&encode(&(0_u32, 1_000_000_000_u32))).is_err());
    }

    #[test]
    fn offsets_survive() {
        let offset = UtcOffset::from_hms(-5, -30, -15).unwrap();
        let time = OffsetDateTime::from_unix_timestamp(-1).unwrap().to_offset(offset);
        assert_eq!(round_trip(&time), time);
        assert_eq!(
            round_trip(&time).offset(),
            offset,
            "equality of instants does not compare offsets"
        );
        // The first moment of the calendar, in a place where UTC is a day of the year before.
        let east = UtcOffset::from_hms(14, 0, 0).unwrap();
        let first = PrimitiveDateTime::MIN.assume_offset(east);
        assert_eq!(round_trip(&first).date(), first.date());
    }

    #[test]
    fn spans() {
        for duration in [
            Duration::MIN,
            Duration::MAX,
            Duration::nanoseconds(-1),
            Duration::milliseconds(-1500),
            Duration::ZERO,
        ] {
            assert_round_trip(duration);
        }
        assert!(decode::<Duration>(&encode(&(i64::MAX, i32::MAX))).is_err());
        assert!(decode::<Duration>(&encode(&(1_i64, -1_i32))).is_err());
    }

    proptest! {
        #[test]
        fn any_instant(nanoseconds in -377_705_116_800_000_000_000_i128..253_402_300_799_000_000_000, offset in -86_399..86_400) {
            let time = OffsetDateTime::from_unix_timestamp_nanos(nanoseconds).unwrap();
            assert_round_trip(time);
            if let Some(there) = time.checked_to_offset(UtcOffset::from_whole_seconds(offset).unwrap()) {
                assert_eq!(round_trip(&there).offset(), there.offset());
                assert_round_trip(there);
            }
        }

        #[test]
        fn any_bytes_never_panic(bytes: Vec<u8>, days: i32, seconds: u32, nanoseconds: u32, more: i64, offset: i32) {
            assert_no_panic::<(OffsetDateTime, PrimitiveDateTime, Duration)>(&bytes);
            assert_no_panic::<OffsetDateTime>(&encode(&(days, (seconds, nanoseconds), offset)));
            assert_no_panic::<Duration>(&encode(&(more, offset)));
        }
    }
}

mod json {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn values_of_every_kind() {
        assert_round_trip(json!(null));
        assert_round_trip(json!({
            "a": [true, false, null, "text", "", {}, []],
            "numbers": [0, 127, 128, -1, u64::MAX, i64::MIN, 1.0, 0.1, f64::MIN_POSITIVE, f64::MAX, 5e-324],
            "": {"nested": {"deeper": [[[["x"]]]]}},
        }));
        assert_eq!(round_trip(&json!(1.0)).to_string(), "1.0", "a float stays one");
        assert_eq!(round_trip(&json!(-0.0)).to_string(), "-0.0");
    }

    fn nested(depth: usize) -> Value {
        (1..depth).fold(Value::Null, |value, _| Value::Array(vec![value]))
    }

    #[test]
    fn nesting_beyond_what_serde_json_reads() {
        // serde_json reads up to 128.
        assert_round_trip(nested(128));
        assert_round_trip(nested(500));
        // Not encoded at all, rather than encoded and never decoded.
        assert!(try_encode(&nested(600)).is_err());
    }

    #[test]
    fn hostile_nesting_is_an_error() {
        const ARRAY_OF_ONE: [u8; 2] = [8, 1];
        let bytes = encode(&ARRAY_OF_ONE.repeat(1 << 20));
        assert!(decode::<Value>(&bytes).is_err());
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::hash_map(any::<String>(), inner, 0..6).prop_map(|map| map.into_iter().collect()),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_value(value in any_json()) {
            assert_round_trip(value);
        }

        #[test]
        fn any_bytes_never_panic(bytes: Vec<u8>) {
            assert_no_panic::<Value>(&encode(&bytes));
        }
    }
}

#[test]
fn decimals_keep_their_scale() {
    for text in [
        "0",
        "0.00",
        "1.50",
        "-1.5",
        "1e10",
        "1.5e-300",
        "170141183460469231731687303715884105727",
    ] {
        let number = BigDecimal::from_str(text).unwrap();
        assert_eq!(
            round_trip(&number).as_bigint_and_exponent(),
            number.as_bigint_and_exponent(),
            "{text}"
        );
    }
    let long = BigDecimal::from_str(&format!("-{}.{}", "9876543210".repeat(20), "1234567890".repeat(20))).unwrap();
    assert_eq!(
        round_trip(&long).as_bigint_and_exponent(),
        long.as_bigint_and_exponent()
    );
    for text in ["", "-", "1.5", "1e5", "1_0", "+1"] {
        assert!(
            decode::<BigDecimal>(&encode(&(None::<i128>, text.to_owned(), 0_i64))).is_err(),
            "{text}"
        );
    }
}

proptest! {
    #[test]
    fn any_decimal(digits: i128, scale in -1000..1000_i64) {
        let number = BigDecimal::new(digits.into(), scale);
        prop_assert_eq!(round_trip(&number).as_bigint_and_exponent(), number.as_bigint_and_exponent());
    }

    #[test]
    fn any_uuid(bytes: [u8; 16]) {
        assert_round_trip(uuid::Uuid::from_bytes(bytes));
    }
}

#[test]
fn networks_keep_the_host() {
    for text in ["10.1.2.3/8", "0.0.0.0/0", "fe80::1/64", "::1/128"] {
        assert_round_trip(text.parse::<ipnet::IpNet>().unwrap());
        assert_round_trip(text.parse::<ipnetwork::IpNetwork>().unwrap());
    }
    assert!(decode::<ipnet::Ipv4Net>(&encode(&([10_u8; 4], 33_u8))).is_err());
    assert!(decode::<ipnetwork::Ipv4Network>(&encode(&([10_u8; 4], 33_u8))).is_err());
}

#[test]
fn types_of_postgres() {
    assert_round_trip((
        PgDate(i32::MIN),
        PgTime(1),
        PgTimestamp(i64::MIN),
        PgMoney(-1),
        PgLsn(u64::MAX),
    ));
    assert_round_trip(PgInterval::new(i64::MIN, -1, i32::MAX));
    assert_round_trip(PgNumeric::NaN);
    assert_round_trip(PgNumeric::Positive {
        weight: 1,
        scale: 2,
        digits: vec![1, 9999, 0],
    });
    assert_round_trip(PgNumeric::Negative {
        weight: -1,
        scale: 0,
        digits: vec![],
    });
}

#[test]
fn types_of_mysql() {
    let time = MysqlTime::new(
        2024,
        2,
        29,
        23,
        59,
        59,
        999_999,
        true,
        MysqlTimestampType::MYSQL_TIMESTAMP_DATETIME,
        -3600,
    );
    assert_eq!(format!("{:?}", round_trip(&time)), format!("{time:?}"));
    for ty in [
        MysqlTimestampType::MYSQL_TIMESTAMP_NONE,
        MysqlTimestampType::MYSQL_TIMESTAMP_ERROR,
        MysqlTimestampType::MYSQL_TIMESTAMP_DATE,
        MysqlTimestampType::MYSQL_TIMESTAMP_DATETIME,
        MysqlTimestampType::MYSQL_TIMESTAMP_TIME,
        MysqlTimestampType::MYSQL_TIMESTAMP_DATETIME_TZ,
    ] {
        assert_round_trip(ty);
    }
    assert!(decode::<MysqlTimestampType>(&[6]).is_err());
}
