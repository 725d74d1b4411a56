-- Announcements of releases to come (发布预告). What is announced is a line of words that two
-- people agreed on, never taken from an item; a month or a day while it is provisional, an
-- instant once it is confirmed. Every line that was in force stays public with its reason.

-- +goose Up

CREATE TABLE announcements (
    id           uuid PRIMARY KEY,
    unit_id      text NOT NULL REFERENCES units,
    withdrawn_at timestamptz, -- its words should not have been told: nobody is shown it
    withdrawn_by uuid REFERENCES people,
    withdrawn_reason text,
    CONSTRAINT announcements_withdrawn CHECK ((withdrawn_at IS NULL) = (withdrawn_by IS NULL) AND (withdrawn_at IS NULL) = (withdrawn_reason IS NULL))
);

CREATE TABLE announcement_lines (
    announcement_id uuid NOT NULL REFERENCES announcements,
    line            int NOT NULL,
    title           text NOT NULL CHECK (title <> ''),
    granularity       text NOT NULL CHECK (granularity IN ('month', 'day', 'instant', 'cancelled')),
    planned_from    timestamptz,
    planned_until   timestamptz, -- without it: the first instant after the month or day; of an instant, itself
    reason          text NOT NULL, -- public
    disclosure_id   uuid REFERENCES disclosures, -- what is to be released; told to nobody before it is public
    proposed_by     uuid NOT NULL REFERENCES people,
    proposed_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    settled_by      uuid REFERENCES people,
    settled_at      timestamptz,
    confirmed       boolean, -- null: waits for the second person
    PRIMARY KEY (announcement_id, line),
    CONSTRAINT announcements_planned CHECK ((granularity = 'cancelled') = (planned_from IS NULL) AND (planned_from IS NULL) = (planned_until IS NULL)
        AND CASE granularity WHEN 'instant' THEN planned_until = planned_from ELSE planned_until > planned_from END),
    CONSTRAINT announcements_reason CHECK (line = 1 OR reason <> ''),
    CONSTRAINT announcements_second_person CHECK (NOT confirmed OR proposed_by <> settled_by),
    CONSTRAINT announcements_settled CHECK ((confirmed IS NULL) = (settled_at IS NULL) AND (confirmed IS NULL) = (settled_by IS NULL))
);
CREATE UNIQUE INDEX announcements_one_proposal ON announcement_lines (announcement_id) WHERE confirmed IS NULL;
CREATE INDEX announcement_lines_of ON announcement_lines (disclosure_id) WHERE confirmed;

-- The line in force of each announcement that anybody may be told of.
CREATE VIEW announced AS
    SELECT DISTINCT ON (l.announcement_id) a.unit_id, l.* FROM announcements a JOIN announcement_lines l ON l.announcement_id = a.id
     WHERE a.withdrawn_at IS NULL AND l.confirmed ORDER BY l.announcement_id, l.line DESC;

-- +goose StatementBegin
CREATE FUNCTION guard_announcement_line() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    whole announcements;
    person uuid := CASE TG_OP WHEN 'INSERT' THEN NEW.proposed_by ELSE NEW.settled_by END;
