use diesel_cache::Cacheable;

struct NotCacheable;

#[derive(Cacheable)]
struct Row {
    id: i32,
    value: Option<NotCacheable>,
}

fn main() {}
