//! Evaluation over the production path: both engines alike, results that compare, errors that name.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use eia_screen::eval::report::store;
use eia_screen::eval::result::Outcome;
use eia_screen::eval::suite::Suite;
use eia_screen::eval::suites::{self, Workbench};
use eia_screen::settings::Settings;
use predicates::str::contains;

use crate::qdrant_protocol::{Behaviour, TestServer};

const TOPICS: [&str; 4] = [
    "dust from the cement kiln settles on houses",
    "the wind turbines stand on the flyway of cranes",
    "brine of the salt works seeps into wells",
    "grazing of sheep on the dry steppe pasture",
];

/// A collection in which document d0 answers query q0 and so on.
fn collection() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, text: String| std::fs::write(folder.path().join(name), text).unwrap();
    std::fs::create_dir(folder.path().join("qrels")).unwrap();
    let rows =
        |text: &dyn Fn(usize) -> String| (0..TOPICS.len()).map(|at| text(at) + "\n").collect::<String>();
    put(
        "corpus.jsonl",
        rows(&|at| format!("{{\"_id\":\"d{at}\",\"title\":\"\",\"text\":\"{}\"}}", TOPICS[at])),
    );
    let query = |at: usize| TOPICS[at].split(' ').skip(2).collect::<Vec<_>>().join(" ");
    put("queries.jsonl", rows(&|at| format!("{{\"_id\":\"q{at}\",\"text\":\"{}\"}}", query(at))));
    put("qrels/test.tsv", rows(&|at| format!("q{at}\td{at}\t1")));
    folder
}

fn no_manifest(_: &Path) -> Result<Vec<(eia_screen::domain::case::Case, Vec<PathBuf>)>, String> {
    Err("there is none".to_owned())
}

