-- A policy is not approved before its interpretation is, or before somebody who may say so
-- has agreed that it needs none (data/companions.json).

-- +goose Up

CREATE TABLE companion_laws (
    kind           text NOT NULL,
    companion      text NOT NULL,
    effective_from date NOT NULL,
    waived_by      text[] NOT NULL, -- roles
    PRIMARY KEY (kind, effective_from)
);
INSERT INTO companion_laws VALUES ('policy', 'interpretation', '2024-09-27', '{section_head,disclosure_officer,deputy_leader,principal_leader,duty_leader}');

-- The version says why it goes without; who decides on it signs that too.
ALTER TABLE versions ADD COLUMN goes_alone boolean NOT NULL DEFAULT false;

-- The companion needs only to be through its own road, and that does not wait for this one:
-- the two cannot wait for each other. It may be lost again at any time after; then arming
-- holds what has not come out yet, and the disclosure office decides on what has.
-- +goose StatementBegin
CREATE FUNCTION guard_companion() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    law companion_laws;
    mine record;
BEGIN
    SELECT * INTO law FROM companion_laws l
     WHERE l.kind = NEW.kind AND l.effective_from <= (clock_timestamp() AT TIME ZONE 'Asia/Shanghai')::date ORDER BY l.effective_from DESC LIMIT 1;
    IF NOT FOUND THEN
        RETURN NEW;
    END IF;
    SELECT d.number, d.unit_id, v.goes_alone INTO mine
      FROM disclosures d JOIN versions v ON v.disclosure_id = d.id AND v.version = NEW.version AND v.manifest_hash = NEW.manifest_hash
     WHERE d.id = NEW.disclosure_id;
    IF mine.goes_alone THEN
        IF NOT EXISTS (SELECT FROM decisions x WHERE x.disclosure_id = NEW.disclosure_id AND x.version = NEW.version AND x.manifest_hash = NEW.manifest_hash
                          AND x.counts AND x.role = ANY (law.waived_by)) THEN
            RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'companion_not_waived', MESSAGE = 'nobody who may has agreed that it goes alone';
        END IF;
    ELSIF NOT EXISTS (SELECT FROM ties t JOIN disclosures o ON o.id = t.disclosure_id AND o.kind = law.companion AND o.unit_id = mine.unit_id
                        JOIN grants h ON h.disclosure_id = o.id AND h.revoked_at IS NULL
                       WHERE t.policy = mine.number) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'companion_missing', MESSAGE = 'its companion is not approved';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER guard_companion BEFORE INSERT ON grants FOR EACH ROW EXECUTE FUNCTION guard_companion();

-- +goose StatementBegin
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'shenfa_app') THEN
        GRANT SELECT ON companion_laws TO shenfa_app;
    END IF;
END $$;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER guard_companion ON grants;
DROP FUNCTION guard_companion();
ALTER TABLE versions DROP COLUMN goes_alone;
DROP TABLE companion_laws;
