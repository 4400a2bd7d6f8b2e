//! Did you mean: the known name that is nearest to an unknown one.

use std::cell::Cell;

use super::Check;

/// The nearest of some names, if it is near enough to be a slip of the fingers. Every comparison
/// is taken from the budget, so that a book full of unknown names does not take for ever.
pub(crate) fn nearest<'n>(
    name: &str,
    known: impl IntoIterator<Item = &'n str>,
    budget: &Cell<usize>,
) -> Option<&'n str> {
    let length = name.chars().count();
    let limit = (length / 3).clamp(1, 4);
    let mut best: Option<(usize, &str)> = None;
    for candidate in known {
        let Some(left) = budget.get().checked_sub(1) else { break };
        budget.set(left);
        if candidate == name || candidate.len().abs_diff(name.len()) > 4 * limit {
            continue;
        }
        if candidate.to_lowercase() == name.to_lowercase() {
            return Some(candidate);
        }
        if candidate.chars().count().abs_diff(length) > limit {
            continue;
        }
        let distance = strsim::osa_distance(name, candidate);
        if distance <= limit && distance < length && best.is_none_or(|(least, _)| distance < least)
        {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

impl Check<'_> {
    /// `did you mean X? Or ...`, or the mend alone.
    pub(super) fn meant<'n>(
        &self,
        name: &str,
        known: impl IntoIterator<Item = &'n str>,
        mend: &str,
    ) -> String {
        match nearest(name, known, &self.hints) {
            Some(candidate) => format!("did you mean `{candidate}`? Or {mend}"),
            None => mend.to_owned(),
        }
    }
}
