use diesel_cache::Cacheable;

#[derive(Cacheable)]
struct Row {
    #[cacheable(with)]
    a: i32,
    #[cacheable(with = module)]
    b: i32,
    #[cacheable(with = "")]
    c: i32,
    #[cacheable(with = "Vec<u8>")]
    d: i32,
    #[cacheable(with("module"))]
    e: i32,
}

fn main() {}
