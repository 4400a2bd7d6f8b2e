//! The Italian catalogue.

use std::cmp::Ordering;

use super::Sentences;
use super::article::{Article, OF_THE, THE};
use super::catalogue::{Catalogue, Labels};
use super::format::{in_base_unit, is_one};
use crate::book::{Basis, MarginLevel, Measure, Range};
use crate::calendar::{Date, Window};
use crate::configure::{FEW, RuleReference};
use crate::money::{Amount, Percent, Quantity};
use crate::quote::{
    Approval, ApprovalCause, CandidateKind, CandidateOutcome, ConfigurationProblem, Considered,
    CouponOutcome, CouponRefusal, Dimension, DocumentDiscount, Origin, Per, QuantityRule,
    QuoteLine, Refusal, Status, Step, StepKind, Verdict,
};
use crate::solve::{Concession, NextBreak, SolveError};

pub(super) struct Italian;

const LABELS: Labels = Labels {
    offer: "offerta",
    offer_for: "offerta per",
    customer: "cliente",
    date: "data",
    currency: "valuta",
    book: "catalogo prezzi",
    reference: "riferimento",
    status: "stato",
    line: "riga",
    product: "prodotto",
    quantity: "quantità",
    list_price: "prezzo di listino",
    list_value: "valore di listino",
    discount: "sconto",
    unit_price: "prezzo unitario netto",
    total: "totale",
    lines: "somma delle righe",
    document_discount: "sconto sul documento",
    by_hand: "manuale",
    net: "netto",
    without_tax: "totale senza imposte",
    tax: "imposta",
    contained_tax: "imposta compresa",
    with_tax: "totale con imposte",
    rounding: "arrotondamento",
    payable: "da pagare",
    rebates: "premi concessi in seguito",
    true_net: "netto effettivo",
    cost: "costo",
    margin: "margine",
    unknown: "non noto",
    approvals: "approvazioni",
    coupons: "buoni sconto",
    waterfall: "cascata del prezzo",
    considered: "considerati anche",
    internal: "interno: non per il cliente",
    whole_term: "intera durata",
    parts: "distinta base",
    per: "per",
    page: "pagina",
};

const MONTHS: [&str; 12] = [
    "gennaio",
    "febbraio",
    "marzo",
    "aprile",
    "maggio",
    "giugno",
    "luglio",
    "agosto",
    "settembre",
    "ottobre",
    "novembre",
    "dicembre",
];

/// "dal 30 maggio", but "dall'8" and "dall'11", which begin with a vowel when spoken.
fn from_day(date: Date) -> &'static str {
    if matches!(date.day(), 8 | 11) { "dall'" } else { "dal " }
}

fn to_day(date: Date) -> &'static str {
    if matches!(date.day(), 8 | 11) { "all'" } else { "al " }
}

/// "il 30 maggio", but "l'8" and "l'11".
fn on_day(date: Date) -> String {
    let article = if matches!(date.day(), 8 | 11) { "l'" } else { "il " };
    format!("{article}{}", Italian.date(date))
}

/// The dimension with its article, ready for a name.
fn the(dimension: Dimension) -> &'static str {
    match dimension {
        Dimension::Customer => "il cliente ",
        Dimension::Account => "il gruppo cliente ",
        Dimension::Contract => "il contratto ",
        Dimension::Cluster => "il cluster ",
        Dimension::Segment => "il segmento ",
        Dimension::Region => "la regione ",
        Dimension::Channel => "il canale ",
        Dimension::Product => "il prodotto ",
        Dimension::Category => "la categoria ",
        Dimension::Attributes => "l'attributo ",
        Dimension::Not => "l'eccezione ",
    }
}

fn who(say: &Sentences<'_>, approval: &Approval) -> String {
    if approval.roles.is_empty() {
        "qualcuno".to_owned()
    } else {
        say.language().any_of(&approval.roles)
    }
}

/// With the article and `di`: "della riga 1".
fn whose(approval: &Approval) -> String {
    match (approval.level, &approval.line) {
        (_, Some(line)) => format!("della riga {line}"),
        (MarginLevel::Line, None) => "di una riga".to_owned(),
        (MarginLevel::Group, None) => match &approval.threshold {
            Some(threshold) => format!("del gruppo {threshold}"),
            None => "di un gruppo di righe".to_owned(),
        },
        (MarginLevel::Document, None) => "del documento".to_owned(),
    }
}

