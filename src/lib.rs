//! tsaot compiles TorchScript ahead of time to native libraries.
