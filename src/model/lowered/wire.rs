//! How values lie in the bytes: one list of fields for both directions.

use std::sync::Arc;

/// What is wrong with bytes that hold no value of a type.
pub(super) type Wrong = &'static str;

/// Bytes that are read from the front.
pub(super) struct Reader<'a> {
    left: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(left: &'a [u8]) -> Reader<'a> {
        Reader { left }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.left.is_empty()
    }

    fn bytes(&mut self, count: usize) -> Result<&'a [u8], Wrong> {
        let (front, left) = self.left.split_at_checked(count).ok_or("it ends too early")?;
        self.left = left;
        Ok(front)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Wrong> {
        self.bytes(N)?.try_into().map_err(|_| "it ends too early")
    }

    /// The count of a list whose elements take at least `least` bytes each, all of which are there.
    fn count(&mut self, least: usize) -> Result<usize, Wrong> {
        let count = usize::take(self)?;
        let there = count.checked_mul(least).is_some_and(|bytes| bytes <= self.left.len());
        if there { Ok(count) } else { Err("a list is longer than its bytes") }
    }
}

/// A value that can be written and read.
pub(super) trait Wire: Sized {
    /// Fewest bytes that a value takes.
    const LEAST: usize;

    /// Appends the value.
    fn put(&self, to: &mut Vec<u8>);

    /// Takes a value from the front.
    fn take(from: &mut Reader<'_>) -> Result<Self, Wrong>;
}

macro_rules! numbers {
    ($($number:ty),+) => {
        $(impl Wire for $number {
            const LEAST: usize = size_of::<$number>();

            fn put(&self, to: &mut Vec<u8>) {
                to.extend_from_slice(&self.to_le_bytes());
            }

            fn take(from: &mut Reader<'_>) -> Result<Self, Wrong> {
                Ok(<$number>::from_le_bytes(from.array()?))
            }
        })+
    };
}

numbers!(u8, u32, u64, i64, f32);

macro_rules! sizes {
    ($($size:ty as $wide:ty),+) => {
        $(impl Wire for $size {
            const LEAST: usize = <$wide>::LEAST;

            fn put(&self, to: &mut Vec<u8>) {
                (*self as $wide).put(to);
            }

            fn take(from: &mut Reader<'_>) -> Result<Self, Wrong> {
                <$size>::try_from(<$wide>::take(from)?).map_err(|_| "a size is too large")
            }
        })+
    };
}

sizes!(usize as u64, isize as i64);

impl Wire for bool {
    const LEAST: usize = 1;

    fn put(&self, to: &mut Vec<u8>) {
        u8::from(*self).put(to);
    }

    fn take(from: &mut Reader<'_>) -> Result<Self, Wrong> {
        match u8::take(from)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err("a truth value is neither 0 nor 1"),
        }
    }
}

impl Wire for String {
    const LEAST: usize = usize::LEAST;

    fn put(&self, to: &mut Vec<u8>) {
        self.len().put(to);
        to.extend_from_slice(self.as_bytes());
    }

    fn take(from: &mut Reader<'_>) -> Result<Self, Wrong> {
        let count = from.count(1)?;
        let text = std::str::from_utf8(from.bytes(count)?).map_err(|_| "a name is no text")?;
        Ok(text.to_owned())
    }
}

impl<T: Wire> Wire for Vec<T> {
    const LEAST: usize = usize::LEAST;

    fn put(&self, to: &mut Vec<u8>) {
        self.len().put(to);
        self.iter().for_each(|item| item.put(to));
    }

    fn take(from: &mut Reader<'_>) -> Result<Self, Wrong> {
        let count = from.count(T::LEAST)?;
        (0..count).map(|_| T::take(from)).collect()
    }
}

impl Wire for Arc<[f32]> {
    const LEAST: usize = usize::LEAST;

    fn put(&self, to: &mut Vec<u8>) {
        self.len().put(to);
        to.reserve(self.len() * size_of::<f32>());
        self.iter().for_each(|number| number.put(to));
    }

    fn take(from: &mut Reader<'_>) -> Result<Self, Wrong> {
        let count = from.count(f32::LEAST)?;
        let bytes = from.bytes(count * f32::LEAST)?;
        Ok(bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect())
    }
}

impl<T: Wire, const N: usize> Wire for [T; N] {
    const LEAST: usize = N * T::LEAST;

    fn put(&self, to: &mut Vec<u8>) {
        self.iter().for_each(|item| item.put(to));
    }

    fn take(from: &mut Reader<'_>) -> Result<Self, Wrong> {
        let all: Vec<T> = (0..N).map(|_| T::take(from)).collect::<Result<_, _>>()?;
        all.try_into().map_err(|_| "a list has another length")
    }
}

impl<T: Wire> Wire for Option<T> {
    const LEAST: usize = bool::LEAST;

    fn put(&self, to: &mut Vec<u8>) {
        self.is_some().put(to);
        self.iter().for_each(|item| item.put(to));
    }

    fn take(from: &mut Reader<'_>) -> Result<Self, Wrong> {
        bool::take(from)?.then(|| T::take(from)).transpose()
    }
}

/// A struct as its fields in this order.
macro_rules! fields {
    ($type:ident { $first:ident $(, $field:ident)* }) => {
        impl Wire for $type {
            // A field has at least one byte.
            const LEAST: usize = 1;

            fn put(&self, to: &mut Vec<u8>) {
                let $type { $first $(, $field)* } = self;
                $first.put(to);
                $($field.put(to);)*
            }

            fn take(from: &mut Reader<'_>) -> Result<Self, Wrong> {
                // Fields are evaluated in the order in which they are written.
                Ok($type { $first: Wire::take(from)? $(, $field: Wire::take(from)?)* })
            }
        }
    };
}

/// An enum without data as its place in a list of its values.
macro_rules! places {
    ($type:ident, $all:expr) => {
        impl Wire for $type {
            const LEAST: usize = u8::LEAST;

            fn put(&self, to: &mut Vec<u8>) {
                let place = $all.iter().position(|value| value == self);
                // Every value is in the list; what is not could not be read again.
                place.map_or(u8::MAX, |place| place as u8).put(to);
            }

            fn take(from: &mut Reader<'_>) -> Result<Self, Wrong> {
                let place = usize::from(u8::take(from)?);
                $all.get(place).copied().ok_or("a kind is unknown")
            }
        }
    };
}

pub(super) use {fields, places};
