-- How many items are on their way to an instant.

-- +goose Up
CREATE INDEX disclosures_crowd ON disclosures (release_at)
    WHERE state IN ('checking', 'self_review', 'in_review', 'reported', 'approved', 'armed');

-- +goose Down
DROP INDEX disclosures_crowd;
