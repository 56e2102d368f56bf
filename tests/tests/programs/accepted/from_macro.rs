//! Types declared by a macro, from fragments of every kind.
use diesel_cache::Cacheable;

macro_rules! model {
    ($(#[$meta:meta])* $name:ident<$param:ident> { $($field:ident: $ty:ty),* } $module:literal) => {
        $(#[$meta])*
        struct $name<$param> {
            $($field: $ty,)*
            own: $param,
            #[cacheable(with = $module)]
            foreign: String,
        }
    };
}

model! {
    #[derive(Cacheable)]
    Row<T> { id: i32, name: Option<T>, value: Vec<(T, i32)> }
    "module"
}

mod module {
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(text: &String, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(text)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
        String::deserialize(deserializer)
    }
}

#[test]
fn compiles() {
    let row = Row {
        id: 1,
        name: Some(2),
        value: vec![(3, 4)],
        own: 5,
        foreign: String::new(),
    };
    let _ = (row.id, row.name, row.value, row.own, row.foreign);
    fn is_cacheable<T: Cacheable>() {}
    is_cacheable::<Row<String>>();
}
