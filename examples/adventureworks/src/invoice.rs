//! The invoiced lines in the columns that `listino reprice` and `listino diff` read.

use std::path::Path;

use crate::Result;
use crate::story;
use crate::table::{Record, Table};

/// The invoiced lines as CSV, with a customer for each order: the sample does not name them, so
/// the orders of resellers go round among the resellers of the book.
///
/// # Errors
/// [`crate::Error`] with the row that cannot be used.
pub fn invoices(data: &Path) -> Result<String> {
    let mut text = String::from(
        "order,date,channel,customer,product,quantity,invoiced_unit_price,invoiced_total\n",
    );
    for row in &Table::read_csv(data, "order_lines_sample")? {
        let customer = customer(&row)?;
        let cells = [0, 1, 2].map(|column| row.text(column));
        let rest = [3, 4, 5, 7].map(|column| row.text(column));
        let cells = cells.into_iter().chain([Ok(customer)]).chain(rest);
        text += &cells.collect::<Result<Vec<_>>>()?.join(",");
        text.push('\n');
    }
    Ok(text)
}

fn customer(row: &Record<'_>) -> Result<&'static str> {
    if row.text(2)? == "online" {
        return Ok("online");
    }
    let order: usize = row.text(0)?.parse().map_err(|_| row.error(0, "not a number"))?;
    let mut resellers = story::RESELLERS.iter().cycle().skip(order % story::RESELLERS.len());
    Ok(resellers.next().map_or("online", |reseller| reseller.id))
}
