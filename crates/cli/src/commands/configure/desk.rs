//! The session with what belongs to it: the model, the book, the price.

use listino_core::calendar::Date;
use listino_core::configure::{
    Answer, ChoiceError, Configuration, OpenGroup, OptionState, Origin, Restoration, SavedSession,
    Session, UserChoice, WhatIf,
};
use listino_core::explain::{Language, Sentences};
use listino_core::money::{Amount, Percent, Quantity};
use listino_core::quote::{
    BomLine, BomTotal, ExplodedBom, LineConfiguration, Quote, Request, Status,
};
use listino_core::{Engine, PriceBook};
use serde::Serialize;

use crate::failure::{Failure, Run};
use crate::offer::Offer;
use crate::terminal::{Column, Listing, Tone, strong};

/// A session and what it is about.
pub(crate) struct Desk {
    pub(crate) session: Session,
    pub(crate) date: Date,
    pub(crate) quantity: Quantity,
    pub(crate) language: Language,
    /// Where the product is sold; a model alone is not.
    pub(crate) shop: Option<Shop>,
}

/// A book, and the request whose only line is configured.
pub(crate) struct Shop {
    /// Names of things; a compiled book has none.
    pub(super) book: Option<PriceBook>,
    pub(super) engine: Engine,
    pub(super) request: Request,
}

/// What a configuration costs: for a book the net of the line, for a model its own prices.
#[derive(Serialize)]
pub(super) struct Price {
    pub(super) price: Amount,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) margin: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) margin_percent: Option<Percent>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) currency: Option<String>,
}

/// How an option stands, as it is shown.
struct Standing {
    mark: &'static str,
    word: &'static str,
    tone: Tone,
}

fn standing(state: &OptionState) -> Standing {
    let (mark, word, tone) = match (&state.decision, state.can_choose) {
        (Some(d), _) if d.chosen && d.origin == Origin::User => ("●", "yours", Tone::Strong),
        (Some(d), _) if d.chosen && d.origin == Origin::Default => ("◐", "default", Tone::Good),
        (Some(d), _) if d.chosen => ("◆", "follows", Tone::Good),
        (Some(d), _) if d.origin == Origin::User => ("–", "left out by you", Tone::Warn),
        (_, Answer::No) => ("✗", "impossible", Tone::Quiet),
        (_, Answer::Open) => ("?", "not settled", Tone::Warn),
        _ => ("○", "", Tone::Plain),
    };
    Standing { mark, word, tone }
}

impl Desk {
    pub(super) fn name(&self, option: &str) -> String {
        let mut options = self.session.configurator().options();
        let name = options.find(|known| known.id() == option).map_or(option, |known| known.name());
        // An option without a name goes by its id, in an assembly by the last part of it.
        if option.rsplit("].").next() == Some(name) || name == option {
            return option.to_owned();
        }
        format!("{option} ({name})")
    }

    /// The options of a group, or of every group that can be chosen from.
    pub(super) fn show(&mut self, only: Option<&str>) -> String {
        let states = self.session.states();
        let configurator = self.session.configurator().clone();
        let state = |id: &str| states.iter().find(|state| state.id == id);
        let mut out = String::new();
        for group in configurator.groups() {
            let closed = group
                .parent()
                .and_then(&state)
                .is_some_and(|parent| parent.can_choose == Answer::No);
            // A group of hidden options follows from the others.
            let offered = group.options().any(|option| state(option).is_some());
            if only.is_some_and(|only| only != group.id()) || (only.is_none() && closed) || !offered
            {
                continue;
            }
            let name = if group.name() == group.id() {
                group.id().to_owned()
            } else {
                format!("{} ({})", group.id(), group.name())
            };
            out.push_str(&format!("{}\n", strong(&name)));
            let mut listing = Listing::new(&[("", Column::Left); 3]);
            for option in group.options() {
                let Some(state) = state(option) else { continue };
                let Standing { mark, word, tone } = standing(state);
                listing.row(vec![
                    (mark.to_owned(), Column::Left, tone),
                    (self.name(option), Column::Left, tone),
                    (word.to_owned(), Column::Left, Tone::Quiet),
                ]);
            }
            out.push_str(&listing.render("  "));
        }
        if out.is_empty() {
            out = match only {
                Some(group) => format!("there is no group `{group}`\n"),
                None => "nothing can be chosen\n".to_owned(),
            };
        }
        out
    }

