import { expect, it } from 'vitest';
import { rolesOf, tablespacesOf } from '../../src/activities/scratch-server/globals.ts';

const globals = `CREATE ROLE plain;
ALTER ROLE plain WITH NOSUPERUSER;
CREATE ROLE "Role With; Space";
CREATE TABLESPACE fast OWNER "Role With; Space" LOCATION '/mnt/fast; CREATE ROLE not_one';
`;

it('reads roles and tablespaces as pg_dumpall writes them', () => {
  expect(rolesOf(globals)).toEqual(['plain', 'Role With; Space']);
  expect(tablespacesOf(globals)).toEqual([{ name: 'fast', owner: 'Role With; Space' }]);
});
