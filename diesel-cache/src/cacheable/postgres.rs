//! Diesel's own types for PostgreSQL.
//!
//! Ranges are pairs of [`Bound`](std::ops::Bound)s, multiranges `Vec`s of them, MAC addresses arrays of bytes, records
//! tuples.

use diesel::data_types::{PgDate, PgInterval, PgLsn, PgMoney, PgNumeric, PgTime, PgTimestamp};

use super::represent::represent;

represent!(PgDate: "PgDate" as i32, |date| date.0, |days| Some(PgDate(days)));
represent!(PgTime: "PgTime" as i64, |time| time.0, |microseconds| Some(PgTime(microseconds)));
represent!(PgTimestamp: "PgTimestamp" as i64, |time| time.0, |microseconds| Some(PgTimestamp(microseconds)));
represent!(PgMoney: "PgMoney" as i64, |money| money.0, |cents| Some(PgMoney(cents)));
represent!(PgLsn: "PgLsn" as u64, |position| position.0, |position| Some(PgLsn(position)));

represent!(
    PgInterval: "PgInterval" as (i64, i32, i32),
    |interval| (interval.microseconds, interval.days, interval.months),
    |(microseconds, days, months)| Some(PgInterval { microseconds, days, months }),
);

/// Sign (`true` if negative), weight, scale and digits. `None` is NaN.
type Number = Option<(bool, i16, u16, Vec<i16>)>;

represent!(
    PgNumeric: "PgNumeric" as Number,
    |number| match number {
        PgNumeric::Positive { weight, scale, digits } => Some((false, *weight, *scale, digits.clone())),
        PgNumeric::Negative { weight, scale, digits } => Some((true, *weight, *scale, digits.clone())),
        PgNumeric::NaN => None,
    },
    |number| Some(match number {
        Some((false, weight, scale, digits)) => PgNumeric::Positive { weight, scale, digits },
        Some((true, weight, scale, digits)) => PgNumeric::Negative { weight, scale, digits },
        None => PgNumeric::NaN,
    }),
);
