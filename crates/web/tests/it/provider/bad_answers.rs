//! What a provider may answer.
