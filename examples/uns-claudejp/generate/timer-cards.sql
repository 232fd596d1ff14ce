-- Fills the database uns_claudejp with a chosen number of timer cards. REPLACES all rows of its four tables.
--
--   psql -v ON_ERROR_STOP=1 -v rows=200000 -v seed=42 -f timer-cards.sql
--
-- The same rows and seed give the same content, whatever the clock, the zone or the machine: every value comes from
-- a hash of seed and row number. One employee for 500 cards. The last week is that of Monday 2025-11-03.
-- All in one transaction: an interrupted run leaves what was there.
\set ON_ERROR_STOP on
\if :{?rows} \else \set rows 200000 \endif
\if :{?seed} \else \set seed 42 \endif
\set QUIET on
\timing off
SET client_min_messages = notice;
SET search_path = public, pg_temp;
SET maintenance_work_mem = '256MB';
SET work_mem = '64MB';
SET jit = off;
SET synchronous_commit = off;

-- Indexes and foreign keys are built and checked once at the end, from the definitions found now.
CREATE TEMP TABLE put_back (place serial, drop_it text, make_it text);
INSERT INTO put_back (drop_it, make_it)
SELECT format('ALTER TABLE timer_cards DROP CONSTRAINT %I', conname),
       format('ALTER TABLE timer_cards ADD CONSTRAINT %I %s', conname, pg_get_constraintdef(oid))
FROM pg_constraint WHERE conrelid = 'timer_cards'::regclass AND contype IN ('u', 'f')
ORDER BY contype DESC, conname;
INSERT INTO put_back (drop_it, make_it)
SELECT format('DROP INDEX %s', indexrelid::regclass), pg_get_indexdef(indexrelid)
FROM pg_index i WHERE indrelid = 'timer_cards'::regclass
AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = i.indexrelid)
ORDER BY indexrelid::regclass::text;

