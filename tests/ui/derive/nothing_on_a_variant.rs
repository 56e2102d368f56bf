use diesel_cache::Cacheable;

#[derive(Cacheable)]
enum Row {
    #[cacheable(serde)]
    A(i32),
}

fn main() {}
