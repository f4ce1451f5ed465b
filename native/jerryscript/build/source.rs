//! Where jerry-core comes from.

use crate::extras::EXTRAS;
use crate::patches::PATCHES;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// A jerry-core that is ready to compile.
pub struct Source {
    /// What a build says of it.
    pub name: String,
    /// Whether it is the complete upstream source, which needs neither patch nor missing functions.
    pub upstream: bool,
    /// Folder above all of its files.
    pub root: PathBuf,
    /// Files to compile.
    pub files: Vec<PathBuf>,
    /// Folders of headers.
    pub includes: Vec<PathBuf>,
}

impl Source {
    /// Takes `JERRYSCRIPT_SOURCE` as it is, or the copy in thorvg-sys, patched into `out`.
    pub fn find(out: &Path) -> Source {
        let (root, upstream, name) = match env::var_os("JERRYSCRIPT_SOURCE").map(PathBuf::from) {
            Some(root) => {
                let api = root.join("jerry-core/include/jerryscript.h");
                if !api.exists() {
                    panic!(
                        "JERRYSCRIPT_SOURCE={}: no jerry-core/include/jerryscript.h there; \
                         point it at a checkout of JerryScript v3.0.0",
                        root.display()
                    );
                }
                println!(
                    "cargo:rerun-if-changed={}",
                    root.join("jerry-core").display()
                );
                (root, true, "JerryScript upstream".to_string())
            }
            None => {
                let (crate_folder, version) = thorvg_sys();
                let from = crate_folder.join("thorvg/src/loaders/lottie/jerryscript/jerry-core");
                let root = out.join("jerryscript");
                let _ = fs::remove_dir_all(&root);
                copy(&from, &root.join("jerry-core"));
                patch(&root);
                let name = format!("JerryScript 3.0 (thorvg-sys {version}, binary64)");
                (root, false, name)
            }
        };
        let core = root.join("jerry-core");
        let (mut files, mut includes) = (Vec::new(), Vec::new());
        walk(&core, &mut files, &mut includes);
        files.sort();
        includes.sort();
        Source {
            name,
            upstream,
            root,
            files,
            includes,
        }
    }
}

/// Finds the folder of the crate that carries jerry-core, fetching it where needed.
fn thorvg_sys() -> (PathBuf, String) {
    let cargo = env::var_os("CARGO").expect("cargo sets CARGO");
    let manifest = env::var("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR");
    let output = Command::new(cargo)
        .args([
            "metadata",
            "--format-version",
            "1",
            "--locked",
            "--manifest-path",
        ])
        .arg(format!("{manifest}/Cargo.toml"))
        .output()
        .expect("cargo runs");
    if !output.status.success() {
        panic!(
            "cannot fetch thorvg-sys, which carries JerryScript: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    let text = String::from_utf8(output.stdout).expect("cargo metadata is UTF-8");
    let path = text
        .split("\"manifest_path\":\"")
        .filter_map(|rest| rest.split('"').next())
        .find(|path| path.contains("/thorvg-sys-"))
        .expect("Cargo.lock names thorvg-sys");
    let folder = Path::new(path)
        .parent()
        .expect("a manifest lies in a folder")
        .to_path_buf();
    let version = folder
        .file_name()
        .and_then(|name| name.to_str())
        .and_then(|name| name.strip_prefix("thorvg-sys-"))
        .and_then(|version| version.split('+').next())
        .expect("a crate's folder ends in its version")
        .to_string();
    (folder, version)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("OUT_DIR is writable");
    for entry in fs::read_dir(from).expect("the crate is unpacked") {
        let entry = entry.expect("the crate is readable");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("OUT_DIR is writable");
        }
    }
}

/// Applies every edit; one that does not match exactly once stops the build.
fn patch(root: &Path) {
    for (file, old, new) in PATCHES.iter().chain(EXTRAS) {
        let path = root.join("jerry-core").join(file);
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{file}: {error}"));
        let found = text.matches(old).count();
        assert!(
            found == 1,
            "{file}: an edit matches {found} times, not once: {old}"
        );
        fs::write(&path, text.replacen(old, new, 1)).expect("OUT_DIR is writable");
    }
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>, includes: &mut Vec<PathBuf>) {
    includes.push(folder.to_path_buf());
    for entry in fs::read_dir(folder).expect("jerry-core is readable") {
        let path = entry.expect("jerry-core is readable").path();
        if path.is_dir() {
            walk(&path, files, includes);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "c" || extension == "cpp")
        {
            files.push(path);
        }
    }
}
