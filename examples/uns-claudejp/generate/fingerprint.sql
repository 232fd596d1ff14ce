-- One line that is the same exactly when all rows of the four tables are the same, in whatever order they are stored.
\set QUIET on
\pset tuples_only on
\pset format unaligned
SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
SET bytea_output = 'hex';
SELECT string_agg(name || ' ' || rows || ' ' || hash, ', ' ORDER BY name) FROM (
    SELECT 'timer_cards' AS name, count(*) AS rows, coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) AS hash FROM timer_cards AS t
    UNION ALL SELECT 'employees', count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) FROM employees AS t
    UNION ALL SELECT 'factories', count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) FROM factories AS t
    UNION ALL SELECT 'users', count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) FROM users AS t
) AS tables;
