//! Text. All of these are of one layout.

use std::rc::Rc;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serializer};

use super::{Cacheable, Layout};

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
                String::deserialize(deserializer).map(Self::from)
            }
        }
    )*};
}

text! { String Box<str> Rc<str> Arc<str> }
