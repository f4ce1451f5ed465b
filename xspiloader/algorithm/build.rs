//! Hands the linker the place of the algorithm in RAM.

fn main() {
    let here = std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets it");
    println!("cargo:rustc-link-search={here}");
    println!("cargo:rustc-link-arg-bins=--nmagic");
    println!("cargo:rustc-link-arg-bins=-Talgorithm.x");
    println!("cargo:rerun-if-changed=algorithm.x");
    println!("cargo:rerun-if-changed=build.rs");
}
