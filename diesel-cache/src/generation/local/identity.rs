//! The identities of the machine's boot and of a file.

use std::fs::Metadata;

/// Returns the id of the current boot, where the system provides it.
pub(super) fn boot() -> Option<[u64; 2]> {
    parse_boot(&std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?)
}

fn parse_boot(uuid: &str) -> Option<[u64; 2]> {
    let digits: String = uuid.trim().chars().filter(|&char| char != '-').collect();
    let id = u128::from_str_radix(&digits, 16)
        .ok()
        .filter(|&id| digits.len() == 32 && id != 0)?;
    Some([(id >> 64) as u64, id as u64])
}

/// Identifies a file among those that exist at the same time. No other file gets the number of one that is open or
/// mapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) struct FileId(pub(super) [u64; 2]);

impl FileId {
    #[cfg(unix)]
    pub(super) fn of(metadata: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self([metadata.ino(), metadata.dev()])
    }

    /// Returns the same id for all files, because std has no such number here: a replaced file goes unnoticed. (Windows
    /// does not let a mapped file be removed.)
    #[cfg(not(unix))]
    pub(super) fn of(_: &Metadata) -> Self {
        Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_boot_is_a_uuid_or_unknown() {
        assert_eq!(parse_boot("00000000-0000-0001-0000-000000000002\n"), Some([1, 2]));
        for not in [
            "",
            "1",
            "00000000-0000-0000-0000-000000000000",
            "zz000000-0000-0001-0000-000000000002",
        ] {
            assert_eq!(parse_boot(not), None);
        }
    }
}
