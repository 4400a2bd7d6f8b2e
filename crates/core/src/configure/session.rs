//! A customer choosing: decisions, the valid set after each, undo in any order, replay.

use listino_solver::{Explorer, Lit, NoValidSet, Order, Outcome, ValidSet};
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserializer, MapAccess};
use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};

use super::configurator::Configurator;
use super::explain::Explanation;
use super::formula::Expression;
use super::lower::{NO_OPTION, OptionInfo};
use super::price::{Prices, holds};
use crate::money::Exact;

/// Whether something is possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// There is a valid configuration that does it.
    Yes,
    /// No valid configuration does it.
    No,
    /// Not settled yet: the steps ran out.
    Open,
}

/// Who decided about an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The customer. Only the customer takes it back.
    User,
    /// The model's defaults. They give way silently.
    Default,
    /// It follows from the customer's choices and the rules.
    Inferred,
}

/// A decision about an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Decision {
    /// Chosen, or left out.
    pub chosen: bool,
    /// Who decided.
    pub origin: Origin,
}

/// Where an option stands in a session.
///
/// ```
/// use listino_core::configure::{Answer, Configurator, Decision, Model, OptionState, Origin};
/// # let model: Model = serde_json::from_str(r#"{
/// #     "id": "lamp",
/// #     "groups": [
/// #         { "id": "colour", "options": [{ "id": "red" }, { "id": "gold", "price": "20", "cost": "5" }] },
/// #         { "id": "bulb", "options": [{ "id": "warm", "price": "3", "cost": "1" }, { "id": "cold", "price": "2", "cost": "1" }] }
/// #     ],
/// #     "rules": [{ "id": "glow", "text": "gold needs warm light", "must": { "requires": ["gold", "warm"] } }]
/// # }"#)?;
/// let mut session = Configurator::compile(&model, "2026-05-01".parse()?)?.session();
/// session.choose("gold")?;
/// let warm: OptionState = session.state("warm")?;
/// assert_eq!((warm.can_choose, warm.can_leave_out), (Answer::Yes, Answer::No));
/// assert_eq!(warm.decision, Some(Decision { chosen: true, origin: Origin::Inferred }));
/// assert!(warm.is_chosen());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OptionState {
    /// The option.
    pub id: String,
    /// Whether it can still be chosen.
    pub can_choose: Answer,
    /// Whether it can still be left out.
    pub can_leave_out: Answer,
    /// What was decided, if anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
}

impl OptionState {
    /// Whether the option is decided to be part of the product.
    pub fn is_chosen(&self) -> bool {
        self.decision.is_some_and(|decision| decision.chosen)
    }
}

/// A choice of the customer.
///
/// In JSON the id of an option stands for choosing it; leaving one out takes an object.
///
/// ```
/// use listino_core::configure::UserChoice;
/// let choices: Vec<UserChoice> =
///     serde_json::from_str(r#"["carbon", { "option": "bell", "chosen": false }]"#)?;
/// assert_eq!(choices[0], UserChoice { option: "carbon".to_owned(), chosen: true });
/// assert!(!choices[1].chosen);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct UserChoice {
    /// The option.
    pub option: String,
    /// Chosen, or left out.
    pub chosen: bool,
}

/// A choice written as an object.
#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct WrittenChoice {
    /// The option.
    option: String,
    /// Chosen, or left out; absent: chosen.
    #[serde(default = "chosen")]
    chosen: bool,
}

fn chosen() -> bool {
    true
}

impl Serialize for UserChoice {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.chosen {
            return serializer.serialize_str(&self.option);
        }
        let mut object = serializer.serialize_struct("UserChoice", 2)?;
        object.serialize_field("option", &self.option)?;
        object.serialize_field("chosen", &self.chosen)?;
        object.end()
    }
}

impl<'de> Deserialize<'de> for UserChoice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = UserChoice;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("the id of an option, or an object with `option` and `chosen`")
            }

            fn visit_str<E: de::Error>(self, option: &str) -> Result<UserChoice, E> {
                Ok(UserChoice { option: option.to_owned(), chosen: true })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<UserChoice, A::Error> {
                let WrittenChoice { option, chosen } =
                    WrittenChoice::deserialize(MapAccessDeserializer::new(map))?;
                Ok(UserChoice { option, chosen })
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for UserChoice {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "UserChoice".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let written = generator.subschema_for::<WrittenChoice>();
        schemars::json_schema!({
            "description": "a choice of the customer: the id of an option, or an object that can also leave it out",
            "anyOf": [{ "type": "string" }, written]
        })
    }
}

impl std::fmt::Display for UserChoice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { option, chosen } = self;
        write!(f, "`{option}`{}", if *chosen { "" } else { " left out" })
    }
}

