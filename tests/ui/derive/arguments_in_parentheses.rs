use diesel_cache::Cacheable;

#[derive(Cacheable)]
#[cacheable]
struct Bare {
    #[cacheable = "serde"]
    a: i32,
    #[cacheable()]
    b: i32,
    #[cacheable("serde")]
    c: i32,
    #[cacheable(serde with)]
    d: i32,
}

fn main() {}
