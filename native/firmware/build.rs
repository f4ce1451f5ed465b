//! Puts the linker scripts where the linker looks.

use std::path::PathBuf;
use std::{env, fs};

fn main() {
    let out = PathBuf::from(env::var("OUT_DIR").expect("cargo sets OUT_DIR"));
    for file in ["memory.x", "image.x"] {
        println!("cargo:rerun-if-changed={file}");
        fs::copy(file, out.join(file)).expect("OUT_DIR is writable");
    }
    println!("cargo:rustc-link-search={}", out.display());
    for argument in ["-Timage.x", "--nmagic", "--build-id=none"] {
        println!("cargo:rustc-link-arg-bins={argument}");
    }
}
