//! Only those type parameters must be `Cacheable` that are encoded.
#![allow(dead_code)]

use std::marker::PhantomData;

use diesel_cache::Cacheable;

struct NotCacheable;

trait Table {
    type Row;
}

impl Table for NotCacheable {
    type Row = i32;
}

#[derive(Cacheable)]
struct Id<T> {
    value: i64,
    of: PhantomData<fn() -> T>,
}

#[derive(Cacheable)]
struct Rows<T: Table>(Vec<T::Row>, Option<<T as Table>::Row>);

#[derive(Cacheable)]
struct Defaults<T: Clone = i32, const N: usize = 3>([T; N])
where
    [T; N]: Default;

#[derive(Cacheable)]
struct Fields {
    list: [Vec<(i32, Box<[Option<String>]>)>; 2 + 1],
    unit: (),
    #[cfg(any())]
    absent: NotCacheable,
}

#[derive(Cacheable)]
struct MarksItself {
    me: PhantomData<Self>,
}

#[test]
fn compiles() {
    fn is_cacheable<T: Cacheable>() {}
    is_cacheable::<Id<NotCacheable>>();
    is_cacheable::<Rows<NotCacheable>>();
    is_cacheable::<Defaults>();
    is_cacheable::<Fields>();
    is_cacheable::<MarksItself>();
}
