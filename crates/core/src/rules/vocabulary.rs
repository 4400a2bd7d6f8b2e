use std::fmt;

use serde::{Deserialize, Serialize};

/// The type of a value in a rule.
///
/// ```
/// use listino_core::rules::{Type, Variable};
/// assert_eq!(Variable::Quantity.value_type(), Type::Number);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Type {
    /// An exact decimal.
    Number,
    /// A text.
    Text,
    /// `true` or `false`.
    Bool,
    /// A calendar day.
    Date,
    /// A list of texts, for `in`.
    TextList,
    /// Texts by key: `customer.attributes["k"]`.
    TextMap,
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Number => "number",
            Self::Text => "text",
            Self::Bool => "true or false",
            Self::Date => "date",
            Self::TextList => "list of texts",
            Self::TextMap => "attributes",
        })
    }
}

macro_rules! variables {
    ($($(#[$doc:meta])* $name:ident, $text:literal, $kind:ident;)*) => {
        /// What a rule can ask about.
        ///
        /// Any of them may be without a value when a rule is evaluated; a rule that needs a
        /// missing value fails, unless it gives a fallback with `??`.
        ///
        /// ```
        /// use listino_core::rules::{Type, Variable};
        /// assert_eq!(Variable::CustomerCluster.name(), "customer.cluster");
        /// assert_eq!(Variable::CustomerClusters.value_type(), Type::TextList);
        /// assert_eq!(Variable::named("quantity"), Some(Variable::Quantity));
        /// ```
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum Variable {
            $($(#[$doc])* $name,)*
        }

        impl Variable {
            /// Every variable, in the order of the documentation.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The variable as it is written in a rule.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// The type of its value.
            pub const fn value_type(self) -> Type {
                match self { $(Self::$name => Type::$kind,)* }
            }

            /// The variable of that name.
            pub fn named(name: &str) -> Option<Self> {
                match name { $($text => Some(Self::$name),)* _ => None }
            }
        }
    };
}

variables! {
    /// The quantity of the line, in the unit it is ordered in; of the lines of a document rule
    /// together, in base units.
    Quantity, "quantity", Number;
    /// The list price per unit, before any discount.
    ListPrice, "list_price", Number;
    /// The cost per unit.
    Cost, "cost", Number;
    /// List price times quantity; what the lines of a document rule come to.
    Value, "value", Number;
    /// The weight of the line, or of the lines of a document rule.
    Weight, "weight", Number;
    /// The pricing date.
    Date, "date", Date;
    /// The sales channel.
    Channel, "channel", Text;
    /// The currency code of the document.
    Currency, "currency", Text;
    /// The customer's id.
    CustomerId, "customer.id", Text;
    /// The customer's own discount cluster.
    CustomerCluster, "customer.cluster", Text;
    /// The customer's cluster and every cluster above it.
    CustomerClusters, "customer.clusters", TextList;
    /// The customer's own region.
    CustomerRegion, "customer.region", Text;
    /// The customer's region and every region above it.
    CustomerRegions, "customer.regions", TextList;
    /// The segments the customer belongs to.
    CustomerSegments, "customer.segments", TextList;
    /// The customer's attributes.
    CustomerAttributes, "customer.attributes", TextMap;
    /// The product's id.
    ProductId, "product.id", Text;
    /// The product's own category.
    ProductCategory, "product.category", Text;
    /// The product's category and every category above it.
    ProductCategories, "product.categories", TextList;
    /// The product's base unit.
    ProductUnit, "product.unit", Text;
    /// The product's attributes.
    ProductAttributes, "product.attributes", TextMap;
    /// What the host says about the line.
    LineAttributes, "line.attributes", TextMap;
    /// What the host says about the document.
    OrderAttributes, "order.attributes", TextMap;
}

/// The variables that a rule may use where it stands.
///
/// A rule that computes a list price cannot ask for the list price. Declaring what is known
/// turns that from a failure on the day of the quote into an error on the day the book is written.
///
/// ```
/// use listino_core::rules::{Variable, Vocabulary};
/// let early = Vocabulary::ALL.without(Variable::ListPrice);
/// assert!(early.has(Variable::Quantity) && !early.has(Variable::ListPrice));
/// assert!(Vocabulary::of(&[Variable::Cost]).has(Variable::Cost));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Vocabulary(u32);

impl Vocabulary {
    /// Every variable.
    pub const ALL: Self = Self(u32::MAX);

    /// Only these variables.
    #[must_use]
    pub fn of(variables: &[Variable]) -> Self {
        Self(variables.iter().fold(0, |set, variable| set | bit(*variable)))
    }

    /// The same without one of them.
    #[must_use]
    pub const fn without(self, variable: Variable) -> Self {
        Self(self.0 & !bit(variable))
    }

    /// Whether a variable is known here.
    pub const fn has(self, variable: Variable) -> bool {
        self.0 & bit(variable) != 0
    }
}

const fn bit(variable: Variable) -> u32 {
    1 << variable as u32
}
