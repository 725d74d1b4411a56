-- Before an act that somebody answers for they show anew who they are: by the password,
-- or by a one-time code (RFC 6238) where an app is bound to the account.

-- +goose Up

-- A proof is good for one act. A code that was used stays here until its time is over, so
-- that nobody who saw it can use it again.
CREATE TABLE proofs (
    person_id  uuid NOT NULL REFERENCES people,
    hash       bytea NOT NULL,        -- of the proof's secret, or of the code's period
    used_for   text,                  -- the idempotency key of that act
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (person_id, hash)
);

ALTER TABLE people ADD totp bytea;             -- the sealed secret that the app shares
ALTER TABLE people ADD totp_since timestamptz; -- null: no code has confirmed it yet

ALTER TABLE account_changes DROP CONSTRAINT account_changes_what_check;
ALTER TABLE account_changes ADD CONSTRAINT account_changes_what_check
    CHECK (what IN ('add', 'change', 'roles', 'disable', 'enable', 'reset', 'token', 'revoke', 'section', 'bind', 'unbind'));
ALTER TABLE account_changes DROP CONSTRAINT nobody_administers_themselves;
ALTER TABLE account_changes ADD CONSTRAINT nobody_administers_themselves
    CHECK (by_person IS DISTINCT FROM person_id OR what IN ('token', 'revoke', 'bind', 'unbind'));

-- +goose StatementBegin
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'shenfa_app') THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON proofs TO shenfa_app;
    END IF;
END $$;
-- +goose StatementEnd

-- +goose Down
ALTER TABLE account_changes DROP CONSTRAINT nobody_administers_themselves;
ALTER TABLE account_changes ADD CONSTRAINT nobody_administers_themselves
    CHECK (by_person IS DISTINCT FROM person_id OR what IN ('token', 'revoke'));
ALTER TABLE account_changes DROP CONSTRAINT account_changes_what_check;
ALTER TABLE account_changes ADD CONSTRAINT account_changes_what_check
    CHECK (what IN ('add', 'change', 'roles', 'disable', 'enable', 'reset', 'token', 'revoke', 'section'));
ALTER TABLE people DROP totp, DROP totp_since;
DROP TABLE proofs;
