-- Freezes (冻结发布) over all units, and with an end.

-- +goose Up

-- Until now "all" was all of one unit. What stands keeps its meaning under its name.
ALTER TABLE freezes DROP CONSTRAINT freezes_scope_check;
UPDATE freezes SET scope = 'unit' WHERE scope = 'all';
ALTER TABLE freezes
    ADD CONSTRAINT freezes_scope_check CHECK (scope IN ('all', 'unit', 'channel', 'kind')),
    ADD COLUMN ends_at timestamptz,
    ADD CONSTRAINT freezes_end CHECK (ends_at > at);

-- Whether a freeze is about a grant, whenever it stood.
CREATE FUNCTION covers(f freezes, g grants) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT f.scope = 'all'
        OR f.unit_id = g.unit_id AND (f.scope = 'unit' OR f.scope = 'channel' AND f.value = ANY (g.channels) OR f.scope = 'kind' AND f.value = g.kind)
$$;

-- Whether a freeze stood at an instant.
CREATE FUNCTION stood(f freezes, t timestamptz) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT f.at <= t AND (f.lifted_at IS NULL OR f.lifted_at > t) AND (f.ends_at IS NULL OR f.ends_at > t)
$$;

CREATE OR REPLACE FUNCTION frozen(g grants) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM freezes f WHERE covers(f, g) AND stood(f, effective_at(g)))
$$;

-- +goose Down
CREATE OR REPLACE FUNCTION frozen(g grants) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM freezes f
         WHERE f.unit_id = g.unit_id
           AND f.at <= effective_at(g) AND (f.lifted_at IS NULL OR f.lifted_at > effective_at(g))
           AND (f.scope = 'all' OR f.scope = 'channel' AND f.value = ANY (g.channels) OR f.scope = 'kind' AND f.value = g.kind))
$$;
DROP FUNCTION stood(freezes, timestamptz), covers(freezes, grants);
ALTER TABLE freezes DROP CONSTRAINT freezes_scope_check;
-- What had an end has it still; what was over all units is over the one that ordered it.
UPDATE freezes SET lifted_at = ends_at WHERE lifted_at IS NULL AND ends_at IS NOT NULL;
UPDATE freezes SET scope = 'all' WHERE scope = 'unit';
ALTER TABLE freezes DROP COLUMN ends_at, ADD CONSTRAINT freezes_scope_check CHECK (scope IN ('all', 'channel', 'kind'));
