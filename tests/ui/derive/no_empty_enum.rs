use diesel_cache::Cacheable;

#[derive(Cacheable)]
enum Never {}

fn main() {}
