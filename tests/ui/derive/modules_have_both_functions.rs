use diesel_cache::Cacheable;

mod module {
    pub fn serialize<S: serde::Serializer>(value: &i32, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i32(*value)
    }
}

#[derive(Cacheable)]
struct Row {
    #[cacheable(with = "module")]
    value: i32,
}

fn main() {}
