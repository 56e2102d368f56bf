use diesel_cache::Cacheable;

#[derive(Cacheable)]
struct Row {
    #[cacheable(skip)]
    a: i32,
    #[cacheable(crate = "path")]
    b: i32,
    #[cacheable(default = "f", skip(all))]
    c: i32,
}

fn main() {}
