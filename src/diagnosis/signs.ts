/** What the facts speak for: one small rule each, pure. */

import type { Plan } from '../plan/schema.ts';
import { milliseconds } from '../plan/units.ts';
import { clock, words } from '../text/time.ts';
import { causeOf } from './crash.ts';
import { isFull, isShort, nameDisk, percentUsed } from './disk.ts';
import { dependentsOn, downOf, isOutlived } from './down.ts';
import type { ContainerFacts, Observed, Sign } from './facts.ts';
import { symptomOf } from './symptoms.ts';

/** The parts of a plan that a diagnosis goes by. */
export type DiagnosisPlan = Pick<Plan, 'stack' | 'database' | 'objectives' | 'host' | 'migrations' | 'zone'>;

type Rule = (seen: Observed, plan: DiagnosisPlan) => Sign[];

/** @returns whether the server answered. */
function isAsked({ docker, database }: Observed): boolean {
  return docker.answers && database.problem === null;
}

function isMissing(seen: Observed, { database }: DiagnosisPlan): boolean {
  return isAsked(seen) && !seen.database.databases.includes(database.name);
}

const daemon: Rule = ({ docker }) =>
  docker.answers ? [] : [{ remedy: 'cascade', weight: 0.95, text: docker.why ?? 'Docker does not answer' }];

const disks: Rule = ({ disks: found }, { host }) =>
  found
    .filter((disk) => percentUsed(disk) >= host.alertAt || isShort(disk, host.free))
    .map((disk): Sign => {
      const text = `${nameDisk(disk)} is ${isFull(disk) ? 'full' : `${percentUsed(disk)} % full`}`;
      if (isFull(disk)) return { remedy: 'cascade', weight: 0.9, text };
      // A recovery frees nothing while there is as much as the plan wants: then a person has time to choose what goes.
      return isShort(disk, host.free) ? { remedy: 'cascade', weight: 0.5, text } : { remedy: 'none', weight: 0.15, text };
    });

const networks: Rule = ({ networks: found }) =>
  found.flatMap(({ name, exists, detached }) => {
    if (!exists) return [{ remedy: 'cascade' as const, weight: 0.9, text: `the network ${name} is gone` }];
    return detached.length === 0
      ? []
      : [{ remedy: 'cascade' as const, weight: 0.8, text: `${detached.join(', ')} cut off from the network ${name}` }];
  });

/** One service down is a crash, several that don't need one another are a cascade. What depends on one that is down is no cause. */
const down: Rule = (seen, plan) => {
  // Of containers that nobody could look at, nothing is known.
  if (!seen.docker.answers) return [];
  const found = downOf(seen);
  const names = [...new Set([...found.missing, ...found.containers.map(({ service }) => service)])];
  const all = [...names, ...failedOnce(seen).map(({ service }) => service)];
  const needs = (name: string) =>
    dependentsOn(
      seen,
      all.filter((other) => other !== name),
    );
  const causes = names.filter((name) => !needs(name).includes(name));
  // Without its database an application can't be well: that is told by the sign of the database.
  const excused = isMissing(seen, plan) ? dependentsOn(seen, [plan.database.service]) : [];
  const counted = causes.filter((name) => !excused.includes(name));
  const long = seen.services.filter(({ runOnce }) => !runOnce).length;
  const isCascade = counted.length > 1 || (names.length > 1 && names.length >= long);
  const signs = counted.map((name): Sign => {
    const ill = found.containers.find(({ service }) => service === name);
    const text = ill === undefined ? `${name} has no container` : `${ill.name}: ${causeOf(ill)}`;
    if (ill === undefined) return { remedy: 'cascade', weight: 0.7, text };
    return ill.outOfMemory || isCascade ? { remedy: 'cascade', weight: 0.6, text } : { remedy: 'service', weight: 0.8, text };
  });
  return isCascade ? [{ remedy: 'cascade', weight: 0.9, text: `${names.length} of ${long} services are down` }, ...signs] : signs;
};

/** What runs once and failed keeps from starting what waits for it. Mostly it is what migrates the schema. */
const runOnce: Rule = (seen, { migrations: known }) =>
  failedOnce(seen).map((container) => ({
    remedy: known === undefined ? 'none' : 'migration',
    weight: 0.6,
    text: `${container.name}: ${causeOf(container)}; ${dependentsOn(seen, [container.service]).join(', ')} can’t be started without it`,
  }));

function failedOnce(seen: Observed): ContainerFacts[] {
  const { containers, missing } = downOf(seen);
  const down = [...missing, ...containers.map(({ service }) => service)];
  const once = seen.services.filter((service) => service.runOnce).map(({ name }) => name);
  return seen.containers.filter(
    (container) =>
      once.includes(container.service) &&
      container.state === 'exited' &&
      container.exitCode !== 0 &&
      dependentsOn(seen, [container.service]).some((name) => down.includes(name)) &&
      !isOutlived(container, seen),
  );
}

