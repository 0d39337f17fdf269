-- What has ended, for validators on the revocation stream: one row a commit, numbered by the counter `endings` of `changes`,
-- whose row is held until the commit. So numbers have no gaps, and who sees one sees all before it. Purged after 20 minutes.
CREATE TABLE endings (
    seq {int} NOT NULL PRIMARY KEY,
    at {int} NOT NULL,
    ended {text} NOT NULL
){strict};
CREATE INDEX endings_at ON endings (at);
INSERT INTO changes (topic, counter) VALUES ('endings', 0);
