-- What may become public, when, and what became of it.

-- +goose Up

-- A grant is positive permission for one manifest. Nothing is public without one.
CREATE TABLE grants (
    id            uuid PRIMARY KEY,
    disclosure_id uuid NOT NULL REFERENCES disclosures,
    version       int NOT NULL,
    manifest_hash text NOT NULL REFERENCES versions (manifest_hash),
    unit_id       text NOT NULL,
    kind          text NOT NULL,
    channels      text[] NOT NULL CHECK (cardinality(channels) > 0),
    not_before    timestamptz NOT NULL,
    latest        timestamptz NOT NULL,
    late          text NOT NULL CHECK (late IN ('now', 'next_window', 'hold')),
    release_at    timestamptz NOT NULL,
    generation    int NOT NULL,
    armed_at      timestamptz,
    revoked_at    timestamptz,
    created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT grants_in_window CHECK (release_at BETWEEN not_before AND latest),
    CONSTRAINT grants_once UNIQUE (disclosure_id, version) -- what was revoked stays revoked: another grant needs another version
);
CREATE UNIQUE INDEX grants_live ON grants (disclosure_id) WHERE revoked_at IS NULL;
CREATE INDEX grants_due ON grants (release_at) WHERE revoked_at IS NULL;
CREATE INDEX grants_armed ON grants (release_at DESC) WHERE revoked_at IS NULL AND armed_at IS NOT NULL;

-- Who passed which step is counted here once more, from the rows themselves.
-- +goose StatementBegin
CREATE FUNCTION guard_grant() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    lacking text;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF to_jsonb(NEW) - '{release_at,generation,armed_at,revoked_at}'::text[] <> to_jsonb(OLD) - '{release_at,generation,armed_at,revoked_at}'::text[]
           OR OLD.revoked_at IS NOT NULL THEN
            RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'grants_fixed', MESSAGE = 'a grant cannot be changed';
        END IF;
        IF NEW.generation < OLD.generation OR NEW.release_at <> OLD.release_at AND (NEW.generation = OLD.generation OR NEW.armed_at IS NOT NULL) THEN
            RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'grants_rearm', MESSAGE = 'another instant needs another generation, armed anew';
        END IF;
        RETURN NEW;
    END IF;
    SELECT string_agg(s.step, ', ') INTO lacking
      FROM disclosures d
      JOIN route_steps s ON s.route = d.route AND s.version = d.route_version
     WHERE d.id = NEW.disclosure_id
       AND (s.essential OR NOT EXISTS (SELECT FROM decisions x
                                        WHERE x.disclosure_id = NEW.disclosure_id AND x.version = NEW.version AND x.manifest_hash = NEW.manifest_hash
                                          AND x.step = 'bypass' AND x.counts))
       AND s.quorum > (SELECT count(DISTINCT x.person_id) FROM decisions x
                        WHERE x.disclosure_id = NEW.disclosure_id AND x.version = NEW.version AND x.manifest_hash = NEW.manifest_hash
                          AND x.step = s.step AND x.counts AND x.outcome = 'disclose');
    IF lacking IS NOT NULL OR NOT EXISTS (
            SELECT FROM disclosures d JOIN route_steps s ON s.route = d.route AND s.version = d.route_version
             WHERE d.id = NEW.disclosure_id AND d.version = NEW.version AND d.manifest_hash = NEW.manifest_hash) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'grants_complete', MESSAGE = 'approvals are lacking: ' || coalesce(lacking, 'no route');
    END IF;
    IF EXISTS (SELECT FROM decisions x JOIN contributors c USING (disclosure_id, person_id)
                WHERE x.disclosure_id = NEW.disclosure_id AND x.version = NEW.version AND x.counts) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'grants_separated', MESSAGE = 'a contributor decided';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER guard_grant BEFORE INSERT OR UPDATE ON grants FOR EACH ROW EXECUTE FUNCTION guard_grant();