    /// The request of the line, with these choices.
    fn request(&self, choices: Vec<UserChoice>) -> Option<Request> {
        let mut request = self.shop.as_ref()?.request.clone();
        let line = request.lines.first_mut()?;
        line.configuration = Some(Box::new(LineConfiguration { choices }));
        Some(request)
    }

    /// The quote of the line with the customer's choices; `None` without a book.
    pub(super) fn quote(&self) -> Run<Option<Quote>> {
        let (Some(shop), Some(request)) = (&self.shop, self.request(self.session.choices())) else {
            return Ok(None);
        };
        let quote = shop.engine.quote(&request);
        quote.map(Some).map_err(|error| Failure::usage(error.to_string()))
    }

    /// What the configuration costs when it is completed as it stands.
    pub(super) fn price(&mut self) -> Option<Price> {
        let complete = self.session.complete().ok()?;
        let Some(shop) = &self.shop else {
            let total = self.session.total(&complete).ok()?;
            let priced = total.price != Amount::ZERO || total.cost != Amount::ZERO;
            return priced.then_some(Price {
                price: total.price,
                margin: Some(total.margin),
                margin_percent: None,
                currency: None,
            });
        };
        // What is left out stays left out: it may be a default.
        let mut whole = self.session.choices();
        let more = complete.options().filter(|&option| !whole.iter().any(|c| c.option == option));
        let more: Vec<UserChoice> =
            more.map(|option| UserChoice { option: option.to_owned(), chosen: true }).collect();
        whole.extend(more);
        let quote = shop.engine.quote(&self.request(whole)?).ok()?;
        let line = quote.lines.first()?;
        let price = line.price.as_ref()?;
        Some(Price {
            price: price.net,
            margin: price.margin.map(|margin| margin.amount),
            margin_percent: price.margin.and_then(|margin| margin.percent),
            currency: Some(quote.currency.to_string()),
        })
    }

    /// The running price in a line.
    pub(super) fn running(&mut self) -> String {
        let digits = if self.shop.is_some() { 2 } else { 0 };
        let language = self.language;
        let labels = language.labels();
        let Some(price) = self.price() else { return String::new() };
        let currency = price.currency.map_or_else(String::new, |currency| format!(" {currency}"));
        let mut out = format!("{}{currency}", language.amount(price.price, digits));
        if let Some(margin) = price.margin {
            out.push_str(&format!(" · {} {}", labels.margin, language.amount(margin, digits)));
        }
        if let Some(percent) = price.margin_percent {
            out.push_str(&format!(" ({})", language.percent(percent)));
        }
        out
    }

    /// How much each option that can still be chosen would change the list price.
    pub(super) fn prices(&mut self) -> String {
        let changes = match self.session.what_if_all() {
            Ok(changes) => changes,
            Err(error) => return format!("{error}\n"),
        };
        // Without the cost of all there is no margin to change.
        let margins = self.price().is_some_and(|price| price.margin.is_some());
        let signed = |amount: Amount| {
            let sign = if amount > Amount::ZERO { "+" } else { "" };
            format!("{sign}{}", self.language.amount(amount, 0))
        };
        let headings = [("", Column::Left), ("price", Column::Right), ("margin", Column::Right)];
        let shown = if margins { 3 } else { 2 };
        let mut listing = Listing::new(headings.get(..shown).unwrap_or_default());
        for WhatIf { option, price, margin } in &changes {
            if *price != Amount::ZERO || *margin != Amount::ZERO {
                let mut row = vec![
                    (self.name(option), Column::Left, Tone::Plain),
                    (signed(*price), Column::Right, Tone::Plain),
                    (signed(*margin), Column::Right, Tone::Plain),
                ];
                row.truncate(shown);
                listing.row(row);
            }
        }
        listing.render("  ")
    }

