//! The `.same` files that a list of files and directories stands for.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Why the files cannot be listed.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// A file or a directory cannot be read.
    #[error("cannot read `{0}`: {1}")]
    Unreadable(PathBuf, io::Error),
    /// A directory has no `.same` files.
    #[error("`{0}` has no .same files")]
    Nothing(PathBuf),
}

/// The files themselves, and for every directory the `.same` files in it and in its subdirectories, sorted.
/// Hidden directories and links to directories are skipped, and every file is listed once.
///
/// # Errors
/// When something cannot be read, or a directory has no such file.
pub fn same_files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, FilesError> {
    let mut found = Vec::new();
    for path in paths {
        let kind = fs::metadata(path).map_err(|error| FilesError::Unreadable(path.clone(), error))?;
        if kind.is_dir() {
            let inside = search(path)?;
            if inside.is_empty() {
                return Err(FilesError::Nothing(path.clone()));
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

fn search(root: &Path) -> Result<Vec<PathBuf>, FilesError> {
    let mut files = Vec::new();
    let mut directories = vec![root.to_path_buf()];
    while let Some(directory) = directories.pop() {
        let fail = |error| FilesError::Unreadable(directory.clone(), error);
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
