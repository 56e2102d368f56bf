use diesel_cache::Cacheable;

#[derive(Cacheable)]
union Row {
    a: i32,
    b: f32,
}

fn main() {}
