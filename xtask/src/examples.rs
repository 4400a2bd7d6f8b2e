//! Whether every public type and function of the core is shown in an example that runs.
//!
//! An example counts for the item it stands on and for everything beside it, in the same file,
//! that it uses by name: a type that only occurs in another one needs none of its own. Fields,
//! variants, constants and what a macro makes are not looked at.

use std::fs;
use std::path::{Path, PathBuf};

use syn::{Attribute, Expr, ImplItem, Item, Lit, Meta, Type, Visibility};

use crate::process::{Failure, Result, root};

/// Looks at every file of the core and of its money.
pub(crate) fn run() -> Result<()> {
    let source = root().join("crates");
    let mut shown = 0;
    let mut missing = Vec::new();
    for file in [files(&source.join("money/src"))?, files(&source.join("core/src"))?].concat() {
        let text = fs::read_to_string(&file)?;
        let name = file.strip_prefix(&source).unwrap_or(&file).display().to_string();
        let page = Page::read(&text).map_err(|error| Failure(format!("{name}: {error}")))?;
        for item in &page.items {
            if page.shows(item) {
                shown += 1;
            } else {
                missing.push(format!("{name}: `{}`", item.title()));
            }
        }
    }
    println!("{shown} public types and functions are shown in an example");
    if missing.is_empty() {
        return Ok(());
    }
    missing.iter().for_each(|line| println!("no example: {line}"));
    Err(Failure(format!("{} public items have no example", missing.len())))
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// A public item, and whether it has an example of its own.
#[derive(Debug, PartialEq, Eq)]
struct Public {
    name: String,
    /// The type that a function belongs to.
    of: Option<String>,
    own: bool,
}

impl Public {
    fn title(&self) -> String {
        match &self.of {
            Some(of) => format!("{of}::{}", self.name),
            None => self.name.clone(),
        }
    }
}

/// The public items of a file, and all examples in it.
#[derive(Debug, Default)]
struct Page {
    items: Vec<Public>,
    examples: String,
}

impl Page {
    fn read(text: &str) -> syn::Result<Self> {
        let file = syn::parse_file(text)?;
        let mut page = Self::default();
        page.examples.push_str(&example(&file.attrs));
        file.items.iter().for_each(|item| page.item(item));
        Ok(page)
    }

    fn item(&mut self, item: &Item) {
        match item {
            Item::Struct(item) => self.public(&item.vis, &item.ident, None, &item.attrs),
            Item::Enum(item) => self.public(&item.vis, &item.ident, None, &item.attrs),
            Item::Trait(item) => self.public(&item.vis, &item.ident, None, &item.attrs),
            Item::Fn(item) => self.public(&item.vis, &item.sig.ident, None, &item.attrs),
            Item::Impl(item) if item.trait_.is_none() => {
                let Type::Path(of) = &*item.self_ty else { return };
                let of = of.path.segments.last().map(|segment| segment.ident.to_string());
                for inner in &item.items {
                    if let ImplItem::Fn(inner) = inner {
                        self.public(&inner.vis, &inner.sig.ident, of.clone(), &inner.attrs);
                    }
                }
            }
            _ => {}
        }
    }

    fn public(
        &mut self,
        visibility: &Visibility,
        name: &syn::Ident,
        of: Option<String>,
        attributes: &[Attribute],
    ) {
        let example = example(attributes);
        self.examples.push_str(&example);
        if matches!(visibility, Visibility::Public(_)) {
            self.items.push(Public { name: name.to_string(), of, own: !example.is_empty() });
        }
    }

    fn shows(&self, item: &Public) -> bool {
        item.own || uses(&self.examples, &item.name, item.of.is_some())
    }
}

/// Whether code has a name in it; that of a method only after a dot or a colon.
fn uses(code: &str, name: &str, method: bool) -> bool {
    let part_of_name = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(name).any(|(at, _)| {
        let before = code.get(..at).and_then(|text| text.chars().next_back());
        let after = code.get(at + name.len()..).and_then(|text| text.chars().next());
        let alone = !before.is_some_and(part_of_name) && !after.is_some_and(part_of_name);
        alone && (!method || matches!(before, Some('.' | ':')))
    })
}

/// The code that runs when the documentation is tested.
fn example(attributes: &[Attribute]) -> String {
    let mut code = String::new();
    let mut fence: Option<bool> = None;
    for line in attributes.iter().filter_map(doc) {
        match (line.trim().strip_prefix("```"), fence) {
            (Some(language), None) => fence = Some(matches!(language, "" | "rust")),
            (Some(_), Some(_)) => fence = None,
            (None, Some(true)) => {
                code.push_str(&line);
                code.push('\n');
            }
            (None, _) => {}
        }
    }
    code
}

fn doc(attribute: &Attribute) -> Option<String> {
    let Meta::NameValue(pair) = &attribute.meta else { return None };
    if !pair.path.is_ident("doc") {
        return None;
    }
    match &pair.value {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_shows_what_it_stands_on_and_what_it_names() {
        let page = Page::read(
            "/// One.\n///\n/// ```\n/// let one = One::new().next(Two);\n/// ```\npub struct One;\n\
             /// Two.\npub struct Two;\n/// Three.\n///\n/// ```text\n/// Three\n/// ```\npub struct Three;\n\
             impl One { /// New.\npub fn new() {} /// Next.\npub fn next() {} /// One.\npub fn one() {} }\n\
             pub(crate) struct Inner;",
        )
        .unwrap();
        let missing: Vec<String> =
            page.items.iter().filter(|item| !page.shows(item)).map(Public::title).collect();
        assert_eq!(missing, ["Three", "One::one"]);
        assert_eq!(page.items.len(), 6);
    }
}
