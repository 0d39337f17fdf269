-- Sessions that are over by themselves are found without looking at all of them.
CREATE INDEX sessions_idle ON sessions (seen_at) WHERE ended_at IS NULL;
