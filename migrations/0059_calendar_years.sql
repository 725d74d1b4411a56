-- Years of the working-day calendar as the State Council published them, proposed by one
-- person and confirmed by another. The confirmed version of a year with the highest number is
-- in force from that moment on; what is confirmed never changes.

-- +goose Up

CREATE TABLE calendar_years (
    year        int NOT NULL,
    version     int NOT NULL CHECK (version > 0),
    definition  jsonb NOT NULL,
    reason      text NOT NULL,
    proposed_by uuid NOT NULL REFERENCES people,
    proposed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    settled_by  uuid REFERENCES people,
    settled_at  timestamptz,
    confirmed   boolean, -- null: waits for the second person
    PRIMARY KEY (year, version),
    CONSTRAINT calendar_years_definition CHECK ((definition ->> 'year')::int = year AND (definition ->> 'version')::int = version AND definition ->> 'source' <> ''),
    CONSTRAINT calendar_years_second_person CHECK (NOT confirmed OR proposed_by <> settled_by),
    CONSTRAINT calendar_years_settled CHECK ((confirmed IS NULL) = (settled_at IS NULL) AND (confirmed IS NULL) = (settled_by IS NULL))
);
-- One proposal at a time, of whatever year: the deadlines that it moves are those shown.
CREATE UNIQUE INDEX calendar_years_one_proposal ON calendar_years ((confirmed IS NULL)) WHERE confirmed IS NULL;

-- +goose StatementBegin
CREATE FUNCTION guard_calendar_year() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    keeper uuid := CASE TG_OP WHEN 'INSERT' THEN NEW.proposed_by ELSE NEW.settled_by END;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.confirmed IS NOT NULL THEN
            RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'calendar_years_second_person', MESSAGE = 'a proposal waits for the second person';
        END IF;
    ELSIF OLD.confirmed IS NOT NULL OR NEW.confirmed IS NULL
          OR to_jsonb(NEW) - '{settled_by,settled_at,confirmed}'::text[] <> to_jsonb(OLD) - '{settled_by,settled_at,confirmed}'::text[] THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'calendar_years_append_only', MESSAGE = 'a version of a year never changes';
    END IF;
    IF NOT EXISTS (SELECT FROM people p JOIN person_roles r ON r.person_id = p.id
                    WHERE p.id = keeper AND p.disabled_at IS NULL AND r.role IN ('security_admin', 'principal_leader', 'disclosure_officer')) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'calendar_years_role_held', MESSAGE = 'the person does not keep the calendar';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER guard_calendar_year BEFORE INSERT OR UPDATE ON calendar_years FOR EACH ROW EXECUTE FUNCTION guard_calendar_year();
CREATE TRIGGER append_only BEFORE DELETE ON calendar_years FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- On which calendar the time of an open task was counted, so that it is counted anew where
-- another is in force, and each task once.
ALTER TABLE tasks ADD calendar text; -- null: not known
CREATE INDEX tasks_counted ON tasks (calendar) WHERE closed_at IS NULL;

-- What a deadline was before it moved, for who is told that it has.
ALTER TABLE notices ADD was_at timestamptz;

-- +goose StatementBegin
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'shenfa_app') THEN
        GRANT SELECT, INSERT ON calendar_years TO shenfa_app;
        GRANT UPDATE (settled_by, settled_at, confirmed) ON calendar_years TO shenfa_app;
    END IF;
END $$;
-- +goose StatementEnd

-- +goose Down
ALTER TABLE notices DROP COLUMN was_at;
DROP INDEX tasks_counted;
ALTER TABLE tasks DROP COLUMN calendar;
DROP TABLE calendar_years;
DROP FUNCTION guard_calendar_year();
