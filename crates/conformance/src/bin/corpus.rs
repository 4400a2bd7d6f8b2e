//! Writes the corpus: every family with the answers of the engine of today. With `--plain FILE` it
//! writes the stored corpus as netstrings instead, for languages without JSON.

use std::path::Path;

use listino_conformance::{Family, directory, families, plain};

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [] => write(),
        [flag, file] if flag == "--plain" => std::fs::write(Path::new(file), plain()),
        _ => Err(std::io::Error::other("usage: corpus [--plain FILE]")),
    }
}

fn write() -> std::io::Result<()> {
    let families: Vec<_> = families::all().into_iter().map(Family::answered).collect();
    let folder = directory();
    std::fs::create_dir_all(&folder)?;
    for entry in std::fs::read_dir(&folder)? {
        std::fs::remove_file(entry?.path())?;
    }
    let (mut cases, mut bytes) = (0, 0);
    for family in families {
        let text = family.to_text();
        println!("{:>5} {:>9} bytes  {}", family.cases.len(), text.len(), family.family);
        cases += family.cases.len();
        bytes += text.len();
        std::fs::write(folder.join(format!("{}.json", family.family)), text)?;
    }
    println!("{cases:>5} {bytes:>9} bytes in all");
    Ok(())
}
