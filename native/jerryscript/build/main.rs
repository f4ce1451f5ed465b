//! Compiles jerry-core and the shim beside it into `libjerry.a`.

mod extras;
mod patches;
mod source;

use source::Source;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What every file that sees the engine's headers must be compiled with, alike.
const DEFINES: &[(&str, &str)] = &[
    ("JERRY_NDEBUG", "1"),
    ("JERRY_EXTERNAL_CONTEXT", "1"),
    ("JERRY_ERROR_MESSAGES", "1"),
    ("JERRY_BUILTIN_ERRORS", "1"),
    ("JERRY_BUILTIN_DATAVIEW", "1"),
    ("JERRY_BUILTIN_BIGINT", "1"),
    ("JERRY_BUILTIN_REFLECT", "1"),
    ("JERRY_BUILTIN_GLOBAL_THIS", "1"),
    ("JERRY_VM_HALT", "1"),
    ("JERRY_VM_THROW", "1"),
    ("JERRY_LCACHE", "1"),
    ("JERRY_STACK_LIMIT", "16"),
    ("JERRY_PROPERTY_HASHMAP", "1"),
];

/// Further switches of the complete source, which the default one has no code for.
const UPSTREAM_DEFINES: &[(&str, &str)] = &[
    ("JERRY_LINE_INFO", "1"),
    ("JERRY_MEM_STATS", "1"),
    ("JERRY_FUNCTION_TO_STRING", "0"),
    ("JERRY_BUILTIN_JSON", "0"),
    ("JERRY_BUILTIN_DATE", "0"),
    ("JERRY_BUILTIN_REGEXP", "0"),
    ("JERRY_BUILTIN_PROXY", "0"),
    ("JERRY_BUILTIN_REALMS", "0"),
    ("JERRY_BUILTIN_WEAKREF", "0"),
    ("JERRY_BUILTIN_ATOMICS", "0"),
    ("JERRY_BUILTIN_SHAREDARRAYBUFFER", "0"),
    ("JERRY_MODULE_SYSTEM", "0"),
    ("JERRY_DEBUGGER", "0"),
    ("JERRY_SNAPSHOT_EXEC", "0"),
    ("JERRY_SNAPSHOT_SAVE", "0"),
];

/// Files that each message runs through: worth -O2. The others are compiled with -Os.
const HOT: &[&str] = &[
    "/vm/",
    "/jmem/",
    "ecma-alloc",
    "ecma-lcache",
    "ecma-property-hashmap",
    "ecma-helpers.",
    "ecma-helpers-value",
    "ecma-objects.",
    "ecma-function-object",
    "ecma-get-put-value",
    "ecma-reference",
    "/ecma-conversion",
    "ecma-comparison",
    "js-lexer",
    "js-parser-mem",
    "shim/",
];

/// What the edits of the default source leave unused; the first is its only user of stdio.
const LEFT_OUT: &[&str] = &["jrt-logging", "ecma-helpers-errol"];

const ARM_FLAGS: [&str; 4] = [
    "-mcpu=cortex-m7",
    "-mthumb",
    "-mfpu=fpv5-d16",
    "-mfloat-abi=hard",
];

fn main() {
    println!("cargo:rerun-if-changed=build");
    println!("cargo:rerun-if-changed=shim");
    println!("cargo:rerun-if-env-changed=JERRYSCRIPT_SOURCE");

    let out = PathBuf::from(std::env::var("OUT_DIR").expect("cargo sets OUT_DIR"));
    let manifest = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let source = Source::find(&out);
    println!("cargo:rustc-env=USBNVME_JERRYSCRIPT_SOURCE={}", source.name);

    let mut files = source.files.clone();
    files.push(manifest.join(if source.upstream {
        "shim/upstream.c"
    } else {
        "shim/api.cpp"
    }));
    files.push(manifest.join("shim/port.c"));
    let (hot, cold): (Vec<_>, Vec<_>) = files
        .into_iter()
        .filter(|file| {
            source.upstream
                || !LEFT_OUT
                    .iter()
                    .any(|part| file.to_string_lossy().contains(part))
        })
        .partition(|file| HOT.iter().any(|part| file.to_string_lossy().contains(part)));
    let mut objects = compile(&hot, "-O2", &source, &manifest, &out);
    objects.extend(compile(&cold, "-Os", &source, &manifest, &out));
    archive(objects, &out);
    link(&out);
}

fn is_arm() -> bool {
    std::env::var("TARGET").is_ok_and(|target| target.starts_with("thumb"))
}

fn compile(
    files: &[PathBuf],
    level: &str,
    source: &Source,
    manifest: &Path,
    out: &Path,
) -> Vec<PathBuf> {
    let (cpp, c): (Vec<_>, Vec<_>) = files
        .iter()
        .partition(|file| file.extension().is_some_and(|extension| extension == "cpp"));
    let mut objects = Vec::new();
    for (list, is_cpp) in [(cpp, true), (c, false)] {
        if !list.is_empty() {
            let mut build = cc::Build::new();
            flags(&mut build, is_cpp, level, source, manifest, out);
            objects.extend(build.files(list).compile_intermediates());
        }
    }
    objects
}

fn archive(mut objects: Vec<PathBuf>, out: &Path) {
    let mut build = cc::Build::new();
    if is_arm() {
        objects = vec![join(&objects, out)];
        hold_parser(&objects[0]);
        build.archiver("arm-none-eabi-ar");
    }
    build.cargo_metadata(false).objects(objects);
    build.compile("jerry");
    // Not bundled into the rlib, so that the firmware's linker script can name the archive.
    println!("cargo:rustc-link-lib=static:-bundle=jerry");
}

