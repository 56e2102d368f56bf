//! Text. All of these types have the same layout.

use std::rc::Rc;
use std::sync::Arc;

use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserializer, Serializer};

use super::{Cacheable, Layout, ascii};

macro_rules! text {
    ($($ty:ty)*) => {$(
        impl Cacheable for $ty {
            const LAYOUT: Layout = Layout::built_in("str");

            #[inline]
            fn encode<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self)
            }

            #[inline]
            fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                decode(deserializer).map(Self::from)
            }
        }
    )*};
}

text! { String Box<str> Rc<str> Arc<str> }

/// Formats that are not human-readable write text as bytes. The UTF-8 check is then done here.
#[inline]
fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    if deserializer.is_human_readable() {
        deserializer.deserialize_string(Text)
    } else {
        deserializer.deserialize_bytes(Text)
    }
}

struct Text;

impl Visitor<'_> for Text {
    type Value = String;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a string")
    }

    #[inline]
    fn visit_str<E: Error>(self, text: &str) -> Result<String, E> {
        Ok(text.to_owned())
    }

    #[inline]
    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<String, E> {
        match ascii::text(bytes) {
            Ok(text) => Ok(text.to_owned()),
            Err(_) => Err(E::invalid_value(Unexpected::Bytes(bytes), &self)),
        }
    }
}
