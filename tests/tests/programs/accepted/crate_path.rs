//! The crate under another name, or re-exported.
mod reexport {
    pub(super) use diesel_cache as cache;
}

#[derive(reexport::cache::Cacheable)]
#[cacheable(crate = "reexport::cache")]
struct Row {
    id: i32,
    #[cacheable(serde)]
    name: String,
}

#[test]
fn compiles() {
    fn is_cacheable<T: reexport::cache::Cacheable>() {}
    is_cacheable::<Row>();
    let _ = Row {
        id: 1,
        name: String::new(),
    };
}
