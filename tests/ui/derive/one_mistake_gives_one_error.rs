use diesel_cache::Cacheable;

#[derive(Cacheable)]
struct Row {
    #[cacheable(sede)]
    value: i32,
}

#[derive(Cacheable)]
struct Outer(Vec<Row>);

fn is_cacheable<T: Cacheable>() {}

fn main() {
    is_cacheable::<Row>();
    is_cacheable::<Outer>();
}
