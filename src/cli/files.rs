//! Files that a command writes: whole or not at all.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use super::failure::Failure;

fn failed(path: &Path, error: &std::io::Error) -> Failure {
    Failure::message(format!("cannot write `{}`: {error}", path.display()))
}

/// An error if a file could not be written at this path, as far as can be seen beforehand.
pub fn check(path: &Path) -> Result<(), Failure> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if path.is_dir() || path.file_name().is_none() {
        return Err(Failure::message(format!("cannot write `{}`: it is a folder", path.display())));
    }
    match fs::metadata(folder) {
        Ok(found) if found.is_dir() => Ok(()),
        Ok(_) => Err(Failure::message(format!(
            "cannot write `{}`: `{}` is no folder",
            path.display(),
            folder.display()
        ))),
        Err(error) => Err(failed(path, &error).help(format!("make the folder `{}`", folder.display()))),
    }
}

/// Writes a file: under another name beside it first, so that nobody ever reads a part of it. What is no
/// file, such as a pipe, is written to as it is.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    match fs::metadata(path) {
        Ok(found) if !found.is_file() => fs::write(path, bytes).map_err(|error| failed(path, &error)),
        // A link stays one.
        Ok(_) => replace(&fs::canonicalize(path).map_err(|error| failed(path, &error))?, bytes),
        Err(_) => replace(path, bytes),
    }
}

fn replace(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}.partial", std::process::id()));
    let partial: PathBuf = path.with_file_name(name);
    let written = File::create(&partial).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&partial, path)
    });
    written.map_err(|error| {
        // If it cannot be removed either, it can only be left.
        let _ = fs::remove_file(&partial);
        failed(path, &error)
    })
}
