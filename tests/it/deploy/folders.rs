//! Folders and volumes of `deploy/`: whatever a configuration names is there when the program starts, and has room.

use super::*;

/// Returns the folders that are there when the program starts, and whether it can write into them.
fn made(place: &str) -> Vec<(PathBuf, bool)> {
    match place {
        "docker" => {
            let mounts = mounts_of_compose("screen-1").into_iter();
            mounts.map(|(_, path, is_writable)| (path, is_writable)).collect()
        }
        "kubernetes" => {
            let documents = yaml("kubernetes/screen.yaml");
            let pod = &of_kind(&documents, "StatefulSet", "screen")["spec"]["template"]["spec"];
            let mounts = pod["containers"][0]["volumeMounts"].as_vec().unwrap().iter();
            let folders = mounts.filter(|mount| mount["subPath"].is_badvalue());
            let path = |mount: &Yaml| PathBuf::from(mount["mountPath"].as_str().unwrap());
            folders.map(|mount| (path(mount), mount["readOnly"].as_bool() != Some(true))).collect()
        }
        _ => {
            let user = &of_unit("User")[0];
            let written = of_unit("ReadWritePaths");
            let text = read("systemd/eia-screen.tmpfiles.conf");
            let lines = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
            let made = lines.filter(|fields| fields.first() == Some(&"d")).map(|fields| {
                let is_writable = fields[3] == user && written.iter().any(|path| path == fields[1]);
                (PathBuf::from(fields[1]), is_writable)
            });
            let state = Path::new("/var/lib").join(&of_unit("StateDirectory")[0]);
            made.chain([(state, true)]).collect()
        }
    }
}

#[test]
fn folders_that_are_named_are_made_and_can_be_written_where_it_is_needed() {
    for place in PLACES {
        let (settings, made) = (settings(place), made(place));
        let is_made = |path: &Path| made.iter().any(|(folder, _)| folder == path);
        // What `serve` makes by itself needs a folder around it; what is fetched or put there needs its own.
        let folders = [&settings.data_dir, &settings.models_dir, &settings.backup.dir, &settings.rules_dir];
        let access = &settings.access;
        let tls = &settings.server.tls;
        let files = [
            &settings.audit.file,
            &settings.qdrant.api_key_file,
            &settings.console.session_key_file,
            &tls.cert,
            &tls.key,
            &tls.client_ca,
            &access.tokens_file,
            &access.subjects_file,
            &access.jwt.jwks_file,
        ];
        for folder in folders.into_iter().filter(|folder| !folder.as_os_str().is_empty()) {
            let path = folder.display();
            assert!(is_made(folder) || is_made(folder.parent().unwrap()), "{place}: nobody makes {path}");
        }
        for file in files.into_iter().filter(|file| !file.as_os_str().is_empty()) {
            let path = file.display();
            assert!(is_made(file.parent().unwrap()), "{place}: nobody makes the folder of {path}");
        }
        for path in [&settings.data_dir, &settings.audit.file, &settings.backup.dir] {
            let mut around = made.iter().filter(|(folder, _)| path.starts_with(folder));
            let is_set = !path.as_os_str().is_empty();
            assert!(!is_set || around.any(|(_, is_writable)| *is_writable), "{place}: {}", path.display());
        }
    }
}

#[test]
fn uploads_of_one_caller_fit_where_they_lie_and_that_is_no_memory() {
    for place in PLACES {
        let settings = settings(place);
        // An import of a case may have four of the largest files (`rpc::import`).
        let most = settings.callers.documents as u64 * 4 * (settings.limits.file_mib << 20);
        // What README.md says there has to be room for; one caller is no reason to refuse all others.
        assert!(0 < most && 2 * most <= bytes("20Gi"), "{place}: one caller may take {most} bytes");
    }
    let readme = read("README.md");
    assert!(readme.contains("The volume has 20 GiB"), "the room is not told");
    let documents = yaml("kubernetes/screen.yaml");
    let pod = &of_kind(&documents, "StatefulSet", "screen")["spec"]["template"]["spec"];
    let volume = &named(&pod["volumes"], "tmp")["ephemeral"]["volumeClaimTemplate"]["spec"];
    assert_eq!(volume["resources"]["requests"]["storage"].as_str(), Some("20Gi"));
    assert!(yaml("docker/compose.yaml")[0]["x-screen"]["tmpfs"].is_badvalue(), "memory");
    let image = read("docker/Dockerfile");
    for replica in ["screen-1", "screen-2"] {
        let mounts = mounts_of_compose(replica);
        assert!(mounts.iter().any(|(_, path, writable)| path == Path::new("/tmp") && *writable), "{replica}");
        // A new volume has the owner and the rights that its folder has in the image.
        for (_, path, _) in mounts.iter().filter(|(_, _, is_writable)| *is_writable) {
            assert!(image.contains(&format!("/out{}", path.display())), "{}", path.display());
        }
    }
    assert!(of_unit("Environment").iter().any(|line| line == "TMPDIR=/var/tmp"), "/tmp may be memory");
    assert_eq!(of_unit("PrivateTmp"), ["yes"]);
}

#[test]
fn models_are_on_a_volume_that_every_pod_can_mount_and_read() {
    let (screen, models) = (yaml("kubernetes/screen.yaml"), yaml("kubernetes/models.yaml"));
    let pod = &of_kind(&screen, "StatefulSet", "screen")["spec"]["template"]["spec"];
    let claim = named(&pod["volumes"], "models")["persistentVolumeClaim"]["claimName"].as_str().unwrap();
    let modes = &of_kind(&models, "PersistentVolumeClaim", claim)["spec"]["accessModes"];
    assert_eq!(modes[0].as_str(), Some("ReadWriteMany"), "pods may be on different nodes");
    let filler = &of_kind(&models, "Pod", "fill-models")["spec"];
    let filled = named(&filler["volumes"], "models")["persistentVolumeClaim"]["claimName"].as_str();
    assert_eq!(filled, Some(claim));
    for user in ["runAsUser", "runAsGroup", "fsGroup"] {
        assert_eq!(filler["securityContext"][user], pod["securityContext"][user], "{user}");
    }
    let readme = read("README.md");
    assert!(readme.contains("kubernetes/models.yaml") && readme.contains("fill-models:/models"));
}
