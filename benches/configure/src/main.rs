//! Speed and memory of exact valid sets on seven real configuration models and a generated one, a
//! van with 1,273 options and 226,000 table rows.
//!
//! Simulated customers choose at random among what is still open; after each choice the complete
//! valid set is computed, by listino and by batsat on the same clauses in the same run, and the
//! two are compared. Other programs share the machine, and a step of some microseconds that is
//! interrupted measures them; so each of our customers comes three times, with a session of their
//! own, and of each step the quickest counts. batsat's steps are so long that it hardly matters.
//! `--json` prints one object with the figures; `--seconds N` bounds the time
//! that batsat gets for one model (60 unless given); names of models restrict the run.
//! `--books DIRECTORY` measures nothing: it writes compiled books with one model each, and what
//! customers choose in them, for hosts of the engine in other languages.
#![expect(clippy::float_arithmetic, reason = "times and ratios are for reading")]
#![expect(clippy::panic, reason = "a benchmark that gives wrong answers must not give figures")]

mod books;
mod clauses;
mod rival;
#[expect(clippy::indexing_slicing, reason = "every index is a group or an option made there")]
#[path = "../../../crates/core/tests/van/mod.rs"]
mod van;

use std::process::Command;
use std::time::{Duration, Instant};

use clauses::{Random, clauses_of};
use listino_core::configure::{Answer, Configurator, Model};
use rival::Rival;

const MODELS: [&str; 8] = [
    "eshop",
    "berkeleydb",
    "pc_richmond",
    "finserv01",
    "erp",
    "automotive01",
    "automotive02_1",
    "van",
];
const CUSTOMERS: u64 = 20;
const CHOICES: usize = 20;
const DATA: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../crates/core/tests/data/feature-models/");

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let mut json = false;
    let mut seconds = 60;
    let mut books = None;
    let mut names: Vec<String> = Vec::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--json" => json = true,
            "--seconds" => seconds = arguments.next().ok_or("--seconds needs a number")?.parse()?,
            "--memory-of" => {
                return memory_of(&arguments.next().ok_or("--memory-of needs a model")?);
            }
            "--books" => books = Some(arguments.next().ok_or("--books needs a directory")?),
            name if MODELS.contains(&name) => names.push(name.to_owned()),
            other => return Err(format!("there is no model or option `{other}`").into()),
        }
    }
    if names.is_empty() {
        names = MODELS.iter().map(|&name| name.to_owned()).collect();
    }
    if let Some(directory) = books {
        std::fs::create_dir_all(&directory)?;
        return names.iter().try_for_each(|name| books::write(name, directory.as_ref()));
    }
    let mut rows = Vec::new();
    for name in &names {
        if !json {
            eprintln!("{name} …");
        }
        rows.push(measure(name, Duration::from_secs(seconds))?);
    }
    if json {
        print_json(&rows)
    } else {
        print_table(&rows)
    }
    Ok(())
}

fn model(name: &str) -> Result<Model, Failure> {
    Ok(match name {
        "van" => van::van(1_273, 226_000),
        name => Model::from_uvl(&std::fs::read_to_string(format!("{DATA}{name}.uvl"))?)?,
    })
}

fn load(name: &str) -> Result<(Model, Configurator), Failure> {
    let model = model(name)?;
    let configurator = Configurator::compile(&model, "2024-05-01".parse()?)?;
    Ok((model, configurator))
}

struct Row {
    name: String,
    options: usize,
    ours: Times,
    rivals: Times,
    /// All our steps, also those that batsat had no time for.
    all: Times,
    /// Explanations of options that are out, with their rules.
    explain: Times,
    compile: Duration,
    load: Duration,
    blob: usize,
    memory: u64,
}

#[derive(Default, Clone)]
struct Times(Vec<Duration>);

impl Times {
    fn sorted(mut self) -> Self {
        self.0.sort_unstable();
        self
    }

    fn at(&self, percent: usize) -> f64 {
        let place = (self.0.len() * percent).div_ceil(100).saturating_sub(1);
        self.0.get(place).or(self.0.last()).map_or(0.0, |time| time.as_secs_f64() * 1000.0)
    }
}

