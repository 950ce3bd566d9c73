//! What `deploy/` says is what the program understands: every setting is one, and ports and names agree.

mod folders;

use std::path::{Path, PathBuf};

use eia_screen::settings::{ENVIRONMENT_PREFIX, Settings};
use eia_screen::submission::GIVE_BACK;
use yaml_rust2::{Yaml, YamlLoader};

const PLACES: [&str; 3] = ["docker", "kubernetes", "systemd"];

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy").join(name)
}

fn read(name: &str) -> String {
    std::fs::read_to_string(folder(name)).unwrap_or_else(|error| panic!("deploy/{name}: {error}"))
}

fn yaml(name: &str) -> Vec<Yaml> {
    YamlLoader::load_from_str(&read(name)).unwrap_or_else(|error| panic!("deploy/{name}: {error}"))
}

/// Puts the values of a file into the defaults; a key that there is none of fails by its path.
fn merge(into: &mut toml::Table, from: toml::Table, path: &str) {
    for (key, value) in from {
        let path = format!("{path}.{key}");
        match (into.get_mut(&key), value) {
            (Some(toml::Value::Table(into)), toml::Value::Table(from)) => merge(into, from, &path),
            (Some(_), value) => drop(into.insert(key, value)),
            (None, _) => panic!("{path} is not a setting"),
        }
    }
}

fn settings(place: &str) -> Settings {
    let text = read(&format!("{place}/eia-screen.toml"));
    let mut table = toml::Table::try_from(Settings::default()).unwrap();
    merge(&mut table, text.parse().unwrap(), place);
    table.try_into().unwrap_or_else(|error| panic!("{place}: {error}"))
}

/// Text values anywhere in a document.
fn texts(yaml: &Yaml, into: &mut Vec<String>) {
    match yaml {
        Yaml::String(text) => into.push(text.clone()),
        Yaml::Array(items) => items.iter().for_each(|item| texts(item, into)),
        Yaml::Hash(fields) => fields.iter().for_each(|(name, value)| {
            texts(name, into);
            texts(value, into);
        }),
        _ => {}
    }
}

fn all_texts(name: &str) -> Vec<String> {
    let mut found = Vec::new();
    yaml(name).iter().for_each(|document| texts(document, &mut found));
    found
}

/// Returns the documents of a kind, by name.
fn of_kind<'a>(documents: &'a [Yaml], kind: &str, name: &str) -> &'a Yaml {
    let is_it = |document: &&Yaml| {
        document["kind"].as_str() == Some(kind) && document["metadata"]["name"].as_str() == Some(name)
    };
    documents.iter().find(is_it).unwrap_or_else(|| panic!("there is no {kind} {name}"))
}

fn named<'a>(list: &'a Yaml, name: &str) -> &'a Yaml {
    let entries = list.as_vec().unwrap().iter();
    entries.into_iter().find(|entry| entry["name"].as_str() == Some(name)).unwrap_or(&Yaml::BadValue)
}

/// Returns what an alert asks.
fn alert(name: &str) -> String {
    let alerts = &yaml("prometheus/alerts.yml")[0];
    let rules = alerts["groups"][0]["rules"].as_vec().unwrap();
    let rule = rules.iter().find(|rule| rule["alert"].as_str() == Some(name));
    rule.and_then(|rule| rule["expr"].as_str())
        .unwrap_or_else(|| panic!("there is no alert {name}"))
        .to_owned()
}

/// Returns the values of a key of the unit, in their order.
fn of_unit(key: &str) -> Vec<String> {
    let unit = read("systemd/eia-screen.service");
    let lines = unit.lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix('='));
    lines.map(str::to_owned).collect()
}

/// Returns source, place and whether it can be written of what is mounted into a replica.
fn mounts_of_compose(replica: &str) -> Vec<(String, PathBuf, bool)> {
    let compose = &yaml("docker/compose.yaml")[0];
    let volumes = compose["services"][replica]["volumes"].as_vec().unwrap().iter();
    let mounts = volumes.map(|volume| {
        let parts: Vec<&str> = volume.as_str().unwrap().split(':').collect();
        (parts[0].to_owned(), PathBuf::from(parts[1]), parts.get(2) != Some(&"ro"))
    });
    mounts.collect()
}

