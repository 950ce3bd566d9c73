//! Writes files that are there as a whole or not at all, whatever stops the program meanwhile.

use std::io::Write;
use std::path::Path;

/// Writes a file in the place of another one, if there is one. Its mode is that of any new file: what an operator
/// writes as root is to be read by the service, and a report by a colleague.
pub fn write(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_file_takes_the_place_of_another_with_the_mode_of_any_new_file() {
        let folder = tempfile::tempdir().unwrap();
        let (whole, other) = (folder.path().join("whole"), folder.path().join("other"));
        write(&whole, b"first").unwrap();
        write(&whole, b"second").unwrap();
        std::fs::write(&other, b"").unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(std::fs::read(&whole).unwrap(), b"second");
        assert_eq!(mode(&whole), mode(&other));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "nothing is left behind");
        assert!(write(&folder.path().join("no/such/folder"), b"").is_err());
    }
}
