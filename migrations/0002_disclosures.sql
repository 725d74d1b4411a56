-- A disclosure, its versions and everything decided about them.

-- +goose Up

-- Content is sealed under the item's own key. Deleting the row erases the content
-- wherever else a copy of the sealed bytes may be.
CREATE TABLE item_keys (
    disclosure_id uuid PRIMARY KEY,
    wrapped       bytea NOT NULL
);

CREATE TABLE number_series (
    unit_id text NOT NULL REFERENCES units,
    year    int NOT NULL,
    last    int NOT NULL,
    PRIMARY KEY (unit_id, year)
);

CREATE TABLE disclosures (
    id            uuid PRIMARY KEY,
    number        text NOT NULL,
    edition       int NOT NULL DEFAULT 1,              -- a correction is the next edition under the same number
    corrects      uuid REFERENCES disclosures,
    unit_id       text NOT NULL REFERENCES units,
    section_id    text NOT NULL REFERENCES sections,
    drafter_id    uuid NOT NULL REFERENCES people,
    kind          text NOT NULL DEFAULT '',
    state         text NOT NULL,
    step          text NOT NULL DEFAULT '',
    revision      bigint NOT NULL DEFAULT 0, -- fences every write of the workflow
    version       int NOT NULL DEFAULT 0,
    manifest_hash text,
    route         text,
    route_version int,
    open_findings int NOT NULL DEFAULT 0,
    release_at    timestamptz,
    generation    int NOT NULL DEFAULT 0,
    cause         text NOT NULL DEFAULT '',
    state_of_case jsonb NOT NULL,           -- the rules' own view: ids, hashes and instants
    created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at    timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE UNIQUE INDEX disclosures_number ON disclosures (number, edition);
-- One correction at a time. One that was never to be released makes room for another.
CREATE UNIQUE INDEX disclosures_one_correction ON disclosures (corrects) WHERE state NOT IN ('withheld', 'on_request');
CREATE INDEX disclosures_list ON disclosures (unit_id, updated_at DESC, id DESC);
CREATE INDEX disclosures_release ON disclosures (release_at) WHERE state IN ('approved', 'armed', 'releasing', 'held');

CREATE TABLE drafts (
    disclosure_id uuid PRIMARY KEY REFERENCES disclosures,
    revision      bigint NOT NULL,
    sealed        bytea NOT NULL,
    updated_by    uuid NOT NULL REFERENCES people,
    updated_at    timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Whoever put a byte into any version may never decide on it.
CREATE TABLE contributors (
    disclosure_id uuid NOT NULL REFERENCES disclosures,
    person_id     uuid NOT NULL REFERENCES people,
    at            timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (disclosure_id, person_id)
);

CREATE TABLE blobs (
    disclosure_id uuid NOT NULL REFERENCES disclosures,
    id            text NOT NULL, -- keyed hash of the content, never the bare one
    length        bigint NOT NULL,
    sealed        bytea NOT NULL,
    PRIMARY KEY (disclosure_id, id)
);

CREATE TABLE versions (
    disclosure_id   uuid NOT NULL REFERENCES disclosures,
    version         int NOT NULL,
    manifest_hash   text NOT NULL UNIQUE,
    sealed_manifest bytea NOT NULL,
    sealed_draft    bytea NOT NULL,
    rule_set        text NOT NULL,
    draft_revision  bigint NOT NULL,
    frozen_by       uuid NOT NULL REFERENCES people,
    frozen_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (disclosure_id, version)
);

-- Words of people: opinions and reasons.
CREATE TABLE opinions (
    id            uuid PRIMARY KEY,
    disclosure_id uuid NOT NULL REFERENCES disclosures,
    sealed        bytea NOT NULL
);

CREATE TABLE acts (
    id            text PRIMARY KEY,
    disclosure_id uuid NOT NULL REFERENCES disclosures,
    revision      bigint NOT NULL,
    type          text NOT NULL,
    actor         uuid REFERENCES people, -- null: the system
    from_state    text NOT NULL,
    to_state      text NOT NULL,
    version       int NOT NULL,
    manifest_hash text,
    step          text NOT NULL DEFAULT '',
    outcome       text NOT NULL DEFAULT '',
    return_to     text NOT NULL DEFAULT '',
    basis         text NOT NULL DEFAULT '',
    opinion_id    uuid REFERENCES opinions,
    cause         text NOT NULL DEFAULT '',
    release_at    timestamptz,
    audit_id      uuid NOT NULL,
    at            timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (disclosure_id, revision)
);

CREATE TABLE route_steps (
    route   text NOT NULL,
    version int NOT NULL,
    step    text NOT NULL,
    quorum  int NOT NULL CHECK (quorum > 0),
    essential boolean NOT NULL, -- no bypass goes past it
    PRIMARY KEY (route, version, step)
);

CREATE TABLE decisions (
    act_id        text PRIMARY KEY REFERENCES acts,
    disclosure_id uuid NOT NULL,
    version       int NOT NULL,
    manifest_hash text NOT NULL,
    step          text NOT NULL,
    seat          int NOT NULL,
    person_id     uuid NOT NULL REFERENCES people,
    role          text NOT NULL,
    outcome       text NOT NULL,
    counts        boolean NOT NULL, -- passes, and nothing has voided it since
    at            timestamptz NOT NULL DEFAULT clock_timestamp(),
    FOREIGN KEY (disclosure_id, version) REFERENCES versions
);
CREATE UNIQUE INDEX decisions_one_per_person ON decisions (disclosure_id, version, person_id) WHERE counts;
CREATE UNIQUE INDEX decisions_one_per_seat ON decisions (disclosure_id, version, step, seat) WHERE counts;

-- +goose StatementBegin
CREATE FUNCTION guard_decision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NOT OLD.counts OR NEW.counts OR to_jsonb(NEW) - 'counts' <> to_jsonb(OLD) - 'counts' THEN
            RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'decisions_only_void', MESSAGE = 'a decision can only be made void';
        END IF;
        RETURN NEW;
    END IF;
    IF EXISTS (SELECT FROM contributors c WHERE c.disclosure_id = NEW.disclosure_id AND c.person_id = NEW.person_id) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'decisions_not_by_contributor', MESSAGE = 'a contributor may not decide';
    END IF;
    IF NOT EXISTS (SELECT FROM versions v JOIN disclosures d ON d.id = v.disclosure_id AND d.version = v.version
                    WHERE v.disclosure_id = NEW.disclosure_id AND v.version = NEW.version AND v.manifest_hash = NEW.manifest_hash) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'decisions_on_this_manifest', MESSAGE = 'the decision is on another manifest';
    END IF;
    IF NOT EXISTS (SELECT FROM person_roles r WHERE r.person_id = NEW.person_id AND r.role = NEW.role) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'decisions_role_held', MESSAGE = 'the person does not hold the role';
    END IF;
    IF NEW.step = 'bypass' OR NEW.outcome = 'bypass' THEN
        IF NEW.step <> NEW.outcome OR NOT NEW.counts OR NEW.role NOT IN ('deputy_leader', 'principal_leader', 'duty_leader') THEN
            RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'decisions_bypass', MESSAGE = 'only a leader may shorten the sign-off';
        END IF;
    ELSIF NEW.counts AND (NEW.outcome <> 'disclose' OR NOT EXISTS (
            SELECT FROM disclosures d JOIN route_steps s ON s.route = d.route AND s.version = d.route_version
             WHERE d.id = NEW.disclosure_id AND s.step = NEW.step)) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'decisions_counts_on_route', MESSAGE = 'only a passing decision on the route counts';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER guard_decision BEFORE INSERT OR UPDATE ON decisions FOR EACH ROW EXECUTE FUNCTION guard_decision();

CREATE TABLE tasks (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    disclosure_id uuid NOT NULL REFERENCES disclosures,
    version       int NOT NULL,
    step          text NOT NULL,
    seat          int NOT NULL,
    role          text NOT NULL,
    unit_id       text NOT NULL,
    section_id    text NOT NULL DEFAULT '', -- empty: any section
    opened_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    due_at        timestamptz NOT NULL,
    closed_at     timestamptz
);
CREATE UNIQUE INDEX tasks_open ON tasks (disclosure_id, step, seat) WHERE closed_at IS NULL;
CREATE INDEX tasks_inbox ON tasks (unit_id, role, due_at) WHERE closed_at IS NULL;

CREATE TABLE findings (
    id            uuid PRIMARY KEY,
    disclosure_id uuid NOT NULL,
    version       int NOT NULL,
    n             int NOT NULL, -- order in which a reader meets them
    class         text NOT NULL CHECK (class IN ('BLOCK', 'HOLD', 'WARN', 'INFO')),
    rule          text NOT NULL,
    rule_set      text NOT NULL,
    fingerprint   bytea NOT NULL, -- keyed hash: the same finding in the next version
    sealed        bytea NOT NULL,
    FOREIGN KEY (disclosure_id, version) REFERENCES versions,
    UNIQUE (disclosure_id, version, n)
);

CREATE TABLE dispositions (
    finding_id  uuid PRIMARY KEY REFERENCES findings,
    disposition text NOT NULL CHECK (disposition IN ('false_alarm', 'lawful')),
    person_id   uuid NOT NULL REFERENCES people,
    opinion_id  uuid NOT NULL REFERENCES opinions,
    act_id      text NOT NULL,
    at          timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE checks (
    disclosure_id uuid NOT NULL,
    version       int NOT NULL,
    rule_set      text NOT NULL,
    quarantine    boolean NOT NULL,
    at            timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (disclosure_id, version, rule_set),
    FOREIGN KEY (disclosure_id, version) REFERENCES versions
);

CREATE TABLE incidents (
    id            uuid PRIMARY KEY,
    disclosure_id uuid NOT NULL REFERENCES disclosures,
    type          text NOT NULL CHECK (type IN ('quarantine', 'recall')),
    file_mac      bytea,       -- of the destroyed file: lets the same file back once it is cleared
    sealed_line   bytea,       -- the one matched line
    opened_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    due_at        timestamptz NOT NULL,
    closed_at     timestamptz
);
CREATE INDEX incidents_by_item ON incidents (disclosure_id);

-- +goose StatementBegin
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = TG_TABLE_NAME || '_append_only', MESSAGE = TG_TABLE_NAME || ' only grows';
END $$;
-- +goose StatementEnd
-- An item in review keeps its route: another one needs another version.
-- +goose StatementBegin
CREATE FUNCTION guard_route() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.route IS NOT NULL AND (NEW.route, NEW.route_version) IS DISTINCT FROM (OLD.route, OLD.route_version) AND NEW.version <= OLD.version THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'disclosures_keep_route', MESSAGE = 'an item in review keeps its route';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER guard_route BEFORE UPDATE ON disclosures FOR EACH ROW EXECUTE FUNCTION guard_route();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON versions FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON acts FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON contributors FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON opinions FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON dispositions FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON route_steps FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE DELETE ON decisions FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- +goose Down
DROP TABLE incidents, checks, dispositions, findings, tasks, decisions, route_steps, acts, opinions, versions, blobs, contributors,
    drafts, disclosures, number_series, item_keys;
DROP FUNCTION guard_decision(), guard_route(), refuse_change();
