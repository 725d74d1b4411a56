-- An item in review may be put on a longer route, and back on the one it was submitted on
-- (改线). What that was is kept here by the trigger alone: nobody can say otherwise.

-- +goose Up
ALTER TABLE disclosures ADD origin_route text, ADD origin_version int;

-- Whoever passed every step of one route has passed every step of the other.
-- +goose StatementBegin
CREATE FUNCTION route_covers(route text, version int, other text, other_version int) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM route_steps n WHERE n.route = $1 AND n.version = $2) AND NOT EXISTS (
        SELECT FROM route_steps o WHERE o.route = $3 AND o.version = $4 AND NOT EXISTS (
            SELECT FROM route_steps n WHERE n.route = $1 AND n.version = $2 AND n.step = o.step
               AND n.quorum >= o.quorum AND (n.essential OR NOT o.essential) AND n.condition IS NOT DISTINCT FROM o.condition))
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION guard_route() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.origin_route := OLD.origin_route;
    NEW.origin_version := OLD.origin_version;
    IF OLD.route IS NOT NULL AND (NEW.route, NEW.route_version) IS DISTINCT FROM (OLD.route, OLD.route_version) THEN
        IF NEW.version > OLD.version OR (NEW.route, NEW.route_version) = (OLD.origin_route, OLD.origin_version) THEN
            NEW.origin_route := NULL;
            NEW.origin_version := NULL;
        ELSE
            NEW.origin_route := coalesce(OLD.origin_route, OLD.route);
            NEW.origin_version := coalesce(OLD.origin_version, OLD.route_version);
        END IF;
        IF NEW.version <= OLD.version AND (OLD.state <> 'in_review' OR NEW.state <> 'in_review'
               OR NEW.origin_route IS NOT NULL AND NOT route_covers(NEW.route, NEW.route_version, OLD.route, OLD.route_version)) THEN
            RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'disclosures_keep_route', MESSAGE = 'an item in review keeps its route, or one with every step of it';
        END IF;
    END IF;
    IF NEW.version <= OLD.version AND (
           OLD.version > 0 AND NEW.kind <> OLD.kind
           OR OLD.state <> 'checking' AND NEW.flags <> OLD.flags
           OR NOT NEW.flags @> OLD.flags
           OR OLD.state = 'checking' AND NEW.state IN ('self_review', 'in_review') AND EXISTS (
                SELECT FROM findings f JOIN flag_rules r ON r.rule = f.rule
                 WHERE f.disclosure_id = NEW.id AND f.version = NEW.version AND NOT NEW.flags @> ARRAY[r.flag])) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'disclosures_flags', MESSAGE = 'what the route depends on is settled by the check';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd

-- +goose Down
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION guard_route() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.route IS NOT NULL AND (NEW.route, NEW.route_version) IS DISTINCT FROM (OLD.route, OLD.route_version) AND NEW.version <= OLD.version THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'disclosures_keep_route', MESSAGE = 'an item in review keeps its route';
    END IF;
    IF NEW.version <= OLD.version AND (
           OLD.version > 0 AND NEW.kind <> OLD.kind
           OR OLD.state <> 'checking' AND NEW.flags <> OLD.flags
           OR NOT NEW.flags @> OLD.flags
           OR OLD.state = 'checking' AND NEW.state IN ('self_review', 'in_review') AND EXISTS (
                SELECT FROM findings f JOIN flag_rules r ON r.rule = f.rule
                 WHERE f.disclosure_id = NEW.id AND f.version = NEW.version AND NOT NEW.flags @> ARRAY[r.flag])) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'disclosures_flags', MESSAGE = 'what the route depends on is settled by the check';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
DROP FUNCTION route_covers(text, int, text, int);
ALTER TABLE disclosures DROP COLUMN origin_version, DROP COLUMN origin_route;
