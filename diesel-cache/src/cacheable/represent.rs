//! Impls that encode a type as another type that is `Cacheable` already.

/// `represent!(Type: "name" as Representation, |value| …, |representation| …)`: the first function takes `&Type`, the
/// second returns `None` for a representation that no value has.
macro_rules! represent {
    ($ty:ty: $name:literal as $repr:ty, $encode:expr, $decode:expr $(,)?) => {
        impl $crate::cacheable::Cacheable for $ty {
            const LAYOUT: $crate::cacheable::Layout =
                $crate::cacheable::Layout::built_in($name).argument(<$repr as $crate::cacheable::Cacheable>::LAYOUT);

            #[inline]
            fn encode<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let encode: fn(&$ty) -> $repr = $encode;
                <$repr as $crate::cacheable::Cacheable>::encode(&encode(self), serializer)
            }

            #[inline]
            fn decode<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let decode: fn($repr) -> Option<$ty> = $decode;
                match decode(<$repr as $crate::cacheable::Cacheable>::decode(deserializer)?) {
                    Some(value) => Ok(value),
                    None => Err(serde::de::Error::custom(concat!(
                        "not the encoding of a `",
                        $name,
                        "`"
                    ))),
                }
            }
        }
    };
}

pub(super) use represent;
