mod forged;
mod keys;
mod rfc;
mod wycheproof;