async fn run(folder: &Path, qdrant_url: &str) -> Outcome {
    let mut settings = Settings {
        models_dir: Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/models"),
        model: "tiny-bert".to_owned(),
        ..Settings::default()
    };
    settings.qdrant.url = qdrant_url.to_owned();
    let bench = Workbench::new(settings, BTreeMap::new(), no_manifest);
    suites::run(&Suite::open(folder).unwrap(), &bench).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn both_engines_give_the_same_results_and_the_server_is_left_empty() {
    let folder = collection();
    let server = TestServer::start(Behaviour::default()).await;
    let embedded = run(folder.path(), "").await;
    let first = run(folder.path(), &server.url()).await;
    // A second run is refused unless the first one has cleaned up.
    let second = run(folder.path(), &server.url()).await;
    assert_eq!(store::files(std::slice::from_ref(&embedded)).unwrap()[Path::new("results.json")], {
        let files = store::files(std::slice::from_ref(&first)).unwrap();
        files[Path::new("results.json")].clone()
    });
    assert_eq!((&embedded.runs, &first.runs), (&first.runs, &second.runs));
    let arms: Vec<&str> = embedded.result.arms.iter().map(|arm| arm.name.as_str()).collect();
    assert_eq!(arms, ["sparse", "dense", "hybrid by ranks", "hybrid"]);
    assert_eq!(embedded.result.arms[0].figures[0].name, "nDCG@10");
    assert_eq!(
        embedded.result.arms[0].figures[0].value,
        Some(1.0),
        "each query has the words of its document"
    );
}

/// The program in an empty directory, without a model.
fn program(folder: &tempfile::TempDir) -> Command {
    let mut command = Command::cargo_bin("eia-screen").unwrap();
    command.current_dir(folder).env_remove("EIA_SCREEN_CONFIG").args(["--model", "none"]);
    command
}

#[test]
fn suites_are_run_and_results_compared() {
    let folder = collection();
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/eval");
    program(&folder)
        .args(["eval", "list", shipped])
        .assert()
        .success()
        .stdout(contains("risk-traps"))
        .stdout(contains("fact-checks"));
    let traps = format!("{shipped}/risk-traps");
    for out in ["one", "two"] {
        program(&folder)
            .args(["eval", "run", &traps, ".", "--out", out])
            .assert()
            .success()
            .stdout(contains("traps passed"))
            .stdout(contains("not run: hybrid: it needs a model and none was chosen (--model none)"));
    }
    for name in ["results.json", "report.html", "risk-traps/items.csv", "risk-traps/tallies.jsonl"] {
        let read = |out: &str| std::fs::read(folder.path().join(out).join(name)).unwrap();
        assert_eq!(read("one"), read("two"), "{name}");
    }
    program(&folder)
        .args(["eval", "compare", "one", "two", "--out", "compared"])
        .assert()
        .success()
        .stdout(contains("no difference shown"))
        .stdout(contains("too few queries to show a difference"));
    let within = program(&folder).args(["eval", "compare", "one"]).assert().success();
    within.stdout(contains("better")).stdout(contains(", dense: not run: it needs a model"));
    assert!(folder.path().join("compared/comparison.html").is_file());
    let json = std::fs::read(folder.path().join("compared/comparison.json")).unwrap();
    let compared: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(compared["suites"].as_array().unwrap().len(), 2);
    for side in ["first", "second"] {
        let of = |key: &str| compared["suites"][0][side][key].clone();
        assert!(of("build").is_string() && of("data_sha256").is_string() && of("rules").is_array(), "{side}");
    }
}

#[test]
fn runs_of_others_are_scored_and_what_is_left_behind_can_be_scored_again() {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| {
        let path = folder.path().join("ranked").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    put("test.qrels", "q1 0 a 1\nq1 0 b 0\nq2 0 c 1\n");
    put("good.run", "q1 Q0 a 1 2.5 x\nq1 Q0 b 2 1.5 x\nq2 Q0 c 1 9.0 x\n");
    put("half.run", "q1 Q0 b 1 2.5 x\nq1 Q0 a 2 1.5 x\n");
    let run = |suite: &str, out: &str| {
        program(&folder).args(["eval", "run", suite, "--out", out, "--set", "measures=MRR"]).assert()
    };
    run("ranked", "out").success().stdout(contains("half: 1 of 2 judged queries ranked"));
    run("out", "again").success();
    for out in ["out", "again"] {
        assert_eq!(figures(&folder, out, "good")["MRR"], 1.0);
        assert_eq!(figures(&folder, out, "half")["MRR"], 0.25);
    }
    put("dev.qrels", "q1 0 b 1\n");
    run("ranked", "no").code(64).stderr(contains("choose one with --set qrels=FILE"));
}

#[test]
fn without_a_model_arms_that_need_one_are_stated_as_not_run() {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    let kiln = "The cement plant burns limestone in a kiln. Dust of the kiln is caught by filters. ";
    let mill = "A second cement plant grinds clinker in a mill. Dust of the mill is caught by filters. ";
    put("kiln.txt", kiln.repeat(3).as_bytes());
    put("mill.txt", mill.repeat(3).as_bytes());
    let word: Vec<u8> = "WordDocument".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let compound_file: &[u8] = &[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
    put("old.doc", &[compound_file, &word].concat());
    let line = |id: &str, path: &str| {
        format!("{{\"id\":\"{id}\",\"path\":\"{path}\",\"language\":\"en\",\"activity_type\":\"cement\"}}\n")
    };
    let manifest = line("kiln", "kiln.txt") + &line("mill", "mill.txt") + &line("old", "old.doc");
    put("manifest.jsonl", manifest.as_bytes());
    put(
        "suite.toml",
        b"name = \"own\"\nkind = \"precedents\"\ntitle = \"T\"\ndocuments = \"manifest.jsonl\"\nlicence = \"L\"\n\
          [settings]\nmeasures = \"P@1\"\n",
    );
    let run = |out: &str| program(&folder).args(["eval", "run", ".", "--out", out]).assert();
    run("out")
        .success()
        .stdout(contains("not run: hybrid and activity (default): it needs a model"))
        .stdout(contains("old is left out: old.doc is a legacy Word file"));
    let json = std::fs::read(folder.path().join("out/results.json")).unwrap();
    let results: serde_json::Value = serde_json::from_slice(&json).unwrap();
    let names = |list: &str, key: &str| -> Vec<String> {
        let entries = results["suites"][0][list].as_array().unwrap().iter();
        entries.map(|entry| entry[key].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(
        names("arms", "name"),
        ["sparse", "sparse and activity", "activity, templates not damped", "default, facets given"]
    );
    assert_eq!(
        names("not_run", "arm"),
        [
            "dense",
            "dense and activity",
            "hybrid, templates not damped",
            "hybrid",
            "hybrid and activity (default)"
        ]
    );
    let report = std::fs::read_to_string(folder.path().join("out/report.html")).unwrap();
    assert!(report.contains("<tr><th>dense</th><td colspan=\"4\">not run: it needs a model"));
    // A damaged file is no paper that can be left out.
    put("broken.docx", &[b"PK\x03\x04".as_slice(), &[0; 26], b"word/document.xml"].concat());
    put("manifest.jsonl", (manifest + &line("broken", "broken.docx")).as_bytes());
    run("no").code(65).stderr(contains("document broken: broken.docx"));
    assert!(!folder.path().join("no").exists());
}

#[test]
fn what_cannot_be_run_is_an_error_that_says_what_to_do() {
    let folder = collection();
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/eval");
    let suite = |name: &str| format!("{shipped}/{name}");
    let run = |suite: &str, set: &str| {
        program(&folder).args(["eval", "run", suite, "--out", "out", "--set", set]).assert()
    };
    run(&suite("stsb"), "depth=3").code(64).stderr(contains("no suite of this run knows it"));
    run(&suite("scifact"), "split=test").code(64).stderr(contains("--set data=DIR"));
    run(".", "split=dev").code(65).stderr(contains("there is no split dev; there are: test"));
    std::fs::write(folder.path().join("sts-test.csv"), "a\tb\tc\td\t1.0\tx\ty\n".repeat(2)).unwrap();
    run(&suite("stsb"), "data=.").code(69).stderr(contains("no model is loaded"));
    program(&folder).args(["eval", "run", "nowhere", "--out", "out"]).assert().code(64);
    program(&folder).args(["eval", "compare", "qrels"]).assert().code(65).stderr(contains("results.json"));
    assert!(!folder.path().join("out").exists(), "nothing is written where nothing was measured");
}

/// Figures of an arm by name, as in `results.json`; those that are not defined are left out.
fn figures(folder: &tempfile::TempDir, out: &str, arm: &str) -> BTreeMap<String, f64> {
    let text = std::fs::read_to_string(folder.path().join(out).join("results.json")).unwrap();
    let results: serde_json::Value = serde_json::from_str(&text).unwrap();
    let arms = results["suites"][0]["arms"].as_array().unwrap();
    let own = arms.iter().find(|own| own["name"] == arm).unwrap_or_else(|| panic!("no arm {arm}: {text}"));
    let figures = own["figures"].as_array().unwrap().iter();
    figures.filter_map(|f| Some((f["name"].as_str()?.to_owned(), f["value"].as_f64()?))).collect()
}

#[test]
fn facts_are_scored_beside_numbers_with_units() {
    let folder = tempfile::tempdir().unwrap();
    let suite = concat!(env!("CARGO_MANIFEST_DIR"), "/eval/facts");
    program(&folder).args(["eval", "run", suite, "--out", "out"]).assert().success();
    let (reader, plain) = (figures(&folder, "out", "reader"), figures(&folder, "out", "number and unit"));
    assert!(reader["F1"] > plain["F1"] && reader["F1"] > 0.9, "{reader:?} {plain:?}");
    assert!(reader.contains_key("F1 (water)") && folder.path().join("out/facts/items.csv").is_file());
    let held = ["eval", "run", suite, "--out", "held", "--set", "split=held"];
    program(&folder).args(held).assert().success();
    let unknown = ["eval", "run", suite, "--out", "none", "--set", "split=later"];
    program(&folder)
        .args(unknown)
        .assert()
        .code(65)
        .stderr(contains("no sentence belongs to the split later"));
}

#[test]
fn findings_are_tried_on_reports_changed_on_purpose() {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    put("report.md", include_str!("../../samples/report-uz.md"));
    let suite = |packs: &str| {
        format!(
            "name = \"own\"\nkind = \"deletion\"\ntitle = \"T\"\ndocuments = \"report.md\"\nlicence = \"L\"\n\
             [settings]\npacks = \"{packs}\"\n"
        )
    };
    put("suite.toml", &suite("uz-234-draft"));
    program(&folder).args(["eval", "run", ".", "--out", "out"]).assert().success();
    let rates = figures(&folder, "out", "evidence model");
    assert_eq!(rates.len(), 5, "{rates:?}");
    assert_eq!(rates["headings without text: weak"], 1.0);
    put("suite.toml", &suite("nowhere"));
    program(&folder)
        .args(["eval", "run", ".", "--out", "no"])
        .assert()
        .code(64)
        .stderr(contains("no pack nowhere"));
}

#[test]
fn checks_of_whole_reports_and_their_geojson_are_scored_beside_keywords() {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    put(
        "suite.toml",
        "name = \"own\"\nkind = \"checks\"\ntitle = \"T\"\ndocuments = \"documents\"\ngold = \"checks.jsonl\"\n\
         licence = \"L\"\n",
    );
    put(
        "documents/faulty.md",
        "# Draft statement\n\nThe statement follows Resolution No. 541 of the Cabinet of Ministers.\n\n\
         # Site\n\nThe site lies at 41.25° N, 64.5° E.\n\nThe total area of the site is 214 hectares.\n\n\
         # Land\n\nThe total site area is 241 hectares.\n\n\
         # Air\n\nThe boiler emits 4,200 t CO2e per year.\n",
    );
    put(
        "documents/trap.md",
        "# Draft statement\n\nResolution No. 234 repealed Resolution No. 541.\n\n\
         # Site\n\nThe total area of the site is 214 hectares.\n",
    );
    let line = |id: &str, rest: &str| {
        format!(
            "{{\"id\":\"{id}\",\"language\":\"en\",\"submitted\":\"2026-11-21\",\"packs\":[\"uz-234-draft\"],{rest}}}\n"
        )
    };
    let faulty = |area: &str| {
        line(
            "faulty",
            &format!(
                "\"faults\":[{{\"kind\":\"quantity\",\"quotes\":[\"{area}\"],\"about\":\"area\"}},\
                 {{\"kind\":\"void_act\",\"quotes\":[\"No. 541\"],\"about\":\"act\"}}],\
                 \"site\":[{{\"lat\":41.2505,\"lon\":64.5,\"quote\":\"41.25° N\"}}],\
                 \"ghg\":[{{\"t_co2e\":4200,\"sink\":false,\"quote\":\"4,200 t\"}}]"
            ),
        )
    };
    let trap = line("trap", "\"faults\":[],\"site\":[],\"ghg\":[],\"traps\":[\"a repealed act\"]");
    put("checks.jsonl", &(faulty("241 hectares") + &trap));
    program(&folder).args(["eval", "run", ".", "--out", "out"]).assert().success();
    let (checks, plain) = (figures(&folder, "out", "checks"), figures(&folder, "out", "keywords"));
    for name in [
        "F1",
        "recall (void_act)",
        "precision (quantity)",
        "quiet",
        "site recall",
        "greenhouse gas precision",
    ] {
        assert_eq!(checks[name], 1.0, "{name}: {checks:?}");
    }
    assert!(!checks.contains_key("recall (category)"), "no report has such a fault");
    assert_eq!((plain["precision (void_act)"], plain["recall (void_act)"]), (0.5, 1.0));
    let items = std::fs::read_to_string(folder.path().join("out/own/items.csv")).unwrap();
    assert_eq!(items.lines().filter(|line| line.contains(",right,")).count(), 2, "{items}");
    assert!(folder.path().join("out/own/geojson.csv").is_file());
    put("checks.jsonl", &(faulty("242 hectares") + &trap));
    program(&folder)
        .args(["eval", "run", ".", "--out", "no"])
        .assert()
        .code(65)
        .stderr(contains("242 hectares"));
    put("checks.jsonl", &faulty("241 hectares"));
    program(&folder)
        .args(["eval", "run", ".", "--out", "no"])
        .assert()
        .code(65)
        .stderr(contains("trap has no line"));
}

#[test]
fn english_cases_are_found_for_texts_in_other_languages_through_the_glossary() {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let archived = [
        ("cement", "The cement plant burns limestone in a kiln. Dust of the kiln is caught by filters."),
        ("poultry", "The poultry farm keeps laying hens. Manure is stored on a concrete pad and composted."),
        ("landfill", "The sanitary landfill takes household waste. Leachate is collected below the liner."),
    ];
    let mut manifest = String::new();
    for (id, text) in archived {
        put(&format!("{id}.txt"), &text.repeat(3));
        manifest.push_str(&format!("{{\"id\":\"{id}\",\"path\":\"{id}.txt\",\"language\":\"en\"}}\n"));
    }
    put("manifest.jsonl", &manifest);
    let asked = [
        ("ru", "Цементный завод: обжиг известняка в печи, пыль улавливается фильтрами.", "cement"),
        (
            "uz",
            "Parrandachilik fermasi: tovuqlar goʻngi beton maydonchada saqlanadi va kompostlanadi.",
            "poultry",
        ),
        ("ko", "생활폐기물 위생매립장 조성사업이다. 침출수를 차수시설 아래에서 모은다.", "landfill"),
    ];
    let (mut queries, mut gold) = (String::new(), String::new());
    for (id, text, case) in asked {
        put(&format!("{id}.md"), text);
        queries.push_str(&format!("{{\"id\":\"{id}\",\"path\":\"{id}.md\"}}\n"));
        gold.push_str(&format!("{id}\t{case}\t1\n"));
    }
    put("queries.jsonl", &queries);
    put("gold.tsv", &gold);
    put(
        "suite.toml",
        "name = \"own\"\nkind = \"precedents\"\ntitle = \"T\"\ndocuments = \"manifest.jsonl\"\n\
         gold = \"gold.tsv\"\nlicence = \"L\"\n[settings]\nqueries = \"queries.jsonl\"\nmeasures = \"P@1\"\n",
    );
    program(&folder).args(["eval", "run", ".", "--out", "out"]).assert().success();
    assert_eq!(figures(&folder, "out", "with glossary and activity (default)")["P@1"], 1.0);
    assert_eq!(figures(&folder, "out", "default without glossary")["P@1"], 0.0);
    put("gold.tsv", &format!("{gold}fr\tcement\t1\n"));
    program(&folder)
        .args(["eval", "run", ".", "--out", "no"])
        .assert()
        .code(65)
        .stderr(contains("judges the query fr, which queries.jsonl has not"));
}

#[test]
fn every_directory_with_judged_data_that_can_be_run_is_listed() {
    let folder = tempfile::tempdir().unwrap();
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/eval");
    let listed = program(&folder).args(["eval", "list", shipped]).output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    for entry in std::fs::read_dir(shipped).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        // Passages are to learn from: nothing to run.
        if name != "passages" {
            assert!(
                listed.lines().any(|line| line.split_whitespace().next() == Some(name.as_str())),
                "{name}"
            );
        }
    }
}

#[test]
fn the_highest_flags_are_compared_with_what_a_reader_said() {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let right = "The road crosses the nature reserve for 4 km.";
    let wrong = "Cyanide from the tailings pond has polluted three wells of the village.";
    put(
        "report.txt",
        &format!("Road and mine\n\n{right}\n\n{wrong}\n\nThe site lies on an active landslide.\n"),
    );
    put(
        "suite.toml",
        "name = \"own\"\nkind = \"flags\"\ntitle = \"T\"\ndocuments = \"*.txt\"\ngold = \"flags.jsonl\"\nlicence = \"L\"\n",
    );
    let verdict = |document: &str, category: &str, quote: &str, verdict: &str| {
        format!(
            "{{\"doc_id\":\"{document}\",\"category\":\"{category}\",\"polarity\":\"asserted\",\"quote\":\"{quote}\",\"verdict\":\"{verdict}\"}}\n"
        )
    };
    // Blanks and case of the reader's copy do not matter, a part is enough, and the last of two verdicts counts.
    let verdicts = verdict("report", "R01", &right.replace(" for ", "  FOR "), "wrong")
        + &verdict("report", "R01", "crosses the nature reserve", "right")
        + &verdict("report", "R05", wrong, "wrong");
    put("flags.jsonl", &verdicts);
    program(&folder).args(["eval", "run", ".", "--out", "out"]).assert().success().stdout(contains("unread"));
    let items = std::fs::read_to_string(folder.path().join("out/own/items.csv")).unwrap();
    let figures = figures(&folder, "out", "scanner");
    assert_eq!(items.lines().count(), 1 + 4, "{items}");
    assert_eq!(figures["precision of flags that were read"], 0.5, "{items}");
    assert_eq!(figures["precision, unread flags as wrong"], 0.25, "{items}");
    put("flags.jsonl", &verdict("another", "R01", right, "right"));
    program(&folder)
        .args(["eval", "run", ".", "--out", "no"])
        .assert()
        .code(65)
        .stderr(contains("another has verdicts, but is not among the documents"));
}
