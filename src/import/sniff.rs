//! What bytes are that are no ONNX file, as far as they show it.

/// Says what the bytes are, in a sentence that begins with “it”; `None` where they may be ONNX.
pub(super) fn other_kind(bytes: &[u8]) -> Option<&'static str> {
    let begins = |magic: &[u8]| bytes.starts_with(magic);
    let at_four = |magic: &[u8]| bytes.get(4..).is_some_and(|rest| rest.starts_with(magic));
    let text = std::str::from_utf8(&bytes[..bytes.len().min(512)]).unwrap_or("");
    let text = text.trim_start().to_ascii_lowercase();
    Some(match bytes {
        [] => "it is empty",
        _ if text.starts_with("<!doctype") || text.starts_with("<html") => {
            "it is a web page, perhaps saved in place of the file"
        }
        _ if text.starts_with("version https://git-lfs") => {
            "it is a pointer of Git LFS to the file, not the file"
        }
        _ if begins(b"PK\x03\x04") => {
            "it is a zip archive, as PyTorch's .pt and .pth and Keras's .keras files are"
        }
        _ if begins(b"\x80\x02") || begins(b"\x80\x04") || begins(b"\x80\x05") => {
            "it is a pickled Python object, as older .pt and .pkl files are"
        }
        _ if begins(b"\x89HDF\r\n") => "it is an HDF5 file, as Keras's .h5 files are",
        _ if at_four(b"TFL3") => "it is a TensorFlow Lite file",
        _ if at_four(b"ORTM") => "it is in onnxruntime's own format",
        _ if begins(b"\x1f\x8b") => "it is compressed with gzip; unpack it first",
        _ if begins(b"\x93NUMPY") => "it is a NumPy array",
        _ if begins(b"\x89PNG") || begins(b"\xff\xd8\xff") => "it is a picture",
        // A header of JSON behind its length in eight bytes.
        _ if bytes.get(8) == Some(&b'{') && bytes.get(4..8) == Some(&[0; 4]) => {
            "it is a safetensors file, which holds weights without the network"
        }
        _ if is_tensorflow(bytes) => "it is a TensorFlow graph",
        _ if is_text(bytes) => "it is text",
        _ => return None,
    })
}

/// A `GraphDef` begins with a node, a `SavedModel` with its version and a graph; both name operators of
/// TensorFlow's own in the clear.
fn is_tensorflow(bytes: &[u8]) -> bool {
    let begins = bytes.starts_with(&[0x0a]) || bytes.starts_with(&[0x08, 0x01, 0x12]);
    let start = &bytes[..bytes.len().min(1 << 16)];
    let says = |word: &[u8]| start.windows(word.len()).any(|part| part == word);
    begins && (says(b"Placeholder") || says(b"VarHandleOp") || says(b"saved_model"))
}

fn is_text(bytes: &[u8]) -> bool {
    let start = &bytes[..bytes.len().min(512)];
    start.iter().all(|b| b.is_ascii_graphic() || b" \t\r\n".contains(b))
}

/// Whether bytes begin as a model of ONNX does: with a version of its format.
pub(super) fn begins_as_onnx(bytes: &[u8]) -> bool {
    matches!(bytes, [0x08, 1..=64, ..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_other_kinds_are_called_by_their_name() {
        for (bytes, word) in [
            (&b""[..], "empty"),
            (b"\n<!DOCTYPE html><title>404</title>", "web page"),
            (b"version https://git-lfs.github.com/spec/v1\noid", "Git LFS"),
            (b"PK\x03\x04\x00\x00archive/data.pkl", "PyTorch"),
            (b"\x80\x02\x8a\nl\xfc\x9c", "pickled"),
            (b"\x89HDF\r\n\x1a\n", "Keras"),
            (b"\x1c\0\0\0TFL3\0\0", "Lite"),
            (b"\x18\0\0\0ORTM", "onnxruntime"),
            (b"\x1f\x8b\x08\0", "gzip"),
            (b"\x93NUMPY\x01\0", "NumPy"),
            (b"@\0\0\0\0\0\0\0{\"a\":{}}", "safetensors"),
            (b"\n\x1e\n\x05input\x12\x0bPlaceholder*\x07", "TensorFlow graph"),
            (b"just some words\nand more", "text"),
        ] {
            let said = other_kind(bytes).unwrap_or_default();
            assert!(said.contains(word), "{word}: {said}");
        }
        // What begins as a model does is left to the parser.
        let onnx = b"\x08\x08\x12\x07pytorch\x1a\x052.1.0:\x10\n\x0eMatMul\x80";
        assert_eq!(other_kind(onnx), None);
        assert!(begins_as_onnx(onnx) && !begins_as_onnx(b"\x93\x01\x02"));
        assert_eq!(other_kind(&[0x93, 0x01, 0xff, 0x07]), None);
    }
}
