//! The one table of findings: every code, how much it matters, what it means, how to mend it.

use crate::Severity;

/// What the catalogue says about a code.
///
/// ```
/// let entry = listino_core::book::catalogue().iter().find(|entry| entry.code == "B0207");
/// assert_eq!(entry.map(|entry| entry.meaning), Some("a price list names a product that is not in the book"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeInfo {
    /// The stable code: `B....` for books, `Q....` for requests.
    pub code: &'static str,
    /// How much a finding of this code matters.
    pub severity: Severity,
    /// What is the matter, in one line.
    pub meaning: &'static str,
    /// What to do about it, where the finding itself does not know better.
    pub mend: &'static str,
}

macro_rules! codes {
    ($($name:ident $code:literal $severity:ident $meaning:literal $mend:literal)*) => {
        /// A code of the catalogue.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Code {
            $(#[doc = $meaning] $name,)*
        }

        impl Code {
            /// What the catalogue says about it.
            pub(crate) const fn info(self) -> CodeInfo {
                match self {
                    $(Self::$name => CodeInfo {
                        code: $code,
                        severity: Severity::$severity,
                        meaning: $meaning,
                        mend: $mend,
                    },)*
                }
            }
        }

        const CATALOGUE: &[CodeInfo] = &[$(Code::$name.info(),)*];
    };
}

/// All codes that a book or a request can meet before it is priced, in order.
///
/// ```
/// assert!(listino_core::book::catalogue().len() > 100);
/// ```
pub fn catalogue() -> &'static [CodeInfo] {
    CATALOGUE
}