/** What fails since it was deployed: another start of the same image would not mend it. What was killed is no fault of its code. */
const deployments: Rule = (seen, { zone }) => {
  const ill = downOf(seen).containers.filter(
    ({ state, exitCode, outOfMemory }) => state === 'running' || (exitCode !== 0 && exitCode !== 137 && !outOfMemory),
  );
  return seen.newCode
    .filter(({ service }) => ill.some((container) => container.service === service))
    .map(({ service, commit, at }) => ({
      remedy: 'code',
      weight: 0.9,
      text: `${service} runs another image than when it was last healthy (${commit.slice(0, 12)}, ${clock(at, zone, seen.at)})`,
    }));
};

const databases: Rule = (seen, plan) => {
  const { name } = plan.database;
  if (isMissing(seen, plan)) {
    const others = seen.database.databases.filter((other) => other !== name).length;
    return [{ remedy: 'restore', weight: 0.95, text: `the database ${name} is missing (server up, ${others} other databases)` }];
  }
  if (seen.database.open === false)
    return [
      {
        remedy: 'cascade',
        weight: 0.9,
        text: `the database ${name} lets nobody in: closed by a recovery that was interrupted, if no person did it (kintsugi doctor)`,
      },
    ];
  return [];
};

const checks: Rule = ({ database }) =>
  database.failedChecks.map(({ name, said }) => ({ remedy: 'repair' as const, weight: 0.7, text: `check “${name}”: ${said}` }));

const indexes: Rule = ({ database }) =>
  database.invalidIndexes.length === 0
    ? []
    : [{ remedy: 'migration', weight: 0.4, text: `invalid indexes: ${database.invalidIndexes.slice(0, 5).join(', ')}` }];

const migrations: Rule = ({ database: { migration }, migrationHeads: heads }) => {
  if (migration === null || heads === null) return [];
  if (heads.length > 1)
    return [{ remedy: 'migration', weight: 0.8, text: `the migrations have ${heads.length} heads: ${heads.join(', ')}` }];
  const same = migration.length === heads.length && migration.every((each) => heads.includes(each));
  return same
    ? []
    : [
        {
          remedy: 'migration',
          weight: 0.75,
          text: `the database is at migration ${migration.join(', ') || 'none'}, the code at ${heads.join(', ')}`,
        },
      ];
};

const connections: Rule = ({ database: { connections: found } }) =>
  found !== null && found.used >= found.most
    ? [{ remedy: 'service', weight: 0.6, text: `all ${found.most} connections of the server are taken` }]
    : [];

/** After so much silence, what is written as long as it is so is over. */
const silenceMs = 60_000;

const logs: Rule = (seen, plan) =>
  seen.symptoms.flatMap(({ symptom, service, count, line, lastAt }) => {
    const row = symptomOf(symptom);
    if (row === undefined || count < (row.atLeast ?? 1) || isExplained(seen, plan, symptom)) return [];
    if (row.lasts === true && Date.parse(seen.at) - Date.parse(lastAt) > silenceMs) return [];
    return [{ remedy: row.remedy, weight: row.weight, text: `${service}: “${line}” ×${count}: ${row.meaning}` }];
  });

/** What another fact tells better than the log, or what the log tells of a time that is over. */
function isExplained(seen: Observed, plan: DiagnosisPlan, symptom: string): boolean {
  if (symptom === 'databaseMissing' || symptom === 'databaseDropped') return !isMissing(seen, plan);
  // Everything of a missing database is missing.
  if (symptom === 'relationMissing' || symptom === 'columnMissing') return isMissing(seen, plan);
  // A name that can't be found, of a service that is down.
  if (symptom === 'hostUnknown') return downOf(seen).containers.length > 0 || !seen.docker.answers;
  return symptom === 'diskFull' && seen.disks.some(({ of }) => of.includes('the database')) && !seen.disks.some(isFull);
}

const backups: Rule = ({ backups: { newest, broken, problem }, at }, plan) => {
  const rpo = milliseconds(plan.objectives.databaseCorruption.rpo ?? plan.objectives.default.rpo);
  const signs: Sign[] = broken.map((id) => ({ remedy: 'backup', weight: 0.5, text: `the backup ${id} is damaged` }));
  if (problem !== null) return [...signs, { remedy: 'backup', weight: 0.6, text: problem }];
  if (newest === null) return [...signs, { remedy: 'backup', weight: 0.7, text: `there is no backup of ${plan.database.name}` }];
  const age = Date.parse(at) - Date.parse(newest.takenAt);
  if (age > rpo)
    signs.push({ remedy: 'backup', weight: 0.6, text: `the newest backup is ${words(age)} old, the RPO is ${words(rpo)}` });
  return signs;
};

const archive: Rule = ({ database: { archiveFailing } }) =>
  archiveFailing === null ? [] : [{ remedy: 'backup', weight: 0.5, text: `WAL can’t be archived since ${archiveFailing}` }];

const health: Rule = ({ health: found }) =>
  found.filter(({ ok }) => !ok).map(({ name, answer }) => ({ remedy: 'none', weight: 0.1, text: `${name} answers ${answer}` }));

const rules: readonly Rule[] = [
  daemon,
  databases,
  disks,
  networks,
  down,
  runOnce,
  deployments,
  indexes,
  migrations,
  checks,
  connections,
  logs,
  health,
  archive,
  backups,
];

/** @returns everything that the facts speak for, the gravest kind first. */
export function signsOf(seen: Observed, plan: DiagnosisPlan): Sign[] {
  return rules.flatMap((rule) => rule(seen, plan));
}
