use diesel_cache::Cacheable;

#[derive(Cacheable)]
#[cacheable(crate)]
struct Missing;

#[derive(Cacheable)]
#[cacheable(crate = path)]
struct NotALiteral;

#[derive(Cacheable)]
#[cacheable(crate = "not a path")]
struct NotAPath;

#[derive(Cacheable)]
#[cacheable(crate = "diesel_cache", crate = "diesel_cache")]
struct Twice;

fn main() {}
