//! Dates and times of the `time` crate, as integers.

use ::time::{Date, Duration, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

use super::represent::represent;

represent!(
    Date: "time::Date" as i32,
    |date| date.to_julian_day(),
    |day| Date::from_julian_day(day).ok(),
);

// Seconds from midnight, and nanoseconds.
represent!(
    Time: "time::Time" as (u32, u32),
    |time| {
        let (hour, minute, second, nanosecond) = time.as_hms_nano();
        (u32::from(hour) * 3600 + u32::from(minute) * 60 + u32::from(second), nanosecond)
    },
    |(seconds, nanosecond)| {
        let hour = u8::try_from(seconds / 3600).ok()?;
        let [minute, second] = [seconds / 60 % 60, seconds % 60].map(|part| part as u8);
        Time::from_hms_nano(hour, minute, second, nanosecond).ok()
    },
);

represent!(
    PrimitiveDateTime: "time::PrimitiveDateTime" as (Date, Time),
    |time| (time.date(), time.time()),
    |(date, time)| Some(PrimitiveDateTime::new(date, time)),
);

// Seconds east of Greenwich.
represent!(
    UtcOffset: "time::UtcOffset" as i32,
    |offset| offset.whole_seconds(),
    |seconds| UtcOffset::from_whole_seconds(seconds).ok(),
);

// The local time, because the first and last days cannot be converted to UTC.
represent!(
    OffsetDateTime: "time::OffsetDateTime" as (Date, Time, UtcOffset),
    |time| (time.date(), time.time(), time.offset()),
    |(date, time, offset)| Some(PrimitiveDateTime::new(date, time).assume_offset(offset)),
);

// Whole seconds, towards zero, and nanoseconds of the same sign.
represent!(
    Duration: "time::Duration" as (i64, i32),
    |duration| (duration.whole_seconds(), duration.subsec_nanoseconds()),
    |(seconds, nanoseconds)| {
        let same_sign = seconds == 0 || nanoseconds == 0 || (seconds < 0) == (nanoseconds < 0);
        let in_range = nanoseconds.unsigned_abs() < 1_000_000_000;
        // Within these bounds, `new` has nothing to carry, so nothing can overflow.
        (same_sign && in_range).then(|| Duration::new(seconds, nanoseconds))
    },
);