codes! {
    // The text.
    BookSyntax "B0001" Error
        "the text is not JSON"
        "mend the text at this place"
    BookTruncated "B0002" Error
        "the text ends in the middle"
        "the file is incomplete: get the whole of it"
    BookTrailing "B0003" Error
        "something follows the end of the document"
        "remove what follows the closing brace"
    BookLimit "B0004" Error
        "the document is larger than a limit allows"
        "split the document, or raise the limit"
    BookMore "B0005" Error
        "there are more findings than are listed"
        "mend the listed ones and check again"

    // The form.
    BookForm "B0100" Error
        "a value does not have the form it needs"
        "write the value as the message says"
    BookDuplicate "B0101" Error
        "a key stands twice in one object"
        "remove one of the two, or give it another name"
    BookUnknownField "B0102" Error
        "a field is not known"
        "remove the field or correct its name"
    BookMissing "B0103" Error
        "a field that is needed is missing"
        "add the field"
    BookKind "B0104" Error
        "a value is of the wrong kind"
        "write the kind of value that the message names; decimals are written as strings"
    BookDecimal "B0105" Error
        "a text is not a decimal number"
        "write digits with at most one point, such as `12.50`; no exponent, no plus sign, no separators"
    BookDigits "B0106" Error
        "a decimal has more than 28 digits"
        "write at most 28 digits"
    BookDate "B0107" Error
        "a text is not a date"
        "write `YYYY-MM-DD`, a day that exists, between the years 0001 and 9999"
    BookId "B0108" Error
        "a text cannot be an id"
        "write 1 to 256 bytes without control characters"
    BookCurrency "B0109" Error
        "a text is not a currency code"
        "write three capital letters, such as `EUR`"
    BookFactor "B0110" Error
        "a text is not a conversion factor"
        "write a positive decimal such as `12` or a fraction such as `1/3`"
    BookWord "B0111" Error
        "a word is not one of those that are known here"
        "write one of the words that the message lists"
    BookVersion "B0112" Error
        "the version of the document is not known"
        "write `\"v\": 1`"
    BookRow "B0113" Error
        "a price row has neither or both of `price` and `tiers`"
        "write one `price`, or `tiers` with prices in them"
    BookNotPositive "B0114" Error
        "an exchange rate is not greater than zero"
        "write a rate greater than zero"

    // References.
    UnknownParent "B0201" Error
        "a customer's parent is not in the book"
        "add the parent account or remove `parent`"
    UnknownStage "B0202" Error
        "a discount's stage is not in the procedure"
        "add the stage to `stages` or name one that is there"
    UnknownGroup "B0203" Error
        "a group refers to a group that neither `groups` nor any discount names"
        "correct the name or remove it"
    UnknownMixGroup "B0204" Error
        "`across` names a mix group that is not in the book"
        "add it to `mix_groups` or correct the name"
    UnknownCoupon "B0205" Error
        "a discount needs a coupon that is not in the book"
        "add it to `coupons` or correct the code"
    UnknownList "B0206" Error
        "a formula starts from a price list that is not in the book"
        "add the list or correct its name"
    UnknownPricedProduct "B0207" Error
        "a price list names a product that is not in the book"
        "add the product, or remove the price"
    UnknownUnit "B0208" Error
        "a unit is not in the book"
        "add it to `units` or correct the name"
    UnknownGift "B0209" Error
        "the product given for free is not in the book"
        "add the product or correct the name"
    UnknownHost "B0210" Error
        "an add-on belongs to a product that is not in the book"
        "add the product or correct the name"
    UnknownScopeProduct "B0211" Error
        "a scope names a product that is not in the book"
        "add the product or correct the name"
    UnknownScopeCustomer "B0212" Error
        "a scope names a customer that is not in the book"
        "add the customer or correct the name"
    ForeignUnit "B0213" Error
        "a price is for a unit that the product is not sold in"
        "add the unit with its factor to the product's `units`, or remove the price"
    UnknownModel "B0214" Error
        "a product is configured by a model that is not in the book"
        "add the model to `models`, or correct its name"
    UnknownOptionProduct "B0215" Error
        "an option of a model is a product that is not in the book"
        "add the product or correct the name"

    // Form that types cannot say.
    DuplicateId "B0301" Error
        "an id is used twice for the same kind of thing"
        "give each its own id: explanations refer to it"
    NoValue "B0302" Error
        "a discount does not say how much"
        "add one of `percent`, `amount`, `line_amount`, `price`, `tiers`, `matrix`, `free`, `rule`"
    ManyValues "B0303" Error
        "a discount says how much in several ways"
        "keep one of them, and make further rules of the others"
    NotOnDocument "B0304" Error
        "a discount in a document stage has a value that only lines can have"
        "use `percent`, `amount`, `tiers` or `rule`, or move the rule to a line stage"
    BadPath "B0305" Error
        "a path of a tree has an empty level"
        "write `parent/child`, without a slash at either end and without `//`"
    TierValue "B0306" Error
        "a discount tier needs exactly one of `percent` and `amount`"
        "keep one of them"
    NoTiers "B0307" Error
        "a scale has no tier"
        "add a tier or remove the scale"
    BaseUnitAgain "B0308" Error
        "a product converts its base unit into itself"
        "remove it from `units`: the base unit is `unit`"
    MergeTier "B0309" Error
        "tiers cannot be merged here"
        "use `merge: product`, or `volume` scales with the strategy `priority` or `most_specific`"
    ScaleBasis "B0310" Error
        "a `graduated` or `package` scale counts something else than the line's quantity"
        "use `basis: quantity` without `across`, or `mode: volume`"
    RoundingTwice "B0311" Error
        "a rounding step is named twice"
        "keep one of them"
    NoApprover "B0312" Error
        "an approval names no role"
        "name at least one role"
    PriceMeasure "B0313" Error
        "a threshold of measure `price` is not on lines"
        "use `on: line`, or measure `amount`"
    AccessTwice "B0314" Error
        "a step of the access sequence is named twice"
        "keep one of them"
    NoAccess "B0315" Error
        "no step of the access sequence admits a price list"
        "add the dimension of its scope, or `base`, to `access`"
    ManualMatter "B0316" Error
        "the stage `manual` is on the document, or `header` is on lines"
        "discounts by hand run in `manual` on lines and in `header` on the document"
    CustomRule "B0317" Error
        "a custom rule cannot be compiled"
        "see the language of rules in docs/RULES.md"
    FormulaStart "B0318" Error
        "a formula has neither `base` nor `rule`, or a `base` or `percent` beside its `rule`"
        "write where the price starts, or the rule that computes it"
    NestedNot "B0319" Error
        "a `not` inside a `not`"
        "write the scope without the inner `not`"
    FreeGroup "B0320" Error
        "a rule that gives goods has a group, a target or a way to combine"
        "free goods stand beside the other rules: leave `group`, `combine` and `on` out"
    ModelPrice "B0321" Error
        "a model of a book has a price or a cost of its own"
        "write the price of the product into a price list and its cost at the product"
    ConfiguredOption "B0322" Error
        "an option is a product that is configured itself"
        "write its options into this model, as a group or an assembly"
    OptionPeriod "B0323" Error
        "an option is a subscription of another period than the configured product"
        "give both products the same `per`"
    ConfiguredGift "B0324" Error
        "a gift is a product that is configured"
        "give a product that is sold as it is"
    AccrualOnLines "B0325" Error
        "a stage on lines is an accrual"
        "write `on: document`: what is granted later is granted on the document; or leave `accrual` out"
    ProductsOfDocument "B0326" Error
        "a coupon or a threshold on the document is for some products only"
        "name products in the discount that asks for the coupon, or in a threshold `on: group`"

    // Numbers and ranges.
    Negative "B0401" Error
        "a number must not be negative"
        "write zero or more"
    NotPositive "B0402" Error
        "a number must be greater than zero"
        "write a number greater than zero, or leave the field out"
    TooManyDecimals "B0403" Error
        "more than 12 decimals are asked for"
        "write a number of digits from 0 to 12"
    PriceUnit "B0404" Error
        "`per` is not 1, 10, 100 or 1000"
        "write one of these"
    EmptyWindow "B0405" Error
        "a window ends before it begins"
        "exchange `from` and `to`, or correct one of them"
    EmptyRange "B0406" Error
        "a range holds no number"
        "`from` must be less than `below`"
    TierOrder "B0407" Error
        "tiers are not in ascending order"
        "sort the tiers by `from`"
    TierTwice "B0408" Error
        "two tiers begin at the same bound"
        "keep one of them"
    ThresholdOrder "B0409" Error
        "the bounds of a threshold are not in the order block, floor, target"
        "`block` must not be above `floor`, and `floor` not above `target`"
    FloorAboveCeiling "B0410" Error
        "the lowest price of a formula is above its highest"
        "lower the floor or raise the ceiling"
    ApprovalOrder "B0411" Error
        "two approvals of a threshold have the same bound"
        "put their roles into one approval"

    // Cycles, overlaps, ties.
    AccountCycle "B0501" Error
        "a customer is its own ancestor"
        "remove `parent` from one of them"
    FormulaCycle "B0502" Error
        "price lists are computed from each other"
        "let one of them start from `cost` or from a list with prices"
    RowOverlap "B0503" Error
        "two price rows of a product hold on the same day for the same unit"
        "end the earlier one on the day before the later begins"
    CostOverlap "B0504" Error
        "two costs of a product hold on the same day"
        "end the earlier one on the day before the later begins"
    RateOverlap "B0505" Error
        "two exchange rates of a pair hold on the same day"
        "end the earlier one on the day before the later begins"
    ListTie "B0506" Error
        "two price lists price the same product for the same customer, and nothing says which wins"
        "give one of them a larger `priority`, or a narrower `for` or window"
    NoRateForFormula "B0507" Error
        "a formula needs an exchange rate that the book does not have"
        "add the rate to `exchange_rates`"
    NoRateForCost "B0508" Error
        "costs, thresholds or amounts need an exchange rate that the book does not have"
        "add the rate from the book's currency to `exchange_rates`"
    SelfReference "B0509" Error
        "something refers to itself"
        "remove the reference"
    AccountDepth "B0510" Error
        "a customer has more than 64 levels of parents above it"
        "remove the levels that no scope names"

    // What is not covered.
    NoPrice "B0601" Warning
        "a product has no price in any list"
        "add a price or a formula, or remove the product"
    PriceGap "B0602" Warning
        "a product has no price for some days between two price rows"
        "close the gap, or give the days to one of the rows"
    NoCost "B0603" Warning
        "a product without cost is under a margin threshold"
        "add the cost: until then its margin is not known"
    NoTaxRate "B0604" Warning
        "no tax rate speaks of a product's tax class"
        "add a rate for the class, or a rate without `class`"
    RateGap "B0605" Warning
        "there are days without an exchange rate between two rates that are needed"
        "add a rate for the missing days"
    EmptyList "B0606" Warning
        "a price list has neither prices nor a formula"
        "add prices or remove the list"
    CostGap "B0607" Warning
        "a product has no cost for some days between two costs"
        "close the gap"

    // What can never do anything.
    Nobody "B0701" Warning
        "a scope names a value that no customer or product has"
        "correct the name, or remove the rule"
    NeverValid "B0702" Warning
        "a window lies outside all days on which there is a price"
        "move the window"
    Shadowed "B0703" Warning
        "another rule always takes the place of this one"
        "remove the rule, or narrow the other; a `priority` helps where it decides between the two"
    UnusedCoupon "B0704" Warning
        "no discount uses a coupon"
        "add a discount that needs it, or remove the coupon"
    IdleStage "B0705" Warning
        "no discount is in a stage"
        "remove the stage or add a discount"
    UnusedMixGroup "B0706" Warning
        "nothing counts across a mix group"
        "name it in an `across`, or remove it"
    NoManualStage "B0707" Warning
        "there are limits for manual discounts, and no stage says when those are granted"
        "add a stage `manual` or `header`, or remove `discretion`"
    ZeroEffect "B0708" Warning
        "a discount changes nothing"
        "remove it or give it a value"
    UnreachedCell "B0709" Warning
        "no customer or no product reaches a cell of a matrix"
        "correct the name or remove the cell"
    CellTie "B0710" Warning
        "two cells of a matrix are equally near"
        "add a cell for the pair that both reach"
    UnusedGroup "B0711" Warning
        "no discount is in a group"
        "remove the group or name it in a discount"
    OutsideScope "B0712" Warning
        "a price list prices a product that its scope leaves out"
        "remove the price or widen `for`"
    UnreachableApproval "B0713" Warning
        "an approval is never asked for: the offer is blocked before"
        "raise its bound above `block`, or remove it"
    IdleThreshold "B0714" Warning
        "a threshold has no bound"
        "add `target`, `floor`, `block` or `approvals`, or remove it"
    EmptyScope "B0715" Warning
        "a scope leaves out everything that it names"
        "correct `not`"

    AcrossDocument "B0716" Warning
        "a discount on the document counts across a mix group"
        "remove `across`: its conditions and tiers count all lines of its scope"
    GroupApart "B0717" Warning
        "a group has discounts on lines and on the document"
        "give each kind a group of its own: they are settled apart, the first do not keep out the second"

    // Prices that are probably wrong.
    TotalInversion "B0801" Warning
        "more units cost less in total"
        "raise the price of the tier or lower the one below, or let each tier price its own units (`graduated`)"
    PriceInversion "B0802" Warning
        "a higher tier has a higher unit price"
        "exchange the prices, or correct the bound"
    BelowCost "B0803" Warning
        "a list price is below cost"
        "raise the price or correct the cost"
    StackedBelowCost "B0804" Warning
        "discounts that can meet bring a price below its cost"
        "lower them, or put those that should not meet into one group; a margin threshold still stops each offer"
    OverHundred "B0805" Warning
        "a discount is larger than 100 %"
        "write `40` for 40 %"
    VisibilityTie "B0806" Warning
        "two visibility rules contradict each other and are equally specific"
        "narrow one of them; until then the earlier decides"
    ThresholdTie "B0807" Warning
        "two margin thresholds are equally specific"
        "narrow one of them; until then the earlier decides"
    TaxTie "B0808" Warning
        "two tax rates are equally specific"
        "narrow one of them; until then the earlier decides"
    DiscountInversion "B0809" Warning
        "a higher discount tier gives less"
        "exchange the values, or correct the bound"

    // Models.
    ModelTwice "B0901" Error
        "two parts of a model share an id"
        "give each option, group and assembly an id of its own"
    ModelUnknown "B0902" Error
        "a model names something that it does not have"
        "correct the name, or add what it means"
    ModelForm "B0903" Error
        "a part of a model has no meaning"
        "mend it as the message says"
    ModelLimit "B0904" Error
        "a model is larger than a limit allows"
        "split the model, or make it smaller"
    BomCycle "B0905" Error
        "a bill of materials runs in a circle"
        "remove one of the lines of the circle"
    ModelVoid "B0906" Error
        "no configuration of a model is valid"
        "relax one of the rules that the message names"
    ModelVoidThen "B0907" Warning
        "on some days no configuration of a model is valid"
        "relax one of the rules that the message names, or move a window"
    DeadOption "B0908" Warning
        "an option can never be chosen"
        "remove the option, or relax one of the rules that the message names"
    FalseOptional "B0909" Warning
        "an option looks optional but can never be left out"
        "make it a part of the product, or relax one of the rules that the message names"
    RedundantRule "B0910" Warning
        "a rule of a model forbids nothing that the rest allows"
        "remove the rule, or correct it"
    UnreachableItem "B0911" Warning
        "nothing in a bill of materials leads to an item"
        "add a line that takes it, or remove the item"
    UnusedModel "B0912" Warning
        "no product is configured by a model"
        "name it in the `model` of a product, or remove it"
    ModelNotSettled "B0913" Warning
        "a question about a model was not settled within the limit of steps"
        "simplify the rules that speak of the same options"

    // Requests.
    RequestSyntax "Q0001" Error
        "the text is not JSON"
        "mend the text at this place"
    RequestTruncated "Q0002" Error
        "the text ends in the middle"
        "the file is incomplete: get the whole of it"
    RequestTrailing "Q0003" Error
        "something follows the end of the document"
        "remove what follows the closing brace"
    RequestLimit "Q0004" Error
        "the document is larger than a limit allows"
        "split the document, or raise the limit"
    RequestMore "Q0005" Error
        "there are more findings than are listed"
        "mend the listed ones and try again"
    RequestForm "Q0100" Error
        "a value does not have the form it needs"
        "write the value as the message says"
    RequestDuplicate "Q0101" Error
        "a key stands twice in one object"
        "remove one of the two, or give it another name"
    RequestUnknownField "Q0102" Error
        "a field is not known"
        "remove the field or correct its name"
    RequestMissing "Q0103" Error
        "a field that is needed is missing"
        "add the field"
    RequestKind "Q0104" Error
        "a value is of the wrong kind"
        "write the kind of value that the message names; decimals are written as strings"
    RequestDecimal "Q0105" Error
        "a text is not a decimal number"
        "write digits with at most one point, such as `12.50`; no exponent, no plus sign, no separators"
    RequestDigits "Q0106" Error
        "a decimal has more than 28 digits"
        "write at most 28 digits"
    RequestDate "Q0107" Error
        "a text is not a date"
        "write `YYYY-MM-DD`, a day that exists, between the years 0001 and 9999"
    RequestId "Q0108" Error
        "a text cannot be an id"
        "write 1 to 256 bytes without control characters"
    RequestCurrency "Q0109" Error
        "a text is not a currency code"
        "write three capital letters, such as `EUR`"
    RequestVersion "Q0112" Error
        "the version of the document is not known"
        "write `\"v\": 1`"
    UnknownCustomer "Q0201" Error
        "the customer is not in the book"
        "add the customer to the book, or describe the customer in the request as an object"
    LineTwice "Q0202" Error
        "a line id stands twice"
        "give each line its own id, or leave the ids out"
    ManualValue "Q0204" Error
        "a manual discount has none or several of its values"
        "write exactly one of `percent`, `amount`, `line_amount` and `price`"
    ManualOnDocument "Q0205" Error
        "a discount on the document has `line_amount` or `price`"
        "write `percent` or `amount`, or move it to a line"
    TooManyDigits "Q0206" Error
        "a sum of the document has more digits than a result can hold"
        "round what is computed (`round_to` in a formula, `round` in a rule) or at `line`, or use smaller numbers"
    NoExchangeRate "Q0207" Error
        "the book has no exchange rate for the document's currency on the date"
        "add the rate to `exchange_rates` of the book"
    RuleFailed "Q0208" Error
        "a custom rule of the document has no answer"
        "give a fallback with `??` in the rule, or send what it asks for"
}
