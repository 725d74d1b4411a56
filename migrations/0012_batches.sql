-- Items that become public together or not at all (同批发布).

-- +goose Up

CREATE TABLE batches (
    id         uuid PRIMARY KEY,
    unit_id    text NOT NULL REFERENCES units,
    release_at timestamptz NOT NULL, -- what its items have to be planned for
    sealed     bytea NOT NULL,       -- what it is called
    created_by uuid NOT NULL REFERENCES people,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- One row an item. Which batch it belongs to is part of what was approved; whoever has
-- left is not released on that approval any more, and nobody waits for it.
CREATE TABLE batch_members (
    disclosure_id uuid PRIMARY KEY REFERENCES disclosures,
    batch_id      uuid NOT NULL REFERENCES batches,
    left_at       timestamptz,
    left_by       uuid REFERENCES people
);
CREATE INDEX batch_members_by_batch ON batch_members (batch_id) WHERE left_at IS NULL;

-- Nobody joins any more, or goes without a word, once an item of the batch is approved.
-- +goose StatementBegin
CREATE FUNCTION guard_batch_member() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    old_batch uuid := CASE WHEN TG_OP <> 'INSERT' AND OLD.left_at IS NULL THEN OLD.batch_id END;
    new_batch uuid := CASE WHEN TG_OP <> 'DELETE' THEN NEW.batch_id END;
BEGIN
    IF TG_OP = 'UPDATE' AND old_batch = new_batch AND NEW.left_at IS NOT NULL THEN
        RETURN NEW;
    END IF;
    PERFORM FROM batches WHERE id IN (old_batch, new_batch) FOR UPDATE; -- one after the other
    IF EXISTS (SELECT FROM batch_members m JOIN grants g ON g.disclosure_id = m.disclosure_id
                WHERE m.batch_id IN (old_batch, new_batch) AND m.left_at IS NULL AND g.revoked_at IS NULL) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'batch_members_closed', MESSAGE = 'an item of the batch is approved';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
-- +goose StatementEnd
CREATE TRIGGER guard_batch_member BEFORE INSERT OR UPDATE OR DELETE ON batch_members FOR EACH ROW EXECUTE FUNCTION guard_batch_member();

-- Whether all that belong together are in force for the same instant. Armed at different
-- moments, they take effect with the last: whatever was revoked or frozen until then
-- keeps the others back. An approval that was given for a batch is good for it only.
CREATE FUNCTION accompanied(g grants) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT NOT EXISTS (SELECT FROM batch_members m WHERE m.disclosure_id = g.disclosure_id)
        OR EXISTS (SELECT FROM batch_members m WHERE m.disclosure_id = g.disclosure_id AND m.left_at IS NULL)
       AND NOT EXISTS (
            SELECT FROM batch_members mine
              JOIN batch_members m ON m.batch_id = mine.batch_id AND m.left_at IS NULL
             WHERE mine.disclosure_id = g.disclosure_id
               AND NOT EXISTS (
                    SELECT FROM grants h
                     WHERE h.disclosure_id = m.disclosure_id AND h.release_at = g.release_at AND h.armed_at IS NOT NULL
                       AND (h.revoked_at IS NULL OR h.revoked_at > (
                            SELECT max(effective_at(x)) FROM batch_members o JOIN grants x ON x.disclosure_id = o.disclosure_id
                             WHERE o.batch_id = mine.batch_id AND o.left_at IS NULL AND x.release_at = g.release_at AND x.armed_at IS NOT NULL))
                       AND NOT frozen(h) AND attended(h)))
$$;

CREATE OR REPLACE FUNCTION took_effect(g grants) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT g.armed_at IS NOT NULL AND g.release_at <= now() AND (g.revoked_at IS NULL OR g.revoked_at > effective_at(g))
       AND 'portal' = ANY (g.channels) AND NOT frozen(g) AND attended(g) AND accompanied(g)
$$;

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION guard_effect() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    g grants;
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.key, NEW.disclosure_id, NEW.version, NEW.channel) IS DISTINCT FROM (OLD.key, OLD.disclosure_id, OLD.version, OLD.channel) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'effects_fixed', MESSAGE = 'an effect keeps its identity';
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.state IN ('sent', 'confirmed', 'recalled') AND NEW.state IN ('pending', 'sending') THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'effects_once', MESSAGE = 'what went out does not go out again';
    END IF;
    IF TG_OP = 'UPDATE' AND (NEW.state <> 'sending' OR OLD.state = 'sending') THEN
        RETURN NEW;
    END IF;
    -- Locking the grant orders a claim and a revocation one after the other.
    SELECT * INTO g FROM grants
     WHERE disclosure_id = NEW.disclosure_id AND version = NEW.version AND generation = NEW.generation
       AND revoked_at IS NULL AND armed_at IS NOT NULL AND NEW.channel = ANY (channels)
       FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'effects_granted', MESSAGE = 'no live, armed grant for this effect';
    END IF;
    IF NEW.state = 'sending' AND g.release_at > clock_timestamp() THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'effects_not_early', MESSAGE = 'not before the release instant';
    END IF;
    IF NEW.state = 'sending' AND (frozen(g) OR NOT attended(g) OR NOT accompanied(g)) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'effects_frozen', MESSAGE = 'a freeze stands over this effect';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'shenfa_app') THEN
        GRANT SELECT, INSERT ON batches TO shenfa_app;
        GRANT UPDATE (release_at) ON batches TO shenfa_app;
        GRANT SELECT, INSERT, UPDATE, DELETE ON batch_members TO shenfa_app;
    END IF;
END $$;
-- +goose StatementEnd

-- +goose Down
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION guard_effect() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    g grants;
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.key, NEW.disclosure_id, NEW.version, NEW.channel) IS DISTINCT FROM (OLD.key, OLD.disclosure_id, OLD.version, OLD.channel) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'effects_fixed', MESSAGE = 'an effect keeps its identity';
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.state IN ('sent', 'confirmed', 'recalled') AND NEW.state IN ('pending', 'sending') THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'effects_once', MESSAGE = 'what went out does not go out again';
    END IF;
    IF TG_OP = 'UPDATE' AND (NEW.state <> 'sending' OR OLD.state = 'sending') THEN
        RETURN NEW;
    END IF;
    -- Locking the grant orders a claim and a revocation one after the other.
    SELECT * INTO g FROM grants
     WHERE disclosure_id = NEW.disclosure_id AND version = NEW.version AND generation = NEW.generation
       AND revoked_at IS NULL AND armed_at IS NOT NULL AND NEW.channel = ANY (channels)
       FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'effects_granted', MESSAGE = 'no live, armed grant for this effect';
    END IF;
    IF NEW.state = 'sending' AND g.release_at > clock_timestamp() THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'effects_not_early', MESSAGE = 'not before the release instant';
    END IF;
    IF NEW.state = 'sending' AND (frozen(g) OR NOT attended(g)) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'effects_frozen', MESSAGE = 'a freeze stands over this effect';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE OR REPLACE FUNCTION took_effect(g grants) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT g.armed_at IS NOT NULL AND g.release_at <= now() AND (g.revoked_at IS NULL OR g.revoked_at > effective_at(g))
       AND 'portal' = ANY (g.channels) AND NOT frozen(g) AND attended(g)
$$;
DROP FUNCTION accompanied(grants);
DROP TABLE batch_members, batches;
DROP FUNCTION guard_batch_member();
