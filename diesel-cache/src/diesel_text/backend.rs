//! The name of a backend's type.

use std::any::type_name;

/// Returns the name of a backend of Diesel's own, without its path; `None` for any other backend.
pub(crate) fn backend_name<DB>() -> Option<&'static str> {
    let path = type_name::<DB>().strip_prefix("diesel::")?;
    path.rsplit("::").next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backend_of_another_crate_has_no_name() {
        struct Sqlite;

        assert_eq!(backend_name::<Sqlite>(), None);
        assert_eq!(backend_name::<Vec<Sqlite>>(), None);
    }
}
