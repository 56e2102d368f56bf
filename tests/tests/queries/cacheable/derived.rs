//! Derived impls: what they encode, and that they ignore serde's attributes.

use std::marker::PhantomData;

use diesel_cache::Cacheable;
use serde::{Deserialize, Serialize};

use crate::cacheable::{assert_no_panic, assert_round_trip, decode, encode, round_trip, try_encode};

#[derive(Cacheable, Debug, PartialEq)]
struct Person {
    id: i32,
    name: String,
    nickname: Option<String>,
}

#[derive(Cacheable, Debug, PartialEq)]
struct Pair(i32, String);

#[derive(Cacheable, Debug, PartialEq)]
struct Unit;

#[derive(Cacheable, Debug, PartialEq)]
enum Contact {
    Unknown,
    Mail(String),
    Both(String, i32),
    Post { street: String, number: i32 },
    Empty {},
    Nothing(),
}

#[test]
fn structs() {
    assert_round_trip(Person {
        id: 1,
        name: "Ada".to_owned(),
        nickname: None,
    });
    assert_round_trip(Pair(-1, String::new()));
    assert_round_trip(Unit);
    assert_round_trip(vec![Unit, Unit]);
    assert_eq!(
        encode(&Pair(1, "a".to_owned())),
        encode(&(1, "a".to_owned())),
        "the fields, and nothing else"
    );
}

#[test]
fn enums() {
    for (index, value) in [
        Contact::Unknown,
        Contact::Mail("a@b".to_owned()),
        Contact::Both("c".to_owned(), 1),
        Contact::Post {
            street: "d".to_owned(),
            number: 2,
        },
        Contact::Empty {},
        Contact::Nothing(),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(encode(&value)[0], index as u8);
        assert_round_trip(value);
    }
    assert!(decode::<Contact>(&[6]).is_err());
    assert!(decode::<Contact>(&[0xff, 0xff, 0xff, 0xff, 0x0f]).is_err());
}

