use listino_bench::Workload;
use listino_core::Engine;
use std::time::Instant;
fn main() {
    let book = Workload::new().book().unwrap();
    let t = Instant::now();
    let engine = Engine::compile(&book).unwrap();
    println!("compile {:?}", t.elapsed());
    let t = Instant::now();
    let bytes = engine.to_bytes();
    println!("to_bytes {:?} {} bytes", t.elapsed(), bytes.len());
    for _ in 0..8 {
        let t = Instant::now();
        let e = Engine::from_bytes(&bytes).unwrap();
        println!("from_bytes {:?}", t.elapsed());
        drop(e);
    }
    std::fs::write("/tmp/bench.listino", &bytes).unwrap();
}
