//! Random queries: equal ones have equal keys, and different ones have different keys.

use diesel::mysql::Mysql;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use diesel_cache::CacheKey;
use proptest::prelude::*;

use super::schema::{item, key};

/// The values that make up a query. Equal specs must have equal keys, and different specs different keys.
#[derive(Clone, Debug, PartialEq)]
struct Spec {
    name: Option<Option<String>>,
    other_name: Option<String>,
    /// Bits, so that equality is the database's: `-0.0` is not `0.0`.
    price: Option<u64>,
    weight: Option<u32>,
    stock: Option<i16>,
    ids: Option<Vec<i32>>,
    total: Option<i64>,
    data: Option<Vec<u8>>,
    active: Option<bool>,
    descending: Option<bool>,
    limit: Option<i64>,
    offset: Option<i64>,
}

/// Few values, so that equal ones are frequent, and values that look like separators.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        prop::sample::select(vec![
            "a",
            "b",
            "ab",
            "\0",
            "\"",
            "\\",
            "\\\"",
            "\"), Text), (Null",
            "é",
            "NULL",
            "1",
            "String(\"a\")",
        ])
        .prop_map(String::from),
        ".{0,80}",
    ]
}

fn spec() -> impl Strategy<Value = Spec> {
    use prop::option::of;
    let doubles = prop_oneof![
        prop::sample::select(vec![0.0, -0.0, 1.0, 0.1, 1e16, f64::INFINITY]).prop_map(f64::to_bits),
        any::<f64>()
            .prop_filter("NaN is one value", |f| !f.is_nan())
            .prop_map(f64::to_bits),
        Just(f64::NAN.to_bits()),
    ];
    let floats = prop_oneof![
        prop::sample::select(vec![0.0, -0.0, 1.0, 0.1_f32]).prop_map(f32::to_bits),
        any::<f32>()
            .prop_filter("NaN is one value", |f| !f.is_nan())
            .prop_map(f32::to_bits),
    ];
    (
        (of(of(text())), of(text()), of(doubles), of(floats)),
        (
            of(prop::sample::select(vec![0_i16, 1, -1, i16::MAX])),
            of(prop::collection::vec(-2..3_i32, 0..4)),
            of(prop_oneof![-2..3_i64, any::<i64>()]),
            of(prop::collection::vec(prop_oneof![0..3_u8, any::<u8>()], 0..40)),
        ),
        (of(any::<bool>()), of(any::<bool>()), of(0..4_i64), of(0..4_i64)),
    )
        .prop_map(
            |((name, other_name, price, weight), (stock, ids, total, data), (active, descending, limit, offset))| {
                Spec {
                    name,
                    other_name,
                    price,
                    weight,
                    stock,
                    ids,
                    total,
                    data,
                    active,
                    descending,
                    limit,
                    offset,
                }
            },
        )
}

/// A spec, and one that differs from it in one field or not at all. Random pairs hardly ever are so similar.
fn near() -> impl Strategy<Value = (Spec, Spec)> {
    (spec(), spec(), 0..12_usize).prop_map(|(spec, source, field)| {
        let mut near = spec.clone();
        match field {
            0 => near.name = source.name,
            1 => near.other_name = source.other_name,
            2 => near.price = source.price,
            3 => near.weight = source.weight,
            4 => near.stock = source.stock,
            5 => near.ids = source.ids,
            6 => near.total = source.total,
            7 => near.data = source.data,
            8 => near.active = source.active,
            9 => near.descending = source.descending,
            10 => std::mem::swap(&mut near.limit, &mut near.offset),
            // The same values in the place of others.
            _ => near.other_name = near.name.clone().flatten(),
        }
        (spec, near)
    })
}

/// The spec as a boxed query, for one backend.
macro_rules! boxed {
    ($db:ty, $spec:expr) => {{
        let spec: &Spec = $spec;
        let mut query = item::table.select((item::id, item::name)).into_boxed::<$db>();
        if let Some(name) = &spec.name {
            query = query.filter(item::name.eq(name.as_deref()));
        }
        if let Some(name) = &spec.other_name {
            query = query.filter(item::name.eq(name));
        }
        if let Some(price) = spec.price {
            query = query.filter(item::price.lt(f64::from_bits(price)));
        }
        if let Some(weight) = spec.weight {
            query = query.filter(item::weight.lt(f32::from_bits(weight)));
        }
        if let Some(stock) = spec.stock {
            query = query.filter(item::stock.eq(stock));
        }
        if let Some(ids) = &spec.ids {
            query = query.filter(item::id.eq_any(ids));
        }
        if let Some(total) = spec.total {
            query = query.filter(item::total.eq(total));
        }
        if let Some(data) = &spec.data {
            query = query.filter(item::data.eq(data));
        }
        if let Some(active) = spec.active {
            query = query.filter(item::active.eq(active));
        }
        match spec.descending {
            Some(true) => query = query.order(item::id.desc()),
            Some(false) => query = query.order(item::id.asc()),
            None => {}
        }
        if let Some(limit) = spec.limit {
            query = query.limit(limit);
        }
        if let Some(offset) = spec.offset {
            query = query.offset(offset);
        }
        query
    }};
}