/// "il 18 %", but "5,00 EUR": only a percentage has an article.
fn measured(say: &Sentences<'_>, measure: Measure, value: Amount) -> String {
    match measure {
        Measure::Percent => percent(say, value, &THE),
        Measure::Amount | Measure::Price => say.money(value),
    }
}

/// "del 18 %", "di 5,00 EUR".
fn of_measured(say: &Sentences<'_>, measure: Measure, value: Amount) -> String {
    match measure {
        Measure::Percent => percent(say, value, &OF_THE),
        Measure::Amount | Measure::Price => format!("di {}", say.money(value)),
    }
}

fn percent(say: &Sentences<'_>, value: Amount, article: &Article) -> String {
    article.before(&format!("{} %", say.language().amount(value, 0)))
}

fn reduction(say: &Sentences<'_>, step: &Step) -> String {
    let rises = step.after > step.before;
    let size = match step.percent {
        Some(percent) if (percent < Percent::ZERO) == rises => {
            let size = Percent::from_exact(percent.exact().magnitude()).unwrap_or(percent);
            THE.before(&say.language().percent(size))
        }
        _ => {
            let (low, high) =
                if rises { (step.before, step.after) } else { (step.after, step.before) };
            say.difference(low, high).map_or_else(String::new, |d| say.money(d))
        }
    };
    if rises { format!("aggiunge {size}") } else { format!("toglie {size}") }
}

fn becomes(say: &Sentences<'_>, step: &Step) -> String {
    format!("{} diventa {}", say.amount(step.before), say.amount(step.after))
}

fn rule(step: &Step) -> &str {
    step.rule.as_ref().map_or("una regola", |id| id.as_str())
}

