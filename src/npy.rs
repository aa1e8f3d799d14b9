//! NumPy's `.npy`: arrays of numbers in files, row-major.
//!
//! Format: <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>.
//! Version 1.0 is written, 1.0 to 3.0 are read. No byte is believed before it
//! is counted: a lying header allocates nothing.

use std::io::{self, Write};

use crate::count::counted;

/// The header fills a multiple of this many bytes.
const ALIGN: usize = 64;

const MAGIC: &[u8] = b"\x93NUMPY";

/// Why a file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NpyError {
    /// Another kind of file.
    #[error("this is not a .npy file")]
    NotNpy,
    /// A header that ends too early or does not say what it should.
    #[error("the header of the .npy file cannot be read: {0}")]
    BadHeader(&'static str),
    /// Elements that are not read here.
    #[error("the .npy file holds elements of type {0}; {1}")]
    WrongType(String, &'static str),
    /// More or fewer bytes than the shape needs.
    #[error(
        "a .npy file of this shape has {} of data, this one {actual}",
        counted(required, "byte")
    )]
    WrongLength {
        /// Bytes that the shape needs.
        required: u64,
        /// Bytes that are there.
        actual: u64,
    },
}

/// An array.
#[derive(Clone, Debug, PartialEq)]
pub struct Array<T> {
    /// Its axes.
    pub shape: Vec<usize>,
    /// Its elements, row-major.
    pub data: Vec<T>,
}

/// Writes floats as an array of float32 `[n, shape]`, as many `n` as there are.
///
/// # Errors
/// Those of the writer, and [`io::ErrorKind::InvalidInput`] where the floats are no whole number
/// of such elements.
pub fn write(mut out: impl Write, shape: &[usize], values: &[f32]) -> io::Result<()> {
    let size: usize = shape.iter().product();
    if size == 0 || !values.len().is_multiple_of(size) {
        let message = format!("{} cannot be cut into {shape:?}", counted(values.len(), "float"));
        return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
    }
    let axes: Vec<String> =
        [values.len() / size].iter().chain(shape).map(ToString::to_string).collect();
    let mut header =
        format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}), }}", axes.join(", "));
    let unpadded = MAGIC.len() + 4 + header.len() + 1;
    header.extend(std::iter::repeat_n(' ', unpadded.next_multiple_of(ALIGN) - unpadded));
    header.push('\n');
    out.write_all(MAGIC)?;
    out.write_all(&[1, 0])?;
    out.write_all(&(header.len() as u16).to_le_bytes())?;
    out.write_all(header.as_bytes())?;
    for value in values {
        out.write_all(&value.to_le_bytes())?;
    }
    out.flush()
}

/// Reads an array of float32 or float64.
///
/// # Errors
/// [`NpyError`], for arrays of integers too: whether 255 or 1 is white, they do not say.
pub fn read_floats(bytes: &[u8]) -> Result<Array<f32>, NpyError> {
    let (header, data) = parse(bytes)?;
    match header.element() {
        "f4" => header.elements(data, f32::from_le_bytes),
        "f8" => header.elements(data, |b: [u8; 8]| f64::from_le_bytes(b) as f32),
        _ => Err(NpyError::WrongType(
            header.kind.into(),
            "images are float32 or float64 from 0 to 1 (a.astype('float32') / 255)",
        )),
    }
}

/// Reads an array of whole numbers from 0.
///
/// # Errors
/// [`NpyError`], for floats and for negative numbers too.
pub fn read_indices(bytes: &[u8]) -> Result<Array<usize>, NpyError> {
    let (header, data) = parse(bytes)?;
    let wrong = || NpyError::WrongType(header.kind.into(), "labels are whole numbers from 0");
    let signed = match header.element() {
        "u1" => header.elements(data, |b: [u8; 1]| i64::from(b[0])),
        "i1" => header.elements(data, |b: [u8; 1]| i64::from(b[0] as i8)),
        "u2" => header.elements(data, |b: [u8; 2]| i64::from(u16::from_le_bytes(b))),
        "i2" => header.elements(data, |b: [u8; 2]| i64::from(i16::from_le_bytes(b))),
        "u4" => header.elements(data, |b: [u8; 4]| i64::from(u32::from_le_bytes(b))),
        "i4" => header.elements(data, |b: [u8; 4]| i64::from(i32::from_le_bytes(b))),
        "i8" | "u8" => header.elements(data, i64::from_le_bytes),
        _ => Err(wrong()),
    }?;
    let data: Result<Vec<usize>, _> = signed.data.into_iter().map(usize::try_from).collect();
    data.map(|data| Array { shape: signed.shape, data }).map_err(|_| wrong())
}

