//! Files in memory: readers take paths, because that is what users give them.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// A thread's directory, removed when the thread ends.
struct Directory(PathBuf);

impl Directory {
    /// In memory, where the system has a file system there.
    fn new() -> Directory {
        static THREADS: AtomicUsize = AtomicUsize::new(0);
        let memory = Path::new("/dev/shm");
        let parent = if memory.is_dir() { memory.to_path_buf() } else { std::env::temp_dir() };
        let thread = THREADS.fetch_add(1, Ordering::Relaxed);
        let directory = parent.join(format!("samenet-fuzz-{}-{thread}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        // What files of the corpus import and read.
        let parts: [(&str, &[u8]); 3] = [
            ("circuits.same", include_bytes!("../../corpus/parts/circuits.same")),
            ("tiny.safetensors", include_bytes!("../../corpus/parts/tiny.safetensors")),
            ("matrix.npy", include_bytes!("../../corpus/parts/matrix.npy")),
        ];
        std::fs::create_dir_all(directory.join("more")).unwrap();
        std::fs::write(directory.join("more/tiny.safetensors"), parts[1].1).unwrap();
        for (name, bytes) in parts {
            std::fs::write(directory.join(name), bytes).unwrap();
        }
        Directory(directory)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // If that fails, it is left behind, which does no harm.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

thread_local! {
    static DIRECTORY: Directory = Directory::new();
}

/// A file of these bytes, in place of the one of this thread that had the name before.
pub fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let path = DIRECTORY.with(|directory| directory.0.join(name));
    std::fs::write(&path, bytes).unwrap();
    path
}
