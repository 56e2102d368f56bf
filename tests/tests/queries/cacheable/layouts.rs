//! A layout changes with the type, and with nothing else.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use diesel_cache::{Cacheable, Layout};

/// The layout of a type named `Row`, declared as given.
macro_rules! layout {
    ($($declaration:tt)*) => {{
        #[allow(dead_code)]
        mod declared {
            use super::*;
            #[derive(Cacheable)]
            $($declaration)*
        }
        declared::Row::LAYOUT
    }};
}

#[derive(Cacheable)]
#[allow(dead_code)]
struct Inner {
    value: i32,
}

mod other {
    #[derive(diesel_cache::Cacheable)]
    #[allow(dead_code)]
    pub(crate) struct Inner {
        value: i64,
    }
}

type Alias = Option<String>;

#[track_caller]
fn assert_all_differ(layouts: &[Layout]) {
    for (index, one) in layouts.iter().enumerate() {
        for (other, two) in layouts.iter().enumerate().skip(index + 1) {
            assert_ne!(one, two, "{index} and {other}");
        }
    }
}

#[test]
fn every_change_of_a_type_changes_it() {
    assert_all_differ(&[
        layout!(
            pub(crate) struct Row {
                a: String,
                b: String,
            }
        ),
        layout!(
            pub(crate) struct Row {
                b: String,
                a: String,
            }
        ),
        layout!(
            pub(crate) struct Row {
                a: String,
                c: String,
            }
        ),
        layout!(
            pub(crate) struct Row {
                a: String,
                b: Option<String>,
            }
        ),
        layout!(
            pub(crate) struct Row {
                a: String,
                b: Vec<String>,
            }
        ),
        layout!(
            pub(crate) struct Row {
                a: String,
                b: i32,
            }
        ),
        layout!(
            pub(crate) struct Row {
                a: String,
                b: u32,
            }
        ),
        layout!(
            pub(crate) struct Row {
                a: String,
            }
        ),
        layout!(
            pub(crate) struct Row {
                a: String,
                b: String,
                c: (),
            }
        ),
        layout!(
            pub(crate) struct Row(String, String);
        ),
        layout!(
            pub(crate) struct Row;
        ),
        layout!(
            pub(crate) enum Row {
                A(String),
                B(String),
            }
        ),
        layout!(
            pub(crate) enum Row {
                B(String),
                A(String),
            }
        ),
        layout!(
            pub(crate) enum Row {
                A { a: String },
                B(String),
            }
        ),
        layout!(
            pub(crate) enum Row {
                A,
                B,
            }
        ),
        layout!(
            pub(crate) enum Row {
                A,
                B,
                C,
            }
        ),
        layout!(
            pub(crate) struct Row {
                a: Inner,
            }
        ),
        layout!(
            pub(crate) struct Row {
                a: other::Inner,
            }
        ),
        layout!(
            pub(crate) struct Row {
                a: Vec<(i32, Option<Inner>)>,
            }
        ),
        layout!(
            pub(crate) struct Row {
                a: Vec<(i32, Option<other::Inner>)>,
            }
        ),
        layout!(
            pub(crate) struct Row {
                #[cacheable(serde)]
                a: String,
            }
        ),
        layout!(
            pub(crate) struct Row {
                #[cacheable(serde)]
                a: Vec<u8>,
            }
        ),
        layout!(
            pub(crate) struct Row {
                #[cacheable(with = "one")]
                a: String,
            }
        ),
        layout!(
            pub(crate) struct Row {
                #[cacheable(with = "one::two")]
                a: String,
            }
        ),
        layout!(
            pub(crate) struct Row {
                a: [u8; 6],
            }
        ),
        layout!(
            pub(crate) struct Row {
                a: [u8; 8],
            }
        ),
    ]);
}

mod one {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) mod two {
        pub(crate) use super::{deserialize, serialize};
    }

    pub(crate) fn serialize<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
        text.serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
        String::deserialize(deserializer)
    }
}

#[test]
fn the_name_of_the_type_counts() {
    #[derive(Cacheable)]
    #[allow(dead_code)]
    struct Renamed {
        value: i32,
    }
    assert_ne!(Inner::LAYOUT, Renamed::LAYOUT);
}

