//! PostgreSQL's names with Unicode escapes: `U&"d\0061t\+000061"`.

/// Decodes the escapes of a name. Returns `None` if one of them is invalid.
pub(super) fn decoded(spelled: &str) -> Option<String> {
    let mut units: Vec<u16> = Vec::with_capacity(spelled.len());
    let mut rest = spelled;
    let mut buffer = [0; 2];
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        let digits = match (c, rest.as_bytes().first()) {
            ('\\', Some(b'\\')) => {
                rest = &rest[1..];
                0
            }
            ('\\', Some(b'+')) => {
                rest = &rest[1..];
                6
            }
            ('\\', _) => 4,
            _ => 0,
        };
        if digits == 0 {
            units.extend_from_slice(c.encode_utf16(&mut buffer));
            continue;
        }
        let code = rest
            .get(..digits)
            .filter(|code| code.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
        rest = &rest[digits..];
        let code = u32::from_str_radix(code, 16).ok()?;
        // The two halves of a surrogate pair are spelled one by one.
        match u16::try_from(code) {
            Ok(unit) => units.push(unit),
            Err(_) => units.extend_from_slice(char::from_u32(code)?.encode_utf16(&mut buffer)),
        }
    }
    let name = String::from_utf16(&units).ok()?;
    // The database does not end the name at an escaped quote, but sqlparser would end the decoded name there.
    let quotes = |text: &str| text.matches('"').count();
    (!name.contains('\0') && quotes(&name) == quotes(spelled)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::decoded;

    #[test]
    fn escapes_are_taken_for_what_they_stand_for() {
        for (spelled, expected) in [
            ("name", Some("name")),
            ("n\\0061m\\+000065", Some("name")),
            ("a\\\\0061", Some("a\\0061")),
            ("\\D83D\\DE00\\+01F600é", Some("\u{1f600}\u{1f600}é")),
            ("a\"\"b", Some("a\"\"b")),
            ("\\006", None),
            ("\\00é", None),
            ("\\+00006", None),
            ("\\D83D", None),
            ("\\0000", None),
            ("a\\0022", None),
            ("\\", None),
        ] {
            assert_eq!(decoded(spelled).as_deref(), expected, "{spelled}");
        }
    }
}
