//! Dates and times of chrono, as integers.
//!
//! Days count from 1 January of the year 1, seconds from midnight. A leap second is a time of day with 10⁹ nanoseconds
//! or more, as in chrono itself.

use ::chrono::Datelike;
use ::chrono::{DateTime, FixedOffset, Local, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Timelike, Utc};

use super::represent::represent;

represent!(
    NaiveDate: "chrono::NaiveDate" as i32,
    |date| date.num_days_from_ce(),
    NaiveDate::from_num_days_from_ce_opt,
);

represent!(
    NaiveTime: "chrono::NaiveTime" as (u32, u32),
    |time| (time.num_seconds_from_midnight(), time.nanosecond()),
    // In two steps, because only `with_nanosecond` accepts a leap second at any second of a minute, as offsets produce
    // them.
    |(seconds, nanoseconds)| {
        NaiveTime::from_num_seconds_from_midnight_opt(seconds, 0)?.with_nanosecond(nanoseconds)
    },
);

represent!(
    NaiveDateTime: "chrono::NaiveDateTime" as (NaiveDate, NaiveTime),
    |time| (time.date(), time.time()),
    |(date, time)| Some(date.and_time(time)),
);

represent!(
    DateTime<Utc>: "chrono::DateTime<Utc>" as NaiveDateTime,
    |time| time.naive_utc(),
    |time| Some(time.and_utc()),
);

// The instant. The offset is that of the decoding machine, as for a row from the database.
represent!(
    DateTime<Local>: "chrono::DateTime<Local>" as NaiveDateTime,
    |time| time.naive_utc(),
    |time| Some(Local.from_utc_datetime(&time)),
);

// Seconds east of Greenwich.
represent!(
    FixedOffset: "chrono::FixedOffset" as i32,
    |offset| offset.local_minus_utc(),
    FixedOffset::east_opt,
);

represent!(
    DateTime<FixedOffset>: "chrono::DateTime<FixedOffset>" as (NaiveDateTime, FixedOffset),
    |time| (time.naive_utc(), *time.offset()),
    |(time, offset)| Some(offset.from_utc_datetime(&time)),
);

// Whole seconds, towards zero, and nanoseconds of the same sign.
represent!(
    TimeDelta: "chrono::TimeDelta" as (i64, i32),
    |delta| (delta.num_seconds(), delta.subsec_nanos()),
    |(seconds, nanoseconds)| {
        TimeDelta::try_seconds(seconds)?.checked_add(&TimeDelta::nanoseconds(nanoseconds.into()))
    },
);
