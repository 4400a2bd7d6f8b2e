//! Writes the inputs that a fuzz target begins with: `seeds TARGET FOLDER`.

use std::path::Path;

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (target, folder) = (arguments.next().unwrap_or_default(), arguments.next());
    let folder = folder.unwrap_or_else(|| target.clone());
    std::fs::create_dir_all(&folder)?;
    for (number, seed) in listino_laws::seeds(&target).iter().enumerate() {
        std::fs::write(Path::new(&folder).join(format!("seed-{number}")), seed)?;
    }
    Ok(())
}
