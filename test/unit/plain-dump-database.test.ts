import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { databaseScript } from '../../src/activities/postgres/plain-dump.ts';

test('prints what a plain dump says of its database, and nothing of its objects and data', () => {
  const dump = `--
-- Name: app; Type: DATABASE; Schema: -; Owner: me
--

CREATE DATABASE app;

\\connect app

--
-- Name: t; Type: TABLE; Schema: public; Owner: me
--

CREATE TABLE public.t (id text);

COPY public.t (id) FROM stdin;
-- Name: app; Type: DATABASE; Schema: -; Owner: me
DROP DATABASE app;
\\.

--
-- Name: DATABASE app; Type: ACL; Schema: -; Owner: me
--

GRANT CONNECT ON DATABASE app TO you;

--
-- Name: TABLE t; Type: ACL; Schema: public; Owner: me
--

GRANT SELECT ON public.t TO you;
`;
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'kintsugi-dump-')), 'dump.sql');
  writeFileSync(file, dump);
  const [program = '', ...args] = databaseScript('plain', file);
  const printed = execFileSync(program, args, { encoding: 'utf8' }).split('\n');
  expect(printed.filter((line) => line !== '' && !line.startsWith('--'))).toEqual([
    'CREATE DATABASE app;',
    'GRANT CONNECT ON DATABASE app TO you;',
  ]);
});
