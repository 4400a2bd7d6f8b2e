//! A variable with a sign, in one integer.

/// A literal: variable `v` chosen is `2v`, left out is `2v + 1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lit(u32);

impl Lit {
    /// A variable, true or false.
    #[inline]
    pub const fn new(variable: u32, positive: bool) -> Self {
        Self(variable << 1 | !positive as u32)
    }

    /// The variable is true.
    #[inline]
    pub const fn positive(variable: u32) -> Self {
        Self(variable << 1)
    }

    /// The variable is false.
    #[inline]
    pub const fn negative(variable: u32) -> Self {
        Self(variable << 1 | 1)
    }

    /// The literal of a [`code`](Self::code).
    #[inline]
    pub const fn from_code(code: u32) -> Self {
        Self(code)
    }

    /// The literal as a number.
    #[inline]
    pub const fn code(self) -> u32 {
        self.0
    }

    /// The code as an index.
    #[inline]
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// Its variable.
    #[inline]
    pub const fn variable(self) -> u32 {
        self.0 >> 1
    }

    /// The variable as an index.
    #[inline]
    pub const fn slot(self) -> usize {
        (self.0 >> 1) as usize
    }

    /// Whether it says that its variable is true.
    #[inline]
    pub const fn is_positive(self) -> bool {
        self.0 & 1 == 0
    }
}

impl std::ops::Not for Lit {
    type Output = Self;

    #[inline]
    fn not(self) -> Self {
        Self(self.0 ^ 1)
    }
}
