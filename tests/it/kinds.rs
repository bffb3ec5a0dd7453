//! Laws of every kind, over the table of kinds, against the embedded AWS.
