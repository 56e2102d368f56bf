use diesel_cache::Cacheable;

#[derive(Cacheable)]
struct Node {
    name: String,
    children: Vec<Node>,
}

#[derive(Cacheable)]
enum Tree<T> {
    Leaf(T),
    Fork(Box<(Self, Tree<T>)>),
}

fn main() {}
