//! `cargo xtask bench NAME`: figures with the rival's figure beside them, from one run.

use std::borrow::Cow;
use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::process::{Failure, Result, cargo, must, own, program, read, target_directory};
use crate::suite::Tests;

/// One bench: a name and what it measures.
struct Bench {
    name: &'static str,
    run: fn() -> Result<Vec<Figure>>,
}

/// All benches. A new bench is a new entry here.
const BENCHES: &[Bench] = &[
    Bench { name: "core", run: core },
    Bench { name: "batch", run: batch },
    Bench { name: "configure", run: configure },
    Bench { name: "bindings", run: bindings },
];

/// The names of the benches.
pub(crate) fn names() -> Vec<&'static str> {
    BENCHES.iter().map(|bench| bench.name).collect()
}

/// A measured number, and a rival's number for the same.
struct Figure {
    name: Cow<'static, str>,
    value: f64,
    unit: &'static str,
    rival: Option<(&'static str, f64)>,
    /// What we promise.
    target: Target,
}

/// A promise about a figure.
enum Target {
    /// At most this many units.
    AtMost(f64),
    /// Below this many units.
    Below(f64),
    /// At least this many units.
    AtLeast(f64),
    /// At least this many times as good as the rival.
    Times(f64),
    /// Nothing; the figure is shown for orientation.
    None,
}

impl Figure {
    /// How many times the rival needs what we need.
    #[expect(clippy::float_arithmetic, reason = "a ratio of two measurements, not money")]
    fn ratio(&self) -> Option<f64> {
        self.rival.map(|(_, rival)| rival / self.value)
    }

    fn met(&self) -> Option<bool> {
        match self.target {
            Target::AtMost(most) => Some(self.value <= most),
            Target::Below(bound) => Some(self.value < bound),
            Target::AtLeast(least) => Some(self.value >= least),
            Target::Times(times) => self.ratio().map(|ratio| ratio >= times),
            Target::None => None,
        }
    }

    fn target(&self) -> String {
        match self.target {
            Target::AtMost(most) => format!("<= {most} {}", self.unit),
            Target::Below(bound) => format!("< {bound} {}", self.unit),
            Target::AtLeast(least) => format!(">= {least} {}", self.unit),
            Target::Times(times) => format!(">= {} x", rounded(times)),
            Target::None => String::new(),
        }
    }

    fn json(&self) -> Value {
        json!({
            "name": self.name,
            "value": rounded(self.value),
            "unit": self.unit,
            "rival": self.rival.map(|(name, _)| name),
            "rival_value": self.rival.map(|(_, value)| rounded(value)),
            "ratio": self.ratio().map(rounded),
            "target": self.target(),
            "met": self.met(),
        })
    }
}

/// A measurement without the digits that mean nothing.
#[expect(clippy::float_arithmetic, reason = "the display of a measurement, not money")]
fn rounded(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}

/// Runs a bench and prints its figures.
pub(crate) fn run(name: &str, json: bool) -> Result<()> {
    let bench = BENCHES.iter().find(|bench| bench.name == name);
    let figures = bench.map_or_else(|| Ok(Vec::new()), |bench| (bench.run)())?;
    let commit = read(&program("git", &["describe", "--always", "--dirty", "--abbrev=40"]));
    let commit = commit.unwrap_or_else(|_| "unknown".to_owned());
    let machine = machine();
    if json {
        let figures: Vec<Value> = figures.iter().map(Figure::json).collect();
        let object =
            json!({ "bench": name, "machine": machine, "commit": commit, "figures": figures });
        println!("{object:#}");
        return Ok(());
    }
    let text = |key: &str| machine.get(key).and_then(Value::as_str).unwrap_or("unknown").to_owned();
    let cores = machine.get("cores").and_then(Value::as_u64).unwrap_or(0);
    println!("\n{} ({cores} cores), {}, commit {commit}\n", text("cpu"), text("os"));
    println!(
        "{:<54} {:>12} {:<6} {:<22} {:>12} {:>8}  target",
        "figure", "value", "unit", "rival", "its value", "ratio"
    );
    for figure in &figures {
        let (rival, rival_value) =
            figure.rival.map_or((String::new(), String::new()), |(name, value)| {
                (name.to_owned(), format!("{:.3}", rounded(value)))
            });
        let ratio = figure.ratio().map_or_else(String::new, |ratio| format!("{ratio:.1} x"));
        let verdict = figure.met().map_or("", |met| if met { "met" } else { "MISSED" });
        println!(
            "{:<54} {:>12.3} {:<6} {rival:<22} {rival_value:>12} {ratio:>8}  {} {verdict}",
            figure.name,
            rounded(figure.value),
            figure.unit,
            figure.target(),
        );
    }
    Ok(())
}

fn machine() -> Value {
    let find = |path: &str, key: &str| {
        let text = fs::read_to_string(path).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix(key).map(str::to_owned));
        let value = line.map(|line| line.trim_start_matches([' ', '\t', ':', '=']).to_owned());
        value.map(|value| value.trim_matches('"').to_owned())
    };
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let os = find("/etc/os-release", "PRETTY_NAME");
    json!({
        "cpu": find("/proc/cpuinfo", "model name").unwrap_or_else(|| std::env::consts::ARCH.to_owned()),
        "cores": cores,
        "os": os.unwrap_or_else(|| std::env::consts::OS.to_owned()),
    })
}

