//! Killed, cut off or refused at any call, the next run converges.
