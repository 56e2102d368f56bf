// Only rustc sees this one.
use diesel_cache::Cacheable;

#[derive(Cacheable)]
struct Hen {
    egg: Option<Box<Egg>>,
}

#[derive(Cacheable)]
struct Egg {
    hen: Option<Box<Hen>>,
}

fn main() {
    let _ = Hen::LAYOUT;
}
