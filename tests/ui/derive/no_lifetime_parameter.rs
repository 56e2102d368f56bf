use diesel_cache::Cacheable;

#[derive(Cacheable)]
struct Row<'a, T> {
    name: &'a str,
    value: T,
}

fn is_cacheable<T: Cacheable>() {}

fn main() {
    is_cacheable::<Row<'static, i32>>();
}