CREATE FUNCTION pg_temp.run_all(statements text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE statement text;
BEGIN
    FOREACH statement IN ARRAY statements LOOP EXECUTE statement; END LOOP;
END $$;

CREATE FUNCTION pg_temp.make_people(employee_count integer, seed bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    factory_count CONSTANT integer := greatest(3, employee_count / 100);
    user_count CONSTANT integer := 2 + factory_count;
BEGIN
    INSERT INTO users (public_id, username, email, password_hash, role, full_name, is_active, created_at)
    SELECT md5(seed || 'user' || n)::uuid,
           CASE n WHEN 1 THEN 'admin' WHEN 2 THEN 'coordinator' ELSE 'approver' || n END,
           CASE n WHEN 1 THEN 'admin' WHEN 2 THEN 'coordinator' ELSE 'approver' || n END || '@example.com',
           -- The first two can log in with their own name; the others not at all.
           CASE n WHEN 1 THEN crypt('admin', '$2a$06$abcdefghijklmnopqrstuu')
                  WHEN 2 THEN crypt('coordinator', '$2a$06$abcdefghijklmnopqrstuu') ELSE '!' END,
           CASE n WHEN 1 THEN 'SUPER_ADMIN' WHEN 2 THEN 'COORDINATOR' ELSE 'ADMIN' END::user_role,
           '承認者 ' || n, true, timestamptz '2020-04-01 09:00+09' + n * interval '1 hour'
    FROM generate_series(1, user_count) AS n;

    INSERT INTO factories (factory_id, name, address, config, created_at)
    SELECT 'F-' || lpad(n::text, 6, '0'),
           (ARRAY['高雄工業', '岡山製作所', '海南精機', '弥富プレス', '愛知鋳造'])[1 + h % 5] || ' 第' || n || '工場',
           CASE WHEN h % 10 > 0 THEN (ARRAY['愛知県', '岡山県', '和歌山県', '三重県'])[1 + h / 10 % 4] || n || '丁目' END,
           jsonb_build_object('line', 1 + h % 9, 'shifts', ARRAY['朝番', '夜番'], 'break', jsonb_build_object('minutes', 60)),
           timestamptz '2020-04-01 09:00+09'
    FROM (SELECT n, (hashint8extended(n, seed + 1) & 1048575)::integer AS h
          FROM generate_series(1, factory_count) AS n) AS drawn;

    -- Every hundredth employee waits for a factory.
    INSERT INTO employees
        (hakenmoto_id, factory_id, full_name_kanji, full_name_kana, nationality, hire_date, hourly_wage, is_active, created_at)
    SELECT 1000 + n,
           CASE WHEN n % 100 <> 0 THEN 'F-' || lpad((1 + h % factory_count)::text, 6, '0') END,
           (ARRAY['佐藤', '鈴木', '高橋', '田中', '伊藤', '渡辺', '山本', '髙﨑'])[1 + h % 8]
               || ' ' || (ARRAY['太郎', '花子', '健一', '美咲', '翔'])[1 + h / 8 % 5],
           CASE WHEN h % 20 > 0 THEN (ARRAY['サトウ', 'スズキ', 'タカハシ', 'タナカ', 'イトウ', 'ワタナベ', 'ヤマモト', 'タカサキ'])[1 + h % 8]
               || ' ' || (ARRAY['タロウ', 'ハナコ', 'ケンイチ', 'ミサキ', 'ショウ'])[1 + h / 8 % 5] END,
           (ARRAY['日本', 'ベトナム', 'ブラジル', 'Perú', NULL])[1 + h / 64 % 5],
           date '2018-04-01' + (h / 128 % 1800), 1100 + h / 256 % 90 * 10, h % 50 > 0,
           timestamptz '2020-04-01 09:00+09' + n * interval '1 minute'
    FROM (SELECT n, (hashint8extended(n, seed + 2) & 1048575)::integer AS h
          FROM generate_series(1, employee_count) AS n) AS drawn;
END $$;

-- Cards number first to last, with what the triggers would have made of them. Card k of an employee is day k of a
-- five-day week; now and then the fifth day is worked on Saturday or Sunday instead. OFFSET 0 keeps the planner from
-- working a value out again at each place where it is used.
CREATE FUNCTION pg_temp.make_cards(first bigint, last bigint, employee_count integer, slots bigint, seed bigint)
RETURNS void LANGUAGE sql AS $$
INSERT INTO timer_cards
    (id, hakenmoto_id, factory_id, work_date, shift_type, clock_in, clock_out, break_minutes, overtime_minutes,
     regular_hours, overtime_hours, night_hours, holiday_hours, notes, is_approved, approved_by, approved_at,
     created_at, updated_at)
SELECT card.id, employee.hakenmoto_id,
       CASE WHEN card.hakenmoto_id IS NULL THEN 'F-000001' ELSE employee.factory_id END,
       work_date, shift,
       time '00:00' + start_minute * interval '1 minute',
       time '00:00' + end_minute * interval '1 minute',
       break_minutes,
       CASE WHEN complete THEN greatest(worked - 480, 0) ELSE 0 END,
       CASE WHEN complete AND NOT weekend THEN round(least(worked, 480) / 60.0, 2) ELSE 0 END,
       CASE WHEN complete AND NOT weekend THEN round(greatest(worked - 480, 0) / 60.0, 2) ELSE 0 END,
       CASE WHEN complete AND NOT weekend THEN round((
           greatest(0, least(end_minute, 300) - start_minute)
           + greatest(0, least(end_minute, 1740) - greatest(start_minute, 1320))
           + greatest(0, end_minute - greatest(start_minute, 2760))) / 60.0, 2) ELSE 0 END,
       CASE WHEN complete AND weekend THEN round(worked / 60.0, 2) WHEN kind = 'paid leave' THEN 8 ELSE 0 END,
       CASE kind WHEN 'paid leave' THEN '有給休暇' WHEN 'absent' THEN '欠勤' WHEN 'no clock out' THEN '退勤打刻漏れ'
           ELSE (ARRAY['遅刻 電車遅延', E'早退\n体調不良', '残業:ライン停止のため', 'その他「要確認」', E'印刷\tC:\\勤怠\\11月',
                       '代休 🙏', 'manager''s note; -- ok', ''])[1 + h2 % 64] END,
       approved,
       CASE WHEN approved THEN 2 + (h2 >> 8) % greatest(3, employee_count / 100) END,
       CASE WHEN approved THEN approved_at END,
       card.created_at,
       CASE WHEN approved THEN approved_at WHEN h2 % 7 = 0 THEN card.created_at + interval '2 hours' END
FROM (
    SELECT *, break_minutes IS NOT NULL AND start_minute IS NOT NULL AND end_minute IS NOT NULL AS complete,
           end_minute - start_minute - break_minutes AS worked,
           extract(isodow FROM work_date) IN (6, 7) AS weekend,
           (work_date + 1 + ((h2 >> 24) % 6)::integer)::timestamp AT TIME ZONE 'Asia/Tokyo'
               + (480 + (h2 >> 30) % 600) * interval '1 minute' AS approved_at,
           work_date::timestamp AT TIME ZONE 'Asia/Tokyo'
               + coalesce(end_minute, 1080) * interval '1 minute' + (h2 >> 40) % 60 * interval '1 second' AS created_at
    FROM (
        SELECT *,
               CASE WHEN kind IN ('paid leave', 'absent') THEN NULL
                    WHEN shift = '夜番' THEN 1200 + (h1 >> 20) % 61
                    WHEN shift = '昼番' THEN 770 + (h1 >> 20) % 21
                    ELSE 470 + (h1 >> 20) % 21 END::integer AS start_minute,
               CASE WHEN kind IN ('paid leave', 'absent', 'no clock out') THEN NULL
                    WHEN kind = 'half day' AND shift = '夜番' THEN 1430
                    WHEN kind = 'half day' THEN 1020 - (CASE WHEN shift = '昼番' THEN 0 ELSE 300 END)
                    WHEN shift = '夜番' THEN 1680 + (h1 >> 30) % 121
                    WHEN shift = '昼番' THEN 1320 + (h1 >> 30) % 111
                    WHEN (h1 >> 44) % 4 = 0 THEN 1020 + (h1 >> 30) % 181
                    ELSE 1020 + (h1 >> 30) % 16 END::integer AS end_minute,
               CASE WHEN kind = 'half day' THEN 0 ELSE (ARRAY[60, 60, 60, 60, 60, 45, 90, 120])[1 + (h1 >> 50) % 8] END AS break_minutes
        FROM (
            SELECT i + 1 AS id, h1, h2,
                   CASE WHEN (h2 >> 50) % 1000 > 0 THEN 1001 + i % employee_count END AS hakenmoto_id,
                   1001 + i % employee_count AS worker,
                   (date '2025-11-03' - ((slots - 1) / 5 - i / employee_count / 5)::integer * 7
                       + CASE WHEN i / employee_count % 5 = 4 AND (h1 >> 4) % 8 = 0 THEN 5 + (h1 >> 7) % 2
                              ELSE i / employee_count % 5 END::integer) AS work_date,
                   CASE WHEN (h1 >> 8) % 100 = 0 THEN 'その他' WHEN (h1 >> 8) % 100 = 1 THEN NULL
                        ELSE (ARRAY['朝番', '朝番', '朝番', '昼番', '夜番'])[1 + (i % employee_count + i / employee_count / 5) % 5]
                   END::shift_type AS shift,
                   CASE WHEN (h1 >> 15) % 32 > 0 THEN 'work'
                        ELSE (ARRAY['paid leave', 'paid leave', 'absent', 'no clock out', 'half day'])[1 + (h1 >> 12) % 5] END AS kind,
                   (h2 >> 16) % 100 < CASE WHEN slots - i / employee_count > 10 THEN 97 ELSE 30 END AS approved
            FROM (
                SELECT i, hashint8extended(i, seed + 3) & 4611686018427387903 AS h1,
                       hashint8extended(i, seed + 4) & 4611686018427387903 AS h2
                FROM generate_series(first, last) AS i OFFSET 0
            ) AS drawn OFFSET 0
        ) AS day OFFSET 0
    ) AS shift OFFSET 0
) AS card
LEFT JOIN employees AS employee ON employee.hakenmoto_id = card.hakenmoto_id
$$;

CREATE FUNCTION pg_temp.make_all(row_count bigint, seed bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    batch CONSTANT bigint := 1000000;
    employee_count CONSTANT integer := greatest(10, (row_count + 499) / 500);
    slots CONSTANT bigint := (row_count + employee_count - 1) / employee_count;
    first bigint := 0;
BEGIN
    PERFORM pg_temp.make_people(employee_count, seed);
    ANALYZE employees;
    WHILE first < row_count LOOP
        PERFORM pg_temp.make_cards(first, least(first + batch, row_count) - 1, employee_count, slots, seed);
        first := first + batch;
        IF row_count > batch THEN RAISE NOTICE '% of % timer cards', least(first, row_count), row_count; END IF;
    END LOOP;
    PERFORM setval('timer_cards_id_seq', greatest(row_count, 1), row_count > 0);
END $$;

BEGIN;
TRUNCATE timer_cards, employees, factories, users RESTART IDENTITY;
SELECT pg_temp.run_all(array_agg(drop_it ORDER BY place)) FROM put_back \g /dev/null
ALTER TABLE timer_cards DISABLE TRIGGER USER;
SELECT pg_temp.make_all(:rows, :seed) \g /dev/null
SELECT pg_temp.run_all(array_agg(make_it ORDER BY place)) FROM put_back \g /dev/null
ALTER TABLE timer_cards ENABLE TRIGGER USER;
COMMIT;

-- Parallel workers would want more of /dev/shm than a container has.
VACUUM (ANALYZE, PARALLEL 0) timer_cards, employees, factories, users;
SELECT format('%s timer cards of %s employees in %s factories', (SELECT count(*) FROM timer_cards),
              (SELECT count(*) FROM employees), (SELECT count(*) FROM factories)) AS made \gset
\echo :made