const RIVAL: &str = "benches/rivals/python_decimal.py";
const PYTHON: &str = "Python decimal";

/// Writes the workload's tables for the rivals and says where.
fn tables(lines: &str, profile: &str) -> Result<String> {
    let directory = target_directory().join(format!("workload-{lines}")).display().to_string();
    let write = own(profile, "workload", &[&directory, lines])?;
    must(&write, "the workload's tables were not written")?;
    Ok(directory)
}

/// The rivals are only rivals if they come to the same prices.
pub(crate) fn rivals_agree(tests: &mut Tests) -> Result<()> {
    let directory = tables("10000", "dev")?;
    tests.watch(&program("python3", &[RIVAL, "check", &directory]))
}

/// One line, one document, compilation and memory against the book of 400,961 price rows.
#[expect(clippy::float_arithmetic, reason = "units of measurements, not money")]
fn core() -> Result<Vec<Figure>> {
    let directory = tables("10000", "release")?;
    let memory = number_object(&read(&own("release", "memory", &[])?)?)?;
    // What criterion says on the way is for whoever watches; standard output belongs to the result.
    let bench = cargo(&["bench", "--quiet", "--package", "listino-bench", "--bench", "core"]);
    must(&bench.stdout_to_stderr(), "the benchmark did not run")?;
    let python = number_object(&read(&program("python3", &[RIVAL, "measure", &directory]))?)?;
    Ok(vec![
        Figure {
            name: "one line priced".into(),
            value: criterion("one_line")? / 1e3,
            unit: "us",
            rival: Some((PYTHON, field(&python, "one_line")? / 1e3)),
            target: Target::Times(10.0),
        },
        Figure {
            name: "one line quoted, with waterfall".into(),
            value: criterion("one_line_quoted")? / 1e3,
            unit: "us",
            rival: Some((PYTHON, field(&python, "one_line")? / 1e3)),
            target: Target::None,
        },
        Figure {
            name: "20 lines, header discount, full trace".into(),
            value: criterion("document_explained")? / 1e3,
            unit: "us",
            rival: Some(("Python, no trace", field(&python, "document")? / 1e3)),
            target: Target::Below(20.0),
        },
        Figure {
            name: "the same, its names and the digest of its request read".into(),
            value: criterion("document_read")? / 1e3,
            unit: "us",
            rival: None,
            target: Target::None,
        },
        Figure {
            name: "20 lines, header discount, no trace".into(),
            value: criterion("document")? / 1e3,
            unit: "us",
            rival: Some((PYTHON, field(&python, "document")? / 1e3)),
            target: Target::None,
        },
        Figure {
            name: "20 lines, header discount, full trace, AdventureWorks".into(),
            value: criterion("adventureworks_explained")? / 1e3,
            unit: "us",
            rival: None,
            target: Target::Below(20.0),
        },
        Figure {
            name: "compile 400,961 price rows".into(),
            value: criterion("compile")? / 1e6,
            unit: "ms",
            rival: None,
            target: Target::Below(1_000.0),
        },
        Figure {
            name: "load the same book compiled".into(),
            value: criterion("load")? / 1e6,
            unit: "ms",
            rival: Some(("compiling it", criterion("compile")? / 1e6)),
            target: Target::Below(30.0),
        },
        Figure {
            name: "the compiled book, stored".into(),
            value: field(&memory, "stored")? / f64::from(1 << 20),
            unit: "MiB",
            rival: None,
            target: Target::None,
        },
        Figure {
            name: "resident per price row, its prices".into(),
            value: field(&memory, "per_row")?,
            unit: "bytes",
            rival: None,
            target: Target::AtMost(64.0),
        },
        Figure {
            name: "resident per price row, the whole engine".into(),
            value: field(&memory, "per_row_in_all")?,
            unit: "bytes",
            rival: None,
            target: Target::None,
        },
    ])
}

