import { describe, expect, test } from 'vitest';
import { roleStatements } from '../../src/activities/postgres/roles.ts';

const globals = `--
-- PostgreSQL database cluster dump: it's one
--

SET standard_conforming_strings = on;

CREATE ROLE app;
ALTER ROLE app WITH NOSUPERUSER LOGIN PASSWORD 'SCRAM-SHA-256$4096:a''b;c';
COMMENT ON ROLE app IS 'two lines;
-- CREATE ROLE evil;
it''s "fine"';
CREATE ROLE "o'brien; x""y";
ALTER ROLE "o'brien; x""y" WITH NOLOGIN;
CREATE ROLE other;

ALTER ROLE app SET search_path TO 'a', 'b';
ALTER ROLE app IN DATABASE shop SET work_mem TO '6MB';
GRANT "o'brien; x""y" TO app WITH ADMIN OPTION GRANTED BY postgres;
GRANT app TO other GRANTED BY postgres;
GRANT app TO gone GRANTED BY postgres;
GRANT SET ON PARAMETER work_mem TO app WITH GRANT OPTION;
`;

describe('roleStatements', () => {
  test('takes all that pg_dumpall says of a role: attributes, comment, settings, memberships, parameters', () => {
    expect(roleStatements(globals, ['app', 'o\'brien; x"y'], ['other'])).toEqual([
      'CREATE ROLE app;',
      "ALTER ROLE app WITH NOSUPERUSER LOGIN PASSWORD 'SCRAM-SHA-256$4096:a''b;c';",
      "COMMENT ON ROLE app IS 'two lines;\n-- CREATE ROLE evil;\nit''s \"fine\"';",
      'CREATE ROLE "o\'brien; x""y";',
      'ALTER ROLE "o\'brien; x""y" WITH NOLOGIN;',
      "ALTER ROLE app SET search_path TO 'a', 'b';",
      'GRANT "o\'brien; x""y" TO app WITH ADMIN OPTION GRANTED BY postgres;',
      'GRANT app TO other GRANTED BY postgres;',
      'GRANT SET ON PARAMETER work_mem TO app WITH GRANT OPTION;',
    ]);
  });

  test('leaves roles that exist as they are', () => {
    expect(roleStatements(globals, ['other'], [])).toEqual(['CREATE ROLE other;']);
  });
});
