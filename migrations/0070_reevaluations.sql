-- What was not made public is judged again from time to time, and where circumstances have
-- changed a new draft takes the road to the public (政府信息公开条例第十八条).

-- +goose Up

CREATE TABLE reevaluations (
    id            text PRIMARY KEY,
    disclosure_id uuid NOT NULL,
    version       int NOT NULL,
    opened_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    due_at        timestamptz,                 -- NULL: somebody judged it of their own accord
    outcome       text CHECK (outcome IN ('stays', 'disclose')),
    person_id     uuid REFERENCES people,
    opinion_id    uuid REFERENCES opinions,
    at            timestamptz,
    successor_id  uuid REFERENCES disclosures, -- the new draft
    FOREIGN KEY (disclosure_id, version) REFERENCES versions,
    CONSTRAINT reevaluations_whole CHECK (num_nulls(outcome, person_id, opinion_id, at) IN (0, 4)),
    CONSTRAINT reevaluations_due CHECK (outcome IS NOT NULL OR due_at IS NOT NULL),
    CONSTRAINT reevaluations_successor CHECK ((successor_id IS NOT NULL) = (outcome IS NOT NULL AND outcome = 'disclose'))
);
CREATE UNIQUE INDEX reevaluations_open ON reevaluations (disclosure_id) WHERE outcome IS NULL;
CREATE INDEX reevaluations_of ON reevaluations (disclosure_id, at);
CREATE INDEX reevaluations_successor ON reevaluations (successor_id) WHERE successor_id IS NOT NULL;
CREATE INDEX disclosures_closed ON disclosures (updated_at) WHERE state IN ('withheld', 'on_request');

-- Whether something was not made public and nothing is on its way to be in its place. What
-- bore a real mark of a state secret is not kept; a correction leaves public what it corrects.
-- +goose StatementBegin
CREATE FUNCTION kept_closed(d disclosures) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT d.state IN ('withheld', 'on_request') AND d.corrects IS NULL
       AND NOT EXISTS (SELECT FROM acts a WHERE a.disclosure_id = d.id AND a.type = 'uphold')
       AND NOT EXISTS (SELECT FROM reevaluations e JOIN disclosures s ON s.id = e.successor_id WHERE e.disclosure_id = d.id AND s.state <> 'withdrawn')
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION guard_reevaluation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (OLD.outcome IS NOT NULL OR NEW.outcome IS NULL
            OR to_jsonb(NEW) - '{outcome,person_id,opinion_id,at,successor_id}'::text[] <> to_jsonb(OLD) - '{outcome,person_id,opinion_id,at,successor_id}'::text[]) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'reevaluations_once', MESSAGE = 'a re-evaluation is concluded once';
    END IF;
    IF NOT EXISTS (SELECT FROM disclosures d WHERE d.id = NEW.disclosure_id AND kept_closed(d)) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'reevaluations_of_closed', MESSAGE = 'only what was not made public is re-evaluated';
    END IF;
    IF NEW.outcome IS NULL THEN
        RETURN NEW;
    END IF;
    IF EXISTS (SELECT FROM contributors c WHERE c.disclosure_id = NEW.disclosure_id AND c.person_id = NEW.person_id) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'reevaluations_own', MESSAGE = 'whoever contributed to it may not re-evaluate it';
    END IF;
    IF NOT EXISTS (SELECT FROM people p JOIN disclosures d ON d.unit_id = p.unit_id JOIN person_roles r ON r.person_id = p.id
                    WHERE d.id = NEW.disclosure_id AND p.id = NEW.person_id AND p.disabled_at IS NULL AND r.role = 'disclosure_officer') THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'reevaluations_role_held', MESSAGE = 'only the disclosure office of the unit re-evaluates';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER guard_reevaluation BEFORE INSERT OR UPDATE ON reevaluations FOR EACH ROW EXECUTE FUNCTION guard_reevaluation();
CREATE TRIGGER append_only BEFORE DELETE ON reevaluations FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- +goose StatementBegin
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'shenfa_app') THEN
        GRANT SELECT, INSERT ON reevaluations TO shenfa_app;
        GRANT UPDATE (outcome, person_id, opinion_id, at, successor_id) ON reevaluations TO shenfa_app;
    END IF;
END $$;
-- +goose StatementEnd

-- +goose Down
DROP TABLE reevaluations;
DROP FUNCTION guard_reevaluation();
DROP FUNCTION kept_closed(disclosures);
DROP INDEX disclosures_closed;
