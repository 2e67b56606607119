//! The tensor runtime of artifacts.
#![cfg_attr(feature = "artifact", no_std)]