/// The frames of Python that analysts use, and how much faster a batch is to be.
const FRAMES: [(&str, &str, f64); 3] =
    [("duckdb", "DuckDB", 10.0), ("polars", "Polars", 10.0), ("pandas", "pandas", 15.0)];

/// How often ours and the kernel take turns; of an odd number the middle one counts.
const TURNS: usize = 3;

/// The Python that has the frames, in an environment of its own.
fn frames() -> Result<String> {
    let home = target_directory().join("rivals").display().to_string();
    let python = format!("{home}/bin/python");
    let pip =
        ["-m", "pip", "install", "--quiet", "--requirement", "benches/rivals/requirements.txt"];
    for expression in [program("python3", &["-m", "venv", &home]), program(&python, &pip)] {
        must(&expression.stdout_to_stderr(), &format!("no Python with the rivals in {home}"))?;
    }
    Ok(python)
}

/// The middle one of some numbers.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// A rival that prices line by line, and what it needs for each.
struct Single {
    name: &'static str,
    line: f64,
    target: Target,
}

/// Rivals line by line. ZEN and json-rules-engine do two parts of a line only, the cluster discount and
/// the best promotion; ours do all of it.
fn singles(few: &str) -> Result<Vec<Single>> {
    let home = "benches/rivals";
    let install = program("npm", &["install", "--no-save", "--silent", "--prefix", home]);
    must(&install.stdout_to_stderr(), &format!("no Node with the rivals in {home}"))?;
    let object = |expression| number_object(&read(&expression)?);
    let sqlite = object(program("python3", &["benches/rivals/sqlite_line.py", few, "3"]))?;
    let built = target_directory().join("zen").display().to_string();
    let build = ["run", "--quiet", "--release", "--manifest-path"];
    let zen = ["benches/zen/Cargo.toml", "--target-dir", &built, "--", few, "10000", "5"];
    let zen = object(cargo(&[&build[..], &zen].concat()))?;
    let node = |who, lines: &str, rounds| {
        object(program("node", &["benches/rivals/rules.mjs", who, lines, rounds]))
    };
    let zen_in_node = node("zen", few, "3")?;
    // It needs some milliseconds for each.
    let fewer = tables("1000", "release")?;
    let rules = node("json-rules-engine", &fewer, "1")?;
    let single = |name, object, figure, target| -> Result<Single> {
        Ok(Single { name, line: field(object, figure)?, target })
    };
    Ok(vec![
        single("SQLite", &sqlite, "line", Target::None)?,
        single("ZEN, 2 tables only", &zen, "compiled", Target::Times(25.0))?,
        single("ZEN as started, same 2", &zen, "quick_start", Target::Times(200.0))?,
        single("ZEN in Node, same 2", &zen_in_node, "line", Target::None)?,
        single("json-rules, same 2", &rules, "line", Target::None)?,
    ])
}

/// How a workload grows: its products, or the promotions that each product is in.
struct Growth {
    /// What grows.
    what: &'static str,
    sizes: [(&'static str, f64); 4],
    /// How the bench is asked for a size, which follows.
    ask: &'static [&'static str],
}

/// Right answers are found by looking at every promotion, so with many of them the lines are fewer.
const GROWTHS: [Growth; 2] = [
    Growth {
        what: "products",
        sizes: [("1000", 1e3), ("10000", 1e4), ("100000", 1e5), ("1000000", 1e6)],
        ask: &["--rounds", "5", "sized"],
    },
    Growth {
        what: "promotions a product",
        sizes: [("1", 1e0), ("10", 1e1), ("100", 1e2), ("1000", 1e3)],
        ask: &["--rounds", "5", "--lines", "131072", "sized", "100000"],
    },
];

/// What a line takes as the workload grows, each size in a process of its own and next to the size
/// before it. Ten times as much may cost as much more as the logarithm of it.
#[expect(clippy::float_arithmetic, reason = "units of measurements, not money")]
fn growth() -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for Growth { what, sizes, ask } in GROWTHS {
        let mut step: Option<(f64, f64)> = None;
        for (text, size) in sizes {
            let run = own("release", "bench-batch", &[ask, &[text]].concat())?;
            let line = field(&number_object(&read(&run)?)?, "batch")?;
            let target = step.map_or(Target::None, |(smaller, _)| {
                Target::Times((1.0 + smaller).ln() / (1.0 + size).ln())
            });
            figures.push(Figure {
                name: format!("a line, {text} {what}").into(),
                value: line,
                unit: "ns",
                rival: step.map(|(_, before)| ("a tenth of them", before)),
                target,
            });
            figures.push(Figure {
                name: format!("lines a second, {text} {what}").into(),
                value: 1e9 / line,
                unit: "1/s",
                rival: None,
                target: Target::None,
            });
            step = Some((size, line));
        }
    }
    Ok(figures)
}