/// Why a choice was not taken.
///
/// ```
/// use listino_core::configure::{ChoiceError, Configurator, Model};
/// # let model: Model = serde_json::from_str(r#"{
/// #     "id": "lamp",
/// #     "groups": [
/// #         { "id": "colour", "options": [{ "id": "red" }, { "id": "gold", "price": "20", "cost": "5" }] },
/// #         { "id": "bulb", "options": [{ "id": "warm", "price": "3", "cost": "1" }, { "id": "cold", "price": "2", "cost": "1" }] }
/// #     ],
/// #     "rules": [{ "id": "glow", "text": "gold needs warm light", "must": { "requires": ["gold", "warm"] } }]
/// # }"#)?;
/// let mut session = Configurator::compile(&model, "2026-05-01".parse()?)?.session();
/// assert!(matches!(session.choose("silver"), Err(ChoiceError::UnknownOption(_))));
/// session.choose("cold")?;
/// assert!(matches!(session.choose("gold"), Err(ChoiceError::Refused(_))));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChoiceError {
    /// No option has this id.
    #[error("there is no option `{0}`: check its spelling")]
    UnknownOption(String),
    /// The choice cannot stand with the others.
    #[error("{0}")]
    Refused(Box<Explanation>),
    /// It was not found out within the steps whether the choice can stand.
    #[error("not settled within {steps} steps: allow more steps")]
    NotSettled {
        /// The steps that were allowed.
        steps: u64,
    },
}

/// A session as it is stored: the customer's choices in their order.
///
/// ```
/// use listino_core::configure::{Configurator, Model, SavedSession};
/// # let model: Model = serde_json::from_str(r#"{
/// #     "id": "lamp",
/// #     "groups": [
/// #         { "id": "colour", "options": [{ "id": "red" }, { "id": "gold", "price": "20", "cost": "5" }] },
/// #         { "id": "bulb", "options": [{ "id": "warm", "price": "3", "cost": "1" }, { "id": "cold", "price": "2", "cost": "1" }] }
/// #     ],
/// #     "rules": [{ "id": "glow", "text": "gold needs warm light", "must": { "requires": ["gold", "warm"] } }]
/// # }"#)?;
/// let mut session = Configurator::compile(&model, "2026-05-01".parse()?)?.session();
/// session.choose("gold")?;
/// session.leave_out("cold")?;
/// let saved: SavedSession = session.save();
/// let text = serde_json::to_string(&saved)?;
/// assert_eq!(text, r#"{"model":"lamp","choices":["gold",{"option":"cold","chosen":false}]}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SavedSession {
    /// The model's id.
    pub model: String,
    /// The model's version.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// The choices.
    pub choices: Vec<UserChoice>,
}

/// A group in which something still has to be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct OpenGroup {
    /// The group.
    pub group: String,
    /// The options that can still be chosen, in the order of the model.
    pub options: Vec<String>,
}

/// What became of a stored session on a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replay {
    /// Whether the model is the one the session was stored with, in the same version.
    pub same_model: bool,
    /// The choices that stand.
    pub kept: Vec<UserChoice>,
    /// The choices that do not, and why.
    pub lost: Vec<(UserChoice, ChoiceError)>,
}

/// A customer choosing options of a compiled model.
///
/// ```
/// use listino_core::configure::{Answer, Configurator, Model};
/// let model: Model = serde_json::from_str(r#"{
///     "id": "bike",
///     "groups": [
///         { "id": "frame", "options": [{ "id": "alu" }, { "id": "carbon" }] },
///         { "id": "brake", "options": [{ "id": "rim-brake" }, { "id": "disc-brake" }] }
///     ],
///     "rules": [{ "id": "no-rim", "must": { "excludes": ["carbon", "rim-brake"] } }]
/// }"#)?;
/// let configurator = Configurator::compile(&model, "2024-05-01".parse()?)?;
/// let mut session = configurator.session();
/// session.choose("carbon")?;
/// assert_eq!(session.state("rim-brake")?.can_choose, Answer::No);
/// let why = session.explain("rim-brake", true)?.unwrap();
/// assert_eq!(why.choices()[0].option, "carbon");
/// session.undo("carbon")?;
/// assert_eq!(session.state("rim-brake")?.can_choose, Answer::Yes);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Session {
    pub(crate) configurator: Configurator,
    pub(crate) explorer: Explorer,
    pub(crate) choices: Vec<Lit>,
    pub(super) undone: Vec<Lit>,
    pub(crate) valid: ValidSet,
    /// The options that the defaults choose, once asked for.
    defaults: Option<Vec<u32>>,
    pub(crate) prices: Prices,
    pub(crate) steps: u64,
}

impl Session {
    pub(crate) fn new(configurator: Configurator) -> Self {
        let inner = &configurator.inner;
        let mut explorer = inner.explorer();
        // A void model has no valid set; nothing can be chosen then.
        let valid = inner
            .first
            .clone()
            .unwrap_or_else(|| ValidSet { settled: true, ..ValidSet::default() });
        let _ = explorer.assume(&[]);
        Self {
            prices: Prices::of_model(&inner.model),
            steps: inner.limits.steps,
            explorer,
            choices: Vec::new(),
            undone: Vec::new(),
            valid,
            defaults: None,
            configurator,
        }
    }

