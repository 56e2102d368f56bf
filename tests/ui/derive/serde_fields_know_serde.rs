use diesel_cache::Cacheable;

struct NotSerde;

#[derive(Cacheable)]
struct Row {
    #[cacheable(serde)]
    value: NotSerde,
}

fn main() {}