/// 1,000,000 lines in columns, on the same lines as the rivals, one process each, taking turns.
/// Whoever does not come to the right sums ends the run.
#[expect(clippy::float_arithmetic, reason = "units of measurements, not money")]
fn batch() -> Result<Vec<Figure>> {
    let python = frames()?;
    let few = tables("10000", "release")?;
    let many = tables("1000000", "release")?;
    let memory = number_object(&read(&own("release", "memory", &[])?)?)?;
    let turn = |what: &str| -> Result<Value> {
        number_object(&read(&own("release", "bench-batch", &[what])?)?)
    };
    let (mut ours, mut kernels) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        ours.push(turn("ours")?);
        kernels.push(turn("kernel")?);
    }
    let of = |objects: &[Value], name: &str| -> Result<f64> {
        Ok(median(objects.iter().map(|object| field(object, name)).collect::<Result<_>>()?))
    };
    let (line, kernel) = (of(&ours, "batch")?, of(&kernels, "batch")?);
    let mut figures = Vec::new();
    let mut against = |name: &'static str, value: f64, rival, target| {
        figures.push(Figure { name: name.into(), value, unit: "ns", rival: Some(rival), target });
    };
    let batch = "a line of 1,000,000, one thread";
    against(batch, line, ("kernel by hand", kernel), Target::Times(1.0 / 1.5));
    for (who, name, times) in FRAMES {
        let rival = program(&python, &["benches/rivals/frames.py", who, &many, "3"]);
        let rival = field(&number_object(&read(&rival)?)?, "batch")?;
        against(batch, line, (name, rival), Target::Times(times));
    }
    let decimal = number_object(&read(&program("python3", &[RIVAL, "measure", &few]))?)?;
    let decimal = field(&decimal, "one_line")?;
    against(batch, line, ("decimal, 10,000 lines", decimal), Target::Times(50.0));
    let (one, two) = (of(&ours, "wall_one_thread")?, of(&ours, "wall_two_threads")?);
    against("the same by the clock, two threads", two, ("one thread", one), Target::Times(1.8));
    let alone = of(&ours, "single")?;
    against("a line alone", alone, (PYTHON, decimal), Target::None);
    for Single { name, line, target } in singles(&few)? {
        against("a line alone", alone, (name, line), target);
    }
    let mut plain = |name: &'static str, value: f64, unit, target| {
        figures.push(Figure { name: name.into(), value, unit, rival: None, target });
    };
    plain("resident engine", field(&memory, "bytes")? / 1e6, "MB", Target::AtMost(30.0));
    plain("read the book from JSON", of(&ours, "parse")?, "ms", Target::None);
    plain("check it", of(&ours, "check")?, "ms", Target::None);
    plain("compile it, on all processors", of(&ours, "compile")?, "ms", Target::None);
    let both = of(&ours, "wall_parse")? + of(&ours, "wall_compile")?;
    plain("read and compile, by the clock", both, "ms", Target::Below(500.0));
    plain("load it compiled", of(&ours, "load")?, "ms", Target::Below(30.0));
    figures.extend(growth()?);
    Ok(figures)
}

/// What the figures of a promise are of.
const PERCENTS: [&str; 2] = ["p50", "p99"];

/// What is promised of the valid set after a choice: milliseconds at p50 and p99, natively and in
/// WebAssembly.
const VALID_SETS: [(&str, [f64; 2], [f64; 2]); 8] = [
    ("eshop", [0.05, 1.0], [0.1, 2.0]),
    ("berkeleydb", [0.05, 1.0], [0.1, 2.0]),
    ("pc_richmond", [0.05, 1.0], [0.1, 2.0]),
    ("finserv01", [0.05, 1.0], [0.1, 2.0]),
    ("erp", [0.3, 1.0], [0.6, 3.0]),
    ("automotive01", [2.0, 20.0], [5.0, 50.0]),
    ("automotive02_1", [20.0, 100.0], [50.0, 250.0]),
    ("van", [2.0, 20.0], [5.0, 50.0]),
];

