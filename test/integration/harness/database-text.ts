import { execa } from 'execa';
import type { TestStack } from './stack.ts';

/**
 * Everything that can be asked of a database, as text and without the product's own code: pg_dump's words for all definitions,
 * every row, every large object, and what pg_dump does not say.
 */
export async function databaseText(stack: TestStack, database: string): Promise<string> {
  const tool = async (...command: string[]) =>
    (await execa('docker', ['exec', stack.database, ...command, '--username=uns_admin'])).stdout;
  const dump = await tool('pg_dump', '--schema-only', '--create', `--dbname=${database}`);
  const roles = await tool('pg_dumpall', '--globals-only');
  return [`-- definitions`, ...lines(dump), '-- roles', ...lines(roles), '-- content', await stack.query(content, database)].join(
    '\n',
  );
}

// Objects of one rank come in the order of their numbers, which another database has others of.
function lines(dump: string): string[] {
  return dump
    .split('\n')
    .filter((line) => line !== '' && !/^(--|\\(un)?restrict|SET default_)/.test(line))
    .toSorted((a, b) => (a < b ? -1 : 1));
}

const content = `
SET search_path = pg_catalog;
SELECT n.nspname, c.relname, c.relispopulated,
       query_to_xml(format('SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text COLLATE "C")) AS rows, count(*) FROM ONLY %I.%I t', n.nspname, c.relname), true, true, '')
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'm') AND c.relispopulated AND n.nspname !~ '^pg_|^information_schema$' ORDER BY 1, 2;
SELECT n.nspname, c.relname, query_to_xml(format('SELECT last_value, is_called FROM %I.%I', n.nspname, c.relname), true, true, '')
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'S' ORDER BY 1, 2;
SELECT m.oid, lomowner::regrole, lomacl, md5(lo_get(m.oid)), length(lo_get(m.oid)), obj_description(m.oid, 'pg_largeobject') FROM pg_largeobject_metadata m ORDER BY 1;
SELECT indexrelid::regclass, indisvalid, indisready, indisclustered, indisreplident FROM pg_index JOIN pg_class c ON c.oid = indrelid WHERE c.oid >= 16384 AND relkind <> 't' ORDER BY indexrelid::regclass::text;
SELECT conrelid::regclass, conname, convalidated FROM pg_constraint WHERE oid >= 16384 ORDER BY conrelid::regclass::text, conname, contypid::regtype::text;
SELECT tgrelid::regclass, tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal ORDER BY tgrelid::regclass::text, tgname;
SELECT c.oid::regclass, relispopulated, relrowsecurity, relforcerowsecurity FROM pg_class c WHERE relkind IN ('m', 'r', 'p') AND c.oid >= 16384 AND relnamespace::regnamespace::text !~ '^pg_' ORDER BY c.oid::regclass::text;
SELECT evtname, evtenabled, evtowner::regrole FROM pg_event_trigger ORDER BY 1;
SELECT subname, subenabled, subslotname, subconninfo, subowner::regrole FROM pg_subscription WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database()) ORDER BY 1;
SELECT datdba::regrole, datacl, datconnlimit, datcollate, datctype, datlocprovider, daticulocale, datallowconn, datistemplate, shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database();
SELECT setrole::regrole, setconfig FROM pg_db_role_setting WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database()) ORDER BY setrole::regrole::text;
SELECT grantee::regrole, privilege_type FROM pg_database, aclexplode(datacl) WHERE datname = current_database() AND grantee <> 0 AND NOT EXISTS (
  SELECT FROM pg_shdepend WHERE classid = 'pg_database'::regclass AND objid = pg_database.oid AND refobjid = grantee)`;
