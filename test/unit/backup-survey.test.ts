import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { foreignFailure, refuseSurvey } from '../../src/activities/backups/foreign-failure.ts';
import { readSurvey, surveyAwk } from '../../src/activities/backups/survey.ts';

function survey(text: string) {
  const lines = execFileSync('awk', [surveyAwk], { input: text, encoding: 'utf8' }).split('\n');
  const found = readSurvey(lines);
  if (found === null) throw new Error('the survey did not come to its end');
  return found;
}

const begin = `--
-- PostgreSQL database dump
--

\\restrict abc

-- Dumped from database version 15.20 (Debian 15.20-0+deb12u1)
-- Dumped by pg_dump version 15.20

SET client_encoding = 'UTF8';

`;
const objects = `--
-- Name: uuid-ossp; Type: EXTENSION; Schema: -; Owner: -
--

CREATE EXTENSION IF NOT EXISTS "uuid-ossp" WITH SCHEMA public;

--
-- Name: f(); Type: FUNCTION; Schema: public; Owner: Role With Space
--

CREATE FUNCTION public.f() RETURNS void LANGUAGE sql AS $$
GRANT SELECT ON secret TO somebody_in_a_body;
CREATE DATABASE in_a_body;
$$;

--
-- Data for Name: t; Type: TABLE DATA; Schema: public; Owner: owner
--

COPY public.t (note) FROM stdin;
-- PostgreSQL database dump complete
\\connect in_the_data
GRANT ALL ON x TO in_the_data;
-- Name: a; Type: TABLE; Schema: public; Owner: in_the_data
\\.

--
-- Name: TABLE t; Type: ACL; Schema: public; Owner: owner
--

GRANT SELECT ON TABLE public.t TO "quoted""role" WITH GRANT OPTION;
GRANT SELECT ON TABLE public.t TO PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE granting REVOKE ALL ON TABLES FROM granting;

`;
const end = '--\n-- PostgreSQL database dump complete\n--\n\n\\unrestrict abc\n\n';

describe('the survey of a dump', () => {
  it('tells roles, extensions and versions, and is not led astray by data and function bodies', () => {
    expect(survey(begin + objects + end)).toEqual({
      header: true,
      cluster: false,
      connects: [],
      strays: false,
      createsDatabase: false,
      createsPublic: false,
      serverVersion: '15.20',
      serverVersionNumber: 150_020,
      roles: ['Role With Space', 'granting', 'owner', 'quoted"role'],
      extensions: ['uuid-ossp'],
      hasOwners: true,
      objects: 4,
      complete: true,
    });
  });

  it('reads a dump with Windows line ends', () => {
    expect(survey((begin + objects + end).replaceAll('\n', '\r\n'))).toMatchObject({ complete: true, objects: 4 });
  });

  it('tells that a dump creates its database', () => {
    const create = '--\n-- Name: app; Type: DATABASE; Schema: -; Owner: owner\n--\n\nCREATE DATABASE app;\n\n\\connect app\n\n';
    expect(survey(begin + create + objects + end)).toMatchObject({ createsDatabase: true, connects: ['app'] });
    // pg_dump connects anew once the database has settings of its own.
    const settings =
      '--\n-- Name: app; Type: DATABASE PROPERTIES; Schema: -; Owner: owner\n--\n\nALTER DATABASE app SET x.y TO 1;\n\n\n\\connect app\n\n';
    expect(survey(begin + create + settings + objects + end)).toMatchObject({ connects: ['app'], strays: false });
  });

  it.each([
    ['\\connect "Odd ""Name"""', 'Odd "Name"'],
    ["\\connect -reuse-previous=on \"dbname='o''dd'\"", 'o'],
    ["\\connect -reuse-previous=on \"dbname='it\\\\'s'\"", "it\\'s"],
  ])('reads %s', (line) => {
    expect(survey(`${begin}${line}\n${objects}${end}`).connects).toHaveLength(1);
  });

  it.each([
    ['in the middle of the data', (begin + objects).slice(0, begin.length + 600)],
    ['before the last line', begin + objects],
    ['after a copied end marker in the data', `${begin}COPY t FROM stdin;\n-- PostgreSQL database dump complete\n`],
  ])('sees that a dump ends %s', (_where, text) => {
    const found = survey(text);
    expect(found.complete).toBe(false);
    expect(() => refuseSurvey('x.sql', found, true)).toThrow('ends before its end');
  });

  it('tells that a dump was made without owners', () => {
    const without = objects.replaceAll(/Owner: .*/g, 'Owner: -').replaceAll(/^(GRANT|ALTER) .*\n/gm, '');
    expect(survey(begin + without + end)).toMatchObject({ hasOwners: false, roles: [] });
  });

  it('tells that a dump makes the schema public', () => {
    const schema = '--\n-- Name: public; Type: SCHEMA; Schema: -; Owner: pg_database_owner\n--\n\nCREATE SCHEMA public;\n\n';
    expect(survey(begin + schema + objects + end)).toMatchObject({ createsPublic: true });
  });

  it('refuses a dump that leads to another database than the one it creates', () => {
    const astray = survey(`${begin}${objects}\\connect elsewhere\n${objects}${end}`);
    expect(() => refuseSurvey('x.sql', astray, true)).toThrow('connects to elsewhere by itself');
  });

  it('refuses pg_dumpall', () => {
    const cluster = `--\n-- PostgreSQL database cluster dump\n--\n\\connect template1\n${begin}${end}\\connect app\n${begin}${objects}${end}`;
    expect(() => refuseSurvey('all.sql', survey(cluster), true)).toThrow('several databases');
  });

  it('refuses a dump of nothing, and SQL that pg_dump did not write', () => {
    expect(() => refuseSurvey('x.sql', survey(begin + end), true)).toThrow('no object');
    expect(() => refuseSurvey('x.sql', survey('CREATE TABLE t ();\n'), true)).toThrow('not as pg_dump writes it');
  });
});

describe('foreignFailure', () => {
  it.each([
    ['pg_restore: error: unsupported version (1.16) in file header', 1, 'BACKUP_NEWER_SERVER'],
    ['pg_restore: error: could not read from input file: end of file', 1, 'BACKUP_TRUNCATED'],
    ['gzip: x: unexpected end of file', 1, 'BACKUP_TRUNCATED'],
    ['/x : Read error (39) : premature end', 1, 'BACKUP_TRUNCATED'],
    ['gzip: x: invalid compressed data--crc error', 1, 'BACKUP_CORRUPT'],
    ['bash: line 1: zstd: command not found', 127, 'TOOL_MISSING'],
    ['', 1, 'BACKUP_CORRUPT'],
  ])('takes “%s” for %s', (stderr, exitCode, code) => {
    expect(foreignFailure('x', { stderr, exitCode })).toMatchObject({ code, state: 'Nothing was stopped or changed.' });
  });
});
