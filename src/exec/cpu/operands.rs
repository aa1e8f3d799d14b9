//! What a step reads: slices of buffers, of the caller's images, or weights.

use crate::exec::Plan;
use crate::exec::plan::BufferId;
use crate::model::Network;
use crate::ops::Operand;

/// Which operand reads a node's input.
pub(super) fn position(operands: &[Operand], input: usize) -> usize {
    operands.iter().position(|o| *o == Operand::Input(input)).expect("every input is an operand")
}

/// An operand of a lane-by-lane kernel: a slice of a buffer, or a weight for all lanes.
pub(super) struct Lanes<'a> {
    data: &'a [f32],
    /// Elements of one lane; 0 where all lanes share the data.
    size: usize,
}

impl<'a> Lanes<'a> {
    pub(super) fn of(
        network: &'a Network,
        operand: Operand,
        lanes: usize,
        inputs: StepInputs<'a>,
    ) -> Lanes<'a> {
        match operand {
            Operand::Input(input) => {
                let data = inputs.get(input);
                Lanes { data, size: data.len() / lanes }
            }
            Operand::Weight(id) => Lanes { data: &network.weight(id).data, size: 0 },
        }
    }

    pub(super) fn get(&self, lane: usize) -> &'a [f32] {
        if self.size == 0 { self.data } else { &self.data[lane * self.size..][..self.size] }
    }
}

/// Values going forward: the caller's images and what was computed from them.
#[derive(Clone, Copy)]
pub(super) struct Inputs<'a> {
    pub(super) plan: &'a Plan,
    pub(super) buffers: &'a [Vec<f32>],
    pub(super) images: &'a [f32],
}

impl<'a> Inputs<'a> {
    pub(super) fn get(&self, id: BufferId) -> &'a [f32] {
        if id == self.plan.image { self.images } else { &self.buffers[id.0] }
    }
}

/// The values that a step reads.
#[derive(Clone, Copy)]
pub(super) struct StepInputs<'a> {
    pub(super) inputs: Inputs<'a>,
    pub(super) ids: &'a [BufferId],
}

impl<'a> StepInputs<'a> {
    pub(super) fn get(&self, input: usize) -> &'a [f32] {
        self.inputs.get(self.ids[input])
    }
}
