//! `BigDecimal`: its digits as one integer, and its scale, so that `1.50` does not become `1.5`.

use std::str::FromStr;

use bigdecimal::BigDecimal;

use super::represent::represent;

/// The integer if it fits into 128 bits, otherwise its decimal digits; and the scale.
type Digits = (Option<i128>, String, i64);

represent!(
    BigDecimal: "bigdecimal::BigDecimal" as Digits,
    |number| {
        let (integer, scale) = number.as_bigint_and_exponent();
        match i128::try_from(&integer) {
            Ok(small) => (Some(small), String::new(), scale),
            Err(_) => (None, integer.to_string(), scale),
        }
    },
    |digits| match digits {
        (Some(small), text, scale) if text.is_empty() => Some(BigDecimal::new(small.into(), scale)),
        (None, text, scale) => {
            // `from_str` would also accept exponents, points and underscores, which `encode` never writes.
            let plain = text.strip_prefix('-').unwrap_or(&text);
            if plain.is_empty() || !plain.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            let (integer, _) = BigDecimal::from_str(&text).ok()?.into_bigint_and_exponent();
            Some(BigDecimal::new(integer, scale))
        }
        _ => None,
    },
);