impl Catalogue for Italian {
    fn labels(&self) -> &'static Labels {
        &LABELS
    }

    fn separators(&self) -> (char, char) {
        ('.', ',')
    }

    fn date(&self, date: Date) -> String {
        let month = usize::try_from(date.month()).ok().and_then(|m| MONTHS.get(m.checked_sub(1)?));
        let first = if date.day() == 1 { "º" } else { "" };
        format!("{}{first} {} {}", date.day(), month.copied().unwrap_or_default(), date.year())
    }

    fn or(&self) -> &'static str {
        "o"
    }

    fn window(&self, _: &Sentences<'_>, valid: &Window) -> String {
        match (valid.from, valid.to) {
            (Some(from), Some(to)) if from == to => format!("in vigore {}", on_day(from)),
            (Some(from), Some(to)) => format!(
                "in vigore {}{} {}{}",
                from_day(from),
                self.date(from),
                to_day(to),
                self.date(to)
            ),
            (Some(from), None) => format!("in vigore {}{}", from_day(from), self.date(from)),
            (None, Some(to)) => format!("in vigore fino {}{}", to_day(to), self.date(to)),
            (None, None) => "sempre in vigore".to_owned(),
        }
    }

    fn status(&self, status: Status) -> &'static str {
        match status {
            Status::Ok => "nulla osta all'offerta",
            Status::NeedsApproval => "l'offerta richiede un'approvazione",
            Status::Blocked => "l'offerta è bloccata",
            Status::Incomplete => {
                "l'offerta è incompleta: i totali sono senza le righe che non hanno prezzo"
            }
        }
    }

    fn dimension(&self, dimension: Dimension) -> &'static str {
        match dimension {
            Dimension::Customer => "cliente",
            Dimension::Account => "gruppo cliente",
            Dimension::Contract => "contratto",
            Dimension::Cluster => "cluster",
            Dimension::Segment => "segmento",
            Dimension::Region => "regione",
            Dimension::Channel => "canale",
            Dimension::Product => "prodotto",
            Dimension::Category => "categoria",
            Dimension::Attributes => "attributo",
            Dimension::Not => "eccezione",
        }
    }

    fn candidate(&self, kind: CandidateKind) -> &'static str {
        match kind {
            CandidateKind::PriceList => "il listino",
            CandidateKind::Discount => "lo sconto",
        }
    }

    fn origin(&self, origin: &Origin) -> String {
        match origin {
            Origin::Gift(rule) => format!("omaggio di {rule}"),
            Origin::Ramp(line) => format!("scaglione della riga {line}"),
        }
    }

    fn row(&self, say: &Sentences<'_>, step: &Step) -> String {
        let percent = say.rate(step);
        match step.kind {
            StepKind::ListPrice => match step.per {
                Per::Unit => LABELS.list_price.to_owned(),
                Per::Line => LABELS.list_value.to_owned(),
            },
            StepKind::Formula => "prezzo da formula".to_owned(),
            StepKind::UnitConversion => "nell'unità ordinata".to_owned(),
            StepKind::FlatFee => "quota fissa".to_owned(),
            StepKind::Option => rule(step).to_string(),
            StepKind::Discount => format!("{}{percent}", rule(step)),
            StepKind::Manual => format!("sconto manuale{percent}"),
            StepKind::Rounding => LABELS.rounding.to_owned(),
            StepKind::Quantity => LABELS.total.to_owned(),
            StepKind::Term => LABELS.whole_term.to_owned(),
            StepKind::FreeGoods => format!("omaggi {}", rule(step)),
            StepKind::Share => match &step.rule {
                Some(rule) => format!("quota di {rule}{percent}"),
                None => "quota dello sconto sul documento".to_owned(),
            },
            StepKind::Rebate => format!("premio {}{percent}", rule(step)),
        }
    }

    fn step(&self, say: &Sentences<'_>, line: &QuoteLine, step: &Step) -> String {
        let per = match step.per {
            Per::Unit if in_base_unit(line, step) => "per unità base".to_owned(),
            Per::Unit => format!("per {}", line.unit),
            Per::Line => "per la riga".to_owned(),
        };
        match step.kind {
            StepKind::ListPrice => {
                format!("{} lo quota {} {per}", rule(step), say.money(step.after))
            }
            StepKind::Formula => {
                format!("{} calcola {} {per} con la sua formula", rule(step), say.money(step.after))
            }
            StepKind::UnitConversion => {
                format!("convertito in {}: {}", line.unit, becomes(say, step))
            }
            StepKind::FlatFee => {
                format!("si aggiunge una quota fissa: {} ({})", becomes(say, step), say.moved(step))
            }
            StepKind::Option => format!(
                "l'opzione {} aggiunge {} {per}: {}",
                rule(step),
                say.moved(step),
                becomes(say, step)
            ),
            StepKind::Discount => format!(
                "{} {}: {} ({} {per})",
                rule(step),
                reduction(say, step),
                becomes(say, step),
                say.moved(step)
            ),
            StepKind::Manual => format!(
                "uno sconto manuale {}: {} ({} {per})",
                reduction(say, step),
                becomes(say, step),
                say.moved(step)
            ),
            StepKind::Rounding => {
                format!("arrotondamento: {} ({} {per})", becomes(say, step), say.moved(step))
            }
            StepKind::Quantity => format!(
                "{} {} a {} {} {}",
                say.language().quantity(line.quantity),
                line.unit,
                say.amount(step.before),
                if is_one(line.quantity) { "fa" } else { "fanno" },
                say.money(step.after)
            ),
            StepKind::Term => format!("sull'intera durata {}", becomes(say, step)),
            StepKind::FreeGoods => format!(
                "{} dà merce gratis o a prezzo ridotto: {} ({})",
                rule(step),
                becomes(say, step),
                say.moved(step)
            ),
            StepKind::Share => format!(
                "la quota della riga di {} è {}: {}",
                step.rule.as_ref().map_or("uno sconto sul documento", |id| id.as_str()),
                say.moved(step),
                becomes(say, step)
            ),
            StepKind::Rebate => format!(
                "{} è concesso in seguito e muove il netto effettivo di {}: {}",
                rule(step),
                say.moved(step),
                becomes(say, step)
            ),
        }
    }

    fn outcome(&self, say: &Sentences<'_>, candidate: &Considered) -> String {
        let subject = format!("{} {}", self.candidate(candidate.kind), candidate.id);
        let list = candidate.kind == CandidateKind::PriceList;
        let verb = if list { "non è stato usato" } else { "non è stato applicato" };
        let because = match &candidate.outcome {
            CandidateOutcome::Applied if list => {
                return format!("{subject} dà il prezzo di listino");
            }
            CandidateOutcome::Applied => return format!("{subject} è applicato"),
            CandidateOutcome::OutOfScope { dimension: Dimension::Not, .. } => {
                "il suo ambito fa qui un'eccezione".to_owned()
            }
            CandidateOutcome::OutOfScope { dimension, needs } if needs.is_empty() => {
                format!("non corrisponde al suo ambito ({})", self.dimension(*dimension))
            }
            CandidateOutcome::OutOfScope { dimension, needs } => {
                let needs = say.language().any_of(needs);
                format!("vale solo per {}{needs}", the(*dimension))
            }
            CandidateOutcome::NotValid { valid } => {
                format!("è {}, e la data è {}", say.window(valid), on_day(say.date()))
            }
            CandidateOutcome::Currency { needs } => format!("i suoi prezzi sono in {needs}"),
            CandidateOutcome::NoRow => {
                "non ha un prezzo per questo prodotto, data e unità".to_owned()
            }
            CandidateOutcome::TooLow { basis, needs, together } => {
                let needs = say.language().quantity(*needs);
                format!("comincia da {} {}{}", basis_of(*basis), needs, counted(say, *together))
            }
            CandidateOutcome::TooHigh { basis, below, together } => {
                let below = say.language().quantity(*below);
                format!("finisce sotto {} {}{}", basis_of(*basis), below, counted(say, *together))
            }
            CandidateOutcome::Outranked { by } => format!("{by} ha la precedenza"),
            CandidateOutcome::Coupon { needs } => {
                format!("il buono {needs} non è stato presentato o è stato rifiutato")
            }
            CandidateOutcome::Payment { .. } => "le condizioni di pagamento sono altre".to_owned(),
            CandidateOutcome::Years { needs } => {
                format!("richiede un impegno di {}", years(say, needs))
            }
            CandidateOutcome::Condition => "la sua condizione non è soddisfatta".to_owned(),
            CandidateOutcome::Excluded { by } => format!("è rimasto {by} al suo posto"),
            CandidateOutcome::NoEffect => "non cambierebbe il prezzo".to_owned(),
        };
        format!("{subject} {verb}: {because}")
    }

    fn change(&self, say: &Sentences<'_>, outcome: &CandidateOutcome) -> Option<String> {
        Some(match outcome {
            CandidateOutcome::Applied => return None,
            CandidateOutcome::OutOfScope { dimension, needs } => {
                let needs = say.language().any_of(needs);
                match dimension {
                    Dimension::Not => "bisognerebbe togliere l'eccezione dall'ambito".to_owned(),
                    _ if needs.is_empty() => {
                        format!(
                            "il suo ambito dovrebbe comprenderlo ({})",
                            self.dimension(*dimension)
                        )
                    }
                    Dimension::Customer => format!("varrebbe per il cliente {needs}"),
                    Dimension::Account => {
                        format!("il cliente dovrebbe appartenere al gruppo {needs}")
                    }
                    Dimension::Contract => {
                        format!("il cliente dovrebbe avere il contratto {needs}")
                    }
                    Dimension::Cluster => format!("il cliente dovrebbe essere nel cluster {needs}"),
                    Dimension::Segment => {
                        format!("il cliente dovrebbe essere nel segmento {needs}")
                    }
                    Dimension::Region => {
                        format!("il cliente dovrebbe essere nella regione {needs}")
                    }
                    Dimension::Channel => {
                        format!("la richiesta dovrebbe arrivare dal canale {needs}")
                    }
                    Dimension::Product => format!("varrebbe per il prodotto {needs}"),
                    Dimension::Category => {
                        format!("il prodotto dovrebbe essere nella categoria {needs}")
                    }
                    Dimension::Attributes => format!("il prodotto dovrebbe avere {needs}"),
                }
            }
            CandidateOutcome::NotValid { valid } => match (valid.from, valid.to) {
                (Some(from), Some(to)) if from == to => {
                    format!("la data dovrebbe essere {}", on_day(from))
                }
                (Some(from), Some(to)) => {
                    format!("la data dovrebbe cadere tra {} e {}", on_day(from), on_day(to))
                }
                (Some(from), _) if say.date() < from => {
                    format!("la data dovrebbe essere {} o dopo", on_day(from))
                }
                (_, Some(to)) => {
                    format!("la data dovrebbe essere {} o prima", on_day(to))
                }
                _ => "la data dovrebbe cadere nel suo periodo".to_owned(),
            },
            CandidateOutcome::Currency { needs } => {
                format!("il documento dovrebbe essere in {needs}")
            }
            CandidateOutcome::NoRow => "dovrebbe averne uno".to_owned(),
            CandidateOutcome::TooLow { basis, needs, .. } => {
                format!(
                    "servirebbe almeno {} {}",
                    basis_of(*basis),
                    say.language().quantity(*needs)
                )
            }
            CandidateOutcome::TooHigh { basis, below, .. } => {
                format!(
                    "servirebbe meno di {} {}",
                    basis_of(*basis),
                    say.language().quantity(*below)
                )
            }
            CandidateOutcome::Outranked { by } => {
                format!("potrebbe essere preso se {by} non ci fosse")
            }
            CandidateOutcome::Coupon { needs } => {
                format!("il buono {needs} dovrebbe essere presentato e accettato")
            }
            CandidateOutcome::Payment { needs } => {
                format!("le condizioni dovrebbero essere {}", say.language().any_of(needs))
            }
            CandidateOutcome::Years { needs } => {
                format!("servirebbe un impegno di {}", years(say, needs))
            }
            CandidateOutcome::Condition => "la condizione dovrebbe essere soddisfatta".to_owned(),
            CandidateOutcome::Excluded { by } => {
                format!("potrebbe valere se {by} non valesse")
            }
            CandidateOutcome::NoEffect => {
                "dovrebbe cambiare il suo valore, o ciò da cui è tolto".to_owned()
            }
        })
    }

    fn not_considered(&self, rule: &str, line: &QuoteLine) -> String {
        format!(
            "{rule} non è stato considerato per la riga {}: forse non riguarda {}, o il catalogo non lo ha",
            line.id, line.product
        )
    }

    fn refusal(&self, say: &Sentences<'_>, line: &QuoteLine, refusal: &Refusal) -> String {
        let language = say.language();
        match refusal {
            Refusal::UnknownProduct => format!("il catalogo non ha il prodotto {}", line.product),
            Refusal::UnknownUnit { known } => format!(
                "{} non si vende a {}: ordinare in {}",
                line.product,
                line.unit,
                language.any_of(known)
            ),
            Refusal::NotVisible { rule } => {
                format!("{} non è offerto a questo cliente ({rule})", line.product)
            }
            Refusal::NoPrice => format!(
                "nessun listino ha un prezzo per {} {} {} {} in {}",
                language.quantity(line.quantity),
                line.unit,
                line.product,
                on_day(say.date()),
                say.currency()
            ),
            Refusal::Quantity { rule, nearest } => {
                let quantity = language.quantity(line.quantity);
                let fact = match rule {
                    QuantityRule::Zero => "la quantità è zero".to_owned(),
                    QuantityRule::Digits => {
                        format!("{quantity} ha più decimali di quanti ne ammette {}", line.unit)
                    }
                    QuantityRule::Minimum => format!("{quantity} è sotto il minimo"),
                    QuantityRule::Multiple => format!("{quantity} non è un multiplo valido"),
                    QuantityRule::Packs => format!("{quantity} non riempie confezioni intere"),
                };
                let nearest: Vec<String> = nearest.iter().map(|q| language.quantity(*q)).collect();
                match nearest.as_slice() {
                    [] => fact,
                    some => format!("{fact}: ordinare {} {}", some.join(" o "), line.unit),
                }
            }
            Refusal::MissingPlan { needs } => format!(
                "{} è un'aggiunta: inserire {} nel documento",
                line.product,
                language.any_of(needs)
            ),
            Refusal::Term => {
                "un abbonamento vuole una durata con un primo giorno e un ultimo non anteriore, e nient'altro ne ha una"
                    .to_owned()
            }
            Refusal::Configuration { problem } => configuration(self, say, line, problem),
            Refusal::Precision { at } => {
                format!("un numero in {at} ha più cifre di quante se ne possano tenere esatte")
            }
            Refusal::Rule { rule, message } => {
                format!("la regola di {rule} non è riuscita: {message}")
            }
            Refusal::ExchangeRate { from, to } => {
                format!("manca il cambio da {from} a {to} {}", on_day(say.date()))
            }
        }
    }

    fn coupon(&self, coupon: &CouponOutcome) -> String {
        let code = &coupon.code;
        let Some(refused) = coupon.refused else {
            return format!("il buono {code} è accettato");
        };
        let because = match refused {
            CouponRefusal::Unknown => "il catalogo non ha questo buono",
            CouponRefusal::Repeated => "compare due volte nella richiesta",
            CouponRefusal::NotValid => "non vale in questa data",
            CouponRefusal::OutOfScope => "non è per questo cliente",
            CouponRefusal::UsedUp => "è già stato usato quante volte si può",
            CouponRefusal::UsedUpByCustomer => "questo cliente lo ha già usato quante volte può",
            CouponRefusal::UsesUnknown => {
                "i suoi usi sono limitati, e la richiesta non dice quanti sono stati"
            }
            CouponRefusal::NotFirstPurchase => "è solo per il primo acquisto",
            CouponRefusal::NotStackable => "non si somma a un altro buono",
        };
        format!("il buono {code} è rifiutato: {because}")
    }

    fn approval(&self, say: &Sentences<'_>, approval: &Approval) -> String {
        let whose = whose(approval);
        let who = who(say, approval);
        let follows = match approval.verdict {
            Verdict::BelowTarget => "annotato".to_owned(),
            Verdict::NeedsApproval => format!("deve approvare {who}"),
            Verdict::Blocked => "l'offerta è bloccata".to_owned(),
        };
        let value = |value| measured(say, approval.measure, value);
        let fact = match approval.cause {
            ApprovalCause::MissingCost => format!("il costo {whose} non è noto"),
            ApprovalCause::Threshold => {
                let what = match approval.measure {
                    Measure::Percent | Measure::Amount => "il margine",
                    Measure::Price => "il prezzo netto",
                };
                let actual = approval.actual.map_or_else(String::new, |a| match approval.measure {
                    Measure::Percent => format!("{}, ", percent(say, a, &OF_THE)),
                    Measure::Amount | Measure::Price => format!("{}, ", say.money(a)),
                });
                let bound = match (approval.bound, approval.verdict) {
                    // The bound is compared exactly; what is shown is rounded.
                    (Some(bound), _) if approval.actual == Some(bound) => {
                        return format!(
                            "{what} {whose} è appena sotto {}: {follows}",
                            value(bound)
                        );
                    }
                    (Some(bound), Verdict::BelowTarget) => {
                        format!("sotto l'obiettivo {}", of_measured(say, approval.measure, bound))
                    }
                    (Some(bound), _) => format!("sotto {}", value(bound)),
                    (None, _) => "sotto la soglia".to_owned(),
                };
                format!("{what} {whose} è {actual}{bound}")
            }
            ApprovalCause::Discretion => {
                let shown = approval.actual.filter(|actual| approval.bound != Some(*actual));
                let actual = shown.map_or_else(String::new, |a| {
                    format!(" {}", of_measured(say, approval.measure, a))
                });
                // The bound is compared exactly; what is shown is rounded.
                let just = approval.actual.is_some() && shown.is_none();
                let exceeds = if just { "supera di poco" } else { "supera" };
                let bound = approval.bound.map_or_else(
                    || format!("{exceeds} il consentito"),
                    |b| format!("{exceeds} {}", value(b)),
                );
                format!("lo sconto manuale {whose}{actual} {bound}")
            }
        };
        match &approval.threshold {
            Some(threshold) if approval.level != MarginLevel::Group => {
                format!("{fact} ({threshold}): {follows}")
            }
            _ => format!("{fact}: {follows}"),
        }
    }

    fn document_discount(&self, say: &Sentences<'_>, discount: &DocumentDiscount) -> String {
        let name = discount.rule.as_ref().map_or("sconto manuale", |id| id.as_str());
        let mut text = name.to_owned();
        if let Some(percent) = discount.percent {
            text.push_str(&format!(" {}", say.language().percent(percent)));
        }
        if discount.accrual {
            text.push_str(", concesso in seguito");
        }
        if discount.unallocated != Amount::ZERO {
            let rest = say.money(discount.unallocated);
            text.push_str(&format!(
                ", di cui {rest} non concedibili: nessuna riga ha margine per riceverli"
            ));
        }
        text
    }

    fn next_break(&self, say: &Sentences<'_>, unit: &str, next: &NextBreak) -> String {
        let total = match next.change.cmp(&Amount::ZERO) {
            Ordering::Less => format!("scende di {} a", say.money(say.magnitude(next.change))),
            Ordering::Equal => "resta".to_owned(),
            Ordering::Greater => format!("sale di {} a", say.money(next.change)),
        };
        let verb = if is_one(next.more) { "porta" } else { "portano" };
        format!(
            "{} {unit} in più {verb} il prezzo unitario a {}; il totale {total} {}",
            say.language().quantity(next.more),
            say.money(next.unit_price),
            say.money(next.total)
        )
    }

    fn concession(&self, say: &Sentences<'_>, concession: &Concession) -> String {
        let size = say.money(say.magnitude(concession.amount));
        match (&concession.line, concession.amount < Amount::ZERO) {
            (Some(line), false) if say.is_ramp(line) => {
                format!("togliere {size} da ogni scaglione della riga {line}")
            }
            (Some(line), true) if say.is_ramp(line) => {
                format!("aggiungere {size} a ogni scaglione della riga {line}")
            }
            (Some(line), false) => format!("togliere {size} dalla riga {line}"),
            (Some(line), true) => format!("aggiungere {size} alla riga {line}"),
            (None, false) => format!("togliere {size} dal documento"),
            (None, true) => format!("aggiungere {size} al documento"),
        }
    }

    fn no_concession(&self) -> &'static str {
        "non si può concedere nulla"
    }

    fn one_more(&self, coin: &str) -> String {
        format!("con {coin} in più:")
    }

    fn unsolved(&self, say: &Sentences<'_>, error: &SolveError) -> String {
        match error {
            SolveError::Request(error) => error.to_string(),
            SolveError::Incomplete => {
                "una riga non ha prezzo: prima ne serve uno per ogni riga".to_owned()
            }
            SolveError::NoSuchLine(line) => {
                format!("la richiesta non ha una riga numero {}", line + 1)
            }
            SolveError::Broken(_) => {
                "la richiesta così com'è non rispetta le sue soglie".to_owned()
            }
            SolveError::TargetAbove(total) => format!(
                "il totale netto è già {}: uno sconto non può alzarlo fino all'obiettivo",
                say.money(*total)
            ),
            SolveError::OutOfReach { lowest, .. } => {
                format!("il totale netto più basso che rispetta le soglie è {}", say.money(*lowest))
            }
            SolveError::SteppedOver { above, below } => format!(
                "nessuno sconto porta il totale netto esattamente all'obiettivo: passa da {} a {}",
                say.money(*above),
                say.money(*below)
            ),
            SolveError::MarginOutOfReach(margin) => format!(
                "nessun prezzo ha un margine {}: il costo è superiore a zero",
                OF_THE.before(&say.language().percent(*margin))
            ),
            SolveError::NothingToCarry => {
                "nessun supplemento sul documento alza il margine: nessuna riga ha un netto superiore a zero che lo porti".to_owned()
            }
            SolveError::MissingCost => "manca un costo: il margine non è noto".to_owned(),
            SolveError::Precision => "i numeri sono cresciuti oltre il rappresentabile".to_owned(),
        }
    }

    fn residue(&self, amount: &str) -> String {
        format!("arrotondato, {amount}")
    }

    fn starting_at(&self, quantity: &str) -> String {
        format!("da {quantity}")
    }

    fn across(&self, group: &str) -> String {
        format!("sull'insieme di {group}")
    }

    fn on_list_price(&self) -> &'static str {
        "sul prezzo di listino"
    }
}

