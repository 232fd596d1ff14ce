/**
 * The readable disaster recovery plan, made from the checked file: what a person holds in the hand when the machine is gone, and an
 * auditor reads. The file is the plan; this is never edited (known fault 25).
 */
import { peopleOf } from '../incident/on-call.ts';
import type { LoadedPlan } from '../plan/load.ts';
import type { Plan } from '../plan/schema.ts';
import { severities } from '../plan/severities.ts';
import { tierNames } from '../plan/tier-names.ts';
import { milliseconds } from '../plan/units.ts';
import { nextOccurrences, ruleWords } from '../schedules/calendar.ts';
import { kindNames, kinds } from '../schedules/kinds.ts';
import { tierRules } from '../schedules/tiers.ts';
import { clock, words } from '../text/time.ts';
import { type Block, type ReportDocument, section } from './document/document.ts';
import { scenarios } from './incident/prevention-lists.ts';

type Objective = keyof Plan['objectives'];

/** What is seen, and what is typed then. `kintsugi diagnose` decides between them. */
const remedies: readonly (readonly [seen: string, command: string, does: string, objective: Objective])[] = [
  ['It is not clear what is wrong', 'kintsugi diagnose', 'looks, and names the command; changes nothing', 'default'],
  ['The database is gone', 'kintsugi recover restore', 'restores a verified copy beside, then swaps', 'databaseCorruption'],
  [
    'Invalid pages, broken indexes, missing files',
    'kintsugi recover corruption',
    'repairs in place, or salvages and restores',
    'databaseCorruption',
  ],
  [
    'A deployment’s migration failed',
    'kintsugi recover migration',
    'back to the last good revision, or a restore',
    'migrationFailure',
  ],
  ['Errors since a deployment', 'kintsugi recover code', 'builds and starts the last healthy commit', 'migrationFailure'],
  ['Rows that must not be', 'kintsugi recover repair', 'repairs by rules, keeps every row that it touches', 'default'],
  [
    'Nothing answers: Docker, network, disk',
    'kintsugi recover cascade',
    'frees the disk, brings everything up in order',
    'diskFull',
  ],
  ['One service is down', 'kintsugi recover service', 'restarts it, with the cause', 'containerCrash'],
  [
    'Rows were deleted by mistake',
    'kintsugi recover deletion',
    'stops writes, shows what a restore loses, asks',
    'accidentalDeletion',
  ],
  ['The recovery was a mistake', 'kintsugi undo', 'goes back to what was replaced', 'default'],
];

const objectiveNames: Readonly<Record<Objective, string>> = {
  default: 'Anything else',
  databaseCorruption: 'Database lost or corrupt',
  migrationFailure: 'Migration or deployment failed',
  containerCrash: 'Container crashed',
  diskFull: 'Disk full',
  networkPartition: 'Network partition',
  accidentalDeletion: 'Data deleted by mistake',
};

/**
 * @param loaded the checked plan. @param now milliseconds since 1970: for who is on call, and the dates that come next.
 * @returns the document, without a secret: the plan holds references only.
 */
export function planDocument({ plan, path, sha256 }: LoadedPlan, now: number): ReportDocument {
  const { default: usual } = plan.objectives;
  return {
    title: `Disaster recovery plan of ${plan.stack.project}`,
    badge: { text: clock(now, plan.zone, 0).slice(0, 10), tone: 'soft' },
    lead: `At 3 a.m.: type kintsugi diagnose on the host of the stack, and then what it names. Nothing is replaced before its replacement is verified.`,
    facts: [`database ${plan.database.name}`, `plan ${sha256.slice(0, 12)}`, path],
    tiles: [
      { name: 'Back within (RTO)', value: words(milliseconds(usual.rto)), text: 'unless it says otherwise below' },
      { name: 'At most lost (RPO)', value: words(milliseconds(usual.rpo)), text: 'by the newest backup' },
      { name: 'Team', value: String(Object.keys(plan.people).length), text: 'people can be called' },
    ],
    sections: [
      section(
        'What to type when',
        {
          kind: 'table',
          columns: ['What is seen', 'Command', 'What it does', 'RTO'],
          rows: remedies.map(([seen, command, does, objective]) => [
            seen,
            { text: command, look: 'strong' },
            does,
            { text: words(milliseconds(plan.objectives[objective].rto ?? usual.rto)), look: 'short' },
          ]),
        },
        {
          kind: 'text',
          text: 'Each has --dry-run, which shows every step and touches nothing; kintsugi watch shows where it is; Ctrl-C leaves it running.',
        },
      ),
      section('Objectives', objectivesTable(plan)),
      section('Who is called', ...escalationTables(plan)),
      section('The team', teamTable(plan), onCallTable(plan, now)),
      section('Who may do what', ...permissionTables(plan)),
      section('Backups', ...backupBlocks(plan)),
      section('What happens by itself', scheduleTable(plan, now)),
      section('What must be so in the data', { kind: 'list', items: plan.checks.map(({ name }) => name) }),
      section(
        'Prevention',
        ...scenarios.flatMap(({ scenario, items }): Block[] => [
          { kind: 'heading', text: scenario },
          { kind: 'list', items, toDo: true },
        ]),
      ),
      section('When nothing of Kintsugi runs', ...byHand(plan)),
    ],
    foot: `Made from ${path} by kintsugi plan document. Change the plan, not this page. Times are in ${plan.zone}.`,
  };
}

