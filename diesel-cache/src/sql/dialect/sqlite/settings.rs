//! SQLite's pragmas, each judged by its documentation.
//!
//! `read_uncommitted` is not harmless: a connection with it reads rows that may never be committed.
//!
//! The tests of the workspace include this file, and compare it with `PRAGMA pragma_list`.

/// Pragmas of which no value changes what a query returns.
pub(super) const HARMLESS: &[&str] = &[
    // They show something, or do something to a file, and set nothing.
    "collation_list",
    "compile_options",
    "data_version",
    "database_list",
    "foreign_key_check",
    "foreign_key_list",
    "freelist_count",
    "function_list",
    "incremental_vacuum",
    "index_info",
    "index_list",
    "index_xinfo",
    "integrity_check",
    "lock_status",
    "module_list",
    "optimize",
    "page_count",
    "pragma_list",
    "quick_check",
    "shrink_memory",
    "stats",
    "table_info",
    "table_list",
    "table_xinfo",
    "wal_checkpoint",
    // How files are written, locked and cached.
    "application_id",
    "auto_vacuum",
    "busy_timeout",
    "cache_size",
    "cache_spill",
    "cell_size_check",
    "checkpoint_fullfsync",
    "default_cache_size",
    "fullfsync",
    "hard_heap_limit",
    "journal_mode",
    "journal_size_limit",
    "legacy_file_format",
    "lock_proxy_file",
    "locking_mode",
    "max_page_count",
    "mmap_size",
    "page_size",
    "secure_delete",
    "soft_heap_limit",
    "synchronous",
    "temp_store",
    "temp_store_directory",
    "threads",
    "user_version",
    "wal_autocheckpoint",
    // How writes are done. The writes themselves are observed.
    "defer_foreign_keys",
    "foreign_keys",
    "ignore_check_constraints",
    "legacy_alter_table",
    "query_only",
    "recursive_triggers",
    // How the rows are found.
    "analysis_limit",
    "automatic_index",
    // Debugging output of the library.
    "parser_trace",
    "vdbe_addoptrace",
    "vdbe_debug",
    "vdbe_eqp",
    "vdbe_listing",
    "vdbe_trace",
];

/// Pragmas of which some value changes what a query returns, or whether it runs. A pragma in neither list counts as one
/// of these.
#[cfg(test)]
pub(super) const MEANINGFUL: &[&str] = &[
    "activate_extensions",
    "case_sensitive_like",
    "count_changes",
    "data_store_directory",
    "empty_result_callbacks",
    "encoding",
    "full_column_names",
    "hexkey",
    "hexrekey",
    "key",
    "read_uncommitted",
    "rekey",
    "reverse_unordered_selects",
    "schema_version",
    "short_column_names",
    "textkey",
    "textrekey",
    "trusted_schema",
    "writable_schema",
];