/// What the header says.
struct Header<'a> {
    /// The order of an element's bytes (`<`, `>`, or `|` for none), and what they mean.
    kind: &'a str,
    /// Whether the first axis runs fastest.
    fortran: bool,
    shape: Vec<usize>,
}

impl<'a> Header<'a> {
    /// What an element is, whatever the order of its bytes.
    fn element(&self) -> &'a str {
        self.kind.strip_prefix(['<', '>', '|']).unwrap_or_default()
    }

    /// The elements, row-major, from those bytes in little-endian order.
    fn elements<const SIZE: usize, T: Copy>(
        &self,
        data: &[u8],
        read: impl Fn([u8; SIZE]) -> T,
    ) -> Result<Array<T>, NpyError> {
        let bytes = self.shape.iter().try_fold(SIZE as u64, |n, axis| n.checked_mul(*axis as u64));
        let (required, actual) = (bytes.unwrap_or(u64::MAX), data.len() as u64);
        if required != actual {
            return Err(NpyError::WrongLength { required, actual });
        }
        let swapped = self.kind.starts_with('>');
        let (whole, _) = data.as_chunks::<SIZE>();
        let element = |bytes: &[u8; SIZE]| {
            let mut bytes = *bytes;
            if swapped {
                bytes.reverse();
            }
            read(bytes)
        };
        let data: Vec<T> = whole.iter().map(element).collect();
        let data = if self.fortran { row_major(&self.shape, &data) } else { data };
        Ok(Array { shape: self.shape.clone(), data })
    }
}

/// Elements whose first axis runs fastest, so that the last one does.
fn row_major<T: Copy>(shape: &[usize], elements: &[T]) -> Vec<T> {
    let mut place = vec![0; shape.len()];
    let mut next = || {
        let at = place.iter().zip(shape).rev().fold(0, |at, (index, size)| at * size + index);
        for (index, size) in place.iter_mut().zip(shape).rev() {
            *index += 1;
            if *index < *size {
                break;
            }
            *index = 0;
        }
        elements[at]
    };
    elements.iter().map(|_| next()).collect()
}

/// The header, and the bytes behind it.
fn parse(bytes: &[u8]) -> Result<(Header<'_>, &[u8]), NpyError> {
    let short = NpyError::BadHeader("it is cut short");
    let rest = bytes.strip_prefix(MAGIC).ok_or(NpyError::NotNpy)?;
    let (length, rest) = match rest {
        [1, _, a, b, rest @ ..] => (u16::from_le_bytes([*a, *b]) as usize, rest),
        [2 | 3, _, a, b, c, d, rest @ ..] => (u32::from_le_bytes([*a, *b, *c, *d]) as usize, rest),
        [_, _, _, _, ..] => {
            return Err(NpyError::BadHeader("it is of a version that is not known"));
        }
        _ => return Err(short),
    };
    let (text, data) = rest.split_at_checked(length).ok_or(short)?;
    let text = std::str::from_utf8(text).map_err(|_| NpyError::BadHeader("it is not text"))?;
    let fortran = value(text, "'fortran_order':")?.starts_with("True");
    let kind = value(text, "'descr':")?.trim_start_matches(['\'', '"']);
    let kind = kind.split(['\'', '"']).next().unwrap_or_default();
    let shape = value(text, "'shape':")?;
    let inside = shape.strip_prefix('(').and_then(|axes| axes.split_once(')'));
    let (axes, _) = inside.ok_or(NpyError::BadHeader("it has no shape"))?;
    let axes: Result<Vec<usize>, _> =
        axes.split(',').map(str::trim).filter(|axis| !axis.is_empty()).map(str::parse).collect();
    let shape = axes.map_err(|_| NpyError::BadHeader("its shape is not made of numbers"))?;
    Ok((Header { kind, fortran, shape }, data))
}

