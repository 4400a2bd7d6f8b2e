//! A variable with a sign, in one integer.

/// A literal: variable `v` chosen is `2v`, left out is `2v + 1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Lit(u32);

impl Lit {
    pub(crate) const fn new(variable: u32, positive: bool) -> Self {
        Self(variable << 1 | !positive as u32)
    }

    pub(crate) const fn positive(variable: u32) -> Self {
        Self(variable << 1)
    }

    pub(crate) const fn negative(variable: u32) -> Self {
        Self(variable << 1 | 1)
    }

    pub(crate) const fn from_code(code: u32) -> Self {
        Self(code)
    }

    pub(crate) const fn code(self) -> u32 {
        self.0
    }

    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }

    pub(crate) const fn variable(self) -> u32 {
        self.0 >> 1
    }

    /// The variable as an index.
    pub(crate) const fn slot(self) -> usize {
        (self.0 >> 1) as usize
    }

    pub(crate) const fn is_positive(self) -> bool {
        self.0 & 1 == 0
    }
}

impl std::ops::Not for Lit {
    type Output = Self;

    fn not(self) -> Self {
        Self(self.0 ^ 1)
    }
}