#[test]
fn how_a_type_is_written_does_not_count() {
    let plain = layout!(
        pub(crate) struct Row {
            a: Option<String>,
            r#type: i32,
        }
    );
    assert_eq!(
        plain,
        layout!(
            pub(crate) struct Row {
                a: Alias,
                r#type: i32,
            }
        )
    );
    assert_eq!(
        plain,
        layout!(
            pub(crate) struct Row {
                pub a: ::core::option::Option<::std::string::String>,
                r#type: i32,
            }
        )
    );
    assert_eq!(
        plain,
        layout!(
            pub(crate) struct Row {
                #[doc = "text"]
                #[cfg(all())]
                a: Option<String>,
                #[cfg(any())]
                b: i32,
                r#type: i32,
            }
        )
    );
    // White space in a type that is known by its text.
    assert_eq!(
        layout!(
            pub(crate) struct Row {
                #[cacheable(serde)]
                a: Option<Vec<u8>>,
            }
        ),
        layout!(
            pub(crate) struct Row {
                #[cacheable(serde)]
                a: Option<Vec<u8>>,
            }
        ),
    );
}

#[test]
fn generics_count() {
    #[derive(Cacheable)]
    #[allow(dead_code)]
    struct Wrapper<T, const N: usize> {
        rows: [T; N],
    }
    assert_all_differ(&[
        Wrapper::<i32, 1>::LAYOUT,
        Wrapper::<i32, 2>::LAYOUT,
        Wrapper::<i64, 1>::LAYOUT,
        Wrapper::<Inner, 1>::LAYOUT,
        Wrapper::<Wrapper<i32, 1>, 1>::LAYOUT,
    ]);
}

#[test]
fn types_of_std_differ_unless_their_bytes_agree() {
    assert_all_differ(&[
        <()>::LAYOUT,
        bool::LAYOUT,
        char::LAYOUT,
        i8::LAYOUT,
        i16::LAYOUT,
        i32::LAYOUT,
        i64::LAYOUT,
        i128::LAYOUT,
        isize::LAYOUT,
        u8::LAYOUT,
        u16::LAYOUT,
        u32::LAYOUT,
        u64::LAYOUT,
        u128::LAYOUT,
        usize::LAYOUT,
        f32::LAYOUT,
        f64::LAYOUT,
        String::LAYOUT,
        Vec::<u8>::LAYOUT,
        Vec::<i32>::LAYOUT,
        Option::<i32>::LAYOUT,
        <(i32,)>::LAYOUT,
        <(i32, i64)>::LAYOUT,
        <(i64, i32)>::LAYOUT,
        <((i32,), i64)>::LAYOUT,
        <[i32; 1]>::LAYOUT,
        HashSet::<i32>::LAYOUT,
        HashMap::<i32, i64>::LAYOUT,
        HashMap::<i64, i32>::LAYOUT,
        BTreeMap::<i32, i64>::LAYOUT,
        std::time::Duration::LAYOUT,
        std::time::SystemTime::LAYOUT,
        std::net::IpAddr::LAYOUT,
        std::net::Ipv4Addr::LAYOUT,
        chrono::NaiveDate::LAYOUT,
        time::Date::LAYOUT,
        diesel::data_types::PgDate::LAYOUT,
    ]);
    assert_eq!(Arc::<[Box<i32>]>::LAYOUT, Vec::<i32>::LAYOUT);
    assert_eq!(Arc::<str>::LAYOUT, String::LAYOUT);
}

/// Entries outlive the program that wrote them. If one of these changes, raise `ENCODING` only if that was the intent, and
/// know that every entry on every disk is a miss from then on.
#[test]
fn layouts_are_the_same_in_every_build() {
    let row = layout!(
        pub(crate) struct Row {
            id: i32,
            name: String,
            tags: Vec<Option<Inner>>,
        }
    );
    let choice = layout!(
        pub(crate) enum Row {
            Nothing,
            One(i64),
            Named { value: f64 },
        }
    );
    let foreign = layout!(
        pub(crate) struct Row {
            #[cacheable(serde)]
            a: Vec<(i32, String)>,
        }
    );
    let golden = [
        ("i32", i32::LAYOUT),
        ("String", String::LAYOUT),
        ("Vec<u8>", Vec::<u8>::LAYOUT),
        ("Option<(i32, String)>", Option::<(i32, String)>::LAYOUT),
        ("[u8; 6]", <[u8; 6]>::LAYOUT),
        ("NaiveDateTime", chrono::NaiveDateTime::LAYOUT),
        ("OffsetDateTime", time::OffsetDateTime::LAYOUT),
        ("Value", serde_json::Value::LAYOUT),
        ("struct", row),
        ("enum", choice),
        ("serde", foreign),
    ]
    .map(|(name, layout)| format!("{name}: {layout:?}"))
    .join("\n");
    assert_eq!(golden, include_str!("layouts.golden").trim_end());
}
