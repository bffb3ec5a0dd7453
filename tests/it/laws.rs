//! Properties of plans that hold for any stack.
