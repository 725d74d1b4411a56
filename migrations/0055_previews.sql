-- Who may read a version before it is public (预览): a named person, by a secret link until an
-- instant, or from some hours before its release until it is out (提前知悉). Nothing here opens
-- anything by itself: every read asks preview_state.

-- +goose Up

CREATE TABLE previews (
    id            uuid PRIMARY KEY,
    disclosure_id uuid NOT NULL REFERENCES disclosures,
    version       int NOT NULL,
    manifest_hash text NOT NULL,
    unit_id       text NOT NULL,
    kind          text NOT NULL,
    channels      text[] NOT NULL,
    reader_id     uuid REFERENCES opinions, -- the reader's name, sealed
    person_id     uuid REFERENCES people,   -- or their account
    secret_hash   bytea,
    expires_at    timestamptz,
    lead_hours    int CHECK (lead_hours > 0), -- of an embargo: how long before the release it opens
    created_by    uuid NOT NULL REFERENCES people,
    created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    revoked_at    timestamptz,
    revoked_by    uuid REFERENCES people,
    reads         int NOT NULL DEFAULT 0,
    last_read_at  timestamptz,
    FOREIGN KEY (disclosure_id, version) REFERENCES versions,
    CONSTRAINT previews_secret UNIQUE (secret_hash),
    CONSTRAINT previews_named CHECK ((reader_id IS NULL) <> (person_id IS NULL) AND (secret_hash IS NULL) = (reader_id IS NULL)),
    CONSTRAINT previews_end CHECK ((expires_at IS NULL) <> (lead_hours IS NULL)),
    CONSTRAINT previews_revoked CHECK ((revoked_at IS NULL) = (revoked_by IS NULL))
);
CREATE INDEX previews_of ON previews (disclosure_id, created_at);
CREATE INDEX previews_for ON previews (person_id) WHERE revoked_at IS NULL;

-- Whether a freeze is about a preview, whenever it stood.
CREATE FUNCTION covers(f freezes, p previews) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT f.scope = 'all'
        OR f.unit_id = p.unit_id AND (f.scope = 'unit' OR f.scope = 'channel' AND f.value = ANY (p.channels) OR f.scope = 'kind' AND f.value = p.kind)
$$;

-- Whether the version of a preview is out: by what took effect or was sent, not by what was
-- planned. Once out it stays so, also when it is recalled.
CREATE FUNCTION was_out(p previews) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM grants g WHERE g.disclosure_id = p.disclosure_id AND g.version = p.version AND took_effect(g))
        OR EXISTS (SELECT FROM effects e WHERE e.disclosure_id = p.disclosure_id AND e.version = p.version AND e.state IN ('sent', 'confirmed', 'recalled'))
$$;

-- The one answer to whether a preview shows anything: only if it says "open". It has no memory.
CREATE FUNCTION preview_state(p previews) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE
           WHEN p.revoked_at IS NOT NULL THEN 'revoked'
           WHEN p.expires_at <= now() THEN 'expired'
           WHEN was_out(p) OR d.state IN ('released', 'recalled', 'taken_down', 'out_of_force') THEN 'released'
           WHEN d.version <> p.version OR d.manifest_hash IS DISTINCT FROM p.manifest_hash THEN 'newer_version'
           WHEN d.state NOT IN ('in_review', 'reported', 'approved', 'armed', 'releasing', 'held', 'failed') OR d.open_findings > 0 THEN 'stopped'
           WHEN EXISTS (SELECT FROM freezes f WHERE covers(f, p) AND stood(f, now())) THEN 'frozen'
           WHEN p.lead_hours IS NOT NULL AND NOT EXISTS (
                SELECT FROM grants g WHERE g.disclosure_id = p.disclosure_id AND g.manifest_hash = p.manifest_hash AND g.revoked_at IS NULL
                   AND g.release_at - p.lead_hours * interval '1 hour' <= now()) THEN 'waiting'
           ELSE 'open' END
      FROM disclosures d WHERE d.id = p.disclosure_id
$$;

-- +goose StatementBegin
CREATE FUNCTION guard_preview() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF to_jsonb(NEW) - '{revoked_at,revoked_by,reads,last_read_at}'::text[] <> to_jsonb(OLD) - '{revoked_at,revoked_by,reads,last_read_at}'::text[]
           OR OLD.revoked_at IS NOT NULL OR NEW.reads < OLD.reads THEN
            RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'previews_fixed', MESSAGE = 'a preview can only be revoked';
        END IF;
        IF NEW.reads > OLD.reads AND preview_state(OLD) <> 'open' THEN
            RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'previews_open', MESSAGE = 'the preview is not open';
        END IF;
        RETURN NEW;
    END IF;
    IF NOT EXISTS (SELECT FROM disclosures d JOIN people p ON p.id = NEW.created_by AND p.unit_id = d.unit_id AND p.disabled_at IS NULL
                    WHERE d.id = NEW.disclosure_id AND d.unit_id = NEW.unit_id
                      AND (d.drafter_id = p.id OR EXISTS (SELECT FROM person_roles r WHERE r.person_id = p.id
                           AND (r.role = 'disclosure_officer' OR r.role = 'section_head' AND p.section_id = d.section_id)))) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'previews_responsible', MESSAGE = 'the person does not answer for the item';
    END IF;
    IF NEW.person_id IS NOT NULL AND NOT EXISTS (SELECT FROM people p WHERE p.id = NEW.person_id AND p.unit_id = NEW.unit_id AND p.disabled_at IS NULL) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'previews_reader', MESSAGE = 'the reader has no account here';
    END IF;
    IF NEW.revoked_at IS NOT NULL OR NEW.reads <> 0 OR coalesce(preview_state(NEW) NOT IN ('open', 'waiting'), true) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'previews_open', MESSAGE = 'the version cannot be shown ahead';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER guard_preview BEFORE INSERT OR UPDATE ON previews FOR EACH ROW EXECUTE FUNCTION guard_preview();
CREATE TRIGGER append_only BEFORE DELETE ON previews FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- +goose StatementBegin
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'shenfa_app') THEN
        GRANT SELECT, INSERT ON previews TO shenfa_app;
        GRANT UPDATE (revoked_at, revoked_by, reads, last_read_at) ON previews TO shenfa_app;
    END IF;
END $$;
-- +goose StatementEnd

-- +goose Down
DROP FUNCTION preview_state(previews), was_out(previews), covers(freezes, previews);
DROP TABLE previews;
DROP FUNCTION guard_preview();
