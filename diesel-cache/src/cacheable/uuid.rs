//! UUIDs, as their 16 bytes.

use super::represent::represent;

represent!(::uuid::Uuid: "uuid::Uuid" as [u8; 16], |uuid| *uuid.as_bytes(), |bytes| Some(::uuid::Uuid::from_bytes(bytes)));
