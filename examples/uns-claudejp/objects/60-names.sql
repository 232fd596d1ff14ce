-- Names that break whatever builds SQL by joining strings.
CREATE TABLE "with space"."Table-With ""Quotes"" & ümläut" (
    "select" serial PRIMARY KEY, "列 名" text, "a.b" integer, "it's" integer DEFAULT 1, "Capital" integer, "$dollar\back;--%s" text,
    "long_name_of_exactly_sixty_three_bytes_which_is_the_most_allowed" integer, CONSTRAINT "check ""it""" CHECK ("it's" > 0)
);
INSERT INTO "with space"."Table-With ""Quotes"" & ümläut" ("列 名", "a.b", "Capital") SELECT '値' || n, n, -n FROM generate_series(1, 5) AS n;
CREATE INDEX "Index ""x""; DROP" ON "with space"."Table-With ""Quotes"" & ümläut" ("列 名", "a.b");
CREATE TABLE "スキーマ-1"."テーブル" ("番号" integer PRIMARY KEY, "親" integer REFERENCES "スキーマ-1"."テーブル", "種類" text);
INSERT INTO "スキーマ-1"."テーブル" VALUES (1, NULL, '根'), (2, 1, '枝');
CREATE TABLE "Quoted ""Schema"""."table" (U&"line\000Abreak" integer, " leading space" text, "TABLE" text);
INSERT INTO "Quoted ""Schema"""."table" VALUES (1, 'x', 'y');
CREATE TABLE "Quoted ""Schema""".U&"new\000Aline" (id integer);
INSERT INTO "Quoted ""Schema""".U&"new\000Aline" VALUES (1);
CREATE TYPE "with space"."Enum-Type" AS ENUM ('A b', 'c''d');
CREATE SEQUENCE "スキーマ-1"."連番" START 42;
-- The same name in two schemas.
CREATE TABLE public.people (id integer PRIMARY KEY, note text);
INSERT INTO public.people VALUES (1, 'not objects.people');
CREATE TABLE "with space".people (id integer);
INSERT INTO "with space".people VALUES (1);

ALTER TABLE "with space"."Table-With ""Quotes"" & ümläut" OWNER TO "Role With Space";
ALTER TABLE "スキーマ-1"."テーブル" OWNER TO "読み取り専用";
ALTER TABLE "Quoted ""Schema"""."table" OWNER TO "quoted""role";
ALTER SEQUENCE "スキーマ-1"."連番" OWNER TO "dash-role";
