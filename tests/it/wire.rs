//! The same drivers against an AWS that we did not write.
