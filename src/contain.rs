//! A panic becomes a message: code of others that may break down takes down what it was asked for, nothing else.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs `work`; if it panics, returns what it said.
pub fn contain<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        text.unwrap_or("it stopped without a message").to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_done_and_a_panic_says_what_it_said() {
        assert_eq!(contain(|| 2 + 2), Ok(4));
        assert_eq!(contain(|| -> u32 { panic!("page {} is gone", 7) }), Err("page 7 is gone".to_owned()));
        assert_eq!(contain(|| -> u32 { panic!("gone") }), Err("gone".to_owned()));
    }
}
