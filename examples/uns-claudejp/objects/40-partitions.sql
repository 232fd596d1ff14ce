SET LOCAL search_path = objects, pg_catalog;

-- Range over list over hash, with defaults, a partition whose columns are in another order, and one detached.
CREATE TABLE events (
    id bigint GENERATED ALWAYS AS IDENTITY, happened date NOT NULL, region text NOT NULL, amount numeric DEFAULT 1,
    PRIMARY KEY (id, happened, region), CONSTRAINT amount_not_negative CHECK (amount >= 0)
) PARTITION BY RANGE (happened);
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE events_2025 PARTITION OF events (amount DEFAULT 2) FOR VALUES FROM ('2025-01-01') TO ('2026-01-01') PARTITION BY LIST (region);
CREATE TABLE events_2025_japan PARTITION OF events_2025 FOR VALUES IN ('東京', '大阪', 'O''saka') PARTITION BY HASH (id);
CREATE TABLE events_2025_japan_0 PARTITION OF events_2025_japan FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE events_2025_japan_1 PARTITION OF events_2025_japan FOR VALUES WITH (MODULUS 2, REMAINDER 1) WITH (fillfactor = 70);
CREATE TABLE events_2025_rest PARTITION OF events_2025 DEFAULT;
CREATE TABLE events_default PARTITION OF events DEFAULT;
CREATE TABLE events_old (region text NOT NULL, unused int, amount numeric DEFAULT 0, happened date NOT NULL, id bigint NOT NULL, CONSTRAINT amount_not_negative CHECK (amount >= 0));
ALTER TABLE events_old DROP COLUMN unused;
ALTER TABLE events ATTACH PARTITION events_old FOR VALUES FROM (MINVALUE) TO ('2024-01-01');
CREATE TABLE events_detached PARTITION OF events FOR VALUES FROM ('2030-01-01') TO ('2031-01-01');
ALTER TABLE events DETACH PARTITION events_detached;
CREATE INDEX events_region ON events (region, happened);
CREATE INDEX events_amount ON ONLY events (amount);
CREATE INDEX events_2024_amount ON events_2024 (amount);
ALTER INDEX events_amount ATTACH PARTITION events_2024_amount;
INSERT INTO events (happened, region, amount)
SELECT date '2023-07-01' + n * 3, (ARRAY['東京', '大阪', 'O''saka', 'Berlin'])[1 + n % 4], n FROM generate_series(0, 399) AS n;
INSERT INTO events_detached VALUES (1, '2030-05-05', 'nowhere', 1);
CREATE TABLE event_notes (event_id bigint, happened date, region text, note text,
    FOREIGN KEY (event_id, happened, region) REFERENCES events ON DELETE CASCADE);
INSERT INTO event_notes SELECT id, happened, region, 'note ' || id FROM events WHERE id % 10 = 0;
CREATE TABLE by_expression (name text, value int) PARTITION BY LIST (lower(name));
CREATE TABLE by_expression_a PARTITION OF by_expression FOR VALUES IN ('a', NULL);
INSERT INTO by_expression VALUES ('A', 1), (NULL, 2);
CREATE TABLE no_partitions_yet (id int) PARTITION BY HASH (id);
CREATE TABLE by_two (a int, b text) PARTITION BY RANGE (a, b COLLATE "C");
CREATE TABLE by_two_low PARTITION OF by_two FOR VALUES FROM (MINVALUE, MINVALUE) TO (10, 'm');
INSERT INTO by_two VALUES (1, 'x'), (10, 'a');
