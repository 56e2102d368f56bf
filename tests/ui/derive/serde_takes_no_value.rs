use diesel_cache::Cacheable;

#[derive(Cacheable)]
struct Row {
    #[cacheable(serde = "yes")]
    a: i32,
    #[cacheable(serde(yes))]
    b: i32,
}

fn main() {}