BEGIN
    SELECT * INTO whole FROM announcements WHERE id = NEW.announcement_id FOR UPDATE;
    IF TG_OP = 'INSERT' AND NEW.confirmed IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'announcements_second_person', MESSAGE = 'a line waits for the second person';
    END IF;
    IF TG_OP = 'UPDATE' AND (OLD.confirmed IS NOT NULL OR NEW.confirmed IS NULL
          OR to_jsonb(NEW) - '{settled_by,settled_at,confirmed}'::text[] <> to_jsonb(OLD) - '{settled_by,settled_at,confirmed}'::text[]) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'announcements_append_only', MESSAGE = 'a line never changes';
    END IF;
    IF NOT EXISTS (SELECT FROM people p JOIN person_roles r ON r.person_id = p.id
                    WHERE p.id = person AND p.unit_id = whole.unit_id AND p.disabled_at IS NULL
                      AND (r.role IN ('disclosure_officer', 'deputy_leader', 'principal_leader', 'duty_leader')
                           OR r.role IN ('drafter', 'section_head') AND NOT coalesce(NEW.confirmed, false))) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'announcements_role_held', MESSAGE = 'the person may not do this';
    END IF;
    IF NEW.confirmed IS false THEN
        RETURN NEW;
    END IF;
    IF whole.withdrawn_at IS NOT NULL OR EXISTS (SELECT FROM announced a WHERE a.announcement_id = NEW.announcement_id AND a.granularity = 'cancelled') THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'announcements_over', MESSAGE = 'the announcement is over';
    END IF;
    IF TG_OP = 'INSERT' AND NEW.line <> 1 + (SELECT count(*) FROM announcement_lines l WHERE l.announcement_id = NEW.announcement_id) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'announcements_append_only', MESSAGE = 'lines are numbered without gaps';
    END IF;
    IF NEW.granularity = 'cancelled' AND NOT EXISTS (SELECT FROM announced a WHERE a.announcement_id = NEW.announcement_id) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'announcements_untold', MESSAGE = 'nothing was announced';
    END IF;
    IF NEW.planned_until <= clock_timestamp() THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'announcements_past', MESSAGE = 'what is announced is to come';
    END IF;
    IF NEW.disclosure_id IS NOT NULL AND NOT EXISTS (SELECT FROM disclosures d WHERE d.id = NEW.disclosure_id AND d.unit_id = whole.unit_id) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'announcements_item', MESSAGE = 'the item is not of the unit';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION guard_announcement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.withdrawn_at IS NOT NULL OR to_jsonb(NEW) - '{withdrawn_at,withdrawn_by,withdrawn_reason}'::text[] <> to_jsonb(OLD) - '{withdrawn_at,withdrawn_by,withdrawn_reason}'::text[] THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'announcements_append_only', MESSAGE = 'an announcement can only be withdrawn, once';
    END IF;
    IF NOT EXISTS (SELECT FROM people p JOIN person_roles r ON r.person_id = p.id
                    WHERE p.id = NEW.withdrawn_by AND p.unit_id = NEW.unit_id AND p.disabled_at IS NULL
                      AND r.role IN ('disclosure_officer', 'deputy_leader', 'principal_leader', 'duty_leader')) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'announcements_role_held', MESSAGE = 'the person may not do this';
    END IF;
    RETURN NEW;
END $$;

-- Whether the plan of an item is another than was announced: a different time, or it will not
-- come out as things stand.
CREATE FUNCTION told_otherwise(granularity text, planned_from timestamptz, planned_until timestamptz, d disclosures) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT CASE
           WHEN d.state IN ('released', 'recalled', 'taken_down', 'out_of_force') THEN false -- it was out
           WHEN granularity = 'cancelled' THEN d.state IN ('approved', 'armed', 'releasing')
           WHEN d.state IN ('withdrawn', 'withheld', 'on_request', 'held', 'failed', 'quarantined') THEN true
           WHEN d.state NOT IN ('approved', 'armed', 'releasing') THEN planned_until < clock_timestamp()
           WHEN granularity = 'instant' THEN d.release_at <> planned_from
           ELSE d.release_at < planned_from OR d.release_at >= planned_until END
$$;
-- +goose StatementEnd
CREATE TRIGGER guard_announcement_line BEFORE INSERT OR UPDATE ON announcement_lines FOR EACH ROW EXECUTE FUNCTION guard_announcement_line();
CREATE TRIGGER append_only BEFORE DELETE ON announcement_lines FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER guard_announcement BEFORE UPDATE ON announcements FOR EACH ROW EXECUTE FUNCTION guard_announcement();
CREATE TRIGGER append_only BEFORE DELETE ON announcements FOR EACH ROW EXECUTE FUNCTION refuse_change();

ALTER TABLE troubles DROP CONSTRAINT troubles_trouble_check;
ALTER TABLE troubles ADD CONSTRAINT troubles_trouble_check CHECK (trouble IN ('unarmed', 'unrehearsed', 'stuck_effect', 'stuck_check', 'told_otherwise'));

-- +goose StatementBegin
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'shenfa_app') THEN
        GRANT SELECT, INSERT ON announcements, announcement_lines TO shenfa_app;
        GRANT SELECT ON announced TO shenfa_app;
        GRANT UPDATE (withdrawn_at, withdrawn_by, withdrawn_reason) ON announcements TO shenfa_app;
        GRANT UPDATE (settled_by, settled_at, confirmed) ON announcement_lines TO shenfa_app;
    END IF;
END $$;
-- +goose StatementEnd

-- +goose Down
DELETE FROM troubles WHERE trouble = 'told_otherwise';
ALTER TABLE troubles DROP CONSTRAINT troubles_trouble_check;
ALTER TABLE troubles ADD CONSTRAINT troubles_trouble_check CHECK (trouble IN ('unarmed', 'unrehearsed', 'stuck_effect', 'stuck_check'));
DROP FUNCTION told_otherwise(text, timestamptz, timestamptz, disclosures);
DROP VIEW announced;
DROP TABLE announcement_lines, announcements;
DROP FUNCTION guard_announcement_line(), guard_announcement();
