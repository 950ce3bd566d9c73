//! What was acknowledged is there after `kill -9`: the real program, killed at random moments under load.
//!
//! `EIA_SCREEN_KILLS=100` makes more of it than the few kills of a normal run.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use eia_screen::index::copy::Collection;
use eia_screen::index::store::CaseFilter;
use eia_screen::index::{Place, open_existing};
use eia_screen::rpc::v1;
use tokio_stream::StreamExt;
use tonic::transport::Channel;
use v1::precedent_service_client::PrecedentServiceClient;
use v1::review_service_client::ReviewServiceClient;
use v1::screening_service_client::ScreeningServiceClient;

use crate::index_conformance::fixture::words;
use crate::program::{Server, command, command_of};

const KILLS: usize = 8;
const CASES: usize = 6;

/// What callers were told.
#[derive(Default)]
struct Ledger {
    /// Case → last acknowledged version, last attempted version.
    cases: BTreeMap<String, (usize, usize)>,
    screenings: BTreeMap<String, v1::Screening>,
    verdicts: BTreeMap<String, v1::Verdict>,
}

impl Ledger {
    fn imports(&self) -> usize {
        self.cases.values().filter(|(acknowledged, _)| *acknowledged > 0).count()
    }

    fn has_all(&self) -> bool {
        self.imports() > 0 && !self.screenings.is_empty() && !self.verdicts.is_empty()
    }
}

type Shared = Arc<Mutex<Ledger>>;

fn case_text(case: usize, version: usize) -> String {
    let marker = format!("kase{case}versie{version}");
    let section = |n| {
        format!("{n}. Part {n}\n\nThe quarry {marker} takes gravel from terrace {n}; dust is measured.\n\n")
    };
    (1..=12).map(section).collect()
}

async fn import(channel: Channel, ledger: Shared, case: usize, version: usize) -> Result<(), tonic::Status> {
    use v1::import_case_request::Part;
    let name = format!("cases/k{case}");
    ledger.lock().unwrap().cases.entry(name.clone()).or_default().1 = version;
    let header = v1::Case { name: name.clone(), title: format!("version {version}"), ..Default::default() };
    let parts = [
        Part::Case(header),
        Part::File(v1::ImportedFile { name: "report.txt".to_owned() }),
        Part::Chunk(case_text(case, version).into_bytes()),
    ];
    let messages: Vec<_> = parts
        .into_iter()
        .map(|part| v1::ImportCaseRequest { part: Some(part), ..Default::default() })
        .collect();
    PrecedentServiceClient::new(channel).import_case(tokio_stream::iter(messages)).await?;
    ledger.lock().unwrap().cases.entry(name).or_default().0 = version;
    Ok(())
}

async fn screen(channel: Channel, ledger: Shared, number: usize) -> Result<(), tonic::Status> {
    use v1::screen_document_request::Part;
    let options = v1::ScreeningOptions {
        document_name: format!("r{number}.txt"),
        packs: vec!["eu".to_owned()],
        submission_date: "2026-10-01".to_owned(),
        ..Default::default()
    };
    let text = format!(
        "1. Introduction\n\nPlant number {number} is built.\n\n2. Alternatives\n\nNone was studied.\n"
    );
    let parts = [Part::Options(options), Part::Chunk(text.into_bytes())];
    let messages: Vec<_> = parts
        .into_iter()
        .map(|part| v1::ScreenDocumentRequest { part: Some(part), ..Default::default() })
        .collect();
    let mut client = ScreeningServiceClient::new(channel.clone());
    let mut events = client.screen_document(tokio_stream::iter(messages)).await?.into_inner();
    let mut done = None;
    while let Some(event) = events.next().await {
        if let Some(v1::screen_document_response::Event::Screening(screening)) = event?.event {
            done = Some(screening);
        }
    }
    let Some(screening) = done else { return Err(tonic::Status::internal("no screening")) };
    let name = screening.name.clone();
    let finding = screening.report.as_ref().unwrap().completeness[0].requirement_id.clone();
    ledger.lock().unwrap().screenings.insert(name.clone(), screening);
    let request = v1::RecordVerdictRequest {
        parent: name,
        verdict: Some(v1::Verdict {
            finding,
            disposition: v1::Disposition::Rejected.into(),
            reason: format!("because {number}"),
            reviewer: "expert-3".to_owned(),
            ..Default::default()
        }),
        ..Default::default()
    };
    let verdict = ReviewServiceClient::new(channel).record_verdict(request).await?.into_inner();
    ledger.lock().unwrap().verdicts.insert(verdict.name.clone(), verdict);
    Ok(())
}

