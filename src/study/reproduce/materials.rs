//! What work is done with: networks and digits.

use std::ops::Range;
use std::sync::Arc;

use super::{Fingerprint, NetworkRecord, Plan, Request, Set, StudyError};
use crate::digit::PIXELS;
use crate::digit::idx::Digits;
use crate::exec::{CpuExecutor, Executor};
use crate::model::Network;
use crate::study::split::{self, TRAINING_DIGITS};

/// A network with its names.
#[derive(Clone)]
pub struct Subject {
    /// For example `fc100-100-10`, or the file it came from.
    pub name: String,
    /// As in the paper, for example `FC100-100-10`.
    pub title: String,
    /// The network.
    pub network: Arc<Network>,
}

/// Networks, digits, and the plan that fits them.
pub struct Materials {
    plan: Plan,
    subjects: Vec<Subject>,
    test: Digits,
    training: Option<Digits>,
    /// Places of P1's digits in the training set, then P2's.
    order: Vec<u32>,
}

impl Materials {
    /// Prepares a run.
    ///
    /// # Errors
    /// Names that are no experiments, more digits than there are, missing training digits.
    pub fn new(
        request: Request,
        subjects: Vec<Subject>,
        test: Digits,
        training: Option<Digits>,
    ) -> Result<Materials, StudyError> {
        let Request { experiments, count, method, seed } = request;
        let there = test.labels.len();
        if let Some(asked) = count.filter(|count| *count > there) {
            return Err(StudyError::TooFewDigits { what: "the test set", asked, there });
        }
        let networks = subjects.iter().map(record).collect();
        let plan = Plan {
            program: concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")).to_owned(),
            experiments,
            count,
            method: method.name().to_owned(),
            seed,
            test: fingerprint(&test),
            training: training.as_ref().map(fingerprint),
            networks,
        };
        let needs = plan.entries()?.into_iter().find(|entry| entry.training);
        match (&training, needs) {
            (None, Some(entry)) => {
                return Err(StudyError::NoTrainingDigits { experiment: entry.name.to_owned() });
            }
            (Some(digits), _) if digits.labels.len() != TRAINING_DIGITS => {
                let actual = digits.labels.len();
                return Err(StudyError::NotTheTrainingSet { required: TRAINING_DIGITS, actual });
            }
            _ => {}
        }
        let order = if training.is_some() { split::order() } else { Vec::new() };
        Ok(Materials { plan, subjects, test, training, order })
    }

    /// What the run is to do.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// A network by its name.
    ///
    /// # Errors
    /// [`StudyError::NoNetwork`].
    pub fn subject(&self, name: &str) -> Result<&Subject, StudyError> {
        let found = self.subjects.iter().find(|subject| subject.name == name);
        found.ok_or_else(|| StudyError::NoNetwork { name: name.to_owned() })
    }

    /// An executor of a network on the processor.
    ///
    /// # Errors
    /// [`StudyError::NoNetwork`].
    pub fn executor(&self, name: &str) -> Result<Executor, StudyError> {
        Ok(Executor::Cpu(CpuExecutor::new(self.subject(name)?.network.clone())))
    }

    /// Digits of a set by their places in it, which must be below [`Plan::digits`].
    ///
    /// # Errors
    /// [`StudyError::NoTrainingDigits`] where the run was given none.
    pub fn digits(&self, set: Set, places: Range<usize>) -> Result<Digits, StudyError> {
        if set == Set::Test {
            return Ok(chosen(&self.test, places));
        }
        let training = self.training.as_ref().ok_or_else(|| StudyError::NoTrainingDigits {
            experiment: self.plan.experiments.join(", "),
        })?;
        let half = self.order.len() / 2;
        let of_order = |from: usize| {
            self.order[from..][..half][places.clone()].iter().map(|place| *place as usize)
        };
        Ok(match set {
            Set::P1 => chosen(training, of_order(0)),
            Set::P2 => chosen(training, of_order(half)),
            Set::Test | Set::Train => chosen(training, places),
        })
    }
}

fn chosen(digits: &Digits, places: impl Iterator<Item = usize> + Clone) -> Digits {
    let image = |place: usize| &digits.images[place * PIXELS..][..PIXELS];
    Digits {
        images: places.clone().flat_map(image).copied().collect(),
        labels: places.map(|place| digits.labels[place]).collect(),
    }
}

fn fingerprint(digits: &Digits) -> Fingerprint {
    let crc32 = checksum([bytemuck::cast_slice(&digits.images), &digits.labels]);
    Fingerprint { digits: digits.labels.len(), crc32 }
}

fn record(subject: &Subject) -> NetworkRecord {
    let weights = subject.network.weights.iter().map(|weight| bytemuck::cast_slice(&weight.data));
    let Subject { name, title, .. } = subject.clone();
    NetworkRecord { name, title, crc32: checksum(weights) }
}

fn checksum<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut crc = flate2::Crc::new();
    for piece in pieces {
        crc.update(piece);
    }
    format!("{:08x}", crc.sum())
}
