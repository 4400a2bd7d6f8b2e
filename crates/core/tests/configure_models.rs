//! The real models: every count of the recorded customers, and valid sets that hold.
#![cfg(feature = "uvl")]

use listino_core::configure::{Answer, Configurator, Limits, Model, Session};

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/feature-models/");

fn read(name: &str) -> String {
    std::fs::read_to_string(format!("{DATA}{name}")).unwrap()
}

fn date() -> listino_core::calendar::Date {
    "2024-05-01".parse().unwrap()
}

fn dimacs(name: &str) -> (Configurator, Vec<String>) {
    let meta = read(&format!("{name}.meta"));
    let model = Model::from_dimacs(&read(&format!("{name}.cnf")), Some(&meta)).unwrap();
    let mut names: Vec<(usize, String)> = meta
        .lines()
        .map(|line| {
            let mut words = line.split_whitespace().skip(1);
            let name = words.next().unwrap().to_owned();
            (words.next().unwrap().parse().unwrap(), name)
        })
        .collect();
    names.sort();
    let mut by_number = vec![String::new()];
    for (number, name) in names {
        by_number.resize(number, String::new());
        by_number.push(name);
    }
    (Configurator::compile(&model, date()).unwrap(), by_number)
}

fn uvl(name: &str) -> Configurator {
    let model = Model::from_uvl(&read(&format!("{name}.uvl"))).unwrap();
    Configurator::compile_with(&model, date(), Limits::default()).unwrap()
}

fn possible(session: &Session) -> usize {
    session
        .answers()
        .map(|(choose, leave_out)| {
            usize::from(choose == Answer::Yes) + usize::from(leave_out == Answer::Yes)
        })
        .sum()
}

fn recorded_counts(name: &str) {
    let (configurator, names) = dimacs(name);
    let sequences = read(&format!("{name}.seq"));
    assert!(sequences.lines().count() >= 20);
    for line in sequences.lines() {
        let customer: serde_json::Value = serde_json::from_str(line).unwrap();
        let numbers = |key: &str| -> Vec<i64> {
            customer[key].as_array().unwrap().iter().map(|n| n.as_i64().unwrap()).collect()
        };
        let mut session = configurator.session();
        for (choice, count) in numbers("seq").into_iter().zip(numbers("cnt")) {
            let option = &names[choice.unsigned_abs() as usize];
            session.decide(option, choice > 0).unwrap();
            assert!(session.is_settled());
            assert_eq!(possible(&session) as i64, count, "{name} after {choice} in {line}");
        }
    }
}

#[test]
fn eshop_gives_every_recorded_count() {
    recorded_counts("eshop");
}

#[test]
fn pc_richmond_gives_every_recorded_count() {
    recorded_counts("pc_richmond");
}

#[test]
fn finserv01_gives_every_recorded_count() {
    recorded_counts("finserv01");
}

#[test]
fn timing() {
    for name in
        ["eshop", "berkeleydb", "pc_richmond", "finserv01", "erp", "automotive01", "automotive02_1"]
    {
        let t = std::time::Instant::now();
        let c = uvl(name);
        eprintln!(
            "{name} options {} groups {} compile {:?}",
            c.options().count(),
            c.groups().count(),
            t.elapsed()
        );
        let t = std::time::Instant::now();
        let b = c.to_bytes();
        eprintln!("  blob {} {:?}", b.len(), t.elapsed());
        let t = std::time::Instant::now();
        let c = Configurator::from_bytes(&b).unwrap();
        eprintln!("  load {:?}", t.elapsed());
        let t = std::time::Instant::now();
        let s = c.session();
        eprintln!("  session {:?} mem {} possible {}", t.elapsed(), s.memory(), possible(&s));
    }
}
