//! The functions that a statement may call while it is still known which rows it reads and writes. Each of them means
//! the same in every database that has it, and reads and writes no tables.
//!
//! Any other function may read or write further rows of the same tables. The catalog does not know every function: it
//! lacks those of another MySQL database, and those that were created after it was read.

use crate::sql::facts::{Calls, StatementFacts};

/// Words that may precede a parenthesis but are not functions.
const WORDS: &[&str] = &[
    "any",
    "array",
    "by",
    "case",
    "cast",
    "conflict",
    "except",
    "filter",
    "intersect",
    "interval",
    "join",
    "lateral",
    "limit",
    "offset",
    "over",
    "returning",
    "row",
    "set",
    "some",
    "when",
];

/// Types that may have a length.
const TYPES: &[&str] = &[
    "char",
    "character",
    "decimal",
    "float",
    "numeric",
    "time",
    "timestamp",
    "varchar",
    "varying",
];

/// Functions that compute one value from several rows.
pub(in crate::sql) const AGGREGATES: &[&str] = &[
    "array_agg",
    "avg",
    "bit_and",
    "bit_or",
    "bool_and",
    "bool_or",
    "count",
    "every",
    "group_concat",
    "json_agg",
    "json_group_array",
    "json_object_agg",
    "jsonb_agg",
    "jsonb_object_agg",
    "max",
    "min",
    "stddev",
    "stddev_pop",
    "stddev_samp",
    "string_agg",
    "sum",
    "total",
    "var_pop",
    "var_samp",
    "variance",
];

const WINDOWS: &[&str] = &[
    "cume_dist",
    "dense_rank",
    "first_value",
    "lag",
    "last_value",
    "lead",
    "nth_value",
    "ntile",
    "percent_rank",
    "rank",
    "row_number",
];

const SCALARS: &[&str] = &[
    "abs",
    "array_length",
    "btrim",
    "cardinality",
    "ceil",
    "ceiling",
    "char_length",
    "character_length",
    "coalesce",
    "concat",
    "concat_ws",
    "current_timestamp",
    "date",
    "date_part",
    "date_trunc",
    "datetime",
    "decode",
    "encode",
    "extract",
    "floor",
    "format",
    "gen_random_uuid",
    "greatest",
    "hex",
    "if",
    "ifnull",
    "iif",
    "instr",
    "json",
    "json_array",
    "json_array_length",
    "json_build_array",
    "json_build_object",
    "json_extract",
    "json_object",
    "jsonb",
    "jsonb_array_length",
    "jsonb_build_array",
    "jsonb_build_object",
    "julianday",
    "least",
    "left",
    "length",
    "localtime",
    "localtimestamp",
    "lower",
    "lpad",
    "ltrim",
    "md5",
    "mod",
    "now",
    "nullif",
    "octet_length",
    "pow",
    "power",
    "printf",
    "quote",
    "random",
    "replace",
    "reverse",
    "right",
    "round",
    "rpad",
    "rtrim",
    "sign",
    "split_part",
    "sqrt",
    "strftime",
    "strpos",
    "substr",
    "substring",
    "to_char",
    "to_date",
    "to_json",
    "to_jsonb",
    "to_timestamp",
    "trim",
    "trunc",
    "typeof",
    "unixepoch",
    "upper",
];

/// Returns `true` if the statement calls no other functions. A table that it writes may also precede a parenthesis:
/// `INSERT INTO t (…)`.
pub(in crate::sql::statement) fn calls_are_known(facts: &StatementFacts) -> bool {
    let Calls::Known(names) = &facts.calls else {
        return false;
    };
    names.iter().all(|name| {
        [WORDS, TYPES, AGGREGATES, WINDOWS, SCALARS]
            .iter()
            .any(|known| known.binary_search(&name.as_str()).is_ok())
            || facts.writes.on(name).is_some()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_sorted() {
        for list in [WORDS, TYPES, AGGREGATES, WINDOWS, SCALARS] {
            assert!(list.is_sorted(), "{list:?}");
        }
    }
}
