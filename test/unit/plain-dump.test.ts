import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { withoutDatabaseEntries } from '../../src/activities/postgres/plain-dump.ts';

const filtered = (text: string) => execFileSync('awk', [withoutDatabaseEntries], { input: text, encoding: 'utf8' });

const preamble = `--
-- PostgreSQL database dump
--

\\restrict key

SET statement_timeout = 0;
SELECT pg_catalog.set_config('search_path', '', false);

`;

const data = `--
-- Data for Name: t; Type: TABLE DATA; Schema: public; Owner: owner
--

COPY public.t (note) FROM stdin;
-- Name: DATABASE app; Type: ACL; Schema: -; Owner: owner
DROP DATABASE app;
CREATE SCHEMA public;
\\.

`;

it('never drops the live database, as a dump with --clean --create would', () => {
  const clean = 'DROP DATABASE app;\n';
  const create = `--
-- Name: app; Type: DATABASE; Schema: -; Owner: owner
--

CREATE DATABASE app WITH TEMPLATE = template0;


ALTER DATABASE app OWNER TO owner;

\\unrestrict key
\\connect app
\\restrict key

`;
  expect(filtered(preamble + clean + create + data)).toBe(preamble + data);
});

it('leaves out what a dump with --clean drops before it makes anything', () => {
  const drops = 'ALTER TABLE ONLY public.t DROP CONSTRAINT t_key;\nDROP TABLE public.t;\nDROP SCHEMA public;\n';
  expect(filtered(preamble + drops + data)).toBe(preamble + data);
});

it('does not make the schema public, and keeps what is said of it', () => {
  const header = '--\n-- Name: public; Type: SCHEMA; Schema: -; Owner: owner\n--\n\n';
  const owner = '\nALTER SCHEMA public OWNER TO owner;\n';
  expect(filtered(`${preamble}${header}CREATE SCHEMA public;\n${owner}${data}`)).toBe(preamble + header + owner + data);
});

it('hands the data through as they are, with Windows line ends too', () => {
  const windows = (preamble + data).replaceAll('\n', '\r\n');
  expect(filtered(windows)).toBe(windows);
});
