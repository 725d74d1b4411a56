-- Who has a draft open. Nothing of it is kept: a crash may forget it.

-- +goose Up
CREATE UNLOGGED TABLE presence (
    disclosure_id uuid NOT NULL REFERENCES disclosures,
    person_id     uuid NOT NULL REFERENCES people,
    seen_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (disclosure_id, person_id)
);

-- +goose StatementBegin
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'shenfa_app') THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON presence TO shenfa_app;
    END IF;
END $$;
-- +goose StatementEnd

-- +goose Down
DROP TABLE presence;
