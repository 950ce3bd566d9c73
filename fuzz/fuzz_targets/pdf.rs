#![no_main]

// What a library panics about is contained by the reader; only a panic that leaves the target is a finding.
libfuzzer_sys::fuzz_target!(
    init: std::panic::set_hook(Box::new(|_| ())),
    |data: &[u8]| eia_screen::fuzzing::pdf(data)
);
