//! Networks whose examples are made once and shown to one another.

use serde::{Deserialize, Serialize};

use crate::attack::{Unobserved, noise};
use crate::digit::PIXELS;
use crate::exec::Executor;
use crate::study::StudyError;
use crate::study::paper::Made;
use crate::study::reproduce::{Done, Materials, Plan, Set, Work};
use crate::study::transfer::{MadeFor, Tally, made_for, show};

/// Digits of one piece of work; results do not depend on how a run is cut, for it is cut between them.
const BLOCK: usize = 40;
/// Digits that are attacked side by side.
const SIDE_BY_SIDE: usize = 8;

/// Networks, and what is shown to all of them.
pub(super) struct Group {
    /// Name in keys.
    name: &'static str,
    /// The networks, in the table's order.
    pub(super) networks: &'static [&'static str],
    /// Standard deviations of the noise rows.
    noise: &'static [f32],
    /// Distortion to which the examples for each network are rescaled.
    magnify: &'static [f32],
}

/// Tables 1 and 2.
pub(super) const MODELS: Group = Group {
    name: "models",
    networks: &["fc10-1e-4", "fc10-1e-2", "fc10-1", "fc100-100-10", "fc200-200-10", "ae400-10"],
    noise: &[0.1, 0.3],
    // As long as the paper's own, so that directions can be compared.
    magnify: &[0.062, 0.1, 0.14, 0.058, 0.065, 0.086],
};

/// Tables 3 and 4.
pub(super) const HALVES: Group = Group {
    name: "halves",
    networks: &["fc100-100-10-p1", "fc123-456-10-p1", "fc100-100-10-p2"],
    noise: &[0.06, 0.1],
    magnify: &[0.1; 3],
};

/// A network, and the same trained on adversarial examples.
pub(super) const HARDENED: Group = Group {
    name: "hardened",
    networks: &["fc100-100-10", "fc100-100-10-hardened"],
    noise: &[],
    magnify: &[],
};

/// Examples made for each network, shown to each: a table of errors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Matrix {
    /// The columns.
    pub networks: Vec<String>,
    /// A row a network.
    pub made_for: Vec<MatrixRow>,
    /// A row a strength: standard deviation, and what the networks made of it.
    pub noise: Vec<(f32, Tally)>,
}

/// What was made for one network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MatrixRow {
    /// The network.
    pub network: String,
    /// What was made, and what the networks made of it.
    #[serde(flatten)]
    pub made: MadeFor,
}

impl Matrix {
    /// What the networks made of images that came from somewhere.
    #[must_use]
    pub fn tally(&self, made: Made) -> Option<&Tally> {
        let of = |name: &str| self.made_for.iter().find(|row| row.network == name);
        match made {
            Made::For(name) => of(name).map(|row| &row.made.nearest.examples),
            Made::Magnified(name, _) => {
                of(name)?.made.magnified.as_ref().map(|shown| &shown.examples)
            }
            Made::Noise(strength) => {
                self.noise.iter().find(|(s, _)| *s == strength).map(|(_, tally)| tally)
            }
        }
    }
}

impl Group {
    /// Makes examples for every network and shows them to all.
    pub(super) fn examples(&'static self, plan: &Plan) -> Vec<Work> {
        let sources = 0..self.networks.len();
        let blocks = || blocks(plan).enumerate();
        let work = |source| blocks().map(move |(place, block)| self.block(source, place, block));
        sources.flat_map(work).collect()
    }

    fn block(&'static self, source: usize, place: usize, (from, to): (usize, usize)) -> Work {
        Work::new(self.key(self.networks[source], place), (to - from) as u64, move |materials| {
            let mut executors = self.executors(materials)?;
            let recipe = materials.plan().recipe()?;
            let mut sum = MadeFor::default();
            for from in (from..to).step_by(SIDE_BY_SIDE) {
                let digits = materials.digits(Set::Test, from..to.min(from + SIDE_BY_SIDE))?;
                sum.add(&pollster::block_on(made_for(
                    &mut executors,
                    source,
                    &digits,
                    recipe,
                    self.magnify.get(source).copied(),
                    &mut Unobserved,
                ))?);
            }
            Ok(sum)
        })
    }

    /// What the examples for one network came to.
    pub(super) fn made_for(
        &self,
        plan: &Plan,
        done: &Done,
        network: &str,
    ) -> Result<MadeFor, StudyError> {
        let mut sum = MadeFor::default();
        for place in 0..blocks(plan).len() {
            sum.add(&done.get(&self.key(network, place))?);
        }
        Ok(sum)
    }

    /// Shows noise to every network.
    pub(super) fn noises(&'static self, plan: &Plan) -> Vec<Work> {
        let each = |(place, (from, to)): (usize, (usize, usize))| {
            Work::new(self.key("noise", place), (to - from) as u64 / 10, move |materials| {
                let mut executors = self.executors(materials)?;
                let digits = materials.digits(Set::Test, from..to)?;
                let seed = materials.plan().seed;
                let tally = |deviation: &f32| {
                    let noisy = |x| noise::added(x, *deviation, seed);
                    let images: Vec<f32> =
                        digits.images.chunks_exact(PIXELS).flat_map(noisy).collect();
                    pollster::block_on(show(&mut executors, &digits, &images))
                };
                let tallies: Result<Vec<Tally>, _> = self.noise.iter().map(tally).collect();
                Ok(tallies?)
            })
        };
        let blocks = blocks(plan).enumerate();
        if self.noise.is_empty() { Vec::new() } else { blocks.map(each).collect() }
    }

    /// The whole table.
    pub(super) fn matrix(&self, plan: &Plan, done: &Done) -> Result<Matrix, StudyError> {
        let row = |network: &&str| {
            let made = self.made_for(plan, done, network)?;
            Ok(MatrixRow { network: (*network).to_owned(), made })
        };
        let made_for: Result<Vec<MatrixRow>, StudyError> = self.networks.iter().map(row).collect();
        let mut sums = vec![Tally::default(); self.noise.len()];
        let noisy = if self.noise.is_empty() { 0 } else { blocks(plan).len() };
        for place in 0..noisy {
            let block: Vec<Tally> = done.get(&self.key("noise", place))?;
            sums.iter_mut().zip(&block).for_each(|(sum, more)| sum.add(more));
        }
        Ok(Matrix {
            networks: self.networks.iter().map(|name| (*name).to_owned()).collect(),
            made_for: made_for?,
            noise: self.noise.iter().copied().zip(sums).collect(),
        })
    }

    fn key(&self, what: &str, place: usize) -> String {
        format!("{}/{what}/{place:04}", self.name)
    }

    fn executors(&self, materials: &Materials) -> Result<Vec<Executor>, StudyError> {
        self.networks.iter().map(|name| materials.executor(name)).collect()
    }
}

/// Beginnings and ends of the blocks of test digits.
fn blocks(plan: &Plan) -> impl ExactSizeIterator<Item = (usize, usize)> + use<> {
    let digits = plan.digits(Set::Test);
    let from = move |place: usize| place * BLOCK;
    (0..digits.div_ceil(BLOCK)).map(move |place| (from(place), digits.min(from(place + 1))))
}
