-- Which password hash of the operator's was taken over last: the person may have another by now. SHA-256 of its text.
ALTER TABLE passwords ADD COLUMN declared {text};