#[test]
fn formats_that_write_names() {
    let contact = Contact::Post {
        street: "d".to_owned(),
        number: 2,
    };
    let text = serde_json::to_string(&diesel_cache::__private::Encoded(&contact)).unwrap();
    assert_eq!(text, r#"{"Post":["d",2]}"#);
    assert_eq!(
        Contact::decode(&mut serde_json::Deserializer::from_str(&text)).unwrap(),
        contact
    );
    assert!(Contact::decode(&mut serde_json::Deserializer::from_str(r#""Other""#)).is_err());
}

mod generic {
    use super::*;

    pub(crate) trait Owner {
        type Id;
    }

    #[derive(Debug, PartialEq)]
    pub(crate) struct NotCacheable;

    impl Owner for NotCacheable {
        type Id = i64;
    }

    #[derive(Cacheable, Debug, PartialEq)]
    pub(crate) struct Full<T: Owner = NotCacheable, U: Clone = String, const N: usize = 2>
    where
        T::Id: PartialEq,
        U: PartialEq,
    {
        pub(crate) id: T::Id,
        pub(crate) same: <T as Owner>::Id,
        pub(crate) values: Vec<[Option<U>; N]>,
        pub(crate) owner: PhantomData<T>,
    }

    #[derive(Cacheable, Debug, PartialEq)]
    pub(crate) enum Either<L, R> {
        Left(L),
        Right { value: (R, [R; 2]) },
    }
}

#[test]
fn generics() {
    use generic::{Either, Full, NotCacheable};

    let values = vec![[Some("a".to_owned()), None]];
    assert_round_trip(Full::<NotCacheable> {
        id: 1,
        same: 2,
        values,
        owner: PhantomData,
    });
    assert_round_trip(Either::<Person, i32>::Right { value: (1, [2, 3]) });
    assert_round_trip(Either::<Unit, i32>::Left(Unit));
}

mod with_serde {
    use super::*;

    /// With serde, each of these attributes would lose a field, or break a format without field names.
    #[derive(Cacheable, Serialize, Deserialize, Debug, PartialEq, Default)]
    #[serde(rename_all = "camelCase", default)]
    pub(crate) struct Model {
        #[serde(skip)]
        pub(crate) skipped: i32,
        #[serde(skip_serializing)]
        pub(crate) secret: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub(crate) option: Option<i32>,
        #[serde(rename = "ty")]
        pub(crate) kind: String,
        #[serde(flatten)]
        pub(crate) rest: Inner,
    }

    #[derive(Cacheable, Serialize, Deserialize, Debug, PartialEq, Default)]
    pub(crate) struct Inner {
        pub(crate) value: i32,
    }

    #[derive(Cacheable, Serialize, Deserialize, Debug, PartialEq)]
    #[serde(untagged)]
    pub(crate) enum Untagged {
        Number(i32),
        Text(String),
    }
}

#[test]
fn serde_attributes_change_nothing() {
    use with_serde::{Inner, Model, Untagged};

    assert_round_trip(Model {
        skipped: 1,
        secret: "kept".to_owned(),
        option: None,
        kind: "k".to_owned(),
        rest: Inner { value: 5 },
    });
    assert_round_trip(vec![Untagged::Number(1), Untagged::Text("t".to_owned())]);

    mod bare {
        use super::with_serde::Inner;
        use super::*;

        #[derive(Cacheable)]
        pub(super) struct Model {
            pub(super) skipped: i32,
            pub(super) secret: String,
            pub(super) option: Option<i32>,
            pub(super) kind: String,
            pub(super) rest: Inner,
        }
    }
    assert_eq!(Model::LAYOUT, bare::Model::LAYOUT);
    let bare = bare::Model {
        skipped: 1,
        secret: String::new(),
        option: None,
        kind: String::new(),
        rest: Inner { value: 5 },
    };
    assert_eq!(
        encode(&bare),
        encode(&Model {
            skipped: 1,
            rest: Inner { value: 5 },
            ..Model::default()
        })
    );
}

mod foreign {
    use super::*;

    #[derive(Serialize, Deserialize, Debug, PartialEq)]
    pub(crate) struct Color(pub(crate) u8, pub(crate) u8, pub(crate) u8);

    #[derive(Debug, PartialEq)]
    pub(crate) struct Meters(pub(crate) f64);

    pub(crate) mod meters {
        use serde::{Deserialize, Deserializer, Serializer};

        use super::Meters;

        pub(crate) fn serialize<S: Serializer>(length: &Meters, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_f64(length.0)
        }

        pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Meters, D::Error> {
            f64::deserialize(deserializer).map(Meters)
        }
    }

    /// Writes nothing at all.
    pub(crate) mod nothing {
        use serde::{Deserialize, Deserializer, Serializer};

        pub(crate) fn serialize<S: Serializer>((): &(), serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_unit()
        }

        pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
            <()>::deserialize(deserializer)
        }
    }

    #[derive(Cacheable, Debug, PartialEq)]
    pub(crate) enum Shape {
        Line(#[cacheable(with = "meters")] Meters),
        Area {
            #[cacheable(with = "meters")]
            width: Meters,
            #[cacheable(serde)]
            color: Color,
            name: String,
        },
    }

    #[derive(Cacheable, Debug, PartialEq)]
    pub(crate) struct Only(
        #[cacheable(with = "nothing")] pub(crate) (),
        #[cacheable(serde)] pub(crate) Option<Color>,
    );

    #[derive(Cacheable, Debug, PartialEq)]
    pub(crate) struct Empty(#[cacheable(with = "nothing")] pub(crate) ());

    /// Serde encodes the children, so that the layout does not contain itself.
    #[derive(Cacheable, Serialize, Deserialize, Debug, PartialEq)]
    pub(crate) struct Tree {
        pub(crate) name: String,
        #[cacheable(serde)]
        pub(crate) children: Vec<Tree>,
    }

    #[derive(Serialize, Deserialize, Debug, PartialEq)]
    pub(crate) struct Treacherous {
        #[serde(skip_serializing_if = "Option::is_none")]
        pub(crate) first: Option<u8>,
        pub(crate) second: Option<Vec<u8>>,
    }

    #[derive(Cacheable, Debug, PartialEq)]
    pub(crate) struct Trap {
        #[cacheable(serde)]
        pub(crate) fields: Vec<Option<Treacherous>>,
    }
}

#[test]
fn fields_that_other_code_encodes() {
    use foreign::{Color, Empty, Meters, Only, Shape, Tree};

    assert_round_trip(Shape::Line(Meters(1.5)));
    assert_round_trip(Shape::Area {
        width: Meters(-0.0),
        color: Color(1, 2, 3),
        name: "n".to_owned(),
    });
    assert_round_trip(Only((), Some(Color(1, 2, 3))));
    assert_round_trip(Empty(()));
    assert_round_trip(vec![Empty(()), Empty(())]);
    let leaf = Tree {
        name: "leaf".to_owned(),
        children: vec![],
    };
    assert_round_trip(Tree {
        name: "root".to_owned(),
        children: vec![leaf],
    });
}

#[test]
fn a_field_left_out_by_serde_is_an_error() {
    use foreign::{Trap, Treacherous};

    assert_round_trip(Trap {
        fields: vec![Some(Treacherous {
            first: Some(1),
            second: None,
        })],
    });
    // Its bytes would be those of `first: Some(1), second: None`.
    assert!(
        try_encode(&Trap {
            fields: vec![Some(Treacherous {
                first: None,
                second: Some(vec![0])
            })]
        })
        .is_err()
    );
}

#[test]
fn any_bytes_never_panic() {
    for byte in 0..=255 {
        for len in 0..40 {
            assert_no_panic::<Contact>(&vec![byte; len]);
            assert_no_panic::<generic::Either<Person, Contact>>(&vec![byte; len]);
        }
    }
    assert_eq!(round_trip(&Unit), Unit);
}
