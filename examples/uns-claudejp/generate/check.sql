-- Checks that the generated rows are what the triggers would have made: fires all of them again on a sample
-- (-v sample=5000 rows, spread evenly) and compares every column but updated_at. Changes nothing.
\set ON_ERROR_STOP on
\if :{?sample} \else \set sample 5000 \endif
\set QUIET on
SET client_min_messages = warning;
BEGIN;
CREATE TEMP TABLE before ON COMMIT DROP AS
SELECT t.* FROM timer_cards AS t, (SELECT greatest(1, count(*) / :sample) AS step FROM timer_cards) AS every
WHERE t.id % step = 0;
UPDATE timer_cards SET notes = notes WHERE id IN (SELECT id FROM before);
SELECT count(*) AS compared,
       count(*) FILTER (WHERE to_jsonb(b) - 'updated_at' <> to_jsonb(t) - 'updated_at') AS different
FROM before AS b JOIN timer_cards AS t USING (id) \gset
ROLLBACK;
\echo :compared rows compared, :different differ
SELECT :different > 0 AS failed \gset
\if :failed
    DO $$ BEGIN RAISE EXCEPTION 'the triggers would have made other rows'; END $$;
\endif
