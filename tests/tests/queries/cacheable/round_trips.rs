//! Types of the standard library.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::marker::PhantomData;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::num::{NonZeroI64, NonZeroU8};
use std::ops::Bound;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use proptest::prelude::*;

use crate::cacheable::{assert_no_panic, assert_round_trip, decode, encode, round_trip};

#[test]
fn numbers() {
    assert_round_trip((true, false));
    assert_round_trip((i8::MIN, i16::MIN, i32::MIN, i64::MIN, i128::MIN, isize::MIN));
    assert_round_trip((i8::MAX, i16::MAX, i32::MAX, i64::MAX, i128::MAX, isize::MAX));
    assert_round_trip((u8::MAX, u16::MAX, u32::MAX, u64::MAX, u128::MAX, usize::MAX));
    assert_round_trip((NonZeroU8::MAX, NonZeroI64::MIN));
    assert_round_trip(('\0', 'ß', '𝄞', char::MAX));
    assert!(decode::<NonZeroU8>(&[0]).is_err());
    assert!(decode::<bool>(&[2]).is_err());
}

#[test]
fn the_bits_of_floats() {
    for bits in [0, 1 << 31, 0x7fc0_0000, 0x7fc0_1234, 0xffc0_0001, 0x7f80_0000, 1] {
        assert_eq!(round_trip(&f32::from_bits(bits)).to_bits(), bits);
    }
    for bits in [
        0,
        1 << 63,
        0x7ff8_0000_0000_0000,
        0x7ff8_0000_dead_beef,
        0xfff0_0000_0000_0000,
        1,
    ] {
        assert_eq!(round_trip(&f64::from_bits(bits)).to_bits(), bits);
    }
}

#[test]
fn text() {
    assert_round_trip(String::new());
    assert_round_trip("naïve \0 𝄞".to_owned());
    assert_round_trip::<Box<str>>("boxed".into());
    assert_round_trip::<Arc<str>>("shared".into());
    assert_round_trip::<Rc<str>>("shared".into());
    assert_round_trip::<Cow<'static, str>>("borrowed".into());
    assert_round_trip::<Cow<'static, [u8]>>(vec![1, 2].into());
    assert!(decode::<String>(&[1, 0xff]).is_err());
}

#[test]
fn bytes_are_written_as_they_are() {
    assert_eq!(encode(&vec![7_u8, 200, 9]), [3, 7, 200, 9]);
    assert_eq!(encode(&[7_u8, 200, 9]), [3, 7, 200, 9]);
    assert_round_trip(Vec::<u8>::new());
    assert_round_trip((0..=255).collect::<Vec<u8>>());
    assert_round_trip([0x00_u8, 0x16, 0x3e, 0xff, 0x01, 0x02]);
    assert_round_trip([u8::MAX; 8]);
    assert!(decode::<[u8; 6]>(&encode(&[0_u8; 8])).is_err());
}

#[test]
fn sequences() {
    assert_round_trip(vec![Some(1), None, Some(-3)]);
    assert_round_trip::<Box<[String]>>(vec!["a".to_owned(), String::new()].into());
    assert_round_trip::<Arc<[i32]>>(vec![1, 2, 3].into());
    assert_round_trip::<Rc<[u8]>>(vec![1, 2, 3].into());
    assert_round_trip([String::from("a"), String::from("b")]);
    assert_round_trip([0_i32; 0]);
    assert_round_trip(vec![(); 3]);
    assert_round_trip([[1_u16; 3]; 40]);
    assert!(decode::<[i32; 2]>(&encode(&vec![1, 2, 3])).is_err());
    assert!(decode::<[i32; 4]>(&encode(&vec![1, 2, 3])).is_err());
}

#[test]
fn collections() {
    let mut turned = VecDeque::from([1_u8, 2, 3, 4]);
    turned.rotate_left(1);
    turned.push_front(9);
    assert_round_trip(turned);
    assert_round_trip(BTreeSet::from(["b".to_owned(), "a".to_owned()]));
    assert_round_trip(HashSet::<i32>::from([3, 1, 2]));
    assert_round_trip(BTreeMap::from([(1, "one".to_owned()), (2, "two".to_owned())]));
    assert_round_trip(HashMap::<String, Option<i64>>::from([
        ("x".to_owned(), None),
        ("y".to_owned(), Some(1)),
    ]));
}

