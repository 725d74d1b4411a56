-- What items say about one another: which policy one explains (解读), which warning one
-- continues (预警的更新、升级、降级、解除).

-- +goose Up

CREATE TABLE ties (
    disclosure_id uuid PRIMARY KEY REFERENCES disclosures,
    policy        text, -- number of what it explains
    continues     text, -- number of the earlier warning
    how           text NOT NULL DEFAULT '',
    ends          boolean NOT NULL DEFAULT false -- nothing continues it
);
CREATE INDEX ties_by_policy ON ties (policy) WHERE policy IS NOT NULL;
CREATE INDEX ties_by_continues ON ties (continues) WHERE continues IS NOT NULL;

-- What was approved says so of the very ties that count here.
-- +goose StatementBegin
CREATE FUNCTION guard_ties() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM grants g WHERE g.disclosure_id = CASE WHEN TG_OP = 'DELETE' THEN OLD.disclosure_id ELSE NEW.disclosure_id END
                AND (g.revoked_at IS NULL OR took_effect(g))) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'ties_fixed', MESSAGE = 'an approved item keeps its ties';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
-- +goose StatementEnd
CREATE TRIGGER guard_ties BEFORE INSERT OR UPDATE OR DELETE ON ties FOR EACH ROW EXECUTE FUNCTION guard_ties();

-- Whether what a grant explains was out when it took effect: released strictly before, or
-- in the same batch, which is judged as a whole. Each step looks at an earlier instant, so
-- that no circle of ties can keep it going; CASE, for AND promises no order. In plpgsql, for
-- it leads back to itself: what is inlined would be planned without an end.
-- +goose StatementBegin
CREATE FUNCTION preceded(g grants) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN NOT EXISTS (SELECT FROM ties t WHERE t.disclosure_id = g.disclosure_id AND t.policy IS NOT NULL)
        OR EXISTS (
            SELECT FROM ties t
              JOIN disclosures p ON p.number = t.policy
              JOIN grants h ON h.disclosure_id = p.id
             WHERE t.disclosure_id = g.disclosure_id
               AND CASE WHEN h.release_at < g.release_at THEN effective_at(h) <= effective_at(g) AND (h.revoked_at IS NULL OR h.revoked_at > effective_at(g)) AND took_effect(h)
                        ELSE h.release_at = g.release_at AND EXISTS (
                            SELECT FROM batch_members mine JOIN batch_members m ON m.batch_id = mine.batch_id AND m.left_at IS NULL
                             WHERE mine.disclosure_id = g.disclosure_id AND mine.left_at IS NULL AND m.disclosure_id = p.id) END);
END $$;

-- Whether all that belong together are in force for the same instant. Armed at different
-- moments, they take effect with the last: whatever was revoked or frozen until then
-- keeps the others back. An approval that was given for a batch is good for it only.
-- Nothing comes before what it explains.
CREATE FUNCTION together(g grants) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN preceded(g) AND (NOT EXISTS (SELECT FROM batch_members m WHERE m.disclosure_id = g.disclosure_id)
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
                       AND NOT frozen(h) AND attended(h) AND preceded(h))));
END $$;
-- +goose StatementEnd

-- Most items belong to nothing: two looks into an index say so.
CREATE OR REPLACE FUNCTION accompanied(g grants) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN EXISTS (SELECT FROM ties t WHERE t.disclosure_id = g.disclosure_id AND t.policy IS NOT NULL)
                  OR EXISTS (SELECT FROM batch_members m WHERE m.disclosure_id = g.disclosure_id)
                THEN together(g) ELSE true END
$$;

-- What keeps an item from continuing the warning it names: a constraint, or null. At its
-- approval only what is approved or was out counts as another successor; before that,
-- whatever is on its road already.
-- +goose StatementBegin
CREATE FUNCTION chain_fault(item uuid, approval boolean) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
    mine record;
BEGIN
    SELECT d.number, d.unit_id, d.kind, t.continues INTO mine
      FROM ties t JOIN disclosures d ON d.id = t.disclosure_id WHERE t.disclosure_id = item AND t.continues IS NOT NULL;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF EXISTS (
        WITH RECURSIVE back (number) AS (
            SELECT mine.continues
            UNION
            SELECT t.continues FROM back b JOIN disclosures d ON d.number = b.number JOIN ties t ON t.disclosure_id = d.id AND t.disclosure_id <> item
             WHERE t.continues IS NOT NULL)
        SELECT FROM back WHERE number = mine.number) THEN
        RETURN 'chain_cycle';
    END IF;
    IF NOT EXISTS (SELECT FROM disclosures p JOIN grants h ON h.disclosure_id = p.id
                    WHERE p.number = mine.continues AND p.unit_id = mine.unit_id AND p.kind = mine.kind AND took_effect(h)) THEN
        RETURN 'chain_unknown';
    END IF;
    IF EXISTS (SELECT FROM disclosures p JOIN ties t ON t.disclosure_id = p.id AND t.ends JOIN grants h ON h.disclosure_id = p.id
                WHERE p.number = mine.continues AND took_effect(h) AND NOT superseded(h)) THEN
        RETURN 'chain_ended';
    END IF;
    IF EXISTS (SELECT FROM ties t JOIN disclosures o ON o.id = t.disclosure_id
                WHERE t.continues = mine.continues AND o.number <> mine.number
                  AND (NOT approval AND o.state NOT IN ('draft', 'withdrawn', 'withheld', 'on_request')
                       OR EXISTS (SELECT FROM grants h WHERE h.disclosure_id = o.id AND (h.revoked_at IS NULL OR took_effect(h))))) THEN
        RETURN 'chain_taken';
    END IF;
    RETURN NULL;
END $$;

-- Of two that continue the same warning, the one approved first does.
CREATE FUNCTION guard_chain() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    fault text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('chain/' || t.continues, 0)) FROM ties t WHERE t.disclosure_id = NEW.disclosure_id AND t.continues IS NOT NULL;
    fault := chain_fault(NEW.disclosure_id, true);
    IF fault IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = fault, MESSAGE = 'the warning cannot be continued';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER guard_chain BEFORE INSERT ON grants FOR EACH ROW EXECUTE FUNCTION guard_chain();

-- +goose StatementBegin
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'shenfa_app') THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON ties TO shenfa_app;
    END IF;
END $$;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER guard_chain ON grants;
DROP FUNCTION guard_chain(), chain_fault(uuid, boolean);
CREATE OR REPLACE FUNCTION accompanied(g grants) RETURNS boolean LANGUAGE sql STABLE AS $$
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
DROP FUNCTION together(grants), preceded(grants);
DROP TABLE ties;
DROP FUNCTION guard_ties();
