import { z } from 'zod';
import { channels } from './channels.ts';
import { code, migrations } from './deployment.ts';
import { drill } from './drill.ts';
import { escalation, onCall, permissions, templates } from './escalation.ts';
import { host } from './host.ts';
import { integrity } from './integrity.ts';
import { metrics } from './metrics.ts';
import { repairs } from './repairs.ts';
import { deadMansSwitch, retention, schedules } from './schedules.ts';
import { secretReference } from './secret-reference.ts';
import { severities } from './severities.ts';
import { duration, size, timeZone } from './units.ts';
import { verification } from './verification.ts';

const stack = z.strictObject({
  project: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_-]*$/, 'a Compose project name: lower-case letters, digits, dashes and underscores')
    .describe('Name of the Compose project'),
  folder: z.string().default('.').describe('Folder of the Compose files, relative to the plan'),
  files: z
    .array(z.string())
    .min(1)
    .default(['docker-compose.yml'])
    .describe('Compose files, in the order that Compose merges them'),
  profiles: z.array(z.string()).default([]).describe('Compose profiles that are on; empty: what COMPOSE_PROFILES says'),
  runOnce: z
    .array(z.string())
    .default([])
    .describe(
      'Services that end by design and must not be started again; added to those that Compose shows by service_completed_successfully',
    ),
  alsoStop: z
    .array(z.string())
    .default([])
    .describe('Services to stop during a recovery although Compose shows no dependency on the database'),
  keepRunning: z
    .array(z.string())
    .default([])
    .describe('Services that stay up during a recovery although they depend on the database (they only show errors)'),
  healthyWithin: duration.default('3m').describe('How long a service may take to become healthy after its start'),
  stopWithin: duration
    .optional()
    .describe('How long a service may take to stop before it is killed; its own stop_grace_period if missing'),
});

const database = z.strictObject({
  service: z.string().default('db').describe('The Compose service of the PostgreSQL server'),
  name: z.string().min(1).describe('The database that is protected'),
  user: z.string().min(1).describe('A superuser of the server'),
  password: secretReference.optional().describe('The password of that user'),
  maintenance: z.string().default('postgres').describe('A database that always exists, for the work beside the protected one'),
  connect: z
    .union([z.literal('auto'), z.strictObject({ host: z.string(), port: z.int().min(1).max(65535) })])
    .default('auto')
    .describe('How the worker reaches the server: auto (published port, else the container’s address) or a fixed host and port'),
});

const objective = z.strictObject({
  rto: duration.optional().describe('Recovery time objective: back within'),
  rpo: duration.optional().describe('Recovery point objective: at most this much lost'),
});

const objectives = z
  .strictObject({
    default: objective.required().default({ rto: '4h', rpo: '24h' }),
    databaseCorruption: objective.default({ rto: '2h' }),
    migrationFailure: objective.default({ rto: '30m' }),
    containerCrash: objective.default({ rto: '10m' }),
    diskFull: objective.default({ rto: '30m' }),
    networkPartition: objective.default({ rto: '1h' }),
    accidentalDeletion: objective.default({ rto: '2h' }),
  })
  .prefault({});

const healthAddress = z.strictObject({
  name: z.string().min(1),
  url: z.url().describe('Address that answers when the application works'),
  status: z.int().min(100).max(599).default(200).describe('The HTTP status of a healthy answer'),
  within: duration.default('60s').describe('How long it may take after the services are up'),
});

const backups = z
  .strictObject({
    folder: z.string().default('./backups').describe('Where backups are kept, relative to the plan'),
    keepReplaced: duration.default('7d').describe('How long a replaced database is kept for `kintsugi undo`'),
    floor: size.default('0B').describe('A backup smaller than this is suspicious'),
    jobs: z.int().min(1).max(64).default(2).describe('Parallel jobs of pg_dump'),
    compression: z.int().min(0).max(9).default(1).describe('gzip level of pg_dump: 0 is fastest, 9 is smallest'),
    encryption: z
      .strictObject({
        passphrase: secretReference.describe('The pass phrase, by reference; keep a copy of it away from this machine'),
      })
      .optional()
      .describe('Encrypts every file of a backup with gpg (OpenPGP, AES-256); not encrypted if missing'),
    load: z
      .strictObject({
        nice: z.int().min(0).max(19).default(10).describe('0: as much of the processors as everybody else; 19: what they leave'),
        io: z
          .enum(['normal', 'low', 'idle'])
          .default('low')
          .describe('Priority of what a dump writes, where the disk’s scheduler has any'),
        cpus: z
          .number()
          .min(0.05)
          .optional()
          .describe('Processors that a dump may use at most, such as 0.5: it limits its rate, and what it asks of the server'),
      })
      .prefault({})
      .describe('What a dump may take from the application'),
    fingerprints: z.boolean().default(false).describe('Also hash the content of every table (reads everything once more)'),
  })
  .prefault({});

const restore = z
  .strictObject({
    jobs: z.int().min(1).max(64).default(2).describe('Parallel jobs of pg_restore'),
    settings: z
      .record(z.string().regex(/^[a-z_.]+$/), z.string())
      .default({})
      .describe('PostgreSQL settings of the restoring sessions, on top of those that Kintsugi works out from the machine'),
    dropFirst: z
      .boolean()
      .default(false)
      .describe(
        'Drop the old database before the restore when the disk has no room for two. Dangerous: nothing to go back to; always needs an approval',
      ),
    freshBackup: z.boolean().default(true).describe('Take a backup after the recovery'),
    connectWithin: duration.default('2m').describe('How long the database server may take to answer'),
  })
  .prefault({});