CREATE TRIGGER append_only BEFORE DELETE ON grants FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE freezes (
    id        uuid PRIMARY KEY,
    unit_id   text NOT NULL REFERENCES units, -- who ordered it; scope 'all' is all of this unit
    scope     text NOT NULL CHECK (scope IN ('all', 'channel', 'kind')),
    value     text NOT NULL,
    sealed_reason bytea NOT NULL,
    person_id uuid NOT NULL REFERENCES people,
    at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    lifted_at timestamptz,
    lifted_by uuid REFERENCES people
);
CREATE INDEX freezes_standing ON freezes (unit_id) WHERE lifted_at IS NULL;

-- When this system was alive, by the database clock: one row a run of a process.
CREATE TABLE uptime (
    process    text PRIMARY KEY,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    last_beat  timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX uptime_beats ON uptime (last_beat);

-- The instant at which a grant takes effect.
CREATE FUNCTION effective_at(g grants) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$
    SELECT greatest(g.release_at, g.armed_at)
$$;

-- Whether a freeze stood over the grant when it took effect. A freeze on one channel
-- holds every item that would go there, on all its channels: an item comes out as it
-- was approved or not at all. A freeze ordered later leaves alone what is public.
CREATE FUNCTION frozen(g grants) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM freezes f
         WHERE f.unit_id = g.unit_id
           AND f.at <= effective_at(g) AND (f.lifted_at IS NULL OR f.lifted_at > effective_at(g))
           AND (f.scope = 'all' OR f.scope = 'channel' AND f.value = ANY (g.channels) OR f.scope = 'kind' AND f.value = g.kind))
$$;

-- Whether somebody was there when the grant took effect. Without that, only an
-- item that says "now" comes out by itself afterwards. Beats are two seconds apart.
CREATE FUNCTION attended(g grants) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT g.late = 'now' OR EXISTS (
        SELECT FROM uptime u
         WHERE u.last_beat >= effective_at(g) - interval '5 seconds' AND u.started_at <= effective_at(g))
$$;

-- Whether the grant took effect on the portal, be it revoked since.
CREATE FUNCTION took_effect(g grants) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT g.armed_at IS NOT NULL AND g.release_at <= now() AND (g.revoked_at IS NULL OR g.revoked_at > effective_at(g))
       AND 'portal' = ANY (g.channels) AND NOT frozen(g) AND attended(g)
$$;

-- Whether a later edition has taken the place of this one. It keeps it when it is
-- recalled: what was corrected does not come back by itself.
CREATE FUNCTION superseded(g grants) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM disclosures d
          JOIN disclosures later ON later.number = d.number AND later.edition > d.edition
          JOIN grants h ON h.disclosure_id = later.id
         WHERE d.id = g.disclosure_id AND took_effect(h))
$$;

-- The one predicate for everything public: it has no memory and needs no work at
-- the instant of release.
CREATE FUNCTION is_public(g grants) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT g.revoked_at IS NULL AND took_effect(g) AND NOT superseded(g)
$$;

-- One row an item, version and channel: the second effect has no place to be.
CREATE TABLE effects (
    key           text PRIMARY KEY,
    disclosure_id uuid NOT NULL REFERENCES disclosures,
    version       int NOT NULL,
    channel       text NOT NULL,
    generation    int NOT NULL,
    state         text NOT NULL CHECK (state IN ('pending', 'sending', 'unknown', 'sent', 'confirmed', 'failed', 'recalled')),
    due_at        timestamptz NOT NULL,
    attempts      int NOT NULL DEFAULT 0,
    url           text NOT NULL DEFAULT '',
    cause         text NOT NULL DEFAULT '',
    claimed_at    timestamptz,
    sent_at       timestamptz,
    confirmed_at  timestamptz,
    UNIQUE (disclosure_id, version, channel)
);
CREATE INDEX effects_due ON effects (due_at, channel) WHERE state IN ('pending', 'sending', 'unknown');

-- +goose StatementBegin
CREATE FUNCTION guard_effect() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER guard_effect BEFORE INSERT OR UPDATE ON effects FOR EACH ROW EXECUTE FUNCTION guard_effect();
CREATE TRIGGER append_only BEFORE DELETE ON effects FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- +goose Down
DROP TABLE effects;
DROP FUNCTION guard_effect(), is_public(grants), superseded(grants), took_effect(grants), attended(grants), frozen(grants), effective_at(grants);
DROP TABLE uptime, freezes, grants;
DROP FUNCTION guard_grant();
