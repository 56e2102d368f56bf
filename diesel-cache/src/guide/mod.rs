//! A guide to the crate, page by page.
//!
//! The pages contain only documentation. Every example is compiled, and run unless it needs a server.
//!
//! | page | contents |
//! | --- | --- |
//! | [Getting started](getting_started) | From `cargo add` to a hit in the statistics, files that two processes share, and a web service. |
//! | [Pools](pools) | Attaching the connections of r2d2, deadpool, bb8 and mobc; hits that need no connection; a pool that several tenants share. |
//! | [Pipelines](pipelines) | Several queries at once on one connection of PostgreSQL, through `&AsyncPgConnection`: only what the cache lacks is sent. |
//! | [Relations](relations) | Lazy loads, loads of many rows at once without N+1, and what an answer from several entries promises. |
//! | [Why was my query not cached?](not_cached) | Every reason for a miss, a bypass and a refusal: what it means, and what to do about it. |
//! | [Which queries does it serve?](tuning) | Statistics by statement, and what to change when they show waste. |
//! | [Testing code that caches](testing) | Tests without a cache, tests with a cache, and tests of the caching itself. |
//! | [Coming from a hand-made cache](hand_made) | A cache on moka or Redis beside this one: what changes, what you gain, and what you give up. |
//! | [What is and is not invalidated](invalidation) | The guarantee and its limits, with an example for each. |
//! | [What a write invalidates, row by row](rows) | Which rows a query depends on, which entries a write invalidates, and how to write narrowly. |
//! | [Redis and Valkey](redis) | Regions whose entries lie on a server: what processes share, what happens without the server, keys and values. |
//! | [Several machines](machines) | Sharing invalidations through a server: what it promises, what writes pay for it, and what happens without the server. |
//! | [Platforms](platforms) | Operating systems, processors, file systems, containers and `fork`: what works where. |

// The pages are part of the documentation with any features. Their examples need the features that the attributes name.

#[cfg_attr(
    any(not(doctest), all(feature = "deadpool", feature = "sqlite")),
    doc = include_str!("getting_started.md")
)]
pub mod getting_started {}

#[cfg_attr(any(not(doctest), feature = "sqlite"), doc = include_str!("hand_made.md"))]
pub mod hand_made {}

#[cfg_attr(any(not(doctest), feature = "sqlite"), doc = include_str!("invalidation.md"))]
pub mod invalidation {}

#[cfg_attr(any(not(doctest), feature = "redis"), doc = include_str!("machines.md"))]
pub mod machines {}

#[cfg_attr(any(not(doctest), feature = "sqlite"), doc = include_str!("not_cached.md"))]
pub mod not_cached {}

#[cfg_attr(
    any(not(doctest), all(feature = "async", feature = "postgres")),
    doc = include_str!("pipelines.md")
)]
pub mod pipelines {}

#[doc = include_str!("platforms.md")]
pub mod platforms {}

#[cfg_attr(
    any(not(doctest), all(feature = "async", feature = "postgres", feature = "r2d2", feature = "sqlite")),
    doc = include_str!("pools.md")
)]
pub mod pools {}

#[cfg_attr(any(not(doctest), feature = "redis"), doc = include_str!("redis.md"))]
pub mod redis {}

#[cfg_attr(any(not(doctest), feature = "sqlite"), doc = include_str!("relations.md"))]
pub mod relations {}

#[cfg_attr(any(not(doctest), feature = "sqlite"), doc = include_str!("rows.md"))]
pub mod rows {}

#[cfg_attr(any(not(doctest), feature = "sqlite"), doc = include_str!("testing.md"))]
pub mod testing {}

#[cfg_attr(any(not(doctest), feature = "sqlite"), doc = include_str!("tuning.md"))]
pub mod tuning {}

#[cfg(test)]
mod tests;
