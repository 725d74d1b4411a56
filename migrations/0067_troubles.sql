-- What the watchdog found on the road to a release, told once each: an item that is not armed
-- although its instant is near, that was not rehearsed, a channel or a check that is stuck.

-- +goose Up
CREATE TABLE troubles (
    disclosure_id uuid NOT NULL REFERENCES disclosures,
    trouble       text NOT NULL CHECK (trouble IN ('unarmed', 'unrehearsed', 'stuck_effect', 'stuck_check')),
    occasion      text NOT NULL, -- of which plan, version or sending
    since         timestamptz NOT NULL DEFAULT clock_timestamp(),
    over_at       timestamptz,
    PRIMARY KEY (disclosure_id, trouble, occasion)
);
CREATE INDEX troubles_open ON troubles (disclosure_id) WHERE over_at IS NULL;
CREATE INDEX effects_claimed ON effects (claimed_at) WHERE state IN ('sending', 'unknown');

-- +goose StatementBegin
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'shenfa_app') THEN
        GRANT SELECT, INSERT ON troubles TO shenfa_app;
        GRANT UPDATE (over_at) ON troubles TO shenfa_app;
    END IF;
END $$;
-- +goose StatementEnd

-- +goose Down
DROP INDEX effects_claimed;
DROP TABLE troubles;
