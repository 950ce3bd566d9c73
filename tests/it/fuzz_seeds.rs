//! Inputs that fuzzing found or started from, replayed by the functions that the fuzz targets call.

use eia_screen::fuzzing::TARGETS;

#[test]
fn kept_inputs_break_no_promise() {
    let seeds = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds");
    for (name, run) in TARGETS {
        let mut inputs: Vec<_> =
            std::fs::read_dir(seeds.join(name)).unwrap().map(|entry| entry.unwrap().path()).collect();
        inputs.sort();
        assert!(!inputs.is_empty(), "{name} has no inputs");
        for input in inputs {
            let data = std::fs::read(&input).unwrap();
            // A panic below names the input by what was printed last.
            println!("{}", input.display());
            run(&data);
        }
    }
}