/// What a bound measures.
const fn basis_of(basis: Basis) -> &'static str {
    match basis {
        Basis::Quantity => "una quantità di",
        Basis::Value => "un valore di",
        Basis::Weight => "un peso di",
    }
}

/// What the lines that count together come to, where a line does not count alone.
fn counted(say: &Sentences<'_>, together: Option<Quantity>) -> String {
    together.map_or_else(String::new, |together| {
        format!(", e le righe che contano insieme arrivano a {}", say.language().quantity(together))
    })
}

fn years(say: &Sentences<'_>, needs: &Range) -> String {
    let number = |years| say.language().quantity(years);
    let noun = |years| if is_one(years) { "anno" } else { "anni" };
    match (needs.from, needs.below) {
        (Some(from), Some(below)) => {
            format!("almeno {} e meno di {} {}", number(from), number(below), noun(below))
        }
        (Some(from), None) => format!("almeno {} {}", number(from), noun(from)),
        (None, Some(below)) => format!("meno di {} {}", number(below), noun(below)),
        (None, None) => "alcuni anni".to_owned(),
    }
}

/// Che cosa non va nella configurazione di una riga.
fn configuration(
    italian: &Italian,
    say: &Sentences<'_>,
    line: &QuoteLine,
    problem: &ConfigurationProblem,
) -> String {
    let product = &line.product;
    match problem {
        ConfigurationProblem::NotConfigurable => {
            format!("{product} non si configura: togliere la configurazione")
        }
        ConfigurationProblem::UnknownOption { option, nearest } => {
            let meant = match nearest {
                Some(nearest) => format!(": forse {nearest}?"),
                None => String::new(),
            };
            format!("{product} non ha l'opzione {option}{meant}")
        }
        ConfigurationProblem::Impossible { choice, choices, rules } => {
            let verb = if choice.chosen { "scegliere" } else { "escludere" };
            let with = if choices.is_empty() {
                String::new()
            } else {
                let choices: Vec<String> =
                    choices
                        .iter()
                        .map(|c| {
                            if c.chosen { c.option.clone() } else { format!("senza {}", c.option) }
                        })
                        .collect();
                format!(" con {}", choices.join(", "))
            };
            format!("{} non si può {verb}{with}{}", choice.option, because(rules))
        }
        ConfigurationProblem::Void { rules } => format!(
            "nessuna configurazione di {product} è valida {}{}",
            on_day(say.date()),
            because(rules)
        ),
        ConfigurationProblem::Incomplete { open } => {
            let open: Vec<String> = open
                .iter()
                .map(|open| {
                    let options: Vec<&str> = open.options.iter().map(String::as_str).collect();
                    format!("{} ({})", open.group, say.language().any_of_texts(&options))
                })
                .collect();
            format!("la configurazione di {product} non è completa: scegliere {}", open.join(", "))
        }
        ConfigurationProblem::NotSettled { steps } => {
            format!("in {steps} passi non si è stabilito se la configurazione è valida")
        }
        ConfigurationProblem::Option { option, product, refusal } => {
            let own = QuoteLine { product: product.clone(), ..line.clone() };
            format!("opzione {option}: {}", italian.refusal(say, &own, refusal))
        }
        ConfigurationProblem::Bom { message } => {
            format!("la distinta base non si può esplodere: {message}")
        }
    }
}

/// Le regole che stanno dietro a un divieto, ciascuna con il suo testo se ne ha uno.
fn because(rules: &[RuleReference]) -> String {
    if rules.is_empty() {
        return String::new();
    }
    let is_group = |rule: &&RuleReference| rule.kind() == "group";
    let groups: Vec<String> =
        rules.iter().filter(is_group).map(|rule| format!("`{}`", rule.id())).collect();
    let few = groups.len() <= FEW;
    let mut rules: Vec<String> = rules
        .iter()
        .filter(|rule| few || !is_group(rule))
        .map(|rule| {
            let kind = match rule.kind() {
                "group" => return format!("scelta nel gruppo `{}`", rule.id()),
                "validity" => return format!("periodo di validità di `{}`", rule.id()),
                "table" => "tabella",
                "rule" => "regola",
                _ => "definizione",
            };
            match rule.text() {
                "" => format!("{kind} `{}`", rule.id()),
                text => format!("{kind} `{}`: {text}", rule.id()),
            }
        })
        .collect();
    if !few {
        rules.push(format!("quante opzioni prendono {}", groups.join(", ")));
    }
    format!(": {}", rules.join("; "))
}
