use diesel_cache::Cacheable;

#[derive(Cacheable)]
#[cacheable(krate = "path")]
struct Row<'a> {
    #[cacheable(sede, wiht = "module", serde = true)]
    value: &'a str,
    next: Option<Box<Self>>,
}

fn main() {}