/// Exact valid sets on seven real models and a generated one, with batsat on the same clauses beside
/// them; and the same choices through the npm package in Node.
#[expect(clippy::float_arithmetic, reason = "units of measurements, not money")]
fn configure() -> Result<Vec<Figure>> {
    let measured = number_object(&read(&own("release", "bench-configure", &["--json"])?)?)?;
    let books = target_directory().join("configure-books").display().to_string();
    let write = own("release", "bench-configure", &["--books", &books])?;
    must(&write, "the books with models were not written")?;
    let node = number_object(&crate::wasm::sessions(&books)?)?;
    let all = measured.get("figures").and_then(Value::as_array).cloned().unwrap_or_default();
    let find = |name: &str| -> Result<&Value> {
        let found = all.iter().find(|f| f.get("name").and_then(Value::as_str) == Some(name));
        found.ok_or_else(|| Failure(format!("there is no figure `{name}`")))
    };
    let value = |name: &str| -> Result<f64> { field(find(name)?, "value") };
    let mut figures = Vec::new();
    let mut plain = |name: String, value: f64, unit, target| {
        figures.push(Figure { name: name.into(), value, unit, rival: None, target });
    };
    for (percent, all_models, compared) in [("p50", 30.0, 5.0), ("p99", 8.0, 2.0)] {
        let name = format!("geometric mean of the ratios at {percent}");
        plain(name.clone(), value(&name)?, "times", Target::AtLeast(all_models));
        for (model, ..) in VALID_SETS {
            let name = format!("{model} valid set {percent}");
            let ratio = field(find(&name)?, "ratio")?;
            plain(format!("{name}, times batsat"), ratio, "times", Target::AtLeast(compared));
        }
    }
    for (model, natively, in_node) in VALID_SETS {
        for (percent, most) in PERCENTS.into_iter().zip(natively) {
            let name = format!("{model} valid set {percent}");
            let figure = find(&name)?;
            figures.push(Figure {
                value: field(figure, "value")?,
                rival: Some(("batsat", field(figure, "rival_value")?)),
                name: name.into(),
                unit: "ms",
                target: Target::AtMost(most),
            });
        }
        for (percent, most) in PERCENTS.into_iter().zip(in_node) {
            figures.push(Figure {
                name: format!("{model} valid set {percent}, WebAssembly").into(),
                value: field(&node, &format!("{model} {percent}"))?,
                unit: "ms",
                rival: None,
                target: Target::AtMost(most),
            });
        }
        let mut plain = |what: &str, unit, scale: f64, target| -> Result<()> {
            let name = format!("{model} {what}");
            let value = value(&name)? / scale;
            figures.push(Figure { name: name.into(), value, unit, rival: None, target });
            Ok(())
        };
        plain("valid set max", "ms", 1.0, Target::None)?;
        plain("steps compared", "steps", 1.0, Target::None)?;
        plain("explain p50", "ms", 1.0, Target::None)?;
        plain("explain p99", "ms", 1.0, Target::None)?;
        plain("compile", "ms", 1.0, Target::None)?;
        plain("load", "ms", 1.0, Target::None)?;
        // Up to 800 options, and up to 18,000.
        let most = if natively == [0.05, 1.0] { 4.0 } else { 64.0 };
        plain("memory", "MiB", f64::from(1 << 20), Target::AtMost(most))?;
    }
    Ok(figures)
}

