//! Numbers that depend on a stream and a position only: no state, no order, no floats.

const SEED: u64 = 20_260_101;
const STREAM: u64 = 0xD1B5_4A32_D192_ED03;

/// The number of a stream at a position (splitmix64 over seed, stream and position).
pub(crate) fn number(stream: u64, position: u64) -> u64 {
    let mut z = SEED.wrapping_add(stream.wrapping_mul(STREAM)).wrapping_add(position);
    z = z.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A number from zero to below `limit`.
pub(crate) fn below(stream: u64, position: u64, limit: u64) -> u64 {
    number(stream, position) % limit
}

/// The `keep` positions below `count` whose numbers in a stream are the smallest, in that order.
pub(crate) fn draw(stream: u64, count: usize, keep: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by_key(|&position| number(stream, position as u64));
    order.truncate(keep);
    order
}
