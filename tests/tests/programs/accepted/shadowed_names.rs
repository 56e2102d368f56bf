//! The user's own items shadow the names of the prelude.
#![no_implicit_prelude]
#![deny(warnings)]
#![allow(dead_code, unreachable_pub, non_camel_case_types, non_upper_case_globals)]

pub struct Result;
pub struct Option;
pub struct Vec;
pub struct String;
pub struct Some;
pub struct None;
pub struct Ok;
pub struct Err;
pub struct Self_;
pub trait Sized {}
pub trait Send {}
pub trait Clone {}
pub trait Serialize {}
pub trait Serializer {}
pub trait Visitor {}
pub trait Cacheable {}
pub mod core {}
pub mod std {}
pub mod serde {}
pub mod diesel_cache {}
pub type u32 = ();
pub type usize = ();
pub type str = ();
pub const index: i32 = 0;
pub static value: i32 = 0;
pub const tuple: i32 = 0;

#[derive(::diesel_cache::Cacheable)]
pub struct Row {
    pub index: i32,
    pub value: ::std::string::String,
    pub r#type: ::std::option::Option<i32>,
    pub r#async: bool,
}

#[derive(::diesel_cache::Cacheable)]
pub struct Tuple(i32, ::std::vec::Vec<u8>);

#[derive(::diesel_cache::Cacheable)]
pub struct Unit;

#[derive(::diesel_cache::Cacheable)]
pub struct Generic<S, D, A, T, E> {
    pub fields: (S, D, A, T, E),
}

#[derive(::diesel_cache::Cacheable)]
pub enum r#enum {
    Ok(i32),
    Err { error: ::std::string::String, r#fn: u8 },
    None,
    r#Some(Row),
}
