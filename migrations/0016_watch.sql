-- Looking ahead and looking back: rehearsals of what is planned, and what is seen of
-- what is out.

-- +goose Up

-- Everything of a release but its effect, some time before.
CREATE TABLE rehearsals (
    disclosure_id uuid NOT NULL REFERENCES disclosures,
    generation    int NOT NULL,
    rung          text NOT NULL, -- approved, 24h, 1h, 5m, asked
    causes        text[] NOT NULL, -- none: ready
    at            timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (disclosure_id, generation, rung)
);

-- What a channel showed when it was looked at last, and when to look again.
ALTER TABLE effects
    ADD COLUMN seen    text NOT NULL DEFAULT '' CHECK (seen IN ('', 'equal', 'other', 'gone', 'silent')),
    ADD COLUMN seen_at timestamptz,
    ADD COLUMN differs int NOT NULL DEFAULT 0, -- how often in a row it was not as approved
    ADD COLUMN look_at timestamptz;
CREATE INDEX effects_look ON effects (look_at NULLS FIRST) WHERE state IN ('confirmed', 'failed');

ALTER TABLE incidents DROP CONSTRAINT incidents_type_check;
ALTER TABLE incidents ADD CONSTRAINT incidents_type_check CHECK (type IN ('quarantine', 'recall', 'drift'));

CREATE TABLE channel_health (
    channel    text PRIMARY KEY,
    ready      boolean NOT NULL,
    since      timestamptz NOT NULL DEFAULT clock_timestamp(),
    checked_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- +goose StatementBegin
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'shenfa_app') THEN
        GRANT SELECT, INSERT, UPDATE ON rehearsals, channel_health TO shenfa_app;
    END IF;
END $$;
-- +goose StatementEnd

-- +goose Down
DROP TABLE rehearsals, channel_health;
DELETE FROM incidents WHERE type = 'drift';
ALTER TABLE incidents DROP CONSTRAINT incidents_type_check;
ALTER TABLE incidents ADD CONSTRAINT incidents_type_check CHECK (type IN ('quarantine', 'recall'));
ALTER TABLE effects DROP COLUMN seen, DROP COLUMN seen_at, DROP COLUMN differs, DROP COLUMN look_at;
