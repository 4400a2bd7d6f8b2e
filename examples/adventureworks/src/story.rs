//! What the tables do not say: who the customers are, and what the management wants.

use std::collections::BTreeMap;

use listino_core::book::{
    ApprovalTier, Customer, DiscretionaryLimit, MarginLevel, MarginThreshold, Scope,
};
use listino_core::money::{Amount, Currency, Percent};
use listino_core::{Id, Many};

use crate::Result;

/// The root of the resellers in the tree of clusters.
pub const RESELLER: &str = "reseller";

/// The cluster of everybody else.
pub(crate) const CONSUMER: &str = "consumer";

/// An invented reseller.
pub(crate) struct Reseller {
    pub(crate) id: &'static str,
    name: &'static str,
    cluster: &'static str,
    /// The number of the sales territory.
    territory: u32,
}

pub(crate) const RESELLERS: &[Reseller] = &[
    Reseller {
        id: "alpine-cycle-works",
        name: "Alpine Cycle Works",
        cluster: "reseller/gold",
        territory: 1,
    },
    Reseller { id: "desert-spokes", name: "Desert Spokes", cluster: "reseller/gold", territory: 4 },
    Reseller {
        id: "maple-leaf-bikes",
        name: "Maple Leaf Bikes",
        cluster: "reseller/silver",
        territory: 6,
    },
    Reseller {
        id: "velo-lumiere", name: "Vélo Lumière", cluster: "reseller/silver", territory: 7
    },
    Reseller { id: "rheinrad", name: "Rheinrad", cluster: "reseller/silver", territory: 8 },
    Reseller {
        id: "southern-cross-cycles",
        name: "Southern Cross Cycles",
        cluster: "reseller/bronze",
        territory: 9,
    },
    Reseller {
        id: "thames-wheelers",
        name: "Thames Wheelers",
        cluster: "reseller/bronze",
        territory: 10,
    },
];

/// What the proposal leaves the resellers on the categories that sell below cost.
pub(crate) const PROPOSED_RESELLER_DISCOUNTS: [(&str, i64); 2] =
    [("clothing/caps", 30), ("clothing/jerseys", 30)];

/// The currency of all prices and costs.
pub(crate) fn currency() -> Result<Currency> {
    Ok("USD".parse()?)
}

/// The resellers, and one customer for everybody who buys online.
pub(crate) fn customers(regions: &BTreeMap<u32, Id>) -> Result<BTreeMap<Id, Customer>> {
    let mut customers = BTreeMap::new();
    for reseller in RESELLERS {
        let customer = Customer {
            name: Some(reseller.name.to_owned()),
            cluster: Some(Id::new(reseller.cluster)?),
            region: regions.get(&reseller.territory).cloned(),
            ..Customer::default()
        };
        customers.insert(Id::new(reseller.id)?, customer);
    }
    let online = Customer {
        name: Some("Online shop".to_owned()),
        cluster: Some(Id::new(CONSUMER)?),
        region: Some(Id::new("north-america/us")?),
        ..Customer::default()
    };
    customers.insert(Id::new("online")?, online);
    Ok(customers)
}

/// Bikes are sold with hardly any margin and must not lose money; everything else earns its keep.
pub(crate) fn margins() -> Result<Vec<MarginThreshold>> {
    Ok(vec![
        margin("line-margin", Scope::default(), 25, 10, -30)?,
        margin("bike-margin", Scope { category: one("bikes")?, ..Scope::default() }, 8, 1, -10)?,
        MarginThreshold {
            on: MarginLevel::Document,
            ..margin("document-margin", Scope::default(), 10, 3, -5)?
        },
    ])
}

fn margin(id: &str, scope: Scope, target: i64, floor: i64, block: i64) -> Result<MarginThreshold> {
    Ok(MarginThreshold {
        id: Id::new(id)?,
        scope,
        target: Some(Amount::from(target)),
        floor: Some(Amount::from(floor)),
        block: Some(Amount::from(block)),
        approvals: vec![
            ApprovalTier { below: Amount::from(floor), role: one("sales-manager")? },
            ApprovalTier { below: Amount::ZERO, role: one("commercial-director")? },
        ],
        ..MarginThreshold::default()
    })
}

/// What each role may grant by hand.
pub(crate) fn discretion() -> Result<Vec<DiscretionaryLimit>> {
    let limit = |role, percent| -> Result<DiscretionaryLimit> {
        let scope = Scope::default();
        Ok(DiscretionaryLimit { role: Id::new(role)?, scope, max_percent: Percent::from(percent) })
    };
    Ok(vec![limit("sales-rep", 3)?, limit("sales-manager", 10)?, limit("commercial-director", 30)?])
}

fn one(id: &str) -> Result<Many<Id>> {
    Ok(Many(vec![Id::new(id)?]))
}
