//! Allocation against a second one over big numbers, and by hand where coins are left over.
#![cfg(test)]

use listino_money::{AllocationMethod, ArithmeticError, Exact, Increment, allocate};
use num_bigint::BigInt;
use num_rational::BigRational;
use proptest::prelude::*;

const METHODS: [AllocationMethod; 4] = [
    AllocationMethod::LargestRemainder,
    AllocationMethod::Last,
    AllocationMethod::First,
    AllocationMethod::Largest,
];

fn rational(value: Exact) -> BigRational {
    let (mantissa, scale) = value.parts();
    BigRational::new(mantissa.into(), BigInt::from(10).pow(scale))
}

fn exact(mantissa: i128, scale: u32) -> Exact {
    Exact::new(mantissa, scale).unwrap()
}

/// The coins of each part, by the text of `allocate` and over numbers without bounds.
fn coins(
    total: &BigInt,
    weights: &[BigRational],
    room: &[BigInt],
    method: AllocationMethod,
) -> Vec<BigInt> {
    let none = BigInt::from(0);
    let mut shares = vec![none.clone(); weights.len()];
    let mut left = total.clone();
    loop {
        let open: Vec<usize> = (0..weights.len())
            .filter(|&i| weights[i] > BigRational::from(none.clone()) && shares[i] < room[i])
            .collect();
        if left == none || open.is_empty() {
            return shares;
        }
        let whole: BigRational = open.iter().map(|&i| weights[i].clone()).sum();
        let ideal: Vec<BigRational> = open.iter().map(|&i| &weights[i] * &left / &whole).collect();
        let mut parts: Vec<BigInt> = ideal.iter().map(|part| part.floor().to_integer()).collect();
        let mut rest = &left - parts.iter().sum::<BigInt>();
        let order: Vec<usize> = match method {
            AllocationMethod::First => (0..open.len()).collect(),
            AllocationMethod::LargestRemainder => {
                let mut order: Vec<usize> = (0..open.len()).collect();
                let cut = |k: usize| &ideal[k] - ideal[k].floor();
                order.sort_by(|&a, &b| cut(b).cmp(&cut(a)).then(a.cmp(&b)));
                order
            }
            AllocationMethod::Last | AllocationMethod::Largest => {
                let mut target = if method == AllocationMethod::Last { open.len() - 1 } else { 0 };
                if method == AllocationMethod::Largest {
                    for k in 0..open.len() {
                        if weights[open[k]] > weights[open[target]] {
                            target = k;
                        }
                    }
                }
                parts[target] += &rest;
                rest = none.clone();
                Vec::new()
            }
        };
        for k in order {
            if rest > none {
                parts[k] += 1;
                rest -= 1;
            }
        }
        for (&i, part) in open.iter().zip(parts) {
            let share = part.min(&room[i] - &shares[i]);
            shares[i] += &share;
            left -= share;
        }
    }
}

