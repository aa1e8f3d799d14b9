//! The equation of an Einsum, with its ellipsis and its implicit output written out.

use tract_onnx::pb::NodeProto;
use tract_onnx::tract_core::ops::einsum::EinSum;
use tract_onnx::tract_hir::internal::*;

use super::readers::Built;

use crate::count::counted;

/// Labels of operands and of the result; `.` stands for the axes of an ellipsis.
#[derive(Clone, Debug)]
struct Equation {
    operands: Vec<String>,
    result: String,
}

/// Reads an `Einsum`.
pub(super) fn einsum(node: &NodeProto) -> Built {
    let text: String = node.get_attr("equation")?;
    Ok((expand(Equation::parse(&text)), vec![]))
}

impl Equation {
    fn parse(text: &str) -> Equation {
        let text = text.replace(' ', "").replace("...", ".");
        let (operands, result) = match text.split_once("->") {
            Some((operands, result)) => (operands, result.to_string()),
            None => (&*text, implicit(&text)),
        };
        Equation { operands: operands.split(',').map(str::to_string).collect(), result }
    }

    /// The same with letters for the axes of the ellipsis, of which the last are common to all.
    fn of_ranks(&self, ranks: &[usize]) -> TractResult<AxesMapping> {
        ensure!(self.operands.len() == ranks.len(), "it has {} operands", ranks.len());
        let mut count = 0;
        for (operand, rank) in self.operands.iter().zip(ranks) {
            let named = operand.chars().filter(|l| *l != '.').count();
            let open = operand.contains('.');
            ensure!(
                named == *rank || open && named < *rank,
                "“{operand}” has {}",
                counted(rank, "axis")
            );
            count = count.max(rank - named);
        }
        let used = |letter: &char| self.operands.iter().any(|o| o.contains(*letter));
        let letters: Vec<char> =
            ('A'..='Z').chain('a'..='z').filter(|l| !used(l)).take(count).collect();
        ensure!(letters.len() == count, "it has too many axes");
        let written = |labels: &str, axes: usize| -> String {
            let open: String = letters[count - axes..].iter().collect();
            labels.replace('.', &open)
        };
        let operands: Vec<String> = self
            .operands
            .iter()
            .zip(ranks)
            .map(|(o, rank)| written(o, rank - o.chars().filter(|l| *l != '.').count()))
            .collect();
        let result = written(&self.result, count);
        format!("{}->{result}", operands.join(",")).parse()
    }
}

/// Without an output: the ellipsis, and in alphabetical order what stands once.
fn implicit(operands: &str) -> String {
    let mut once: Vec<char> = operands
        .chars()
        .filter(|l| l.is_alphabetic() && operands.matches(*l).count() == 1)
        .collect();
    once.sort_unstable();
    let open = if operands.contains('.') { "." } else { "" };
    open.chars().chain(once).collect()
}

impl Expansion for Equation {
    fn name(&self) -> StaticName {
        "Einsum".into()
    }

    fn rules<'r, 'p: 'r, 's: 'r>(
        &'s self,
        s: &mut Solver<'r>,
        inputs: &'p [TensorProxy],
        outputs: &'p [TensorProxy],
    ) -> InferenceResult {
        check_output_arity(outputs, 1)?;
        for input in inputs {
            s.equals(&input.datum_type, &outputs[0].datum_type)?;
        }
        s.given_all(inputs.iter().map(|i| &i.rank), move |s, ranks| {
            let ranks: Vec<usize> = ranks.iter().map(|r| *r as usize).collect();
            let mapping = self.of_ranks(&ranks)?;
            s.equals(&outputs[0].rank, mapping.rank(InOut::Out(0)) as i64)?;
            s.given_all(inputs.iter().map(|i| &i.shape), move |s, shapes| {
                for axis in mapping.iter_all_axes() {
                    let Some(place) = axis.outputs[0].first() else { continue };
                    let sizes = axis.inputs.iter().zip(&shapes);
                    let sizes =
                        sizes.flat_map(|(axes, shape)| axes.iter().map(|a| shape[*a].clone()));
                    let size = sizes.reduce(|a, b| if a == TDim::from(1) { b } else { a });
                    let size = size.context("an axis of the result is in no operand")?;
                    s.equals(&outputs[0].shape[*place], size)?;
                }
                Ok(())
            })
        })
    }

    fn wire(
        &self,
        prefix: &str,
        model: &mut TypedModel,
        inputs: &[OutletId],
    ) -> TractResult<TVec<OutletId>> {
        let ranks = inputs.iter().map(|i| Ok(model.outlet_fact(*i)?.rank()));
        let ranks = ranks.collect::<TractResult<Vec<usize>>>()?;
        let operating_dt = model.outlet_fact(inputs[0])?.datum_type;
        let axes = self.of_ranks(&ranks)?;
        model.wire_node(prefix, EinSum { axes, operating_dt, q_params: None }, inputs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ellipses_and_implicit_outputs_are_written_out() {
        let written = |text: &str, ranks: &[usize]| {
            Equation::parse(text).of_ranks(ranks).map(|mapping| {
                let (from, to) = mapping.to_strs();
                format!("{}->{}", from.join(","), to.join(","))
            })
        };
        for (text, ranks, right) in [
            ("...ij, jk -> ...ik", &[4, 2][..], "ABij,jk->ABik"),
            ("...ij,...jk", &[3, 2], "Aij,jk->Aik"),
            ("ba", &[2], "ba->ab"),
            ("ii", &[2], "ii->"),
            ("...ii->...i", &[4], "ABii->ABi"),
        ] {
            assert_eq!(written(text, ranks).ok().as_deref(), Some(right), "{text}");
        }
        assert!(written("ij->i", &[3]).is_err() && written("...ij->i", &[1]).is_err());
    }
}
