//! Countersign. 
fn main() {}