fn measure(name: &str, patience: Duration) -> Result<Row, Failure> {
    let start = Instant::now();
    let (model, configurator) = load(name)?;
    let compile = start.elapsed();
    let blob = configurator.to_bytes();
    let start = Instant::now();
    let configurator = Configurator::from_bytes(&blob)?;
    let load = start.elapsed();
    let ids: Vec<String> = configurator.options().map(|option| option.id().to_owned()).collect();
    let mut rival = Rival::new(&clauses_of(&model));
    let (mut ours, mut rivals, mut all) = (Times::default(), Times::default(), Times::default());
    let mut explain = Times::default();
    let rival_start = Instant::now();
    for customer in 0..CUSTOMERS {
        let mut choices: Vec<(String, bool)> = Vec::new();
        let first = all.0.len();
        let mut compared = 0;
        let mut random = Random::new(customer + 1);
        let mut session = configurator.session();
        rival.start();
        // The first valid set is compiled in; batsat's is not counted either.
        let mut compare = rival_start.elapsed() < patience;
        for _ in 0..CHOICES {
            let open: Vec<usize> = session
                .answers()
                .enumerate()
                .filter(|(_, answers)| *answers == (Answer::Yes, Answer::Yes))
                .map(|(option, _)| option)
                .collect();
            let Some(&option) = open.get(random.below(open.len().max(1))) else { break };
            let chosen = random.below(2) == 0;
            let id = ids.get(option).map_or("", String::as_str);
            let start = Instant::now();
            session.decide(id, chosen)?;
            let time = start.elapsed();
            all.0.push(time);
            choices.push((id.to_owned(), chosen));
            compare = compare && rival_start.elapsed() < patience;
            if compare {
                let start = Instant::now();
                rival.choose(option, chosen);
                let valid = rival.valid();
                rivals.0.push(start.elapsed());
                compared += 1;
                let same = session.answers().zip(valid).all(|((yes, no), (y, n))| {
                    (yes == Answer::Yes) == y && (no == Answer::Yes) == n
                });
                if !session.is_settled() {
                    panic!("{name}: not settled after `{id}`");
                }
                if !same {
                    panic!("{name}: listino and batsat disagree after `{id}`");
                }
            }
        }
        for _ in 0..2 {
            let mut session = configurator.session();
            for ((id, chosen), best) in choices.iter().zip(all.0.iter_mut().skip(first)) {
                let start = Instant::now();
                session.decide(id, *chosen)?;
                *best = start.elapsed().min(*best);
            }
        }
        let out: Vec<&String> = session
            .answers()
            .zip(&ids)
            .filter(|((choose, _), _)| *choose == Answer::No)
            .map(|(_, id)| id)
            .collect();
        for _ in 0..3 {
            if let Some(id) = out.get(random.below(out.len())) {
                let start = Instant::now();
                session.explain(id, true)?.ok_or("what is out has an explanation")?;
                explain.0.push(start.elapsed());
            }
        }
        ours.0.extend(all.0.iter().skip(first).take(compared));
    }
    let output = Command::new(std::env::current_exe()?).args(["--memory-of", name]).output()?;
    let memory = String::from_utf8(output.stdout)?.trim().parse()?;
    Ok(Row {
        name: name.to_owned(),
        options: ids.len(),
        ours: ours.sorted(),
        rivals: rivals.sorted(),
        all: all.sorted(),
        explain: explain.sorted(),
        compile,
        load,
        blob: blob.len(),
        memory,
    })
}

/// Prints how many bytes of memory a loaded model and a session of twenty choices hold, in a
/// process of its own.
fn memory_of(name: &str) -> Result<(), Failure> {
    let path = std::env::temp_dir().join(format!("listino-{name}-{}.blob", std::process::id()));
    // Compiling happens elsewhere: its memory is not what a session holds.
    let blob = match std::env::var_os("LISTINO_BLOB") {
        Some(path) => std::fs::read(path)?,
        None => {
            std::fs::write(&path, load(name)?.1.to_bytes())?;
            let output = Command::new(std::env::current_exe()?)
                .args(["--memory-of", name])
                .env("LISTINO_BLOB", &path)
                .output()?;
            std::fs::remove_file(&path)?;
            print!("{}", String::from_utf8(output.stdout)?);
            return Ok(());
        }
    };
    let before = resident()?;
    let configurator = Configurator::from_bytes(&blob)?;
    let ids: Vec<String> = configurator.options().map(|option| option.id().to_owned()).collect();
    let mut random = Random::new(7);
    let mut session = configurator.session();
    for _ in 0..CHOICES {
        let open: Vec<usize> = session
            .answers()
            .enumerate()
            .filter(|(_, answers)| *answers == (Answer::Yes, Answer::Yes))
            .map(|(option, _)| option)
            .collect();
        let Some(&option) = open.get(random.below(open.len().max(1))) else { break };
        session.decide(ids.get(option).map_or("", String::as_str), random.below(2) == 0)?;
    }
    println!("{}", resident()?.saturating_sub(before));
    Ok(())
}

