-- Tokens of sessions are kept as hashes from here on; those that stand in clear end, and their people sign in again.
DELETE FROM sessions;
