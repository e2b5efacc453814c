//! Reproducible pseudo-random numbers (`SplitMix64`) for fuzzing.

pub struct Random(u64);

impl Random {
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Returns a number below the bound, or zero if the bound is zero.
    pub fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).unwrap().max(1);
        usize::try_from(self.next() % bound).unwrap()
    }

    /// Returns true with the probability 1 / `times`.
    pub fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    pub fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len())]
    }

    pub fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.next().to_le_bytes()[0]).collect()
    }

    /// Returns a byte with a special meaning or at a bound.
    pub fn odd(&mut self) -> u8 {
        *self.pick(&[0, 1, 0x7f, 0x80, 0x81, 0x84, 0xfe, 0xff, 0x30, 0x04, 0x02])
    }

    /// Flips, replaces, removes, repeats and inserts bytes.
    pub fn mutate(&mut self, bytes: &mut Vec<u8>) {
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len());
            let length = self.below(16).min(bytes.len() - at);
            match self.below(6) {
                0 if !bytes.is_empty() => bytes[at] ^= 1 << self.below(8),
                1 if !bytes.is_empty() => bytes[at] = self.odd(),
                2 => drop(bytes.drain(at..at + length)),
                3 => bytes.extend_from_within(at..at + length),
                4 => {
                    let inserted = self.bytes(length);
                    bytes.splice(at..at, inserted);
                }
                5 if self.one_in(4) => bytes.truncate(at),
                _ => {}
            }
        }
    }
}
