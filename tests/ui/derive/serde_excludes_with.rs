use diesel_cache::Cacheable;

#[derive(Cacheable)]
enum Row {
    A(#[cacheable(serde, with = "module")] i32),
    B {
        #[cacheable(with = "module")]
        #[cacheable(serde)]
        value: i32,
    },
}

fn main() {}