/// The memory of this process, in bytes.
fn resident() -> Result<u64, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).ok_or("no VmRSS")?;
    let kilobytes: u64 = line.split_whitespace().nth(1).ok_or("no VmRSS")?.parse()?;
    Ok(kilobytes * 1024)
}

fn geometric_mean(values: impl Iterator<Item = f64>) -> f64 {
    let logs: Vec<f64> = values.map(f64::ln).collect();
    let count = logs.len().max(1);
    (logs.iter().sum::<f64>() / count as f64).exp()
}

/// The models for which batsat had time for a step.
fn compared(rows: &[Row]) -> impl Iterator<Item = &Row> {
    rows.iter().filter(|row| !row.rivals.0.is_empty())
}

fn print_table(rows: &[Row]) {
    println!(
        "{:<15} {:>7} {:>6} {:>9} {:>9} {:>9} {:>10} {:>10} {:>10} {:>7} {:>7} {:>9} {:>8} {:>9} {:>11}",
        "model",
        "options",
        "steps",
        "p50 ms",
        "p99 ms",
        "max ms",
        "batsat p50",
        "batsat p99",
        "batsat max",
        "x p50",
        "x p99",
        "compile",
        "load ms",
        "memory MB",
        "explain p50"
    );
    for row in rows {
        println!(
            "{:<15} {:>7} {:>6} {:>9.3} {:>9.3} {:>9.3} {:>10.2} {:>10.2} {:>10.2} {:>7.1} {:>7.1} {:>6.0} ms {:>8.2} {:>9.1} {:>11.3}",
            row.name,
            row.options,
            row.rivals.0.len(),
            row.all.at(50),
            row.all.at(99),
            row.all.at(100),
            row.rivals.at(50),
            row.rivals.at(99),
            row.rivals.at(100),
            row.rivals.at(50) / row.ours.at(50),
            row.rivals.at(99) / row.ours.at(99),
            row.compile.as_secs_f64() * 1000.0,
            row.load.as_secs_f64() * 1000.0,
            row.memory as f64 / 1048576.0,
            row.explain.at(50),
        );
    }
    for percent in [50, 99] {
        let ratios = compared(rows).map(|row| row.rivals.at(percent) / row.ours.at(percent));
        println!("geometric mean of the ratios at p{percent}: {:.1}", geometric_mean(ratios));
    }
}

fn print_json(rows: &[Row]) {
    let mut figures = Vec::new();
    let plain = |name: String, value: f64, unit: &str| serde_json::json!({ "name": name, "value": value, "unit": unit });
    for row in rows {
        for (percent, label) in [(50, "p50"), (99, "p99"), (100, "max")] {
            if row.rivals.0.is_empty() {
                figures.push(plain(
                    format!("{} valid set {label}", row.name),
                    row.all.at(percent),
                    "ms",
                ));
                continue;
            }
            figures.push(serde_json::json!({
                "name": format!("{} valid set {label}", row.name),
                "value": row.ours.at(percent),
                "unit": "ms",
                "rival": "batsat",
                "rival_value": row.rivals.at(percent),
                "ratio": row.rivals.at(percent) / row.ours.at(percent),
            }));
        }
        let name = &row.name;
        figures.push(plain(format!("{name} steps compared"), row.rivals.0.len() as f64, "steps"));
        figures.push(plain(format!("{name} all steps p99"), row.all.at(99), "ms"));
        figures.push(plain(format!("{name} explain p50"), row.explain.at(50), "ms"));
        figures.push(plain(format!("{name} explain p99"), row.explain.at(99), "ms"));
        figures.push(plain(format!("{name} compile"), row.compile.as_secs_f64() * 1000.0, "ms"));
        figures.push(plain(format!("{name} load"), row.load.as_secs_f64() * 1000.0, "ms"));
        figures.push(plain(format!("{name} compiled size"), row.blob as f64, "bytes"));
        figures.push(plain(format!("{name} memory"), row.memory as f64, "bytes"));
    }
    for percent in [50, 99] {
        let ratios = compared(rows).map(|row| row.rivals.at(percent) / row.ours.at(percent));
        figures.push(plain(
            format!("geometric mean of the ratios at p{percent}"),
            geometric_mean(ratios),
            "times",
        ));
    }
    println!("{}", serde_json::json!({ "figures": figures }));
}
