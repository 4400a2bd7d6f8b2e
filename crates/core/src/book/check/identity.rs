//! Ids that stand for two things: an explanation that names one of them says nothing.

use std::collections::BTreeMap;

use super::{Check, Code};
use crate::Id;

impl Check<'_> {
    pub(super) fn identity(&mut self) {
        let book = self.book;
        self.unique("price_lists", "price list", book.price_lists.iter().map(|list| &list.id));
        self.unique("discounts", "discount", book.discounts.iter().map(|rule| &rule.id));
        self.unique("stages", "stage", book.stages.iter().map(|stage| &stage.id));
        self.unique("groups", "group", book.groups.iter().map(|group| &group.id));
        self.unique("margins", "margin threshold", book.margins.iter().map(|m| &m.id));
        self.unique("visibility", "visibility rule", book.visibility.iter().map(|rule| &rule.id));
    }

    fn unique<'i>(&mut self, section: &str, kind: &str, ids: impl Iterator<Item = &'i Id>) {
        let mut seen: BTreeMap<&Id, usize> = BTreeMap::new();
        for (i, id) in ids.enumerate() {
            if let Some(first) = seen.get(id) {
                let first = format!("/{section}/{first}");
                self.found.push(
                    crate::Diagnostic::new(
                        Code::DuplicateId,
                        format!("/{section}/{i}/id"),
                        format!("{kind} `{id}` stands twice"),
                    )
                    .with_related(first, format!("the other `{id}`")),
                );
            } else {
                seen.insert(id, i);
            }
        }
    }
}
