//! A panic becomes a sentence: code of others that may break down takes down what it was asked for, nothing else.
//!
//! Invariant: what a panic says stays here. Slicing a text quotes it, and texts of documents must neither enter the
//! log nor reach callers. Where it happened may be said; the log has it in any case (`telemetry`).

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, Location, PanicHookInfo, catch_unwind};

use tokio::task::JoinError;

/// What is said of work that panicked, whatever it said itself.
pub const BROKE_DOWN: &str = "it broke down; the log says where";

thread_local! {
    /// Where this thread has panicked last.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Remembers where the thread panics; the hook of the program calls it.
pub fn note(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(place_of);
    // A thread that is ending has no place for it any more.
    let _ = PLACE.try_with(|last| *last.borrow_mut() = place);
}

/// File and line. Of a library its name is said, not where it lay when the program was built.
fn place_of(location: &Location<'_>) -> String {
    let file = location.file();
    let folder = file.rfind("/src/").and_then(|at| file[..at].rfind('/'));
    format!("{}:{}", &file[folder.map_or(0, |slash| slash + 1)..], location.line())
}

/// Runs `work`; if it panics, says so and, where the hook is set, at which place.
pub fn contain<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    PLACE.take();
    // A panic that another thread has handed on has its place there.
    catch_unwind(AssertUnwindSafe(work)).map_err(|_| match PLACE.take() {
        Some(place) => format!("it broke down at {place}"),
        None => BROKE_DOWN.to_owned(),
    })
}

/// Says why a task gave no result.
pub fn stopped(task: &JoinError) -> &'static str {
    if task.is_panic() { BROKE_DOWN } else { "it was cancelled" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_done_and_a_panic_is_told_without_what_it_said() {
        assert_eq!(contain(|| 2 + 2), Ok(4));
        let text = "Тоғ-кон 산업";
        let said = contain(|| text[..1].len()).unwrap_err();
        // With the place if another test has set the hook.
        assert!(said.starts_with("it broke down") && !said.contains("Тоғ"), "{said}");
    }

    #[tokio::test]
    async fn a_task_is_told_without_what_its_panic_said() {
        let task = tokio::task::spawn_blocking(|| -> u32 { panic!("the quarry of {} hectares", 12) });
        assert_eq!(stopped(&task.await.unwrap_err()), BROKE_DOWN);
    }
}
