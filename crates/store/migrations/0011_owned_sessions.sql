-- A session that an app began without a browser, for a person who has none of it: it belongs to what the app was given
-- and ends with that.
ALTER TABLE sessions ADD COLUMN owned {int} NOT NULL DEFAULT 0;
