/** A stored backup restored on a server of its own, apart from production, by the same steps as a recovery. */
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ScratchServer } from '../../src/activities/context.ts';
import type { TakeBackupResult } from '../../src/workflows/contract.ts';
import { TestStack } from './harness/stack.ts';
import { Steps } from './harness/steps.ts';

const stack = new TestStack({ name: 'scratch', rows: 300, temporalAddress: '127.0.0.1:1', databaseOnly: true });
const backups: Record<string, TakeBackupResult> = {};
let steps: Steps;
let target: ScratchServer;

const docker = async (...args: string[]) => (await execa('docker', args)).stdout.trim();
const limits = { cpus: 1, memory: '1GB', settings: {} };

async function parts(): Promise<string[]> {
  const filter = ['--filter', `label=kintsugi.stack=${stack.project}`, '--quiet'];
  const found = [
    await docker('ps', '--all', ...filter),
    await docker('network', 'ls', ...filter),
    await docker('volume', 'ls', ...filter),
  ];
  return found
    .join('\n')
    .split('\n')
    .filter((line) => line !== '');
}

beforeAll(async () => {
  await stack.start();
  // What production has and an empty server has not.
  await stack.query(`CREATE ROLE "Only In Production" NOLOGIN; GRANT "Only In Production" TO uns_admin`);
  await stack.query(
    "ALTER DATABASE uns_claudejp SET work_mem = '7MB'; ALTER ROLE \"Only In Production\" IN DATABASE uns_claudejp SET lc_messages = 'C'",
  );
  await stack.query('CREATE TABLE of_role(id int); ALTER TABLE of_role OWNER TO "Only In Production"', 'uns_claudejp');
  const tablespace = ['SET allow_in_place_tablespaces = on', "CREATE TABLESPACE elsewhere LOCATION ''"];
  await stack.psql('postgres', ...tablespace.flatMap((sql) => ['--command', sql]));
  await stack.query('CREATE TABLE elsewhere(id) TABLESPACE elsewhere AS SELECT 1', 'uns_claudejp');
  for (const database of ['uns_claudejp', 'uns_objects']) {
    const taking = await Steps.open(stack.plan, database);
    backups[database] = await taking.takeBackup();
  }
  steps = await Steps.open(stack.plan, 'uns_claudejp');
  target = await steps.run('startScratchServer', { round: 1, limits });
});

afterAll(async () => {
  await steps?.run('removeJobs');
  await steps?.run('removeScratchServers');
  await stack.remove();
});

describe('the scratch server', () => {
  test('is found by labels, limited, published nowhere, and holds no secret that can be seen', async () => {
    const [info] = JSON.parse(await docker('inspect', target.container)) as Record<string, never>[];
    expect(info).toMatchObject({
      Config: { Labels: { 'kintsugi.stack': stack.project, 'kintsugi.kind': 'scratch-server' } },
      HostConfig: { NanoCpus: 1e9, Memory: 2 ** 30, MemorySwap: 2 ** 30 },
    });
    expect(await docker('port', target.container)).toBe('');
    const password = (await stack.compose('exec', '-T', 'db', 'printenv', 'POSTGRES_PASSWORD')).trim();
    expect(password).not.toBe('');
    expect(JSON.stringify(info)).not.toContain(password);
  });

  test('is started once, however often it is asked for', async () => {
    const id = await docker('inspect', '--format={{.Id}}', target.container);
    expect(await steps.run('startScratchServer', { round: 1, limits })).toEqual(target);
    expect(await docker('inspect', '--format={{.Id}}', target.container)).toBe(id);
  });

  test('has no way to production', async () => {
    const address = await docker('inspect', '--format={{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}', stack.database);
    const ready = (host: string) =>
      execa('docker', ['exec', target.container, 'pg_isready', '--timeout=3', `--host=${host}`], { reject: false });
    expect(await ready(target.container)).toMatchObject({ exitCode: 0 });
    expect((await ready(address)).exitCode).toBe(2);
    expect((await ready(stack.database)).exitCode).toBe(2);
  });

  test.each(['uns_claudejp', 'uns_objects'])(
    '%s restores and compares as equal: roles, settings and tablespaces that it lacked are no difference',
    async (database) => {
      const databases = await stack.databases();
      const on = { target, database };
      const facts = await steps.run('chooseBackup', { ...on, wanted: backups[database]?.id, allowOtherDatabase: false });
      expect(await steps.run('preflight', { ...on, facts, dropFirst: false })).toMatchObject({ liveBytes: null });
      const source = await steps.run('openBackup', { ...on, facts });
      await steps.run('restoreBeside', { ...on, source });
      const verified = await steps.run('verifyRestored', { ...on, facts, source, skipChecks: false });
      expect(verified).toMatchObject({
        rows: backups[database]?.rows,
        limited: false,
        serverLog: { unreadable: null, unexpected: [] },
      });
      expect(verified.fingerprints).toBeGreaterThan(0);
      expect((await steps.run('analyze', on)).tables).toBeGreaterThan(0);
      expect(await stack.databases()).toEqual(databases);
      await steps.run('removeJobs');
    },
  );

  test('asks production’s services for nothing', async () => {
    expect(await steps.run('findDependents', { target })).toMatchObject({ containers: [], summary: 'none' });
  });

  test('that is lost is an error of its own, and one that could not start says why', async () => {
    const lost = await Steps.open(stack.plan, 'uns_claudejp');
    const failing = lost.run('startScratchServer', {
      round: 1,
      limits: { ...limits, settings: { shared_preload_libraries: 'not_there' } },
    });
    await expect(failing).rejects.toThrow(
      expect.objectContaining({ code: 'SCRATCH_SERVER', message: expect.stringContaining('not_there') }),
    );
    const gone = lost.run('dropScratch', { target: { container: `${target.container}-other` } });
    await expect(gone).rejects.toThrow(expect.objectContaining({ code: 'SCRATCH_SERVER' }));
    // The container of production is none, whoever names it.
    await expect(lost.run('dropScratch', { target: { container: stack.database } })).rejects.toThrow('is gone');
    expect(await lost.run('removeScratchServers')).toEqual({ removed: 1 });
  });

  test('goes with its volume and network, and only by its own name', async () => {
    expect((await parts()).length).toBe(3);
    expect(await steps.run('removeJobs')).toEqual({ removed: 0 });
    expect(await steps.run('removeScratchServers')).toEqual({ removed: 1 });
    expect(await steps.run('removeScratchServers')).toEqual({ removed: 0 });
    expect(await parts()).toEqual([]);
  });
});
