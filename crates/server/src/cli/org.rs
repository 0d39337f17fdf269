//! Organizations and their members, at the command line.

use clap::Subcommand;

use crate::admin::Request;

/// `countersign org`.
#[derive(Debug, Subcommand)]
pub(super) enum OrgCommand {
    /// Make one. An app is for its members when its `organization` says so.
    Create {
        /// What it is called here: lower-case letters, digits and hyphens.
        handle: String,
        /// What people call it.
        #[arg(long)]
        name: Option<String>,
    },
    /// List them.
    List,
    /// Show one, with its apps.
    Show {
        /// Its handle.
        handle: String,
    },
    /// Who belongs to it.
    #[command(subcommand)]
    Member(MemberCommand),
}

/// `countersign org member`.
#[derive(Debug, Subcommand)]
pub(super) enum MemberCommand {
    /// Add a person.
    Add {
        /// The organization's handle.
        handle: String,
        /// Their id or address.
        user: String,
    },
    /// Remove a person: what the organization's apps were given for them ends, offline access too.
    Remove {
        /// The organization's handle.
        handle: String,
        /// Their id or address.
        user: String,
    },
    /// List them.
    List {
        /// The organization's handle.
        handle: String,
    },
}

impl OrgCommand {
    /// What the server, or the database, is asked.
    pub(super) fn request(&self) -> Request {
        match self {
            OrgCommand::Create { handle, name } => {
                Request::OrgCreate { handle: handle.clone(), name: name.clone() }
            }
            OrgCommand::List => Request::OrgList,
            OrgCommand::Show { handle } => Request::OrgShow { handle: handle.clone() },
            OrgCommand::Member(MemberCommand::List { handle }) => {
                Request::OrgMembers { handle: handle.clone() }
            }
            OrgCommand::Member(MemberCommand::Add { handle, user }) => {
                Request::OrgMember { handle: handle.clone(), user: user.clone(), add: true }
            }
            OrgCommand::Member(MemberCommand::Remove { handle, user }) => {
                Request::OrgMember { handle: handle.clone(), user: user.clone(), add: false }
            }
        }
    }
}