/// What stands behind a key of the header.
fn value<'a>(text: &'a str, key: &str) -> Result<&'a str, NpyError> {
    let at = text.find(key).ok_or(NpyError::BadHeader("a key is missing"))?;
    Ok(text[at + key.len()..].trim_start())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(shape: &[usize], values: &[f32]) -> Vec<u8> {
        let mut bytes = Vec::new();
        write(&mut bytes, shape, values).expect("memory takes everything");
        bytes
    }

    /// A file as NumPy writes it: header of version 1.0, then data.
    fn file(kind: &str, shape: &str, data: &[u8]) -> Vec<u8> {
        let text = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}\n");
        let length = (text.len() as u16).to_le_bytes();
        [MAGIC, &[1, 0], &length, text.as_bytes(), data].concat()
    }

    #[test]
    fn what_is_written_is_read_again() {
        let values: Vec<f32> = (0..24).map(|i| i as f32 / 24.0).collect();
        let read = read_floats(&written(&[3, 2, 2], &values)).expect("our own file");
        assert_eq!((read.shape, read.data), (vec![2, 3, 2, 2], values));
        let empty = read_floats(&written(&[4], &[])).expect("an array without rows");
        assert_eq!((empty.shape, empty.data.len()), (vec![0, 4], 0));
    }

    #[test]
    fn doubles_and_whole_numbers_are_read() {
        let doubles: Vec<u8> = [0.25f64, 1.0].iter().flat_map(|v| v.to_le_bytes()).collect();
        assert_eq!(read_floats(&file("<f8", "(2,)", &doubles)).expect("doubles").data, [0.25, 1.0]);
        let labels: Vec<u8> = [7i64, 999].iter().flat_map(|v| v.to_le_bytes()).collect();
        assert_eq!(read_indices(&file("<i8", "(2,)", &labels)).expect("labels").data, [7, 999]);
        assert_eq!(read_indices(&file("|u1", "(3,)", &[0, 9, 255])).expect("bytes").data[2], 255);
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let negative = (-1i32).to_le_bytes();
        assert!(matches!(
            read_indices(&file("<i4", "(1,)", &negative)),
            Err(NpyError::WrongType(..))
        ));
        assert!(matches!(read_floats(&file("|u1", "(1,)", &[7])), Err(NpyError::WrongType(..))));
        assert!(matches!(read_floats(b"PK\x03\x04"), Err(NpyError::NotNpy)));
        let huge = read_floats(&file("<f4", "(4000000000, 4000000000)", &[0; 4]));
        assert_eq!(huge, Err(NpyError::WrongLength { required: u64::MAX, actual: 4 }));
        let whole = written(&[2], &[0.5; 4]);
        for length in 0..whole.len() {
            assert!(read_floats(&whole[..length]).is_err(), "cut to {length} bytes");
        }
    }

    #[test]
    fn the_order_of_bytes_and_of_axes_is_the_files() {
        let floats: Vec<u8> = [0.25f32, 1.0].iter().flat_map(|v| v.to_be_bytes()).collect();
        assert_eq!(read_floats(&file(">f4", "(2,)", &floats)).expect("floats").data, [0.25, 1.0]);
        let doubles: Vec<u8> = [0.25f64, 1.0].iter().flat_map(|v| v.to_be_bytes()).collect();
        assert_eq!(read_floats(&file(">f8", "(2,)", &doubles)).expect("doubles").data, [0.25, 1.0]);
        let labels: Vec<u8> = [7i32, 999].iter().flat_map(|v| v.to_be_bytes()).collect();
        assert_eq!(read_indices(&file(">i4", "(2,)", &labels)).expect("labels").data, [7, 999]);

        // Element (i, j, k) is 100 i + 10 j + k, and i runs fastest in the file.
        let sizes = [2u8, 3, 4];
        let mut columns = Vec::new();
        for k in 0..sizes[2] {
            for j in 0..sizes[1] {
                columns.extend((0..sizes[0]).map(|i| 100 * i + 10 * j + k));
            }
        }
        let mut fortran = file("|u1", "(2, 3, 4)", &columns);
        let at = fortran.windows(5).position(|word| word == b"False").expect("the header says so");
        fortran[at..at + 5].copy_from_slice(b"True ");
        let read = read_indices(&fortran).expect("columns first");
        let rows = (0..2).flat_map(|i| (0..3).map(move |j| (i, j)));
        let rows: Vec<usize> =
            rows.flat_map(|(i, j)| (0..4).map(move |k| 100 * i + 10 * j + k)).collect();
        assert_eq!((read.shape, read.data), (vec![2, 3, 4], rows));
    }
}