/// What the bindings weigh, and what they add to the engine.
#[expect(clippy::float_arithmetic, reason = "units of measurements, not money")]
fn bindings() -> Result<Vec<Figure>> {
    let core = number_object(&read(&own("release", "call", &[])?)?)?;
    let core_us = |name: &str| -> Result<f64> { Ok(field(&core, name)? / 1e3) };
    let web = number_object(&crate::wasm::measure()?)?;
    let web = |name: &str| field(&web, name);
    let native = "the engine, native";
    let c = number_object(&crate::c::measure()?)?;
    let c_us = field(&c, "price_ns")? / 1e3;
    let python = number_object(&crate::python::measure()?)?;
    let python = |name: &str| field(&python, name);
    Ok(vec![
        Figure {
            name: "C: one line priced, structs in and out".into(),
            value: c_us,
            unit: "us",
            rival: Some((native, core_us("price")?)),
            target: Target::None,
        },
        Figure {
            name: "C: what that is above the native engine".into(),
            value: c_us - core_us("price")?,
            unit: "us",
            rival: None,
            target: Target::AtMost(0.2),
        },
        Figure {
            name: "Python: a quote of one line, typed objects in and out".into(),
            value: python("quote_us")?,
            unit: "us",
            rival: Some((native, core_us("quote")?)),
            target: Target::None,
        },
        Figure {
            name: "Python: what that is above the native engine".into(),
            value: python("quote_us")? - core_us("quote")?,
            unit: "us",
            rival: None,
            target: Target::AtMost(5.0),
        },
        Figure {
            name: "Python: one line priced".into(),
            value: python("price_us")?,
            unit: "us",
            rival: Some(("decimal, arithmetic only", python("decimal_us")?)),
            target: Target::None,
        },
        Figure {
            name: "WebAssembly for browsers, pricing only, brotli".into(),
            value: web("pricing_kib")?,
            unit: "KiB",
            rival: None,
            target: Target::AtMost(90.0),
        },
        Figure {
            name: "WebAssembly for browsers, with configuration, brotli".into(),
            value: web("listino_kib")?,
            unit: "KiB",
            rival: None,
            target: Target::AtMost(150.0),
        },
        Figure {
            name: "WebAssembly that reads JSON books, brotli".into(),
            value: web("full_kib")?,
            unit: "KiB",
            rival: None,
            target: Target::None,
        },
        Figure {
            name: "first quote after the start of a script, Node".into(),
            value: web("first_node_ms")?,
            unit: "ms",
            rival: None,
            target: Target::AtMost(50.0),
        },
        Figure {
            name: "first quote after the start of a script, Chromium".into(),
            value: web("first_chromium_ms")?,
            unit: "ms",
            rival: None,
            target: Target::AtMost(50.0),
        },
        Figure {
            name: "the same with the build for pricing only".into(),
            value: web("first_pricing_ms")?,
            unit: "ms",
            rival: None,
            target: Target::AtMost(50.0),
        },
        Figure {
            name: "preview of 20 lines, Node".into(),
            value: web("preview_us")? / 1e3,
            unit: "ms",
            rival: Some((native, core_us("twenty_lines")? / 1e3)),
            target: Target::Below(1.0),
        },
        Figure {
            name: "preview of 20 lines, Chromium".into(),
            value: web("preview_chromium_us")? / 1e3,
            unit: "ms",
            rival: Some((native, core_us("twenty_lines")? / 1e3)),
            target: Target::Below(1.0),
        },
        Figure {
            name: "Node: a quote of one line, objects in and out".into(),
            value: web("quote_us")?,
            unit: "us",
            rival: Some((native, core_us("one_line")?)),
            target: Target::None,
        },
        Figure {
            name: "Node: what that is above the native engine".into(),
            value: web("quote_us")? - core_us("one_line")?,
            unit: "us",
            rival: None,
            target: Target::AtMost(5.0),
        },
        Figure {
            name: "Node: what objects are above JSON in and out".into(),
            value: web("quote_us")? - web("call_us")?,
            unit: "us",
            rival: None,
            target: Target::None,
        },
        Figure {
            name: "Node: one line priced".into(),
            value: web("price_us")?,
            unit: "us",
            rival: Some(("decimal.js, arithmetic only", web("decimal_us")?)),
            target: Target::None,
        },
    ])
}

fn number_object(text: &str) -> Result<Value> {
    serde_json::from_str(text).map_err(|error| Failure(format!("`{text}` is not JSON: {error}")))
}

fn field(object: &Value, name: &str) -> Result<f64> {
    let number = object.get(name).and_then(Value::as_f64);
    number.ok_or_else(|| Failure(format!("there is no figure `{name}`")))
}

/// The median that criterion found for a bench of the group `core`, in nanoseconds.
fn criterion(name: &str) -> Result<f64> {
    let path: PathBuf = ["criterion", "core", name, "new", "estimates.json"]
        .iter()
        .fold(target_directory(), |p, s| p.join(s));
    let text = fs::read_to_string(&path)
        .map_err(|error| Failure(format!("{}: {error}", path.display())))?;
    let estimates = number_object(&text)?;
    let median =
        estimates.get("median").and_then(|m| m.get("point_estimate")).and_then(Value::as_f64);
    median.ok_or_else(|| Failure(format!("{} has no median", path.display())))
}