    /// The model of the session.
    ///
    /// ```
    /// use listino_core::configure::{Configurator, Model};
    /// let model: Model = serde_json::from_str(r#"{ "id": "lamp", "version": "2" }"#)?;
    /// let session = Configurator::compile(&model, "2026-05-01".parse()?)?.session();
    /// assert_eq!(session.configurator().version(), "2");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn configurator(&self) -> &Configurator {
        &self.configurator
    }

    /// Allows so many search steps for each answer from here on.
    ///
    /// ```
    /// use listino_core::configure::{ChoiceError, Configurator, Model};
    /// # let model: Model = serde_json::from_str(r#"{
    /// #     "id": "lamp",
    /// #     "groups": [
    /// #         { "id": "colour", "options": [{ "id": "red" }, { "id": "gold", "price": "20", "cost": "5" }] },
    /// #         { "id": "bulb", "options": [{ "id": "warm", "price": "3", "cost": "1" }, { "id": "cold", "price": "2", "cost": "1" }] }
    /// #     ],
    /// #     "rules": [{ "id": "glow", "text": "gold needs warm light", "must": { "requires": ["gold", "warm"] } }]
    /// # }"#)?;
    /// let mut session = Configurator::compile(&model, "2026-05-01".parse()?)?.session();
    /// // With no steps at all nothing but what is known already can be answered.
    /// session.set_steps(0);
    /// let _ = session.choose("gold");
    /// assert!(!session.is_settled() || session.state("warm")?.is_chosen());
    /// session.set_steps(1_000_000);
    /// session.choose("gold")?;
    /// assert!(session.is_settled());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn set_steps(&mut self, steps: u64) {
        self.steps = steps;
    }

    /// Whether the valid set is complete and exact; else [`Session::settle`] goes on.
    pub fn is_settled(&self) -> bool {
        self.valid.settled
    }

    /// The bytes of memory that the session holds for its search, without the shared model.
    ///
    /// ```
    /// use listino_core::configure::{Configurator, Model};
    /// # let model: Model = serde_json::from_str(r#"{
    /// #     "id": "lamp",
    /// #     "groups": [
    /// #         { "id": "colour", "options": [{ "id": "red" }, { "id": "gold", "price": "20", "cost": "5" }] },
    /// #         { "id": "bulb", "options": [{ "id": "warm", "price": "3", "cost": "1" }, { "id": "cold", "price": "2", "cost": "1" }] }
    /// #     ],
    /// #     "rules": [{ "id": "glow", "text": "gold needs warm light", "must": { "requires": ["gold", "warm"] } }]
    /// # }"#)?;
    /// let session = Configurator::compile(&model, "2026-05-01".parse()?)?.session();
    /// assert!(session.memory() > 0 && session.memory() < 100_000);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn memory(&self) -> usize {
        self.explorer.bytes()
    }

    pub(crate) fn option(&self, id: &str) -> Result<u32, ChoiceError> {
        let unknown = || ChoiceError::UnknownOption(id.to_owned());
        let inner = &self.configurator.inner;
        inner.option(id).filter(|&option| inner.offered.contains(option)).ok_or_else(unknown)
    }

    pub(crate) fn user_choice(&self, literal: Lit) -> UserChoice {
        UserChoice {
            option: self.configurator.inner.id(literal.variable()).to_owned(),
            chosen: literal.is_positive(),
        }
    }

    // ---- choosing ----------------------------------------------------------------------------

    /// Chooses an option. An earlier decision of the customer to leave it out is taken back.
    ///
    /// # Errors
    /// [`ChoiceError::Refused`] with the reason, [`ChoiceError::NotSettled`] when the steps ran
    /// out, [`ChoiceError::UnknownOption`]. The session is unchanged then.
    pub fn choose(&mut self, option: &str) -> Result<(), ChoiceError> {
        self.decide(option, true)
    }

    /// Leaves an option out. An earlier decision of the customer to choose it is taken back.
    ///
    /// # Errors
    /// As [`Session::choose`].
    pub fn leave_out(&mut self, option: &str) -> Result<(), ChoiceError> {
        self.decide(option, false)
    }

    /// Chooses or leaves out an option.
    ///
    /// ```
    /// use listino_core::configure::{Configurator, Model};
    /// # let model: Model = serde_json::from_str(r#"{
    /// #     "id": "lamp",
    /// #     "groups": [
    /// #         { "id": "colour", "options": [{ "id": "red" }, { "id": "gold", "price": "20", "cost": "5" }] },
    /// #         { "id": "bulb", "options": [{ "id": "warm", "price": "3", "cost": "1" }, { "id": "cold", "price": "2", "cost": "1" }] }
    /// #     ],
    /// #     "rules": [{ "id": "glow", "text": "gold needs warm light", "must": { "requires": ["gold", "warm"] } }]
    /// # }"#)?;
    /// let mut session = Configurator::compile(&model, "2026-05-01".parse()?)?.session();
    /// session.decide("warm", false)?;
    /// assert!(session.choose("gold").is_err());
    /// // Deciding otherwise takes the place of the earlier decision.
    /// session.decide("warm", true)?;
    /// session.choose("gold")?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Session::choose`].
    pub fn decide(&mut self, option: &str, chosen: bool) -> Result<(), ChoiceError> {
        let literal = Lit::new(self.option(option)?, chosen);
        if self.choices.contains(&literal) {
            return if self.valid.settled { Ok(()) } else { self.settle(self.steps).map(drop) };
        }
        let mut choices = self.choices.clone();
        choices.retain(|&choice| choice != !literal);
        choices.push(literal);
        let refused =
            self.valid.settled && !self.valid.shown(literal) && choices.len() > self.choices.len();
        if refused || self.configurator.is_void() {
            return Err(self.refusal(literal, &choices));
        }
        match self.apply(choices.clone()) {
            Ok(()) => {
                self.undone.clear();
                Ok(())
            }
            Err(NoValidSet::Refuted(_)) => Err(self.refusal(literal, &choices)),
            Err(NoValidSet::OutOfSteps) => Err(ChoiceError::NotSettled { steps: self.steps }),
        }
    }

    fn refusal(&mut self, literal: Lit, choices: &[Lit]) -> ChoiceError {
        let others: Vec<Lit> = choices.iter().copied().filter(|&c| c != literal).collect();
        let explanation = self.explanation(&others, literal);
        self.come_back();
        match explanation {
            Ok(Some(explanation)) => ChoiceError::Refused(Box::new(explanation)),
            _ => ChoiceError::NotSettled { steps: self.steps },
        }
    }

    /// Chooses or leaves out an option as far as plain propagation sees: at once, without search.
    ///
    /// What it rules out is ruled out; what it leaves may still turn out to be impossible and is
    /// [`Answer::Open`] until [`Session::settle`] is called.
    ///
    /// ```
    /// use listino_core::configure::{Answer, Configurator, Model};
    /// # let model: Model = serde_json::from_str(r#"{
    /// #     "id": "lamp",
    /// #     "groups": [
    /// #         { "id": "colour", "options": [{ "id": "red" }, { "id": "gold", "price": "20", "cost": "5" }] },
    /// #         { "id": "bulb", "options": [{ "id": "warm", "price": "3", "cost": "1" }, { "id": "cold", "price": "2", "cost": "1" }] }
    /// #     ],
    /// #     "rules": [{ "id": "glow", "text": "gold needs warm light", "must": { "requires": ["gold", "warm"] } }]
    /// # }"#)?;
    /// let mut session = Configurator::compile(&model, "2026-05-01".parse()?)?.session();
    /// session.preview("gold", true)?;
    /// assert_eq!(session.state("cold")?.can_choose, Answer::No);
    /// assert!(session.settle(1_000_000)?);
    /// assert_eq!(session.state("warm")?.can_choose, Answer::Yes);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Session::choose`]; a refusal that needs search is found by [`Session::settle`].
    pub fn preview(&mut self, option: &str, chosen: bool) -> Result<(), ChoiceError> {
        let literal = Lit::new(self.option(option)?, chosen);
        let steps = std::mem::replace(&mut self.steps, 0);
        let mut choices = self.choices.clone();
        choices.retain(|&choice| choice.variable() != literal.variable());
        choices.push(literal);
        let before = self.choices.clone();
        let outcome = self.apply(choices.clone());
        self.steps = steps;
        match outcome {
            Ok(()) => Ok(()),
            Err(NoValidSet::Refuted(_)) => Err(self.refusal(literal, &choices)),
            Err(NoValidSet::OutOfSteps) => {
                // Consistent as far as propagation goes; no solution is known yet.
                self.choices = choices;
                self.defaults = None;
                if self.explorer.assume(&self.choices).is_err() {
                    self.choices = before;
                    self.come_back();
                    return Err(ChoiceError::NotSettled { steps: 0 });
                }
                self.valid = ValidSet { settled: false, ..self.valid.clone() };
                self.valid.chosen.0.fill(0);
                self.valid.left_out.0.fill(0);
                Ok(())
            }
        }
    }

    /// Goes on settling the valid set, for at most so many steps; whether it is settled now.
    ///
    /// # Errors
    /// [`ChoiceError::Refused`] when the last choice turns out to be impossible after a
    /// [`Session::preview`]: it is taken back.
    pub fn settle(&mut self, steps: u64) -> Result<bool, ChoiceError> {
        let before = std::mem::replace(&mut self.steps, steps);
        let choices = self.choices.clone();
        let outcome = self.apply(choices.clone());
        self.steps = before;
        match outcome {
            Ok(()) => Ok(self.valid.settled),
            Err(NoValidSet::OutOfSteps) => Ok(false),
            Err(NoValidSet::Refuted(_)) => {
                let Some(last) = self.choices.pop() else { return Ok(true) };
                let rest = self.choices.clone();
                if self.apply(rest).is_err() {
                    return Err(ChoiceError::NotSettled { steps });
                }
                Err(self.refusal(last, &choices))
            }
        }
    }

    /// Makes the choices these, with their valid set; on failure nothing changes.
    pub(crate) fn apply(&mut self, choices: Vec<Lit>) -> Result<(), NoValidSet> {
        let outcome = self
            .explorer
            .assume(&choices)
            .map_err(NoValidSet::Refuted)
            .and_then(|()| self.explorer.valid(self.steps));
        match outcome {
            Ok(valid) => {
                self.valid = valid;
                self.choices = choices;
                self.defaults = None;
                Ok(())
            }
            Err(error) => {
                self.come_back();
                Err(error)
            }
        }
    }

    /// Brings the search back to the choices after a question.
    pub(crate) fn come_back(&mut self) {
        // The choices stood before: this cannot be refuted.
        let _ = self.explorer.assume(&self.choices);
    }

    // ---- taking back -------------------------------------------------------------------------

    /// Takes back what the customer decided about an option, whenever that was; whether there was
    /// anything to take back.
    ///
    /// ```
    /// use listino_core::configure::{Configurator, Model};
    /// # let model: Model = serde_json::from_str(r#"{
    /// #     "id": "lamp",
    /// #     "groups": [
    /// #         { "id": "colour", "options": [{ "id": "red" }, { "id": "gold", "price": "20", "cost": "5" }] },
    /// #         { "id": "bulb", "options": [{ "id": "warm", "price": "3", "cost": "1" }, { "id": "cold", "price": "2", "cost": "1" }] }
    /// #     ],
    /// #     "rules": [{ "id": "glow", "text": "gold needs warm light", "must": { "requires": ["gold", "warm"] } }]
    /// # }"#)?;
    /// let mut session = Configurator::compile(&model, "2026-05-01".parse()?)?.session();
    /// session.choose("gold")?;
    /// session.choose("warm")?;
    /// assert!(session.undo("gold")?, "in any order");
    /// assert!(!session.undo("gold")?, "there is nothing to take back any more");
    /// assert_eq!(session.choices()[0].option, "warm");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ChoiceError::UnknownOption`], or [`ChoiceError::NotSettled`].
    pub fn undo(&mut self, option: &str) -> Result<bool, ChoiceError> {
        let option = self.option(option)?;
        let Some(place) = self.choices.iter().position(|c| c.variable() == option) else {
            return Ok(false);
        };
        let mut choices = self.choices.clone();
        let taken = choices.remove(place);
        self.apply(choices).map_err(|_| ChoiceError::NotSettled { steps: self.steps })?;
        self.undone.push(taken);
        Ok(true)
    }

    /// Takes back the customer's last choice; what it was.
    ///
    /// ```
    /// use listino_core::configure::{Configurator, Model};
    /// # let model: Model = serde_json::from_str(r#"{
    /// #     "id": "lamp",
    /// #     "groups": [
    /// #         { "id": "colour", "options": [{ "id": "red" }, { "id": "gold", "price": "20", "cost": "5" }] },
    /// #         { "id": "bulb", "options": [{ "id": "warm", "price": "3", "cost": "1" }, { "id": "cold", "price": "2", "cost": "1" }] }
    /// #     ],
    /// #     "rules": [{ "id": "glow", "text": "gold needs warm light", "must": { "requires": ["gold", "warm"] } }]
    /// # }"#)?;
    /// let mut session = Configurator::compile(&model, "2026-05-01".parse()?)?.session();
    /// session.choose("gold")?;
    /// let taken = session.undo_last()?.unwrap();
    /// assert_eq!(taken.option, "gold");
    /// assert_eq!(session.redo()?, Some(taken));
    /// assert_eq!(session.redo()?, None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ChoiceError::NotSettled`].
    pub fn undo_last(&mut self) -> Result<Option<UserChoice>, ChoiceError> {
        let Some(&last) = self.choices.last() else { return Ok(None) };
        let choice = self.user_choice(last);
        self.undo(&choice.option)?;
        Ok(Some(choice))
    }

    /// Chooses again what was taken back last; what it was.
    ///
    /// # Errors
    /// As [`Session::choose`]: other choices may stand against it by now.
    pub fn redo(&mut self) -> Result<Option<UserChoice>, ChoiceError> {
        let Some(literal) = self.undone.pop() else { return Ok(None) };
        let choice = self.user_choice(literal);
        let rest = self.undone.clone();
        let outcome = self.decide(&choice.option, choice.chosen);
        self.undone = rest;
        outcome.map(|()| Some(choice))
    }

    // ---- looking -----------------------------------------------------------------------------

    /// The customer's choices, in their order.
    pub fn choices(&self) -> Vec<UserChoice> {
        self.choices.iter().map(|&literal| self.user_choice(literal)).collect()
    }

    fn answer(&self, literal: Lit) -> Answer {
        if self.valid.shown(literal) {
            Answer::Yes
        } else if self.valid.settled || self.explorer.solver.is_true(!literal) {
            Answer::No
        } else {
            Answer::Open
        }
    }

    /// Whether each offered option can still be chosen and be left out, in the order of the
    /// model. Quicker than [`Session::states`]: nothing is computed.
    ///
    /// ```
    /// use listino_core::configure::{Answer, Configurator, Model};
    /// # let model: Model = serde_json::from_str(r#"{
    /// #     "id": "lamp",
    /// #     "groups": [
    /// #         { "id": "colour", "options": [{ "id": "red" }, { "id": "gold", "price": "20", "cost": "5" }] },
    /// #         { "id": "bulb", "options": [{ "id": "warm", "price": "3", "cost": "1" }, { "id": "cold", "price": "2", "cost": "1" }] }
    /// #     ],
    /// #     "rules": [{ "id": "glow", "text": "gold needs warm light", "must": { "requires": ["gold", "warm"] } }]
    /// # }"#)?;
    /// let mut session = Configurator::compile(&model, "2026-05-01".parse()?)?.session();
    /// session.choose("cold")?;
    /// let can_choose: Vec<Answer> = session.answers().map(|(choose, _)| choose).collect();
    /// assert_eq!(can_choose, [Answer::Yes, Answer::No, Answer::No, Answer::Yes]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn answers(&self) -> impl Iterator<Item = (Answer, Answer)> + '_ {
        (0..)
            .zip(&self.configurator.inner.model.options)
            .filter(|(_, option)| !option.hidden)
            .map(|(k, _)| (self.answer(Lit::positive(k)), self.answer(Lit::negative(k))))
    }

    fn state_of(&self, option: u32, defaults: &[u32]) -> OptionState {
        let (can_choose, can_leave_out) =
            (self.answer(Lit::positive(option)), self.answer(Lit::negative(option)));
        let user = self.choices.iter().find(|choice| choice.variable() == option);
        let decision = match (user, can_choose, can_leave_out) {
            (Some(choice), ..) => {
                Some(Decision { chosen: choice.is_positive(), origin: Origin::User })
            }
            (None, Answer::No, Answer::No) => None,
            (None, Answer::No, _) => Some(Decision { chosen: false, origin: Origin::Inferred }),
            (None, _, Answer::No) => Some(Decision { chosen: true, origin: Origin::Inferred }),
            _ if defaults.binary_search(&option).is_ok() => {
                Some(Decision { chosen: true, origin: Origin::Default })
            }
            _ => None,
        };
        OptionState {
            id: self.configurator.inner.id(option).to_owned(),
            can_choose,
            can_leave_out,
            decision,
        }
    }

    /// Where an option stands.
    ///
    /// # Errors
    /// [`ChoiceError::UnknownOption`].
    pub fn state(&mut self, option: &str) -> Result<OptionState, ChoiceError> {
        let option = self.option(option)?;
        let defaults = self.defaults();
        Ok(self.state_of(option, &defaults))
    }

    /// Where every offered option stands, in the order of the model.
    ///
    /// ```
    /// use listino_core::configure::{Configurator, Model};
    /// # let model: Model = serde_json::from_str(r#"{
    /// #     "id": "lamp",
    /// #     "groups": [
    /// #         { "id": "colour", "options": [{ "id": "red" }, { "id": "gold", "price": "20", "cost": "5" }] },
    /// #         { "id": "bulb", "options": [{ "id": "warm", "price": "3", "cost": "1" }, { "id": "cold", "price": "2", "cost": "1" }] }
    /// #     ],
    /// #     "rules": [{ "id": "glow", "text": "gold needs warm light", "must": { "requires": ["gold", "warm"] } }]
    /// # }"#)?;
    /// let mut session = Configurator::compile(&model, "2026-05-01".parse()?)?.session();
    /// session.choose("gold")?;
    /// let chosen: Vec<String> =
    ///     session.states().into_iter().filter(|state| state.is_chosen()).map(|state| state.id).collect();
    /// assert_eq!(chosen, ["gold", "warm"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn states(&mut self) -> Vec<OptionState> {
        let defaults = self.defaults();
        (0..)
            .zip(&self.configurator.inner.model.options)
            .filter(|(_, option)| !option.hidden)
            .map(|(number, _)| self.state_of(number, &defaults))
            .collect()
    }

    /// The options that the defaults choose besides the customer's choices, sorted.
    fn defaults(&mut self) -> Vec<u32> {
        if let Some(defaults) = &self.defaults {
            return defaults.clone();
        }
        let wished = self.configurator.inner.model.default_options.clone();
        let mut defaults = Vec::new();
        if !wished.is_empty()
            && let Ok(configuration) = self.complete()
        {
            defaults = wished;
            defaults.retain(|&option| configuration.contains(option));
            defaults.sort_unstable();
            defaults.dedup();
        }
        self.defaults = Some(defaults.clone());
        defaults
    }

    // ---- completing --------------------------------------------------------------------------

    /// A whole valid configuration: the customer's choices, then the defaults and the preferences
    /// in their order as far as they go, and nothing else that is not needed.
    ///
    /// It depends on the choices only, not on how the session came to them.
    ///
    /// ```
    /// use listino_core::configure::{Configurator, Model};
    /// # let model: Model = serde_json::from_str(r#"{
    /// #     "id": "lamp",
    /// #     "groups": [
    /// #         { "id": "colour", "options": [{ "id": "red" }, { "id": "gold", "price": "20", "cost": "5" }] },
    /// #         { "id": "bulb", "options": [{ "id": "warm", "price": "3", "cost": "1" }, { "id": "cold", "price": "2", "cost": "1" }] }
    /// #     ],
    /// #     "rules": [{ "id": "glow", "text": "gold needs warm light", "must": { "requires": ["gold", "warm"] } }]
    /// # }"#)?;
    /// let mut session = Configurator::compile(&model, "2026-05-01".parse()?)?.session();
    /// session.choose("gold")?;
    /// let complete = session.complete()?;
    /// assert_eq!(complete.options().collect::<Vec<_>>(), ["gold", "warm"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ChoiceError::NotSettled`] when the steps ran out, [`ChoiceError::Refused`] when nothing
    /// is valid at all.
    pub fn complete(&mut self) -> Result<Configuration, ChoiceError> {
        let choices = self.choices.clone();
        let out = self.complete_with(&choices);
        self.come_back();
        out
    }

    pub(crate) fn wishes(&self) -> Vec<Lit> {
        let model = &self.configurator.inner.model;
        model.defaults.iter().chain(&model.preferences).copied().collect()
    }

    pub(crate) fn complete_with(&mut self, choices: &[Lit]) -> Result<Configuration, ChoiceError> {
        let solver = &mut self.explorer.solver;
        let refused = |session: &mut Self| session.void_error();
        if solver.assume(choices).is_err() {
            return Err(refused(self));
        }
        let wishes = self.wishes();
        let solver = &mut self.explorer.solver;
        solver.want(wishes);
        solver.allow(self.steps);
        match solver.solve(Order::Strict) {
            Ok(Outcome::Solution) => {
                let mut bits = vec![0; solver.variables().div_ceil(64)];
                solver.write_solution(&mut bits);
                solver.rewind();
                Ok(Configuration::new(&self.configurator, bits))
            }
            Ok(Outcome::Refuted(_)) => Err(refused(self)),
            Err(_) => Err(ChoiceError::NotSettled { steps: self.steps }),
        }
    }

    /// The groups in which something has to be chosen that neither the customer nor the model
    /// decides, with what can still be chosen in each; empty when the configuration is complete.
    ///
    /// ```
    /// use listino_core::configure::{Configurator, Model, OpenGroup};
    /// let model: Model = serde_json::from_str(r#"{
    ///     "id": "lamp",
    ///     "groups": [{ "id": "colour", "options": [{ "id": "red" }, { "id": "white" }] },
    ///                { "id": "extras", "choose": { "max": 1 }, "options": [{ "id": "dimmer" }] }]
    /// }"#)?;
    /// let mut session = Configurator::compile(&model, "2026-05-01".parse()?)?.session();
    /// let open: Vec<OpenGroup> = session.open_groups()?;
    /// assert_eq!((open[0].group.as_str(), open[0].options.len()), ("colour", 2));
    /// session.choose("red")?;
    /// assert!(session.open_groups()?.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Session::complete`].
    pub fn open_groups(&mut self) -> Result<Vec<OpenGroup>, ChoiceError> {
        let complete = self.complete()?;
        // What the customer and the model say; whatever the completion has beyond what follows
        // from it was picked for no reason.
        let mut said = self.choices.clone();
        said.extend(self.wishes().into_iter().filter(|&wish| holds(complete.bits(), wish)));
        let outcome = self
            .explorer
            .assume(&said)
            .map_err(NoValidSet::Refuted)
            .and_then(|()| self.explorer.valid(self.steps));
        self.come_back();
        let valid = match outcome {
            Ok(valid) if valid.settled => valid,
            _ => return Err(ChoiceError::NotSettled { steps: self.steps }),
        };
        let inner = &self.configurator.inner;
        let mut out: Vec<OpenGroup> = Vec::new();
        for (number, option) in (0..).zip(&inner.model.options) {
            let picked = !option.hidden && complete.contains(number);
            if !picked || !valid.shown(Lit::negative(number)) {
                continue;
            }
            let Some(group) = inner.model.groups.get(option.group as usize) else { continue };
            if out.iter().any(|open| open.group == group.id) {
                continue;
            }
            let options = (group.first..group.first + group.count)
                .filter(|&other| inner.offered.contains(other) && valid.shown(Lit::positive(other)))
                .map(|other| inner.id(other).to_owned())
                .collect();
            out.push(OpenGroup { group: group.id.clone(), options });
        }
        Ok(out)
    }

    /// Whether the customer chose the option.
    pub(crate) fn is_choice(&self, option: u32) -> bool {
        self.choices.contains(&Lit::positive(option))
    }

    /// Whether the choices and the rules leave no other way than to choose the option.
    pub(crate) fn is_inferred(&self, option: u32) -> bool {
        self.valid.settled && !self.valid.shown(Lit::negative(option))
    }

    fn void_error(&mut self) -> ChoiceError {
        match self.void_explanation() {
            Some(explanation) => ChoiceError::Refused(Box::new(explanation)),
            None => ChoiceError::NotSettled { steps: self.steps },
        }
    }

    // ---- storing -----------------------------------------------------------------------------

    /// The session as it is stored.
    pub fn save(&self) -> SavedSession {
        SavedSession {
            model: self.configurator.id().to_owned(),
            version: self.configurator.version().to_owned(),
            choices: self.choices(),
        }
    }
}

