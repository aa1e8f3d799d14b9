//! ONNX's numbers for kinds of elements (`TensorProto.DataType`) and of attributes
//! (`AttributeProto.AttributeType`).

/// Elements of tensors.
pub(super) const FLOAT: i32 = 1;
pub(super) const UINT8: i32 = 2;
#[cfg(test)]
pub(super) const INT8: i32 = 3;
pub(super) const UINT16: i32 = 4;
pub(super) const INT16: i32 = 5;
pub(super) const INT32: i32 = 6;
pub(super) const INT64: i32 = 7;
pub(super) const BOOL: i32 = 9;
pub(super) const FLOAT16: i32 = 10;
pub(super) const DOUBLE: i32 = 11;
pub(super) const UINT32: i32 = 12;
pub(super) const BFLOAT16: i32 = 16;

/// What attributes hold.
pub(super) mod attribute {
    pub(in crate::import) const REAL: i32 = 1;
    pub(in crate::import) const INTEGER: i32 = 2;
    pub(in crate::import) const STRING: i32 = 3;
    pub(in crate::import) const TENSOR: i32 = 4;
    pub(in crate::import) const INTEGERS: i32 = 7;
}
