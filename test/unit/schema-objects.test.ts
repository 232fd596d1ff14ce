import { describe, expect, it } from 'vitest';
import { compareSchemaObjects, objectHeader, schemaObjects } from '../../src/activities/postgres/schema-objects.ts';

function entry(name: string, type: string, schema: string, body: string, more = ''): string {
  return `--\n-- Name: ${name}; Type: ${type}; Schema: ${schema}; Owner: me${more}\n--\n\n${body}\n\n\n`;
}

const begin = "--\n-- PostgreSQL database dump\n--\n\n\\restrict abc123\n\nSET client_encoding = 'UTF8';\n\n";
const end = '--\n-- PostgreSQL database dump complete\n--\n\n\\unrestrict abc123\n\n';

function objects(...entries: string[]) {
  return schemaObjects(`${begin}${entries.join('')}${end}`.split('\n'));
}

describe('objectHeader', () => {
  it.each([
    ['-- Name: t; Type: TABLE; Schema: public; Owner: me', { name: 't', type: 'TABLE', schema: 'public', owner: 'me' }],
    ['-- Name: t; Type: TABLE; Schema: public; Owner: -', { owner: '' }],
    ['-- Name: t; Type: TABLE; Schema: public; Owner: me; Tablespace: fast', { owner: 'me', tablespace: 'fast' }],
    ['-- Data for Name: t; Type: TABLE DATA; Schema: public; Owner: me', { type: 'TABLE DATA' }],
    [
      '-- Name: a; Type: TABLE; Schema: x; Owner: y; Type: VIEW; Schema: 列; Owner: "q',
      { type: 'VIEW', schema: '列', owner: '"q' },
    ],
    [
      '-- Name: EXTENSION "uuid-ossp"; Type: COMMENT; Schema: -; Owner: ',
      { name: 'EXTENSION "uuid-ossp"', schema: '-', owner: '' },
    ],
  ])('reads %s', (line, expected) => expect(objectHeader(line)).toMatchObject(expected));

  it.each(['-- Name: t', 'COPY t FROM stdin;', '-- Name: x; type: table; Schema: s; Owner: o'])('does not read %s', (line) => {
    expect(objectHeader(line)).toBeNull();
  });
});

describe('schemaObjects', () => {
  it('keys each object by type, schema and name', () => {
    const found = objects(
      entry('t', 'TABLE', 'public', 'CREATE TABLE public.t (\n    id integer\n);'),
      entry('uuid-ossp', 'EXTENSION', '-', 'CREATE EXTENSION "uuid-ossp";'),
      entry('テーブル; "x"', 'TABLE', 'ス', 'CREATE TABLE …;'),
    );
    expect([...found.keys()]).toEqual(['TABLE public.t', 'EXTENSION uuid-ossp', 'TABLE ス.テーブル; "x"']);
  });

  it('does not depend on order, on what the session is told, or on where the dump ends', () => {
    const table = entry('t', 'TABLE', 'public', 'CREATE TABLE public.t ();');
    const view = entry('v', 'VIEW', 'public', 'CREATE VIEW public.v AS SELECT 1;');
    const one = objects(`SET default_tablespace = '';\n\n`, table, view);
    const other = objects(view, `SET default_tablespace = '';\n\nSET default_table_access_method = '';\n\n`, table);
    expect(compareSchemaObjects(one, other)).toEqual({ missing: [], extra: [], different: [] });
  });

  it('reads the output of a verbose dump the same', () => {
    const verbose = `--\n-- TOC entry 215 (class 1259 OID 16385)\n-- Dependencies: 5\n${entry('t', 'TABLE', 'public', 'CREATE TABLE public.t ();').slice(3)}`;
    const plain = entry('t', 'TABLE', 'public', 'CREATE TABLE public.t ();');
    const before = entry('a', 'VIEW', 'public', 'CREATE VIEW public.a AS SELECT 1;');
    expect(compareSchemaObjects(objects(before, plain), objects(before, verbose)).different).toEqual([]);
  });

  it('keeps several definitions of one key apart', () => {
    const found = objects(entry('f', 'ACL', 'public', 'GRANT A;'), entry('f', 'ACL', 'public', 'GRANT B;'));
    expect(found.get('ACL public.f')).toHaveLength(2);
  });

  it('leaves out data and what belongs to the database as a whole', () => {
    const found = objects(
      entry('app', 'DATABASE', '-', 'CREATE DATABASE app;\n\\connect app'),
      entry('app', 'DATABASE PROPERTIES', '-', 'ALTER DATABASE app SET x TO 1;'),
      entry('DATABASE app', 'COMMENT', '-', "COMMENT ON DATABASE app IS 'x';"),
      entry('DATABASE app', 'ACL', '-', 'REVOKE …;'),
      entry('LARGE OBJECT 7', 'ACL', '-', 'GRANT …;'),
      entry('s', 'SEQUENCE SET', 'public', 'SELECT pg_catalog.setval(…);'),
      entry('m', 'MATERIALIZED VIEW DATA', 'public', 'REFRESH …;'),
      entry('t', 'TABLE', 'public', 'CREATE TABLE public.t ();'),
    );
    expect([...found.keys()]).toEqual(['TABLE public.t']);
  });

  it('keeps blank lines, comments and strange names inside a definition', () => {
    const body = (middle: string) => `CREATE FUNCTION public.f() AS $$\n--\n\n${middle}\n$$;`;
    const one = objects(entry('f()', 'FUNCTION', 'public', body('  a;')));
    const other = objects(entry('f()', 'FUNCTION', 'public', body('  a ;')));
    expect(compareSchemaObjects(one, other).different).toEqual(['FUNCTION public.f()']);
  });

  it('sees another tablespace and another access method of a table', () => {
    const table = (more = '') => entry('t', 'TABLE', 'public', 'CREATE TABLE public.t ();', more);
    const plain = objects(table());
    expect(compareSchemaObjects(plain, objects(table('; Tablespace: fast'))).different).toEqual(['TABLE public.t']);
    const columnar = objects('SET default_table_access_method = columnar;\n\n', table());
    expect(compareSchemaObjects(plain, columnar).different).toEqual(['TABLE public.t']);
  });

  it('does not mind the order of grants', () => {
    const one = objects(entry('TABLE t', 'ACL', 'public', 'GRANT SELECT ON TABLE t TO a;\nGRANT SELECT ON TABLE t TO b;'));
    const other = objects(entry('TABLE t', 'ACL', 'public', 'GRANT SELECT ON TABLE t TO b;\nGRANT SELECT ON TABLE t TO a;'));
    expect(compareSchemaObjects(one, other).different).toEqual([]);
  });
});

describe('compareSchemaObjects', () => {
  it('names what is missing, extra and different', () => {
    const expected = objects(entry('a', 'TABLE', 's', '1'), entry('b', 'TABLE', 's', '2'));
    const actual = objects(entry('b', 'TABLE', 's', '3'), entry('c', 'TABLE', 's', '4'));
    expect(compareSchemaObjects(expected, actual)).toEqual({
      missing: ['TABLE s.a'],
      extra: ['TABLE s.c'],
      different: ['TABLE s.b'],
    });
  });
});
