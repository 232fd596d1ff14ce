-- The first rows: written through the triggers, as the application would. The password is the user's name.
INSERT INTO users (username, email, password_hash, role, full_name)
VALUES
    ('admin', 'admin@example.com', crypt('admin', gen_salt('bf', 6)), 'SUPER_ADMIN', '管理者'),
    ('coordinator', 'coordinator@example.com', crypt('coordinator', gen_salt('bf', 6)), 'COORDINATOR', '鈴木 花子');

INSERT INTO factories (factory_id, name, address, config)
VALUES
    ('F-0001', '高雄工業 本社工場', '愛知県弥富市', '{"shifts": ["朝番", "夜番"]}'),
    ('F-0002', '岡山第二工場', '岡山県岡山市', '{"shifts": ["朝番", "昼番", "夜番"]}'),
    ('F-0003', '海南工場', NULL, '{}');

INSERT INTO employees (hakenmoto_id, factory_id, full_name_kanji, full_name_kana, nationality, hire_date, hourly_wage)
SELECT 1000 + n,
       CASE WHEN n = 12 THEN NULL ELSE 'F-000' || (1 + n % 3) END,
       (ARRAY['佐藤', '鈴木', '高橋', '田中', '伊藤', '渡辺'])[1 + n % 6] || ' ' || (ARRAY['太郎', '花子', '健一', '美咲'])[1 + n % 4],
       (ARRAY['サトウ', 'スズキ', 'タカハシ', 'タナカ', 'イトウ', 'ワタナベ'])[1 + n % 6] || ' ' || (ARRAY['タロウ', 'ハナコ', 'ケンイチ', 'ミサキ'])[1 + n % 4],
       (ARRAY['日本', 'ベトナム', 'ブラジル'])[1 + n % 3],
       date '2024-04-01' + n * 7,
       1200 + n * 10
FROM generate_series(1, 12) AS n;

INSERT INTO timer_cards
    (hakenmoto_id, work_date, shift_type, clock_in, clock_out, break_minutes, notes, is_approved, approved_by, approved_at)
SELECT 1000 + n,
       date '2025-10-20' + d,
       (CASE WHEN n % 4 = 0 THEN '夜番' ELSE '朝番' END)::shift_type,
       CASE WHEN n % 4 = 0 THEN time '21:00' ELSE time '08:00' END,
       CASE WHEN n % 4 = 0 THEN time '05:30' ELSE time '17:00' + (n % 3) * interval '30 minutes' END,
       60,
       CASE WHEN (n + d) % 9 = 0 THEN '遅刻 電車遅延' END,
       d < 14,
       CASE WHEN d < 14 THEN 2 END,
       CASE WHEN d < 14 THEN timestamptz '2025-11-04 09:00+09' END
FROM generate_series(1, 12) AS n, generate_series(0, 18) AS d
-- Nobody works on Sundays, few on Saturdays.
WHERE (d % 7) < 5 OR (d % 7 = 5 AND n % 5 = 0)
ORDER BY d, n;