function objectivesTable({ objectives }: Plan): Block {
  const { default: usual } = objectives;
  const names = (Object.keys(objectives) as Objective[]).toSorted((a, b) => Number(a === 'default') - Number(b === 'default'));
  return {
    kind: 'table',
    columns: ['Disaster', 'RTO', 'RPO'],
    rows: names.map((name) => {
      const { rto = usual.rto, rpo = usual.rpo } = objectives[name];
      return [objectiveNames[name], words(milliseconds(rto)), words(milliseconds(rpo))];
    }),
  };
}

function escalationTables({ escalation }: Plan): Block[] {
  return [
    {
      kind: 'table',
      columns: [
        '',
        'What it is',
        'Called at once',
        'Answer within',
        'Then',
        'Told: those called',
        'Told: everyone',
        'What is done',
      ],
      rows: severities.map((severity) => {
        const { meaning, notify, acknowledgeWithin, escalateTo, updates, actions } = escalation[severity];
        return [
          { text: severity, look: 'strong' },
          meaning,
          notify.join(', '),
          acknowledgeWithin === 'nextWorkingDay' ? 'the next working day' : words(milliseconds(acknowledgeWithin)),
          escalateTo.join(', '),
          `every ${words(milliseconds(updates.responders))}`,
          updates.everyone === undefined ? 'at the beginning and the end' : `every ${words(milliseconds(updates.everyone))}`,
          actions,
        ];
      }),
    },
    {
      kind: 'text',
      text: 'An unanswered P1 goes on from level to level until a person answers: kintsugi incident ack, or the button in chat.',
    },
  ];
}

function teamTable({ people, zone }: Plan): Block {
  return {
    kind: 'table',
    columns: ['Name', 'Roles', 'Reached by, best first', 'Language', 'Time zone'],
    rows: Object.values(people).map((person) => [
      { text: person.name, look: 'strong' },
      person.roles.join(', '),
      person.reach
        .map((way) =>
          Object.entries(way)
            .map(([channel, address]) => `${channel} ${address}`)
            .join(),
        )
        .join('\n'),
      person.language,
      person.zone ?? zone,
    ]),
  };
}

function onCallTable(plan: Plan, now: number): Block | null {
  const roles = Object.keys(plan.onCall);
  if (roles.length === 0) return null;
  return {
    kind: 'table',
    columns: ['On call for', 'now', 'in a week'],
    rows: roles.map((role) => [role, ...[now, now + milliseconds('7d')].map((at) => named(plan, peopleOf(plan, role, at)))]),
  };
}

function named({ people }: Plan, ids: readonly string[]): string {
  return ids.map((id) => people[id]?.name ?? id).join(', ') || 'nobody';
}

const policies = { none: 'nobody', one: 'one person', two: 'two different people' } as const;

function permissionTables({ permissions, approvals }: Plan): Block[] {
  const who = (allowed: Plan['permissions']['start']) => (typeof allowed === 'string' ? allowed : allowed.join(', '));
  return [
    {
      kind: 'facts',
      rows: [
        ['Start a recovery', who(permissions.start)],
        ['Approve or refuse', who(permissions.approve)],
        ['Acknowledge, update', who(permissions.acknowledge)],
        ['Resolve, close', who(permissions.close)],
        ...[...severities, 'drill' as const].map((kind): readonly [string, string] => [
          `${kind} is approved by`,
          policies[approvals[kind]],
        ]),
      ],
    },
  ];
}

function backupBlocks(plan: Plan): Block[] {
  const rules = tierRules(plan);
  const { backups } = plan.schedules;
  return [
    {
      kind: 'table',
      columns: ['Tier', 'Taken', 'Kept'],
      rows: tierNames.flatMap((tier) => {
        const rule = rules[tier];
        const section = backups[tier];
        return rule === undefined || section === 'off' ? [] : [[tier, ruleWords(rule), words(milliseconds(section.keep))]];
      }),
    },
    {
      kind: 'facts',
      rows: [
        ['Folder', plan.backups.folder],
        ['Encrypted', plan.backups.encryption === undefined ? 'no' : 'yes: keep the pass phrase away from this machine'],
        ['A replaced database is kept', words(milliseconds(plan.backups.keepReplaced))],
        ['A deleted backup can be had back for', words(milliseconds(plan.retention.trash))],
      ],
    },
  ];
}

function scheduleTable(plan: Plan, now: number): Block {
  return {
    kind: 'table',
    columns: ['What', 'When', 'Next'],
    rows: kindNames.flatMap((name) => {
      const { title, when } = kinds[name];
      const rules = when(plan);
      if (rules.length === 0) return [];
      const [next] = nextOccurrences(rules, plan.zone, now, 1);
      return [[title, rules.map(ruleWords).join('\n'), next === undefined ? '' : clock(next, plan.zone, 0)]];
    }),
  };
}

/** The tools of PostgreSQL are enough: docs/recover-by-hand.md. */
function byHand({ backups, database }: Plan): Block[] {
  const { name, user } = database;
  return [
    {
      kind: 'text',
      text: `Each folder of ${backups.folder} is a backup: data is the directory format of pg_dump, globals.sql has the roles${backups.encryption === undefined ? '' : '; first decrypt every .gpg with gpg --decrypt and the pass phrase'}. Stop the application, then:`,
    },
    {
      kind: 'code',
      lines: [
        `psql -U ${user} -d ${database.maintenance} -c 'CREATE DATABASE restored TEMPLATE template0'`,
        `pg_restore -U ${user} --exit-on-error --jobs=4 --dbname=restored data`,
        `psql -U ${user} -d ${database.maintenance} -c 'ALTER DATABASE "${name}" RENAME TO "${name}_old"' -c 'ALTER DATABASE restored RENAME TO "${name}"'`,
      ],
    },
  ];
}
