//! Files as chance damages them: bytes, ends, and fields of the graph with values that nobody writes.

use prost::Message as _;
use rand_pcg::Pcg32;
use rand_pcg::rand_core::RngCore as _;
use tract_onnx::pb::tensor_shape_proto::dimension::Value as Size;
use tract_onnx::pb::type_proto::Value as Type;
use tract_onnx::pb::{AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto};

/// Integers that go wrong: none, negative ones, those past the ends of 16, 20, 31, 32 and 64 bits.
const WHOLE: [i64; 20] = [
    0,
    -1,
    1,
    2,
    3,
    -2,
    -3,
    5,
    7,
    64,
    -65,
    1 << 16,
    1 << 20,
    (1 << 31) - 1,
    1 << 31,
    1 << 32,
    20_000_000_000_000_000,
    1 << 62,
    i64::MAX,
    i64::MIN,
];
const REAL: [f32; 8] = [0.0, -1.0, 1e-40, 1e38, f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -0.5];
const WORDS: [&str; 8] =
    ["", "SAME_UPPER", "reflect", "wrap", "linear", "ij,jk->ik", "../x", "\u{0}é"];

/// A stream of damaged files.
pub(super) struct Mutator<'a> {
    rng: Pcg32,
    files: &'a [Vec<u8>],
    /// Operators that nodes are renamed to.
    operators: Vec<String>,
}