/// Optimises the objects as one, so that the engine's many one-line functions go into their callers, and
/// leaves one plain object. Each function keeps the level that its file was compiled with.
fn join(objects: &[PathBuf], out: &Path) -> PathBuf {
    let joined = out.join("joined.o");
    let status = Command::new("arm-none-eabi-g++")
        .args(ARM_FLAGS)
        .args(["-O2", "-flto", "-flto-partition=one", "-fno-tree-pre"])
        .args(["-nostdlib", "-r"])
        .args(["-flinker-output=nolto-rel", "-ffunction-sections"])
        .args(["-fdata-sections", "-frandom-seed=jerry", "-w", "-o"])
        .arg(&joined)
        .args(objects)
        .status()
        .expect("arm-none-eabi-g++ is on the PATH (Debian: gcc-arm-none-eabi)");
    assert!(status.success(), "cannot join the engine's objects");
    joined
}

/// Whether the firmware's linker script (`.parser`) puts this section where memory is used for something else once
/// the script has started.
fn is_parser(section: &str) -> bool {
    section.starts_with(".text.")
        && ["parser_", "scanner_", "lexer_"]
            .iter()
            .any(|part| section.contains(part))
}

/// Stops the build where anything but `usbnvme_parse`, which guards it, leads into the parser's code.
fn hold_parser(object: &Path) {
    let print = |flag| {
        let output = Command::new("arm-none-eabi-objdump")
            .arg(flag)
            .arg(object)
            .output()
            .expect("arm-none-eabi-objdump is on the PATH (Debian: binutils-arm-none-eabi)");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    // `value flags section<TAB>size name`
    let symbols = print("--syms");
    let inside: HashSet<&str> = symbols
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .filter(|(left, _)| left.split_whitespace().last().is_some_and(is_parser))
        .filter_map(|(_, right)| right.split_whitespace().last())
        .collect();
    assert!(inside.len() > 50, "cannot find the parser's functions");
    let relocations = print("--reloc");
    let mut section = "";
    for line in relocations.lines() {
        if let Some(name) = line.strip_prefix("RELOCATION RECORDS FOR [") {
            section = name.trim_end_matches("]:");
        }
        let target = line.split_whitespace().nth(2).unwrap_or("");
        let target = target.split(['+', '-']).next().unwrap_or("");
        let may = is_parser(section)
            || section == ".text.usbnvme_parse"
            || section.starts_with(".ARM")
            || section.starts_with(".debug");
        assert!(
            may || !(inside.contains(target) || is_parser(target)),
            "{section} leads to {target}, whose memory is used for something else after the start"
        );
    }
}

fn flags(
    build: &mut cc::Build,
    is_cpp: bool,
    level: &str,
    source: &Source,
    manifest: &Path,
    out: &Path,
) {
    build
        .cargo_metadata(false)
        .no_default_flags(true)
        .warnings(false)
        .cpp(is_cpp);
    if is_arm() {
        build.compiler(if is_cpp {
            "arm-none-eabi-g++"
        } else {
            "arm-none-eabi-gcc"
        });
        // Without partial redundancy elimination the interpreter's loop is smaller, and a little quicker.
        build.flags(ARM_FLAGS).flag("-flto").flag("-fno-tree-pre");
    } else {
        build.flag("-fPIC");
    }
    build
        .flag(level)
        .flag("-w")
        .flag("-include")
        .flag("alloca.h");
    build
        .flag("-ffunction-sections")
        .flag("-fdata-sections")
        .flag("-fno-common");
    if is_cpp {
        build
            .flag("-std=gnu++17")
            .flag("-fno-exceptions")
            .flag("-fno-rtti");
        build.flag("-fno-threadsafe-statics");
    } else {
        build.flag("-std=gnu11");
    }
    // The same bytes wherever the checkout and the cargo home stand.
    build.flag(format!("-ffile-prefix-map={}=.", out.display()));
    build.flag(format!("-ffile-prefix-map={}=.", manifest.display()));
    build.flag(format!(
        "-ffile-prefix-map={}=jerryscript",
        source.root.display()
    ));
    for (name, value) in DEFINES {
        build.define(name, *value);
    }
    if source.upstream {
        for (name, value) in UPSTREAM_DEFINES {
            build.define(name, *value);
        }
    }
    if !source.upstream {
        // Two of its files use what this header defines without including it.
        build.flag("-include").flag("jerry-config.h");
    }
    build.includes(&source.includes);
}

fn link(out: &Path) {
    println!("cargo:rustc-link-search=native={}", out.display());
    if is_arm() {
        let print = Command::new("arm-none-eabi-gcc")
            .args(ARM_FLAGS)
            .arg("-print-file-name=libm.a")
            .output()
            .expect("arm-none-eabi-gcc is on the PATH (Debian: gcc-arm-none-eabi)");
        let path = PathBuf::from(
            String::from_utf8(print.stdout)
                .expect("a path is UTF-8")
                .trim(),
        );
        let folder = path
            .parent()
            .expect("libm.a of newlib (Debian: libnewlib-arm-none-eabi)");
        println!("cargo:rustc-link-search=native={}", folder.display());
        println!("cargo:rustc-link-lib=static:-bundle=m");
        println!("cargo:rustc-link-lib=static:-bundle=c");
    } else {
        println!("cargo:rustc-link-lib=m");
    }
}