impl Configurator {
    /// Takes up a stored session, maybe on a newer version of its model: each choice in its order
    /// as far as it still holds, and a report of those that do not.
    ///
    /// ```
    /// use listino_core::configure::{Configurator, Model, Replay};
    /// # let model: Model = serde_json::from_str(r#"{
    /// #     "id": "lamp",
    /// #     "groups": [
    /// #         { "id": "colour", "options": [{ "id": "red" }, { "id": "gold", "price": "20", "cost": "5" }] },
    /// #         { "id": "bulb", "options": [{ "id": "warm", "price": "3", "cost": "1" }, { "id": "cold", "price": "2", "cost": "1" }] }
    /// #     ],
    /// #     "rules": [{ "id": "glow", "text": "gold needs warm light", "must": { "requires": ["gold", "warm"] } }]
    /// # }"#)?;
    /// let mut session = Configurator::compile(&model, "2026-05-01".parse()?)?.session();
    /// session.choose("gold")?;
    /// session.choose("warm")?;
    /// // The next version has no warm bulb any more.
    /// let newer: Model = serde_json::from_str(r#"{ "id": "lamp", "version": "2",
    ///     "groups": [{ "id": "colour", "options": [{ "id": "red" }, { "id": "gold" }] }] }"#)?;
    /// let newer = Configurator::compile(&newer, "2026-05-01".parse()?)?;
    /// let (session, report): (_, Replay) = newer.replay(&session.save());
    /// assert!(!report.same_model);
    /// assert_eq!((report.kept[0].option.as_str(), report.lost[0].0.option.as_str()), ("gold", "warm"));
    /// assert_eq!(session.choices().len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn replay(&self, saved: &SavedSession) -> (Session, Replay) {
        let mut session = self.session();
        let mut replay = Replay {
            same_model: saved.model == self.id() && saved.version == self.version(),
            kept: Vec::new(),
            lost: Vec::new(),
        };
        for choice in &saved.choices {
            match session.decide(&choice.option, choice.chosen) {
                Ok(()) => replay.kept.push(choice.clone()),
                Err(error) => replay.lost.push((choice.clone(), error)),
            }
        }
        (session, replay)
    }
}

