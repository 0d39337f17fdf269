//! Sessions and grants.

pub mod endings;
pub mod families;
pub mod grants;
pub(crate) mod notices;
pub mod overdue;
pub mod sessions;
pub(crate) mod standing;
