use diesel_cache::Cacheable;

struct NotCacheable;

#[derive(Cacheable)]
struct Wrapper<T>(T);

fn is_cacheable<T: Cacheable>() {}

fn main() {
    is_cacheable::<NotCacheable>();
    is_cacheable::<Wrapper<NotCacheable>>();
}
