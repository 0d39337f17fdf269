//! What the OAuth API keeps: clients and resources, codes, pushed requests.

pub mod clients;
pub mod codes;
pub mod par;