#[test]
fn options_pointers_and_markers() {
    assert_round_trip(Some(Some(0)));
    assert_round_trip(Some(None::<i32>));
    assert_round_trip(None::<Option<i32>>);
    assert_round_trip(Box::new((Arc::new(5), Rc::new(5))));
    assert_round_trip(());
    assert_round_trip(PhantomData::<str>);
    assert!(decode::<()>(&[1]).is_err());
    assert!(decode::<Option<()>>(&[2, 0]).is_err());
}

#[test]
fn ranges_of_postgres() {
    assert_round_trip((Bound::Included(1), Bound::Excluded(5)));
    assert_round_trip(vec![(Bound::<String>::Unbounded, Bound::Included("z".to_owned()))]);
    // Kind and presence of the value must agree.
    assert!(decode::<Bound<i32>>(&[0, 1, 0]).is_err());
    assert!(decode::<Bound<i32>>(&[1, 0]).is_err());
    assert!(decode::<Bound<i32>>(&[3, 0]).is_err());
}

#[test]
fn times() {
    assert_round_trip(Duration::MAX);
    assert_round_trip(UNIX_EPOCH);
    assert_round_trip(UNIX_EPOCH + Duration::new(1_700_000_000, 999_999_999));
    assert_round_trip(UNIX_EPOCH - Duration::new(5_000_000_000, 1));
    // A second's worth of nanoseconds, and more seconds than the clock has.
    assert!(decode::<Duration>(&encode(&(u64::MAX, 1_000_000_000_u32))).is_err());
    assert!(decode::<SystemTime>(&encode(&(false, Duration::MAX))).is_err());
    assert!(decode::<SystemTime>(&encode(&(true, Duration::MAX))).is_err());
}

#[test]
fn addresses() {
    assert_round_trip(Ipv4Addr::BROADCAST);
    assert_round_trip(Ipv6Addr::LOCALHOST);
    assert_round_trip(IpAddr::from([10, 0, 0, 1]));
    assert_round_trip(IpAddr::V6(Ipv4Addr::LOCALHOST.to_ipv6_mapped()));
    assert!(decode::<IpAddr>(&encode(&vec![1_u8; 5])).is_err());
}

#[test]
fn tuples_of_up_to_32() {
    assert_round_trip((1_u8,));
    assert_round_trip((1, "two".to_owned(), Some(3)));
    // std compares no tuples of more than 12 elements: the bytes do.
    let tuple = (
        0_u8, 1_u8, 2_u8, 3_u8, 4_u8, 5_u8, 6_u8, 7_u8, 8_u8, 9_u8, 10_u8, 11_u8, 12_u8, 13_u8, 14_u8, 15_u8, 16_u8,
        17_u8, 18_u8, 19_u8, 20_u8, 21_u8, 22_u8, 23_u8, 24_u8, 25_u8, 26_u8, 27_u8, 28_u8, 29_u8, 30_u8, 31_u8,
    );
    assert_eq!(encode(&tuple), (0..32).collect::<Vec<u8>>());
    assert_eq!(encode(&round_trip(&tuple)), encode(&tuple));
}

type Everything = (
    (bool, char, i8, i64, u128, f64, Option<i32>),
    (String, Vec<u8>, Vec<String>, [u16; 3], [u8; 6]),
    (Duration, SystemTime, IpAddr, Bound<i32>),
    (BTreeMap<i32, String>, HashSet<u8>, Option<Option<()>>),
);

proptest! {
    #[test]
    fn any_integers(a: i16, b: i32, c: i64, d: i128, e: u16, f: u32, g: u64, h: u128) {
        assert_round_trip((a, b, c, d, e, f, g, h));
    }

    #[test]
    fn any_text_and_bytes(a: String, b: Vec<u8>, c: Vec<Option<String>>, d: [u8; 16]) {
        assert_round_trip((a, b, c, d));
    }

    #[test]
    fn any_duration(seconds: u64, nanoseconds in 0..1_000_000_000_u32) {
        assert_round_trip(Duration::new(seconds, nanoseconds));
    }

    #[test]
    fn any_bytes_never_panic(bytes: Vec<u8>) {
        assert_no_panic::<Everything>(&bytes);
        assert_no_panic::<(Duration, SystemTime, IpAddr, Bound<i32>)>(&bytes);
        assert_no_panic::<SystemTime>(&bytes);
        assert_no_panic::<Vec<(BTreeMap<i32, ()>, Option<[u8; 6]>, [String; 2])>>(&bytes);
    }
}