impl<'a> Mutator<'a> {
    /// Of whole files; the seed decides on everything.
    pub(super) fn new(files: &'a [Vec<u8>], seed: u64) -> Mutator<'a> {
        let graphs = files.iter().filter_map(|file| ModelProto::decode(&file[..]).ok()?.graph);
        let names = graphs.flat_map(|graph| graph.node).map(|node| node.op_type);
        let mut operators: Vec<String> = names.collect();
        operators.sort();
        operators.dedup();
        Mutator { rng: Pcg32::new(seed, 0), files, operators }
    }

    fn below(&mut self, count: usize) -> usize {
        self.rng.next_u32() as usize % count.max(1)
    }

    fn one<T: Clone>(&mut self, of: &[T]) -> Option<T> {
        let place = self.below(of.len());
        of.get(place).cloned()
    }

    fn whole(&mut self) -> i64 {
        let place = self.below(WHOLE.len());
        WHOLE[place]
    }

    /// The next file.
    pub(super) fn file(&mut self) -> Vec<u8> {
        let place = self.below(self.files.len());
        let mut bytes = self.files[place].clone();
        match self.below(8) {
            0 => bytes.truncate(self.below(bytes.len())),
            1 => {
                let (place, bit) = (self.below(bytes.len()), self.below(8));
                bytes.iter_mut().skip(place).take(1).for_each(|byte| *byte ^= 1 << bit);
            }
            2 => {
                let (place, value) = (self.below(bytes.len()), self.below(256) as u8);
                bytes.iter_mut().skip(place).take(1).for_each(|byte| *byte = value);
            }
            _ => {
                let Ok(mut model) = ModelProto::decode(&bytes[..]) else { return bytes };
                for _ in 0..=self.below(2) {
                    self.model(&mut model);
                }
                bytes = model.encode_to_vec();
            }
        }
        bytes
    }

    fn model(&mut self, model: &mut ModelProto) {
        if self.below(24) == 0 {
            let version = self.one(&[-1, 0, 1, 6, 7, 9, 11, 13, 17, 21, 23, 99, i64::MAX]);
            model.opset_import.iter_mut().for_each(|set| set.version = version.unwrap_or(0));
        }
        let Some(graph) = model.graph.as_mut() else { return };
        match self.below(12) {
            0..=3 => self.attribute_of(graph),
            4..=6 => self.node_of(graph),
            7..=9 => self.tensor_of(graph),
            10 => self.input_of(graph),
            _ => self.ends_of(graph),
        }
    }

    fn attribute_of(&mut self, graph: &mut GraphProto) {
        let all: Vec<_> = graph.node.iter_mut().filter(|node| !node.attribute.is_empty()).collect();
        let place = self.below(all.len());
        let Some(node) = all.into_iter().nth(place) else { return };
        let place = self.below(node.attribute.len());
        if self.below(10) == 0 {
            node.attribute.remove(place);
        } else {
            self.attribute(&mut node.attribute[place]);
        }
    }

    fn attribute(&mut self, attribute: &mut AttributeProto) {
        if let Some(tensor) = attribute.t.as_mut() {
            return self.tensor(tensor);
        }
        match self.below(12) {
            0 => attribute.r#type = self.below(14) as i32,
            1 => attribute.name = self.one(&["axis", "axes", "perm", "pads"]).unwrap_or("").into(),
            2 => attribute.ints.push(self.whole()),
            3 => drop(attribute.ints.pop()),
            4 => attribute.s = self.one(&WORDS).unwrap_or("").into(),
            _ => {}
        }
        attribute.i = self.whole();
        attribute.f = self.one(&REAL).unwrap_or(0.0);
        let place = self.below(attribute.ints.len());
        let value = self.whole();
        attribute.ints.iter_mut().skip(place).take(1).for_each(|number| *number = value);
    }

    fn node_of(&mut self, graph: &mut GraphProto) {
        let names: Vec<String> = graph.node.iter().flat_map(|node| node.output.clone()).collect();
        let weights = graph.initializer.iter().map(|tensor| tensor.name.clone());
        let names: Vec<String> = names.into_iter().chain(weights).collect();
        let place = self.below(graph.node.len());
        match self.below(12) {
            0 if !graph.node.is_empty() => drop(graph.node.remove(place)),
            1 => {
                let other = self.below(graph.node.len());
                graph.node.swap(place, other);
            }
            _ => {
                let Some(node) = graph.node.get_mut(place) else { return };
                self.node(node, &names);
            }
        }
    }

    fn node(&mut self, node: &mut NodeProto, names: &[String]) {
        let slot = self.below(node.input.len());
        match self.below(8) {
            0 => drop(node.input.pop()),
            1 => node.input.clear(),
            2 => node.input.iter_mut().skip(slot).take(1).for_each(String::clear),
            3 => node.input.reverse(),
            4 => node.input.extend(self.one(names)),
            5 => node.op_type = self.one(&self.operators.clone()).unwrap_or_default(),
            6 => node.output.extend(self.one(&["more".to_string(), String::new()])),
            _ => {
                let name = self.one(names).unwrap_or_default();
                node.input.iter_mut().skip(slot).take(1).for_each(|input| input.clone_from(&name));
            }
        }
    }

    fn tensor_of(&mut self, graph: &mut GraphProto) {
        let place = self.below(graph.initializer.len());
        // Small ones are shapes, axes and indices more often than weights are.
        let small = self.below(3) > 0;
        let count = |dims: &[i64]| dims.iter().try_fold(1i64, |all, n| all.checked_mul(*n));
        let few = |tensor: &&mut TensorProto| !small || count(&tensor.dims).is_some_and(|n| n < 16);
        let all: Vec<_> = graph.initializer.iter_mut().filter(few).collect();
        let place = place % all.len().max(1);
        if let Some(tensor) = all.into_iter().nth(place) {
            self.tensor(tensor);
        }
    }

    fn tensor(&mut self, tensor: &mut TensorProto) {
        let axis = self.below(tensor.dims.len());
        match self.below(12) {
            0 => tensor.dims.push(self.whole()),
            1 => drop(tensor.dims.pop()),
            2 => tensor.dims.reverse(),
            3 => tensor.data_type = self.below(24) as i32,
            4 => tensor.raw_data.truncate(tensor.raw_data.len() / 2),
            5 => tensor.dims.resize(self.below(200_001), 1),
            6 | 7 => {
                let size = self.whole();
                tensor.dims.iter_mut().skip(axis).take(1).for_each(|dim| *dim = size);
            }
            _ => self.values(tensor),
        }
    }

    fn values(&mut self, tensor: &mut TensorProto) {
        const INT64: i32 = 7;
        if tensor.data_type == INT64 {
            let (value, place) = (self.whole(), self.below(tensor.int64_data.len()));
            tensor.int64_data.iter_mut().skip(place).take(1).for_each(|number| *number = value);
            let place = self.below(tensor.raw_data.len() / 8);
            let there = tensor.raw_data.chunks_exact_mut(8).nth(place);
            there.into_iter().for_each(|bytes| bytes.copy_from_slice(&value.to_le_bytes()));
        } else {
            let value = self.one(&REAL).unwrap_or(0.0);
            let place = self.below(tensor.raw_data.len() / 4);
            let there = tensor.raw_data.chunks_exact_mut(4).nth(place);
            there.into_iter().for_each(|bytes| bytes.copy_from_slice(&value.to_le_bytes()));
        }
    }

    fn input_of(&mut self, graph: &mut GraphProto) {
        let Some(input) = graph.input.first_mut() else { return };
        let Some(Type::TensorType(tensor)) = input.r#type.as_mut().and_then(|t| t.value.as_mut())
        else {
            return;
        };
        let Some(shape) = tensor.shape.as_mut() else { return };
        match self.below(5) {
            0 => drop(shape.dim.pop()),
            1 => shape.dim.extend(shape.dim.first().cloned()),
            2 => tensor.elem_type = self.below(20) as i32,
            _ => {
                let (size, axis) = (self.whole(), self.below(shape.dim.len()));
                let axes = shape.dim.iter_mut().skip(axis).take(1);
                axes.for_each(|dim| dim.value = Some(Size::DimValue(size)));
            }
        }
    }

    fn ends_of(&mut self, graph: &mut GraphProto) {
        match self.below(4) {
            0 => graph.output.clear(),
            1 => graph.output.extend(graph.output.first().cloned()),
            2 => graph.input.clear(),
            _ => graph.output.iter_mut().for_each(|output| output.name.push('z')),
        }
    }
}
