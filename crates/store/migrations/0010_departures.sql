-- A person's activity is read page by page, the newest first.
CREATE INDEX outbox_activity ON outbox (user_id, id) WHERE user_id IS NOT NULL;

-- When the account of somebody who asked for its deletion goes for good. Until then it is switched off, and its person
-- may keep it. Null for everybody else.
ALTER TABLE users ADD COLUMN erase_at {int};
CREATE INDEX users_erase ON users (erase_at) WHERE erase_at IS NOT NULL;
