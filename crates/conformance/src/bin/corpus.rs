//! Writes the corpus: every family with the answers of the engine of today.

use listino_conformance::{directory, families};

fn main() -> std::io::Result<()> {
    let folder = directory();
    std::fs::create_dir_all(&folder)?;
    for entry in std::fs::read_dir(&folder)? {
        std::fs::remove_file(entry?.path())?;
    }
    let (mut cases, mut bytes) = (0, 0);
    for family in families::all() {
        let family = family.answered();
        let text = family.to_text();
        println!("{:>5} {:>9} bytes  {}", family.cases.len(), text.len(), family.family);
        cases += family.cases.len();
        bytes += text.len();
        std::fs::write(folder.join(format!("{}.json", family.family)), text)?;
    }
    println!("{cases:>5} {bytes:>9} bytes in all");
    Ok(())
}
