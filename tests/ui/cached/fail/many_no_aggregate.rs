use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel_cache::prelude::*;
use diesel_cache_tests::address;

fn main() {
    let count = address::table.select(count_star()).cached("default");
    let _ = count.filter_many(address::person_id, [1, 2]);
    let groups = address::table.group_by(address::person_id).select(address::person_id).cached("default");
    let _ = groups.filter_many(address::person_id, [1, 2]);
    let distinct = address::table.select(address::street).distinct().cached("default");
    let _ = distinct.filter_many(address::person_id, [1, 2]);
}
