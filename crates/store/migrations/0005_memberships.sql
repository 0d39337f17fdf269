-- Organizations with members, and apps that are for the members of one.

-- What configuration and operators call it; the installation itself has none.
ALTER TABLE organizations ADD COLUMN handle {text};
CREATE UNIQUE INDEX organizations_handle ON organizations (handle);

-- Who belongs to which. Lives until removed.
CREATE TABLE memberships (
    org_id {text} NOT NULL REFERENCES organizations (id),
    user_id {text} NOT NULL REFERENCES users (id),
    created_at {int} NOT NULL,
    PRIMARY KEY (org_id, user_id)
){strict};
CREATE INDEX memberships_user ON memberships (user_id);

-- The handle of the organization whose members alone may use it; everybody if absent.
ALTER TABLE clients ADD COLUMN organization {text};
