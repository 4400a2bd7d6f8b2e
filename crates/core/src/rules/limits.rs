/// How large a rule may be and how much work it may do.
///
/// The defaults are also the ceilings: a limit can be lowered, not raised, because a rule that
/// arrives in a compiled book is checked against them whoever compiled it.
///
/// ```
/// use listino_core::rules::RuleLimits;
/// let limits = RuleLimits::default().depth(8).depth(1_000);
/// assert_eq!(limits.max_depth(), RuleLimits::default().max_depth());
/// let small = RuleLimits::default().source(200).tokens(50).nodes(30).steps(100);
/// assert_eq!((small.max_source(), small.max_tokens()), (200, 50));
/// assert_eq!((small.max_nodes(), small.max_steps()), (30, 100));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleLimits {
    source: usize,
    tokens: usize,
    nodes: usize,
    depth: usize,
    steps: usize,
}

impl RuleLimits {
    /// 4096 bytes of source, 512 tokens, 512 nodes, 48 levels, 2048 steps.
    pub(super) const CEILING: Self =
        Self { source: 4096, tokens: 512, nodes: 512, depth: 48, steps: 2048 };

    /// The longest source, in bytes (default 4096).
    #[must_use]
    pub fn source(mut self, bytes: usize) -> Self {
        self.source = bytes.min(Self::CEILING.source);
        self
    }

    /// The most words, numbers and signs in a source (default 512).
    #[must_use]
    pub fn tokens(mut self, count: usize) -> Self {
        self.tokens = count.min(Self::CEILING.tokens);
        self
    }

    /// The most values and operations in a rule (default 512).
    #[must_use]
    pub fn nodes(mut self, count: usize) -> Self {
        self.nodes = count.min(Self::CEILING.nodes);
        self
    }

    /// The deepest nesting of operations and of brackets (default 48).
    #[must_use]
    pub fn depth(mut self, levels: usize) -> Self {
        self.depth = levels.min(Self::CEILING.depth);
        self
    }

    /// The most operations in one evaluation (default 2048).
    ///
    /// A rule has no loops and evaluates each node at most once, so the node limit already bounds
    /// an evaluation; this budget is for a host that wants less.
    #[must_use]
    pub fn steps(mut self, count: usize) -> Self {
        self.steps = count.min(Self::CEILING.steps);
        self
    }

    /// The longest source, in bytes.
    pub const fn max_source(self) -> usize {
        self.source
    }

    /// The most tokens in a source.
    pub const fn max_tokens(self) -> usize {
        self.tokens
    }

    /// The most nodes in a rule.
    pub const fn max_nodes(self) -> usize {
        self.nodes
    }

    /// The deepest nesting.
    pub const fn max_depth(self) -> usize {
        self.depth
    }

    /// The most steps in one evaluation.
    pub const fn max_steps(self) -> usize {
        self.steps
    }
}

impl Default for RuleLimits {
    fn default() -> Self {
        Self::CEILING
    }
}