/// Calls until the server is gone.
fn load(channel: &Channel, ledger: &Shared, round: usize) -> Vec<tokio::task::JoinHandle<()>> {
    let importing = |parity: usize| {
        let (channel, ledger) = (channel.clone(), Arc::clone(ledger));
        tokio::spawn(async move {
            for step in 0.. {
                for case in (0..CASES).filter(|case| case % 2 == parity) {
                    let version = round * 10_000 + step + 1;
                    if import(channel.clone(), Arc::clone(&ledger), case, version).await.is_err() {
                        return;
                    }
                }
            }
        })
    };
    let screening = |worker: usize| {
        let (channel, ledger) = (channel.clone(), Arc::clone(ledger));
        tokio::spawn(async move {
            for step in 0.. {
                let number = (round * 10_000 + step) * 2 + worker;
                if screen(channel.clone(), Arc::clone(&ledger), number).await.is_err() {
                    return;
                }
            }
        })
    };
    vec![importing(0), importing(1), screening(0), screening(1)]
}

/// Looks into the directory without the server: whole cases, nothing twice, nothing left over.
async fn check_directory(data: &Path, ledger: &Shared) {
    let place = Place::Directory { path: data.to_owned(), readers: 1 };
    let index = open_existing(place, Default::default()).await.unwrap();
    let cases = index.list_cases(&CaseFilter::default(), 1_000, None).await.unwrap().items;
    let known = ledger.lock().unwrap().cases.clone();
    let mut passages = 0;
    for (name, (acknowledged, attempted)) in &known {
        let id = name.trim_start_matches("cases/");
        let Some(case) = cases.iter().find(|case| case.id.as_str() == id) else {
            assert_eq!(*acknowledged, 0, "{name} was acknowledged and is gone");
            continue;
        };
        let version: usize = case.title.trim_start_matches("version ").parse().unwrap();
        assert!(version == *acknowledged || version == *attempted, "{name}: {version}, {acknowledged}");
        let number: usize = id.trim_start_matches('k').parse().unwrap();
        let expected = case.documents[0].passages as usize;
        for seen in BTreeSet::from([*acknowledged, *attempted, version]) {
            let query = [words(&format!("kase{number}versie{seen}"))];
            let hits = index.nearest(&query, &CaseFilter::default(), 1_000).await.unwrap();
            let ordinals: BTreeSet<u32> = hits[0].iter().map(|hit| hit.ordinal).collect();
            assert_eq!(ordinals.len(), hits[0].len(), "{name}: a passage is there twice");
            let whole = if seen == version { expected } else { 0 };
            assert_eq!(hits[0].len(), whole, "{name}: version {seen} while {version} is visible");
        }
        passages += expected;
        // What the kill cut off before it was acknowledged, and is there nevertheless, stays as well.
        ledger.lock().unwrap().cases.entry(name.clone()).or_default().0 = version;
    }
    assert_eq!(cases.len(), known.values().filter(|(_, attempted)| *attempted > 0).count().min(cases.len()));
    let stored = index.copier().unwrap().ids(Collection::Passages).await.unwrap().len();
    assert_eq!(stored, passages, "nothing of unfinished imports is left");
}

