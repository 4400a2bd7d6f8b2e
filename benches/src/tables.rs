//! The workload as tables, for rivals in other languages.

use std::fmt::Write as _;
use std::io::{BufWriter, Result, Write};
use std::path::Path;

use crate::{Outcome, Workload};

/// A number of ten-thousandths as a decimal.
fn decimal4(value: i64) -> String {
    format!("{}.{:04}", value / 10_000, value % 10_000)
}

/// A number of hundredths as a decimal.
fn decimal2(value: i64) -> String {
    format!("{}.{:02}", value / 100, value % 100)
}

/// A cell that may be empty.
fn cell(value: Option<usize>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

fn table(path: &Path, header: &str, rows: impl Iterator<Item = String>) -> Result<()> {
    let mut file = BufWriter::new(std::fs::File::create(path)?);
    writeln!(file, "{header}")?;
    for row in rows {
        writeln!(file, "{row}")?;
    }
    file.flush()
}

impl Workload {
    /// Writes the workload with its first lines into a directory as comma-separated tables, and
    /// `sums.csv` with the sums of the right answers. Days are counted from 2026-01-01, windows
    /// are half-open.
    ///
    /// # Errors
    /// What the file system says.
    pub fn write_tables(&self, directory: &Path, lines: usize) -> Result<()> {
        std::fs::create_dir_all(directory)?;
        let numbered = self.products.iter().enumerate();
        table(
            &directory.join("products.csv"),
            "product,category,cost",
            numbered.map(|(i, (category, cost))| format!("p{i},{category},{}", decimal4(*cost))),
        )?;
        table(
            &directory.join("customers.csv"),
            "customer,cluster,region,contract",
            self.customers
                .iter()
                .enumerate()
                .map(|(i, c)| format!("c{i},{},{},{}", c.cluster, c.region, cell(c.contract))),
        )?;
        table(
            &directory.join("prices.csv"),
            "list,product,from,to,from_1,from_10,from_100,from_1000",
            self.rows.iter().map(|row| {
                let mut text = format!("{},p{},{},{}", row.list, row.product, row.from, row.to);
                for price in row.prices {
                    // Writing to a string does not fail.
                    let _ = write!(text, ",{}", decimal4(price));
                }
                text
            }),
        )?;
        let cells = self.cluster_discounts.iter().enumerate().flat_map(|(cluster, row)| {
            row.iter()
                .enumerate()
                .map(move |(category, value)| format!("{cluster},{category},{}", decimal2(*value)))
        });
        table(&directory.join("clusters.csv"), "cluster,category,percent", cells)?;
        table(
            &directory.join("values.csv"),
            "from,percent",
            self.value_discounts
                .iter()
                .map(|step| format!("{},{}", decimal4(step.from), decimal2(step.percent))),
        )?;
        table(
            &directory.join("promotions.csv"),
            "promotion,category,cluster,region,quantity,percent,from,to",
            self.promotions.iter().map(|p| {
                let scope = [p.category, p.cluster, p.region].map(cell).join(",");
                let percent = decimal2(p.percent);
                format!("{},{scope},{},{percent},{},{}", p.id, p.quantity, p.from, p.to)
            }),
        )?;
        table(
            &directory.join("floors.csv"),
            "category,percent",
            self.floors.iter().enumerate().map(|(i, floor)| format!("{i},{}", decimal2(*floor))),
        )?;
        let lines = self.lines(lines);
        table(
            &directory.join("lines.csv"),
            "customer,product,quantity,day",
            lines
                .iter()
                .map(|l| format!("c{},p{},{},{}", l.customer, l.product, l.quantity, l.day)),
        )?;
        let sums = Outcome::sums(lines.iter().filter_map(|line| self.price(line)));
        table(
            &directory.join("sums.csv"),
            "list_price,list,cluster,promotion,promotion_percent,value,unit_price,total,margin,status",
            std::iter::once(sums.map(|sum| sum.to_string()).join(",")),
        )
    }
}
