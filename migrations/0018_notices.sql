-- What readers are told of what was public: by the type of its withdrawal.

-- +goose Up

ALTER TABLE withdrawals ADD COLUMN number text;
UPDATE withdrawals w SET number = d.number FROM disclosures d WHERE d.id = w.disclosure_id;
CREATE INDEX withdrawals_told ON withdrawals (number) WHERE restored_at IS NULL AND trail <> 'gone';

-- Whether readers may be told that this was public and is no longer: where it was taken
-- down for a reason that leaves a notice, and the number is not public again.
CREATE OR REPLACE FUNCTION withdrawal_told(g grants) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT g.revoked_at IS NOT NULL AND took_effect(g) AND NOT superseded(g)
       AND EXISTS (SELECT FROM withdrawals w WHERE w.disclosure_id = g.disclosure_id AND w.restored_at IS NULL AND w.trail = 'notice')
       AND NOT EXISTS (SELECT FROM grants h WHERE h.number = g.number AND h.revoked_at IS NULL AND h.armed_at IS NOT NULL AND is_public(h))
$$;

-- +goose Down
ALTER TABLE withdrawals DROP COLUMN number;
CREATE OR REPLACE FUNCTION withdrawal_told(g grants) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT g.revoked_at IS NOT NULL AND took_effect(g) AND NOT superseded(g)
       AND NOT EXISTS (SELECT FROM incidents i WHERE i.disclosure_id = g.disclosure_id AND i.type IN ('recall', 'quarantine'))
       AND NOT EXISTS (SELECT FROM grants h WHERE h.number = g.number AND h.revoked_at IS NULL AND h.armed_at IS NOT NULL AND is_public(h))
$$;