/// Asks the restarted server for everything that was acknowledged.
async fn check_server(channel: &Channel, ledger: &Shared) {
    let (screenings, verdicts) = {
        let ledger = ledger.lock().unwrap();
        (ledger.screenings.clone(), ledger.verdicts.clone())
    };
    let mut client = ScreeningServiceClient::new(channel.clone());
    for (name, told) in &screenings {
        let request = v1::GetScreeningRequest { name: name.clone(), ..Default::default() };
        let stored = client.get_screening(request).await.unwrap().into_inner();
        assert_eq!(stored.report, told.report, "{name}");
        assert_eq!(stored.create_time, told.create_time, "{name}");
    }
    let mut client = ReviewServiceClient::new(channel.clone());
    for (name, told) in &verdicts {
        let parent = name.split("/verdicts/").next().unwrap().to_owned();
        let request = v1::ListVerdictsRequest { parent, ..Default::default() };
        let listed = client.list_verdicts(request).await.unwrap().into_inner().verdicts;
        let same: Vec<_> = listed.iter().filter(|verdict| verdict.name == *name).collect();
        assert_eq!(same, [told]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn acknowledged_work_survives_kills_at_random_moments() {
    let kills = std::env::var("EIA_SCREEN_KILLS").ok().map_or(KILLS, |number| number.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("archive");
    let ledger = Shared::default();
    let seed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos() as u64;
    println!("moments drawn from seed {seed}");
    let mut random = seed | 1;
    let mut draw = move |bound: u64| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random % bound
    };
    for round in 1..=kills {
        let server = Server::spawn(&data);
        if round < kills && draw(8) == 0 {
            // While it starts: recovery is killed too.
            tokio::time::sleep(Duration::from_millis(draw(400))).await;
            server.kill();
            continue;
        }
        let channel = server.ready().await;
        check_server(&channel, &ledger).await;
        let calls = load(&channel, &ledger, round);
        tokio::time::sleep(Duration::from_millis(100 + draw(1_500))).await;
        // However slow disk and machine are, something of each kind was acknowledged before the last kill.
        let begun = Instant::now();
        while round == kills && !ledger.lock().unwrap().has_all() {
            assert!(begun.elapsed() < Duration::from_secs(120), "nothing is acknowledged");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        server.kill();
        for call in calls {
            call.await.unwrap();
        }
        check_directory(&data, &ledger).await;
    }
    let server = Server::spawn(&data);
    let channel = server.ready().await;
    check_server(&channel, &ledger).await;
    server.kill();
    let ledger = ledger.lock().unwrap();
    let imports = ledger.imports();
    println!(
        "{kills} kills: {imports} cases, {} screenings, {} verdicts acknowledged and found",
        ledger.screenings.len(),
        ledger.verdicts.len()
    );
    assert!(ledger.has_all(), "there was load");
}

#[tokio::test(flavor = "multi_thread")]
async fn second_process_is_told_that_the_archive_is_in_use() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("archive");
    let server = Server::spawn(&data);
    server.ready().await;
    for arguments in [&["cases", "list"][..], &["archive", "backup", "--to", "copy"]] {
        let refused = command(&data).current_dir(folder.path()).args(arguments).output().unwrap();
        let message = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(69), "{message}");
        assert!(message.contains("in use by another process"), "{message}");
    }
    server.kill();
    let listed = command(&data).args(["cases", "list"]).output().unwrap();
    assert!(listed.status.success(), "a kill leaves no lock behind");
}

/// Lengths to which a file is cut: half of it, where the engine has large sparse files; with
/// `EIA_SCREEN_ALL_CUTS` also to all but the last byte, where it appends, and to nothing.
fn cuts(length: u64) -> BTreeSet<u64> {
    let mut cuts = BTreeSet::from([length / 2]);
    if std::env::var_os("EIA_SCREEN_ALL_CUTS").is_some() {
        cuts.extend([length.saturating_sub(1), 0]);
    }
    cuts
}

/// Files of a closed archive cut off at the end, as a bad disk or a broken copy leaves them: nothing is
/// missing, or an error says so.
#[tokio::test(flavor = "multi_thread")]
async fn torn_files_of_a_closed_archive_are_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("archive");
    std::fs::create_dir(folder.path().join("reports")).unwrap();
    for case in 0..3 {
        let file = folder.path().join(format!("reports/r{case}.txt"));
        std::fs::write(file, case_text(case, 1)).unwrap();
    }
    let imported =
        command(&data).args(["cases", "import"]).arg(folder.path().join("reports")).output().unwrap();
    assert!(imported.status.success(), "{}", String::from_utf8_lossy(&imported.stderr));
    let everything = content(&data).await.unwrap();
    let (mut noticed, mut harmless, mut lost) = (0, 0, Vec::new());
    for file in files(&data) {
        let length = std::fs::metadata(&file).unwrap().len();
        for keep in cuts(length) {
            if keep == length {
                continue;
            }
            let copy = folder.path().join("copy");
            let _ = std::fs::remove_dir_all(&copy);
            copy_folder(&data, &copy);
            let torn = copy.join(file.strip_prefix(&data).unwrap());
            std::fs::File::options().write(true).open(&torn).unwrap().set_len(keep).unwrap();
            match content(&copy).await {
                Ok(found) if found == everything => harmless += 1,
                Ok(_) => lost.push(format!(
                    "{} cut to {keep} of {length}",
                    torn.strip_prefix(&copy).unwrap().display()
                )),
                Err(error) => {
                    assert!(!error.to_string().is_empty());
                    noticed += 1;
                }
            }
        }
    }
    println!("{noticed} cuts were noticed, {harmless} did no harm, {} were not noticed", lost.len());
    assert!(lost.is_empty(), "lost without an error: {lost:#?}");
    assert!(noticed > 0);
}

/// All of an archive, as a text.
async fn content(data: &Path) -> Result<String, eia_screen::index::IndexError> {
    let place = Place::Directory { path: data.to_owned(), readers: 1 };
    let index = open_existing(place, Default::default()).await?;
    let (sender, mut receiver) = tokio::sync::mpsc::channel(1_000);
    index.copier().unwrap().copy_out(sender).await?;
    let mut points = BTreeMap::new();
    while let Some(copied) = receiver.recv().await {
        for point in copied.points {
            points.insert(point.id, format!("{point:?}"));
        }
    }
    let mut text = format!("{points:?}");
    for case in 0..3 {
        let query = [words(&format!("kase{case}versie1"))];
        let hits = index.nearest(&query, &CaseFilter::default(), 100).await?;
        text.push_str(&format!("{:?}", hits[0]));
    }
    Ok(text)
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

pub fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_folder(&path, &target);
        } else {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}

/// The program as a user who may not write into the directory.
#[test]
fn directory_that_cannot_be_written_is_a_clear_error() {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("archive");
    std::fs::create_dir(folder.path().join("reports")).unwrap();
    std::fs::write(folder.path().join("reports/a.txt"), case_text(0, 1)).unwrap();
    // A copy where every user may run it: the build's own folder may be closed to others. Made by a process of its own:
    // what this one has open for writing, one that another test starts meanwhile has, too, and nobody can run it then.
    let program = folder.path().join("eia-screen");
    let mut copy = std::process::Command::new("cp");
    copy.args(["-p", env!("CARGO_BIN_EXE_eia-screen")]).arg(&program);
    assert!(copy.status().unwrap().success());
    let import = |data: &Path| {
        let mut import = command_of(&program, data);
        import.current_dir(folder.path()).args(["cases", "import"]).arg(folder.path().join("reports"));
        import
    };
    assert!(import(&data).status().unwrap().success());
    let mode = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let everything = |change: &dyn Fn(&Path)| {
        files(&data).iter().for_each(|file| change(file));
    };
    everything(&|file| mode(file, 0o444));
    mode(folder.path(), 0o755);
    mode(&data, 0o555);
    let mut refused = import(&data);
    if is_root() {
        // Root may write everywhere; nobody may not.
        refused.uid(65_534);
    }
    let refused = refused.output().unwrap();
    let message = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(69), "{message}");
    assert!(message.contains("archive") && message.to_lowercase().contains("permission denied"), "{message}");
    everything(&|file| mode(file, 0o644));
    mode(&data, 0o755);
    let listed = command(&data).args(["cases", "list"]).output().unwrap();
    assert!(String::from_utf8_lossy(&listed.stdout).contains("1 cases"), "nothing is lost");
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|process| std::os::unix::fs::MetadataExt::uid(&process) == 0)
}
