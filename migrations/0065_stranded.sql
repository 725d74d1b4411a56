-- Whether an item in review still has somebody for each step before its approval. Worked out
-- anew when the item or the people of its unit change: stamp says of which state of both.

-- +goose Up
CREATE TABLE stranded (
    disclosure_id uuid PRIMARY KEY REFERENCES disclosures,
    stamp         text NOT NULL,
    step          text NOT NULL, -- the first for which nobody is left; empty: none
    since         timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- +goose StatementBegin
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'shenfa_app') THEN
        GRANT SELECT, INSERT ON stranded TO shenfa_app;
        GRANT UPDATE (stamp, step, since) ON stranded TO shenfa_app;
    END IF;
END $$;
-- +goose StatementEnd

-- +goose Down
DROP TABLE stranded;
