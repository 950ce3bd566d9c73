//! Page tokens, bound to the other arguments of the call (AIP-158).

use sha2::{Digest, Sha256};

use super::convert::FieldViolation;

/// Digits of the fingerprint of the arguments.
const FINGERPRINT: usize = 16;

/// Page size from the request: 0 means `usual`, more than `most` is cut, negative is an error.
pub fn page_size(asked: i32, usual: usize, most: usize) -> Result<usize, FieldViolation> {
    match usize::try_from(asked) {
        Ok(0) => Ok(usual),
        Ok(size) => Ok(size.min(most)),
        Err(_) => Err(FieldViolation::new("page_size", "must not be negative")),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn fingerprint(arguments: &str) -> String {
    hex(&Sha256::digest(arguments.as_bytes()))[..FINGERPRINT].to_owned()
}

/// Makes the token of the page that starts after `position`.
pub fn encode(arguments: &str, position: &str) -> String {
    fingerprint(arguments) + &hex(position.as_bytes())
}

/// Reads a token; an empty one is the first page. A token of a call with other arguments is refused.
pub fn decode(arguments: &str, token: &str) -> Result<Option<String>, FieldViolation> {
    if token.is_empty() {
        return Ok(None);
    }
    let refuse = || {
        FieldViolation::new("page_token", "not a token of this call; tokens hold for equal arguments only")
    };
    let (print, position) = token.split_at_checked(FINGERPRINT).ok_or_else(refuse)?;
    if print != fingerprint(arguments) {
        return Err(refuse());
    }
    let bytes: Option<Vec<u8>> = (0..position.len())
        .step_by(2)
        .map(|i| position.get(i..i + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok()))
        .collect();
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(refuse)?;
    // Numbers may be written in other ways ("+0"); a token may not.
    if encode(arguments, &text) != token {
        return Err(refuse());
    }
    Ok(Some(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn tokens_round_trip_and_refuse_other_arguments(a in ".*", b in ".*", position in ".*") {
            let token = encode(&a, &position);
            prop_assert_eq!(decode(&a, &token).unwrap(), Some(position));
            prop_assert_eq!(decode(&b, &token).is_ok(), a == b);
        }

        #[test]
        fn any_token_is_answered(token in ".*") {
            let _ = decode("arguments", &token);
        }
    }

    #[test]
    fn a_token_is_written_in_one_way() {
        let token = encode("arguments", "j");
        assert!(token.ends_with("6a") && decode("arguments", &token).is_ok());
        for other in [token.replace("6a", "6A"), format!("{}+6", fingerprint("arguments"))] {
            assert!(decode("arguments", &other).is_err(), "{other}");
        }
    }

    #[test]
    fn page_sizes_follow_the_contract() {
        assert_eq!(page_size(0, 50, 500).unwrap(), 50);
        assert_eq!(page_size(9999, 50, 500).unwrap(), 500);
        assert!(page_size(-1, 50, 500).is_err());
    }
}