fn check(left: &Spec, right: &Spec, key: impl Fn(&Spec) -> CacheKey) -> Result<(), TestCaseError> {
    prop_assert_eq!(key(left), key(&left.clone()));
    prop_assert_eq!(left == right, key(left) == key(right), "{:?} against {:?}", left, right);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn boxed_queries_on_sqlite((left, right) in near()) {
        check(&left, &right, |spec| key::<Sqlite, _>(&boxed!(Sqlite, spec)))?;
    }

    #[test]
    fn boxed_queries_on_postgres((left, right) in near()) {
        check(&left, &right, |spec| key::<Pg, _>(&boxed!(Pg, spec)))?;
    }

    #[test]
    fn boxed_queries_on_mysql((left, right) in near()) {
        check(&left, &right, |spec| key::<Mysql, _>(&boxed!(Mysql, spec)))?;
    }

    #[test]
    fn unrelated_queries(left in spec(), right in spec()) {
        check(&left, &right, |spec| key::<Sqlite, _>(&boxed!(Sqlite, spec)))?;
        check(&left, &right, |spec| key::<Pg, _>(&boxed!(Pg, spec)))?;
        check(&left, &right, |spec| key::<Mysql, _>(&boxed!(Mysql, spec)))?;
    }

    /// The same for queries whose statement is remembered, whose binds alone tell them apart.
    #[test]
    fn static_queries(left in static_binds(), right in static_binds()) {
        macro_rules! query {
            ($binds:expr) => {
                item::table
                    .filter(item::name.eq($binds.0.as_deref()).or(item::name.ne(&$binds.1)))
                    .filter(item::data.eq(&$binds.2))
                    .limit($binds.3)
            };
        }
        let same = left == right;
        prop_assert_eq!(same, key::<Sqlite, _>(&query!(&left)) == key::<Sqlite, _>(&query!(&right)));
        prop_assert_eq!(same, key::<Pg, _>(&query!(&left)) == key::<Pg, _>(&query!(&right)));
        prop_assert_eq!(same, key::<Mysql, _>(&query!(&left)) == key::<Mysql, _>(&query!(&right)));
    }

    #[test]
    fn arrays_on_postgres(left in arrays(), right in arrays()) {
        use diesel::expression::AsExpression;
        use diesel::sql_types::{Array, Nullable, Text};
        let key = |arrays: &(Vec<Option<String>>, Vec<Option<String>>)| {
            key::<Pg, _>(&diesel::select((
                AsExpression::<Array<Nullable<Text>>>::as_expression(&arrays.0),
                AsExpression::<Array<Nullable<Text>>>::as_expression(&arrays.1),
            )))
        };
        prop_assert_eq!(left == right, key(&left) == key(&right));
    }

    #[test]
    fn namespaces_and_extra_keys(
        left in (text(), prop::option::of(text()), text()),
        right in (text(), prop::option::of(text()), text()),
    ) {
        let key = |(namespace, extra, name): &(String, Option<String>, String)| {
            CacheKey::of::<Sqlite, _>(&item::table.filter(item::name.eq(name)), namespace, extra.as_deref()).unwrap()
        };
        prop_assert_eq!(left == right, key(&left) == key(&right));
    }
}

type StaticBinds = (Option<String>, String, Vec<u8>, i64);

fn static_binds() -> impl Strategy<Value = StaticBinds> {
    (
        prop::option::of(text()),
        text(),
        prop::collection::vec(0..3_u8, 0..3),
        0..2_i64,
    )
}

fn arrays() -> impl Strategy<Value = (Vec<Option<String>>, Vec<Option<String>>)> {
    let array = || prop::collection::vec(prop::option::of(text()), 0..4);
    (array(), array())
}
