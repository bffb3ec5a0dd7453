//! Approvals: who has signed the very bytes of a plan, and whether that is enough to apply it.
//!
//! ```text
//! trueup approval 1                       ┐
//! plan 9f86d081…                          │ the statement: its bytes are signed
//! stack shop                              │
//! …                                       ┘
//! -----BEGIN SSH SIGNATURE-----           ┐ by `ssh-keygen -Y sign -n trueup-plan@v1`,
//! …                                       ┘ or by `trueup approve`, which makes the same
//! ```

pub mod armor;
pub mod author;
pub mod judge;
pub mod rule;
pub mod shown;
pub mod signers;
pub mod statement;
