//! Sessions and grants.

pub mod families;
pub mod grants;
pub mod sessions;
pub(crate) mod standing;
