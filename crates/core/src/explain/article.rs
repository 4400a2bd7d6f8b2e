//! The Italian article before a number: "il 10 %", "l'8 %", "lo 0,5 %".

/// A word in the three forms that it has before a number.
pub(super) struct Article {
    /// Before a consonant.
    plain: &'static str,
    /// Before a vowel, without a space.
    elided: &'static str,
    /// Before "zero".
    zero: &'static str,
}

/// "il".
pub(super) const THE: Article = Article { plain: "il ", elided: "l'", zero: "lo " };
/// "del".
pub(super) const OF_THE: Article = Article { plain: "del ", elided: "dell'", zero: "dello " };

impl Article {
    /// The number with its article, chosen by what the number begins with when it is read: "uno",
    /// "otto", "undici" and "ottanta" begin with a vowel, "mille" and "meno" do not.
    pub(super) fn before(&self, number: &str) -> String {
        let end = number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
        let (first, rest) = number.split_at(end);
        let article = match first {
            "0" => self.zero,
            // With thousands after it, it is read "mille".
            "1" if rest.starts_with('.') => self.plain,
            "1" | "11" => self.elided,
            _ if first.starts_with('8') => self.elided,
            _ => self.plain,
        };
        format!("{article}{number}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_article_follows_how_the_number_is_read() {
        let elided = [
            "1 %", "1,5 %", "8 %", "8,25 %", "11 %", "80 %", "88,5 %", "800 %", "8.000 %",
            "11.000 %",
        ];
        let zero = ["0 %", "0,5 %"];
        let plain = [
            "2 %", "10 %", "18 %", "100 %", "111 %", "180 %", "1.000 %", "1.800 %", "-8 %",
            "-0,5 %",
        ];
        for number in elided {
            assert_eq!(THE.before(number), format!("l'{number}"));
            assert_eq!(OF_THE.before(number), format!("dell'{number}"));
        }
        for number in zero {
            assert_eq!(THE.before(number), format!("lo {number}"));
            assert_eq!(OF_THE.before(number), format!("dello {number}"));
        }
        for number in plain {
            assert_eq!(THE.before(number), format!("il {number}"));
            assert_eq!(OF_THE.before(number), format!("del {number}"));
        }
    }
}