/// The longest orderly stop in seconds: the drain, work that goes back, connections that are cut (`rpc::server`),
/// the audit log (there and in `cli::serve`), work that still runs (`cli`), the last traces (`telemetry::traces`).
fn longest_stop(settings: &Settings) -> u64 {
    settings.server.drain_s + GIVE_BACK.as_secs() + 5 + 2 * 5 + 5 + 5
}

/// Reads `4Gi` and `4g`, both of which are 4 GiB.
fn bytes(size: &str) -> u64 {
    let number = size.trim_end_matches("Gi").trim_end_matches('g');
    number.parse::<u64>().unwrap_or_else(|_| panic!("{size} is no number of GiB")) << 30
}

#[test]
fn every_configuration_is_understood_and_valid_but_for_files_of_the_place() {
    for place in PLACES {
        let problems = settings(place).problems();
        let others: Vec<_> =
            problems.iter().filter(|problem| !problem.contains("there is no such")).collect();
        assert!(others.is_empty(), "{place}: {others:?}");
        let settings = settings(place);
        assert!(settings.server.tls.is_on() && !settings.access.modes.is_empty(), "{place} protects nothing");
    }
}

#[test]
fn environment_variables_are_ones_the_program_reads() {
    // The last one while it is built.
    let known = ["EIA_SCREEN_CONFIG", "EIA_SCREEN_LOG", "EIA_SCREEN_LOG_FORMAT", "EIA_SCREEN_COMMIT"];
    let mut keys = Vec::new();
    let defaults = toml::Table::try_from(Settings::default()).unwrap();
    fn walk(prefix: &str, table: &toml::Table, into: &mut Vec<String>) {
        for (key, value) in table {
            let name = format!("{prefix}{}", key.to_uppercase());
            match value {
                toml::Value::Table(inner) => walk(&format!("{name}__"), inner, into),
                _ => into.push(name),
            }
        }
    }
    walk(ENVIRONMENT_PREFIX, &defaults, &mut keys);
    for file in
        ["docker/Dockerfile", "docker/compose.yaml", "systemd/eia-screen.service", "kubernetes/screen.yaml"]
    {
        let text = read(file);
        let words = text.split(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_'));
        for name in words.filter(|word| word.starts_with("EIA_SCREEN_")) {
            assert!(known.contains(&name) || keys.iter().any(|key| key == name), "{file}: {name}");
        }
    }
}

#[test]
fn kubernetes_ports_probes_and_policies_agree_with_the_configuration() {
    let settings = settings("kubernetes");
    let grpc = i64::from(settings.server.listen.port());
    let admin = i64::from(settings.admin.address().unwrap().port());
    let console = i64::from(settings.console.address().unwrap().unwrap().port());
    let documents = yaml("kubernetes/screen.yaml");
    let set = of_kind(&documents, "StatefulSet", "screen");
    let pod = &set["spec"]["template"]["spec"];
    let container = &pod["containers"][0];
    let service = of_kind(&documents, "Service", "screen");
    let policies = yaml("kubernetes/network-policy.yaml");
    let mut admitted = Vec::new();
    for rule in of_kind(&policies, "NetworkPolicy", "screen")["spec"]["ingress"].as_vec().unwrap() {
        admitted.extend(rule["ports"].as_vec().unwrap().iter().filter_map(|port| port["port"].as_i64()));
    }
    for (name, port) in [("grpc", grpc), ("admin", admin), ("console", console)] {
        assert_eq!(named(&container["ports"], name)["containerPort"].as_i64(), Some(port), "{name}");
        assert_eq!(named(&service["spec"]["ports"], name)["port"].as_i64(), Some(port), "{name}");
        assert_eq!(named(&service["spec"]["ports"], name)["targetPort"].as_str(), Some(name));
        assert!(admitted.contains(&port), "nobody is admitted to {name}");
    }
    for (probe, path) in
        [("startupProbe", "/readyz"), ("readinessProbe", "/readyz"), ("livenessProbe", "/healthz")]
    {
        assert_eq!(container[probe]["httpGet"]["port"].as_str(), Some("admin"), "{probe}");
        assert_eq!(container[probe]["httpGet"]["path"].as_str(), Some(path), "{probe}");
    }
    let grace = pod["terminationGracePeriodSeconds"].as_i64().unwrap();
    let sleep = container["lifecycle"]["preStop"]["sleep"]["seconds"].as_i64().unwrap();
    assert!(grace >= sleep + i64::try_from(longest_stop(&settings)).unwrap(), "killed while it stops");
    let mounts: Vec<&str> =
        container["volumeMounts"].as_vec().unwrap().iter().filter_map(|m| m["mountPath"].as_str()).collect();
    let used = [
        &settings.qdrant.api_key_file,
        &settings.console.session_key_file,
        &settings.server.tls.key,
        &settings.access.tokens_file,
        &settings.models_dir,
        &settings.data_dir,
        &settings.audit.file,
    ];
    for path in used {
        assert!(mounts.iter().any(|mount| path.starts_with(mount)), "{} is not mounted", path.display());
    }
}

#[test]
fn kubernetes_pods_run_with_no_more_rights_than_they_need() {
    for (file, kind, name) in [
        ("kubernetes/screen.yaml", "StatefulSet", "screen"),
        ("kubernetes/qdrant.yaml", "StatefulSet", "qdrant"),
        ("kubernetes/models.yaml", "Pod", "fill-models"),
    ] {
        let documents = yaml(file);
        let spec = &of_kind(&documents, kind, name)["spec"];
        let pod = if kind == "Pod" { spec } else { &spec["template"]["spec"] };
        let container = &pod["containers"][0]["securityContext"];
        assert_eq!(pod["securityContext"]["runAsNonRoot"].as_bool(), Some(true), "{name}");
        assert_eq!(pod["securityContext"]["seccompProfile"]["type"].as_str(), Some("RuntimeDefault"));
        assert_eq!(pod["automountServiceAccountToken"].as_bool(), Some(false), "{name}");
        assert_eq!(container["readOnlyRootFilesystem"].as_bool(), Some(true), "{name}");
        assert_eq!(container["allowPrivilegeEscalation"].as_bool(), Some(false), "{name}");
        assert_eq!(container["capabilities"]["drop"][0].as_str(), Some("ALL"), "{name}");
    }
    let policies = yaml("kubernetes/network-policy.yaml");
    let nothing = of_kind(&policies, "NetworkPolicy", "nothing");
    assert!(nothing["spec"]["ingress"].is_badvalue() && nothing["spec"]["egress"].is_badvalue());
    let egress = of_kind(&policies, "NetworkPolicy", "screen")["spec"]["egress"].as_vec().unwrap();
    let ports: Vec<i64> = egress
        .iter()
        .flat_map(|rule| rule["ports"].as_vec().unwrap())
        .filter_map(|port| port["port"].as_i64())
        .collect();
    assert_eq!(ports, [6334, 53, 53], "Qdrant and names, nothing else");
    let kustomization = &yaml("kubernetes/kustomization.yaml")[0];
    for file in kustomization["resources"].as_vec().unwrap() {
        assert!(folder("kubernetes").join(file.as_str().unwrap()).is_file(), "{file:?}");
    }
    // No registry has the image under the name that the manifest gives it.
    let documents = yaml("kubernetes/screen.yaml");
    let pod = &of_kind(&documents, "StatefulSet", "screen")["spec"]["template"]["spec"];
    let (image, tag) = pod["containers"][0]["image"].as_str().unwrap().split_once(':').unwrap();
    let replaced = named(&kustomization["images"], image);
    assert!(replaced["newName"].as_str().is_some() && replaced["newTag"].as_str() == Some(tag));
}

#[test]
fn clusters_have_as_many_nodes_and_copies_as_the_configuration_says() {
    let compose = &yaml("docker/compose.yaml")[0];
    let settings_of_compose = settings("docker");
    let nodes: Vec<String> =
        settings_of_compose.qdrant.url.split(',').map(|url| url.replace("http://", "")).collect();
    assert_eq!(nodes.len(), 3);
    for node in &nodes {
        let (host, port) = node.split_once(':').unwrap();
        assert!(!compose["services"][host].is_badvalue(), "there is no service {host}");
        assert_eq!(port, "6334");
    }
    assert_eq!(settings_of_compose.qdrant.replicas, 3);
    let settings = settings("kubernetes");
    let documents = yaml("kubernetes/qdrant.yaml");
    let set = of_kind(&documents, "StatefulSet", "qdrant");
    let replicas = set["spec"]["replicas"].as_i64().unwrap();
    let service = set["spec"]["serviceName"].as_str().unwrap();
    let expected: Vec<String> = (0..replicas).map(|n| format!("http://qdrant-{n}.{service}:6334")).collect();
    assert_eq!(settings.qdrant.url, expected.join(","));
    assert_eq!(i64::from(settings.qdrant.replicas), replicas);
    for file in ["docker/compose.yaml", "kubernetes/qdrant.yaml"] {
        let images = all_texts(file).into_iter().filter(|text| text.starts_with("qdrant/qdrant:v"));
        for image in images {
            // What docs/settings.md says is supported.
            assert!(["v1.18.", "v1.19.", "v1.20."].iter().any(|minor| image.contains(minor)), "{image}");
        }
    }
}

#[test]
fn compose_replicas_share_a_name_and_nothing_they_write() {
    let compose = &yaml("docker/compose.yaml")[0];
    let settings = settings("docker");
    let mut written = Vec::new();
    for replica in ["screen-1", "screen-2"] {
        let service = &compose["services"][replica];
        assert_eq!(service["networks"]["front"]["aliases"][0].as_str(), Some("screen"), "{replica}");
        let grpc = format!(":{}", settings.server.listen.port());
        let ports = service["ports"].as_vec().unwrap();
        assert!(ports.iter().any(|port| port.as_str().unwrap().ends_with(&grpc)), "{replica}: {ports:?}");
        let mounts = mounts_of_compose(replica);
        written.extend(mounts.iter().filter(|mount| mount.2).map(|(source, _, _)| source.clone()));
        // Of a file that is mounted alone, the container would keep the old one when it is replaced.
        let secrets = ("./secrets".to_owned(), PathBuf::from("/run/secrets"), false);
        assert!(mounts.contains(&secrets), "{replica}: {mounts:?}");
    }
    let all = written.len();
    written.sort();
    written.dedup();
    assert_eq!((written.len(), all), (4, 4), "each replica has folders of its own: {written:?}");
    let shared = &compose["x-screen"];
    assert_eq!(shared["read_only"].as_bool(), Some(true));
    let grace = shared["stop_grace_period"].as_str().unwrap().trim_end_matches('s').parse::<u64>().unwrap();
    assert!(grace >= longest_stop(&settings), "killed while it stops");
    let (tls, tokens) = (&settings.server.tls, &settings.access.tokens_file);
    let session_key = &settings.console.session_key_file;
    let readme = read("README.md");
    for path in [&settings.qdrant.api_key_file, session_key, &tls.cert, &tls.key, tokens] {
        let name = path.strip_prefix("/run/secrets").unwrap().display();
        assert!(readme.contains(&format!("secrets/{name}")), "README.md does not say how {name} is made");
    }
}

#[test]
fn systemd_unit_gives_the_service_its_folders_and_time_to_drain() {
    let settings = settings("systemd");
    let state = format!("/var/lib/{}", of_unit("StateDirectory")[0]);
    for path in [&settings.data_dir, &settings.audit.file] {
        assert!(path.starts_with(&state), "{} cannot be written", path.display());
    }
    assert!(of_unit("ReadWritePaths").iter().any(|path| settings.backup.dir.starts_with(path)));
    let stop: u64 = of_unit("TimeoutStopSec")[0].parse().unwrap();
    assert!(stop >= longest_stop(&settings), "killed while it stops");
    let runbook = std::fs::read_to_string(folder("../docs/operations.md")).unwrap();
    let more = longest_stop(&settings) - settings.server.drain_s;
    assert!(runbook.contains(&format!("and {more} seconds more")), "docs/operations.md has another time");
    for (key, value) in
        [("NoNewPrivileges", "yes"), ("ProtectSystem", "strict"), ("CapabilityBoundingSet", "")]
    {
        assert_eq!(of_unit(key), [value], "{key}");
    }
    // Readers confine themselves with these; without them they would only be told that they cannot. Without
    // the last one look-ups wait for work on documents. What is taken away comes before: later lines hold.
    let calls = of_unit("SystemCallFilter");
    let taken_away = calls.iter().rposition(|line| line.starts_with('~')).unwrap();
    let allowed: Vec<&str> = calls[taken_away + 1..].iter().flat_map(|line| line.split(' ')).collect();
    for call in
        ["seccomp", "landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self", "setpriority"]
    {
        assert!(allowed.contains(&call), "{call}");
    }
}

#[test]
fn systemd_never_gives_the_service_up() {
    let unit = read("systemd/eia-screen.service");
    let (head, service) = unit.split_once("[Service]").unwrap();
    // Limits of starts are read in this section alone; 0 is none.
    assert!(head.lines().any(|line| line == "StartLimitIntervalSec=0"), "{head}");
    assert!(!unit.contains("StartLimitBurst"), "it says nothing without an interval");
    let value = |key: &str| service.lines().find_map(|line| line.strip_prefix(key)).unwrap();
    assert_eq!(value("Restart="), "on-failure");
    let pause: u64 = value("RestartSec=").parse().unwrap();
    assert!((2..=30).contains(&pause), "{pause} s between two starts");
}

#[test]
fn alerts_tell_of_a_service_that_is_away_or_keeps_starting() {
    let down = alert("Down");
    assert!(
        down.contains("up{job=\"eia-screen\"}") && down.contains("absent(up{job=\"eia-screen\"})"),
        "{down}"
    );
    let starts = alert("StartsTooOften");
    assert!(starts.contains("changes(process_start_time_seconds{job=\"eia-screen\"}"), "{starts}");
    let runbook = std::fs::read_to_string(folder("../docs/operations.md")).unwrap();
    assert!(runbook.contains("job_name: eia-screen"), "the alerts go by a name that nobody is told");
}

#[test]
fn memory_is_told_of_before_the_limit_ends_the_process() {
    let expr = alert("MemoryHigh");
    let told: f64 = expr.rsplit('>').next().unwrap().trim().parse().unwrap();
    assert!(expr.contains("{job=\"eia-screen\"}"), "other programs have such a figure too: {expr}");
    let compose = &yaml("docker/compose.yaml")[0]["x-screen"];
    let kubernetes = yaml("kubernetes/screen.yaml");
    let pod = &of_kind(&kubernetes, "StatefulSet", "screen")["spec"]["template"]["spec"];
    let limits = [
        ("docker", compose["mem_limit"].as_str().unwrap()),
        ("kubernetes", pod["containers"][0]["resources"]["limits"]["memory"].as_str().unwrap()),
    ];
    for (place, limit) in limits {
        let (settings, limit) = (settings(place), bytes(limit));
        // Processes that read files get half of it together, however many they are (`ingest::isolated`).
        let of_readers = limit / 2;
        let of_service = limit - of_readers;
        // The program with its model, as docs/operations.md has it.
        let own = (settings.work.memory_mib << 20) + 230_000_000;
        assert!(own < of_service, "{place}: {limit} is less than what may be used");
        assert!(told > own as f64, "{place}: told of what is usual");
        assert!(told < of_service as f64, "{place}: not told before the readers' half is touched");
        // One of them: a quarter of that, and four copies of its file.
        let largest = of_readers / 4 + 4 * (settings.limits.file_mib << 20);
        assert!(largest <= of_readers, "{place}: the largest file gets less than it may need");
        assert!(settings.server.concurrent_screenings > 0, "{place}: one for each processor of the node");
    }
}

#[test]
fn image_runs_as_nobody_and_fetches_nothing_but_crates() {
    let text = read("docker/Dockerfile");
    let user = text.lines().rev().find_map(|line| line.strip_prefix("USER ")).unwrap();
    assert_ne!(user.split(':').next(), Some("0"));
    for word in ["curl", "wget", "apt-get", "pip ", "ADD "] {
        assert!(!text.contains(word), "the image is built with {word}");
    }
    // The build sees no history; compose says what it is of, and README.md how it is said by hand.
    assert!(text.contains("ARG COMMIT") && text.contains("EIA_SCREEN_COMMIT=${COMMIT}"));
    assert!(!yaml("docker/compose.yaml")[0]["x-screen"]["build"]["args"]["COMMIT"].is_badvalue());
    assert!(read("README.md").contains("--build-arg COMMIT=$(git rev-parse --short=12 HEAD)"));
    let settings = settings("docker");
    for port in [
        settings.server.listen.port(),
        settings.admin.address().unwrap().port(),
        settings.console.address().unwrap().unwrap().port(),
    ] {
        let exposed = text.lines().find_map(|line| line.strip_prefix("EXPOSE ")).unwrap();
        assert!(exposed.split(' ').any(|it| it == port.to_string()), "{port}");
    }
}
