//! The engine's arithmetic against rationals; the program `arithmetic` compares many more rows.
#![cfg(test)]

#[test]
fn rows_are_as_the_rationals_say() {
    let counts = listino_oracle::arithmetic(200_000, 3);
    assert!(counts.len() >= 9, "every operation: {counts:?}");
    assert!(counts.iter().all(|(_, (rows, _))| *rows > 20), "{counts:?}");
}
