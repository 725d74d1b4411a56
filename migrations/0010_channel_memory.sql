-- What a channel knows of its far side: ids that it was given, how often it called today,
-- the credentials of the hour. Nothing of content; sealed, as a credential may be in it.

-- +goose Up
CREATE TABLE channel_memory (
    channel  text NOT NULL,
    key      text NOT NULL,
    revision bigint NOT NULL CHECK (revision > 0),
    sealed   bytea NOT NULL,
    at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (channel, key)
);

-- +goose StatementBegin
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'shenfa_app') THEN
        GRANT SELECT, INSERT, UPDATE ON channel_memory TO shenfa_app;
    END IF;
END $$;
-- +goose StatementEnd

-- +goose Down
DROP TABLE channel_memory;