const approvalPolicy = z.enum(['none', 'one', 'two']).describe('none, one person, or two different people');
export type ApprovalPolicy = z.infer<typeof approvalPolicy>;

const approvals = z
  .strictObject({
    P1: approvalPolicy.default('one'),
    P2: approvalPolicy.default('one'),
    P3: approvalPolicy.default('one'),
    P4: approvalPolicy.default('one'),
    drill: approvalPolicy.default('none'),
    remindEvery: duration
      .default('15m')
      .describe('How often an unanswered request is said again, each time to the next level, too'),
    lapseAfter: duration
      .default('1h')
      .describe('An approval counts so long; if the others have not answered by then, it is asked for anew'),
  })
  .prefault({});

const person = z.strictObject({
  name: z.string().min(1),
  roles: z.array(z.string()).min(1).describe('primary-dba, secondary-dba, devops-lead, system-admin, support-team, or your own'),
  reach: z
    .array(
      z.union([
        z.strictObject({ phone: z.string().describe('A telephone number that is called') }),
        z.strictObject({ sms: z.string().describe('A telephone number that gets text messages') }),
        z.strictObject({ email: z.email() }),
        z.strictObject({
          slack: z
            .string()
            .regex(/^[A-Z][A-Z0-9]{2,}$/, 'a Slack id such as U02ABC1DE (a person) or C02ABC1DE (a channel), not a name')
            .describe('Slack id of the person, or of a channel that the person reads'),
        }),
        z.strictObject({ pagerduty: z.string().describe('A name under channels.pagerduty.services') }),
        z.strictObject({ webhook: z.string().describe('A name under channels.webhooks') }),
      ]),
    )
    .default([])
    .describe('Ways to reach the person, best first'),
  language: z.enum(['en', 'ja']).default('en'),
  zone: timeZone.optional().describe('IANA time zone of the person; the plan’s zone if missing'),
});

const check = z.strictObject({
  name: z.string().min(1),
  sql: z.string().min(1).describe('One read-only query that answers one row with one value'),
  expect: z
    .union([
      z.strictObject({ equals: z.union([z.string(), z.number(), z.boolean()]) }),
      z.strictObject({ atLeast: z.number() }),
      z.strictObject({ atMost: z.number() }),
    ])
    .describe('What the value must be'),
  severity: z.enum(severities).optional().describe('Severity of the incident that a weekly check opens; P2 if missing'),
});
export type IntegrityCheck = z.infer<typeof check>;

const temporal = z
  .strictObject({
    address: z.string().default('127.0.0.1:7233').describe('host:port of the Temporal server'),
    ui: z.url().default('http://127.0.0.1:8233').describe('Address of the Temporal UI'),
    namespace: z.string().default('default'),
    taskQueue: z.string().optional().describe('Task queue of this stack’s host; kintsugi-<project> if missing'),
    retention: duration.default('30d').describe('How long the embedded server keeps closed workflows'),
  })
  .prefault({});

/** The plan: what the stack is, how fast it must be back, whom to call. Unknown keys are errors everywhere. */
export const planSchema = z
  .strictObject({
    version: z.literal(1).describe('Version of this format'),
    zone: timeZone.default('UTC').describe('IANA time zone in which times are shown, such as Asia/Tokyo'),
    stack,
    database,
    objectives,
    health: z.array(healthAddress).default([]).describe('Addresses that answer when the application works'),
    backups,
    restore,
    approvals,
    people: z
      .record(z.string().regex(/^[a-z0-9_-]+$/), person)
      .default({})
      .describe('The disaster response team'),
    onCall,
    escalation,
    permissions,
    templates: templates.describe('Own words for the messages of an incident, by language'),
    channels,
    schedules: schedules.describe('What happens by itself, and when'),
    retention: retention.describe('When backups are deleted'),
    deadMansSwitch: deadMansSwitch.describe('Kintsugi looks at itself, and tells somebody outside that all is well'),
    checks: z
      .array(check)
      .default([])
      .describe('Integrity checks, run on every restored copy before it goes live, and on the live database each week'),
    repairs: repairs.describe('What must be so in the data and the schema, how it is found and how it is repaired'),
    integrity: integrity.describe('Limits of the weekly checks of the live database'),
    verification: verification.describe('How stored backups are proven to restore'),
    drill: drill.describe('How drills are held: a stored backup, restored apart from production'),
    migrations: migrations.optional().describe('How the application migrates its schema'),
    code: code.optional().describe('Where the application’s code is'),
    host,
    metrics: metrics.describe('What the worker tells Prometheus'),
    temporal,
    state: z
      .string()
      .default('.kintsugi')
      .describe('Folder for evidence, reports and the embedded Temporal’s file, relative to the plan'),
  })
  .describe('Kintsugi plan');

/** A plan after defaults and validation. Serialisable: it is handed through workflow histories, so it holds no secret. */
export type Plan = z.infer<typeof planSchema>;
/** A plan as written, before defaults. */
export type PlanInput = z.input<typeof planSchema>;
export type { Severity } from './severities.ts';