fn weight() -> impl Strategy<Value = Exact> {
    let mantissa = prop_oneof![
        3 => -3_i128..8,
        3 => 0_i128..100_000,
        1 => 0_i128..10_i128.pow(19),
        1 => 0_i128..10_i128.pow(30),
    ];
    (mantissa, 0_u32..5).prop_map(|(mantissa, scale)| exact(mantissa, scale))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn shares_are_those_of_the_second_allocation(
        total in prop_oneof![-2_000_i128..2_000, -10_i128.pow(20)..10_i128.pow(20), -10_i128.pow(33)..10_i128.pow(33)],
        scale in 0_u32..5,
        weights in prop::collection::vec(weight(), 0..9),
        caps in prop::collection::vec(weight(), 0..9),
        wide in any::<bool>(),
        step in prop::sample::select(vec![(1, 2), (5, 2), (1, 0), (25, 2), (3, 0)]),
        method in prop::sample::select(METHODS.to_vec()),
    ) {
        let total = exact(total, scale);
        let step = exact(step.0, step.1);
        // Half of the time nothing is capped.
        let caps = if wide { vec![exact(10_i128.pow(33), 0); weights.len()] } else { caps };
        let found = allocate(total, &weights, &caps, Increment::new(step).unwrap(), method).unwrap();
        let units = |value: Exact| (rational(value) / rational(step)).floor().to_integer();
        let none = BigInt::from(0);
        let room: Vec<BigInt> = (0..weights.len())
            .map(|i| caps.get(i).map_or(none.clone(), |cap| units(*cap).max(none.clone())))
            .collect();
        let weights: Vec<BigRational> = weights.iter().map(|weight| rational(*weight)).collect();
        let wanted = coins(&units(total.magnitude()), &weights, &room, method);
        prop_assert_eq!(found.shares.len(), wanted.len());
        let mut placed = rational(Exact::ZERO);
        for (share, wanted) in found.shares.iter().zip(wanted) {
            let wanted = rational(step) * wanted;
            let wanted = if total.is_negative() { -wanted } else { wanted };
            prop_assert_eq!(&rational(*share), &wanted);
            placed += wanted;
        }
        prop_assert_eq!(placed + rational(found.rest), rational(total));
    }

    #[test]
    fn shares_sum_to_the_whole_and_keep_their_caps(
        total in -1_000_000_i128..1_000_000,
        weights in prop::collection::vec(0_i128..100_000, 0..12),
        caps in prop::collection::vec(0_i128..100_000, 12),
        method in prop::sample::select(vec![
            AllocationMethod::LargestRemainder, AllocationMethod::Last,
            AllocationMethod::First, AllocationMethod::Largest,
        ]),
    ) {
        let cents = |units: i128| Exact::new(units, 2).unwrap();
        let total = cents(total);
        let weights: Vec<Exact> = weights.into_iter().map(cents).collect();
        let caps: Vec<Exact> = caps.into_iter().take(weights.len()).map(cents).collect();
        let split = allocate(total, &weights, &caps, Increment::digits(2), method).unwrap();
        let placed = split.shares.iter().fold(Exact::ZERO, |sum, s| sum.add(*s).unwrap());
        prop_assert_eq!(placed.add(split.rest).unwrap(), total);
        for ((share, cap), weight) in split.shares.iter().zip(&caps).zip(&weights) {
            prop_assert!(share.magnitude() <= *cap);
            prop_assert!(share.is_zero() || share.is_negative() == total.is_negative());
            prop_assert!(!weight.is_zero() || share.is_zero());
        }
        // A rest means that every part with a weight is full.
        if !split.rest.is_zero() {
            let full = split.shares.iter().zip(&caps).zip(&weights);
            for ((share, cap), weight) in full {
                prop_assert!(weight.is_zero() || share.magnitude() == *cap);
            }
        }
    }

    #[test]
    fn without_caps_each_share_is_within_a_coin_of_its_part(
        total in 0_i128..1_000_000,
        weights in prop::collection::vec(1_i128..100_000, 1..12),
    ) {
        let amount = Exact::new(total, 2).unwrap();
        let sum: i128 = weights.iter().sum();
        let parts: Vec<Exact> = weights.iter().map(|w| Exact::new(*w, 2).unwrap()).collect();
        let caps = vec![amount; parts.len()];
        let method = AllocationMethod::LargestRemainder;
        let split = allocate(amount, &parts, &caps, Increment::digits(2), method).unwrap();
        for (share, weight) in split.shares.iter().zip(&weights) {
            let ideal = BigRational::new(BigInt::from(total * weight), BigInt::from(sum * 100));
            let off = rational(*share) - ideal;
            let coin = BigRational::new(BigInt::from(1), BigInt::from(100));
            prop_assert!(off < coin && off > -coin);
        }
    }
}

/// Ten coins over three parts leave one coin over.
#[test]
fn the_coin_left_over_goes_where_the_method_says() {
    let split = |weights: [i128; 4], method| -> Vec<i128> {
        let weights = weights.map(|weight| exact(weight, 0));
        let room = [exact(100, 0); 4];
        let split = allocate(exact(10, 2), &weights, &room, Increment::digits(2), method);
        split.unwrap().shares.iter().map(|share| share.parts().0).collect()
    };
    assert_eq!(split([0, 1, 1, 1], AllocationMethod::First), [0, 4, 3, 3]);
    assert_eq!(split([0, 1, 1, 1], AllocationMethod::Last), [0, 3, 3, 4]);
    assert_eq!(split([0, 1, 1, 1], AllocationMethod::LargestRemainder), [0, 4, 3, 3]);
    assert_eq!(split([0, 1, 1, 1], AllocationMethod::Largest), [0, 4, 3, 3]);
    assert_eq!(split([1, 2, 2, 0], AllocationMethod::Largest), [2, 4, 4, 0]);
    assert_eq!(split([1, 3, 3, 0], AllocationMethod::Largest), [1, 5, 4, 0]);
    assert_eq!(split([3, 1, 2, 1], AllocationMethod::LargestRemainder), [4, 2, 3, 1]);
    assert_eq!(split([1, 1, 1, 3], AllocationMethod::Largest), [1, 1, 1, 7]);
}

#[test]
fn weights_are_a_proportion_at_any_scale() {
    let shares = |weights: &[Exact]| {
        let room = vec![exact(100, 0); weights.len()];
        let method = AllocationMethod::LargestRemainder;
        let split = allocate(exact(10, 0), weights, &room, Increment::digits(2), method)?;
        Ok::<_, ArithmeticError>(split.shares.iter().map(Exact::to_string).collect::<Vec<_>>())
    };
    assert_eq!(shares(&[exact(1, 0), exact(30, 1)]).unwrap(), ["2.5", "7.5"]);
    assert_eq!(shares(&[exact(30, 1), exact(1, 0)]).unwrap(), ["7.5", "2.5"]);
    // Zeros that are only written need no room.
    let long = exact(10_i128.pow(37), 37);
    assert_eq!(shares(&[long, exact(3 * 10_i128.pow(19), 0)]).unwrap(), ["0", "10"]);
    assert_eq!(shares(&[exact(10_i128.pow(38), 38); 4]).unwrap(), ["2.5"; 4]);
    let most = exact(i128::MAX, 0);
    assert_eq!(shares(&[most, most]), Err(ArithmeticError::Precision));
    assert_eq!(shares(&[most, exact(1, 1)]), Err(ArithmeticError::Precision));
    assert_eq!(shares(&[most]).unwrap(), ["10"]);
    assert_eq!(shares(&[]).unwrap(), Vec::<String>::new());
}
