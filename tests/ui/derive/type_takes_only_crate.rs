use diesel_cache::Cacheable;

#[derive(Cacheable)]
#[cacheable(rename = "other")]
struct Unknown {
    id: i32,
}

#[derive(Cacheable)]
#[cacheable(serde)]
struct Serde {
    id: i32,
}

#[derive(Cacheable)]
#[cacheable(with = "module")]
struct With {
    id: i32,
}

fn main() {}
