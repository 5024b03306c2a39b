//! Which `.same` files the arguments of `check` name.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::failure::Failure;

/// The files themselves, and for every directory the files ending in `.same` in it and its subdirectories, in
/// sorted order. Hidden directories and links to directories are left out. No file comes twice.
pub fn find(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    for path in paths {
        let kind = fs::metadata(path)
            .map_err(|error| Failure::message(format!("cannot read `{}`: {error}", path.display())))?;
        if kind.is_dir() {
            let inside = search(path)?;
            if inside.is_empty() {
                return Err(Failure::message(format!("`{}` has no .same files", path.display())));
            }
            found.extend(inside);
        } else {
            found.push(path.clone());
        }
    }
    let mut seen = BTreeSet::new();
    found.retain(|path| seen.insert(fs::canonicalize(path).unwrap_or_else(|_| path.clone())));
    Ok(found)
}

fn search(root: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    let mut directories = vec![root.to_path_buf()];
    while let Some(directory) = directories.pop() {
        let fail = |error| Failure::message(format!("cannot read `{}`: {error}", directory.display()));
        for entry in fs::read_dir(&directory).map_err(fail)? {
            let entry = entry.map_err(fail)?;
            let (path, name) = (entry.path(), entry.file_name());
            if entry.file_type().map_err(fail)?.is_dir() {
                if !name.to_string_lossy().starts_with('.') {
                    directories.push(path);
                }
            } else if path.extension().is_some_and(|extension| extension == "same") && !path.is_dir() {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}
