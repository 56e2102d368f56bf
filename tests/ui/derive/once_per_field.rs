use diesel_cache::Cacheable;

#[derive(Cacheable)]
struct Row {
    #[cacheable(serde, serde)]
    a: i32,
    #[cacheable(serde)]
    #[cacheable(serde)]
    b: i32,
    #[cacheable(with = "one", with = "two")]
    c: i32,
}

fn main() {}