/// A whole configuration: every option chosen or left out.
///
/// ```
/// use listino_core::configure::{Configuration, Configurator, Model};
/// let model: Model = serde_json::from_str(r#"{ "id": "bike", "groups": [{ "id": "frame", "options": [
///     { "id": "alu", "attributes": { "grams": "1600" } },
///     { "id": "carbon", "attributes": { "grams": "1100" } }] }] }"#)?;
/// let mut session = Configurator::compile(&model, "2026-05-01".parse()?)?.session();
/// session.choose("carbon")?;
/// let bike: Configuration = session.complete()?;
/// assert!(bike.is_chosen("carbon") && !bike.is_chosen("alu"));
/// assert_eq!(bike.options().collect::<Vec<_>>(), ["carbon"]);
/// assert_eq!(bike.attribute("grams").map(|grams| grams.to_string()), Some("1100".to_owned()));
/// let double = serde_json::from_str(r#"{ "multiply": ["2", { "attribute": "grams" }] }"#)?;
/// assert_eq!(bike.value(&double)?.to_string(), "2200");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Configuration {
    configurator: Configurator,
    bits: Vec<u64>,
}

impl PartialEq for Configuration {
    fn eq(&self, other: &Self) -> bool {
        self.options().eq(other.options())
    }
}

impl Eq for Configuration {}

