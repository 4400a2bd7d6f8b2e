//! The real models: every count of the recorded customers, and valid sets that hold.
#![cfg(test)]
#![cfg(feature = "uvl")]

mod van;

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

/// A small generator: the tests repeat exactly.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as usize % bound
    }
}

/// Twenty random choices for each of `customers`. What the last choice leaves open is tried out:
/// each answer for a sample of options must come true.
fn customers(name: &str, customers: u64) {
    serve(name, &uvl(name), customers);
}

fn serve(name: &str, configurator: &Configurator, customers: u64) {
    let ids: Vec<String> = configurator.options().map(|option| option.id().to_owned()).collect();
    for customer in 1..=customers {
        let mut random = Random(customer.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut session = configurator.session();
        for _ in 0..20 {
            let open: Vec<usize> = session
                .answers()
                .enumerate()
                .filter(|(_, answers)| *answers == (Answer::Yes, Answer::Yes))
                .map(|(option, _)| option)
                .collect();
            if open.is_empty() {
                break;
            }
            let option = &ids[open[random.below(open.len())]];
            session.decide(option, random.below(2) == 0).unwrap();
            assert!(session.is_settled());
        }
        let answers: Vec<(Answer, Answer)> = session.answers().collect();
        for _ in 0..6 {
            let option = random.below(ids.len());
            for (chosen, answer) in [(true, answers[option].0), (false, answers[option].1)] {
                let mut other = session.clone();
                let outcome = other.decide(&ids[option], chosen);
                let decided = session.choices().iter().any(|choice| choice.option == ids[option]);
                if !decided {
                    assert_eq!(outcome.is_ok(), answer == Answer::Yes, "{name}: {}", ids[option]);
                }
            }
        }
        let complete = session.complete().unwrap();
        assert!(
            session.choices().iter().all(|c| complete.is_chosen(&c.option) == c.chosen),
            "{name}: a completion keeps the choices"
        );
    }
}

#[test]
fn the_small_models_serve_customers() {
    for name in ["eshop", "berkeleydb", "pc_richmond", "finserv01"] {
        customers(name, 20);
    }
}

#[test]
fn the_large_models_serve_customers() {
    // An unoptimised build checks fewer of them in the same time.
    let all = std::env::var_os("LISTINO_RANDOM_MODELS").is_some() || !cfg!(debug_assertions);
    let count = if all { 20 } else { 2 };
    for name in ["erp", "automotive01", "automotive02_1"] {
        customers(name, count);
    }
}

#[test]
fn a_model_of_many_table_rows_serves_customers() {
    let (options, rows) = (300, 12_000);
    let model = van::van(options, rows);
    let cells = |allow: &Vec<Vec<String>>| allow.len();
    assert_eq!(model.groups.iter().map(|group| group.options.len()).sum::<usize>(), options);
    let written: usize = model.tables.iter().filter_map(|t| t.allow.as_ref()).map(cells).sum();
    assert!((rows..rows + 3).contains(&written), "{written}");
    let configurator = Configurator::compile(&model, date()).unwrap();
    let session = configurator.session();
    let open = session.answers().filter(|a| *a == (Answer::Yes, Answer::Yes)).count();
    assert!(open > options / 2, "of {options} options {open} are open");
    serve("van", &configurator, 5);
}

#[test]
fn the_widest_model_loads_from_its_bytes() {
    let configurator = uvl("automotive02_1");
    assert_eq!(configurator.options().count(), 14_010);
    let loaded = Configurator::from_bytes(&configurator.to_bytes()).unwrap();
    assert_eq!(possible(&loaded.session()), possible(&configurator.session()));
    assert!(loaded.session().memory() < 16 << 20);
}

#[test]
fn the_check_of_a_real_model_ends() {
    use listino_core::configure::FindingKind;
    let findings = uvl("pc_richmond").check().unwrap();
    let dead: Vec<&str> = findings
        .iter()
        .filter(|finding| finding.kind() == FindingKind::Dead)
        .map(|finding| finding.subject())
        .collect();
    let configurator = uvl("pc_richmond");
    let mut session = configurator.session();
    for id in dead {
        assert_eq!(session.state(id).unwrap().can_choose, Answer::No);
    }
}