    /// What could be given up for a choice, the least first; at most three ways.
    pub(super) fn restorations(&mut self, choice: &UserChoice) -> Vec<Restoration> {
        self.session.restorations(&choice.option, choice.chosen, 3).unwrap_or_default()
    }

    pub(crate) fn choice_error(&self, option: &str, error: &ChoiceError) -> String {
        let known = self.session.configurator();
        match error {
            ChoiceError::UnknownOption(_) => {
                let near = known
                    .options()
                    .map(|known| (strsim::osa_distance(known.id(), option), known.id()))
                    .min()
                    .filter(|(distance, _)| *distance <= 2);
                match near {
                    Some((_, near)) => {
                        format!("there is no option `{option}`: did you mean `{near}`?")
                    }
                    None => format!("there is no option `{option}`"),
                }
            }
            other => other.to_string(),
        }
    }

    pub(crate) fn still_open(&self, open: &[OpenGroup]) -> String {
        let mut out = "still to choose:\n".to_owned();
        for OpenGroup { group, options } in open {
            let options: Vec<String> = options.iter().map(|option| self.name(option)).collect();
            out.push_str(&format!("  {group}: {}\n", options.join(", ")));
        }
        out
    }

    /// The parts, for a model; a book's quote has them.
    pub(super) fn bom(&self, complete: &Configuration) -> Run<Option<ExplodedBom>> {
        let bom = match (self.session.configurator().bom(), &self.shop) {
            (Some(bom), None) => bom,
            _ => return Ok(None),
        };
        let exploded = bom
            .explode(complete, self.date, self.quantity, 1_000_000)
            .map_err(|error| Failure::usage(error.to_string()))?;
        let lines = exploded.lines.into_iter().map(|line| BomLine {
            level: line.level,
            item: line.item,
            assembly: line.assembly,
            quantity: line.quantity,
            unit: line.unit,
        });
        let totals =
            exploded.totals.into_iter().map(|(item, quantity)| BomTotal { item, quantity });
        Ok(Some(ExplodedBom {
            lines: lines.collect(),
            totals: totals.collect(),
            cost: Some(exploded.cost),
        }))
    }

    /// The finished configuration: for a book the offer with its parts, for a model its options.
    pub(super) fn result(&mut self) -> Run<String> {
        if let (Some(shop), Some(quote)) = (&self.shop, self.quote()?) {
            let request =
                self.request(self.session.choices()).unwrap_or_else(|| shop.request.clone());
            let offer = Offer {
                quote: &quote,
                request: &request,
                book: shop.book.as_ref(),
                language: self.language,
                breaks: Vec::new(),
            };
            if quote.status == Status::Incomplete {
                let say = Sentences::new(&quote, self.language);
                let refused = quote.lines.iter().filter_map(|l| Some((l, l.refusal.as_ref()?)));
                return Ok(refused.map(|(l, why)| format!("{}\n", say.refusal(l, why))).collect());
            }
            return Ok(offer.text(true));
        }
        let complete =
            self.session.complete().map_err(|error| Failure::usage(error.to_string()))?;
        let chosen: Vec<String> = complete.options().map(|option| self.name(option)).collect();
        let mut out = format!("{}\n", chosen.join("\n"));
        let running = self.running();
        if !running.is_empty() {
            out.push_str(&format!("{running}\n"));
        }
        if let Some(bom) = self.bom(&complete)? {
            out.push_str(self.language.labels().parts);
            out.push('\n');
            for BomTotal { item, quantity } in &bom.totals {
                out.push_str(&format!("  {} {item}\n", self.language.quantity(*quantity)));
            }
        }
        Ok(out)
    }

    /// What is written at the end: a request for a book, else the session.
    pub(super) fn document(&self) -> String {
        match self.request(self.session.choices()) {
            Some(request) => pretty(&request),
            None => self.saved(),
        }
    }

    /// The session as it is stored.
    pub(super) fn saved(&self) -> String {
        let saved: SavedSession = self.session.save();
        pretty(&saved)
    }
}

fn pretty(value: &impl Serialize) -> String {
    // The values have string keys only and no fallible serializers.
    format!("{}\n", serde_json::to_string_pretty(value).unwrap_or_default())
}