impl Configuration {
    pub(crate) fn new(configurator: &Configurator, bits: Vec<u64>) -> Self {
        Self { configurator: configurator.clone(), bits }
    }

    pub(crate) fn bits(&self) -> &[u64] {
        &self.bits
    }

    pub(crate) fn contains(&self, option: u32) -> bool {
        option != NO_OPTION
            && self.bits.get(option as usize / 64).is_some_and(|w| w >> (option % 64) & 1 == 1)
    }

    /// Whether an option is part of the configuration; `wheel[*].rim` asks whether any instance
    /// has it.
    pub fn is_chosen(&self, id: &str) -> bool {
        self.count(id) > 0
    }

    /// How many of the options that a name stands for are chosen.
    pub(crate) fn count(&self, id: &str) -> usize {
        let inner = &self.configurator.inner;
        match inner.option(id) {
            Some(option) => usize::from(self.contains(option)),
            None if id.contains("[*]") => {
                let named = |option: &OptionInfo| super::lower::matches(id, &option.id);
                let options = (0..).zip(&inner.model.options);
                options.filter(|(k, option)| self.contains(*k) && named(option)).count()
            }
            None => 0,
        }
    }

    /// The ids of the chosen options that are offered, in the order of the model.
    pub fn options(&self) -> impl Iterator<Item = &str> {
        (0..)
            .zip(&self.configurator.inner.model.options)
            .filter(|&(k, option)| !option.hidden && self.contains(k))
            .map(|(_, option)| option.id.as_str())
    }

    /// The sum of an attribute over the chosen options; `None` when no option has it or the sum
    /// cannot be held.
    pub fn attribute(&self, name: &str) -> Option<Exact> {
        let attributes = &self.configurator.inner.model.attributes;
        let place = attributes.binary_search_by(|(id, _)| id.as_str().cmp(name)).ok()?;
        let (_, values) = attributes.get(place)?;
        values
            .iter()
            .filter(|(option, _)| self.contains(*option))
            .try_fold(Exact::ZERO, |sum, (_, value)| sum.add(value.exact()).ok())
    }

    /// The value of a calculation for this configuration.
    ///
    /// # Errors
    /// [`super::ExpressionError`] when it has none.
    pub fn value(&self, expression: &Expression) -> Result<Exact, super::ExpressionError> {
        expression.value_for(&|id| self.count(id), &|name| self.attribute(name))
    }
}
