//! The `.same` files that a list of files and directories stands for.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::suggest::closest;

/// Why the files cannot be listed.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// A file or a directory cannot be read.
    #[error("`{}` {}", .0.display(), cannot(.1))]
    Unreadable(PathBuf, io::Error),
    /// A directory has no `.same` files.
    #[error("`{0}` has no .same files")]
    Nothing(PathBuf),
}

/// Why the operating system does not let a file be read.
fn cannot(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => "does not exist".to_string(),
        _ => format!("cannot be read: {error}"),
    }
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

/// The file in the same folder whose name is closest to that of a path which does not exist.
pub fn similar(path: &Path) -> Option<PathBuf> {
    const MOST: usize = 1_000;
    let name = path.file_name()?.to_str()?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let entries = fs::read_dir(folder.unwrap_or(Path::new("."))).ok()?;
    let names = entries.take(MOST).filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut names: Vec<String> = names.collect();
    names.sort();
    // The end of a name says nothing about the rest of it.
    let end = path.extension().and_then(|end| end.to_str()).map(|end| format!(".{end}")).unwrap_or_default();
    let stem = name.strip_suffix(&end)?;
    let stems = names.iter().filter_map(|name| name.strip_suffix(&end));
    let found = match closest(stem, stems) {
        Some(stem) => format!("{stem}{end}"),
        None => {
            let others = names.iter().map(String::as_str).filter(|name| !name.ends_with(&end));
            closest(name, others)?.to_string()
        }
    };
    Some(path.with_file_name(found))
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
