use diesel_cache::Cacheable;

#[derive(Cacheable)]
struct Row<T, const N: usize> {
    #[cacheable(serde)]
    a: Vec<T>,
    #[cacheable(with = "module")]
    b: [u8; N],
    #[cacheable(with = "module")]
    c: Vec<Self>,
}

fn main() {}
