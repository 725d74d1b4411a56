-- The program's own role gets what it needs and no more: it owns nothing, so it
-- cannot switch a trigger off. Where the role is missing (one role for all, on a
-- cluster of one's own) there is nothing to grant.

-- +goose Up
-- +goose StatementBegin
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'shenfa_app') THEN
        RETURN;
    END IF;
    GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA shenfa TO shenfa_app;
    -- Routes are made known by the owner: who could invent one could sign alone.
    REVOKE INSERT ON goose_db_version, route_steps FROM shenfa_app;
    GRANT UPDATE ON people, sessions, idempotency, number_series, disclosures, drafts, decisions, tasks, incidents, item_keys,
        grants, freezes, uptime, effects, audit TO shenfa_app;
    GRANT DELETE ON sessions, login_failures, idempotency, person_roles, item_keys, blobs, uptime TO shenfa_app;
    GRANT USAGE ON ALL SEQUENCES IN SCHEMA shenfa TO shenfa_app;
END $$;
-- +goose StatementEnd

-- +goose Down
SELECT 1;
