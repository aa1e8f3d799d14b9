"""ONNX files as a stranger could bring them, for the tests of import."""
