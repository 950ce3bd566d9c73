#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| eia_screen::fuzzing::docx(data));
