import path from 'node:path';
import { stringify } from 'yaml';
import { packageRoot } from '../../worker/package-root.ts';
import type { FoundHealth } from './health.ts';
import type { PasswordReference } from './password.ts';
import type { SeenStack } from './stacks.ts';

export interface PlanFacts {
  readonly stack: SeenStack;
  readonly service: string;
  readonly database: string;
  readonly user: string;
  readonly password: PasswordReference;
  readonly health: readonly FoundHealth[];
  /** IANA time zone of this machine. */
  readonly zone: string;
}

/** @returns the text of a plan, with what a person must still decide as comments. @param folder absolute: where the plan will be. */
export function planText(facts: PlanFacts, folder: string): string {
  const { stack, service, database, user, password, health, zone } = facts;
  const runOnce = [...new Set(stack.containers.filter((each) => each.endedByDesign).map((each) => each.service))];
  const files = stack.files.map((file) => within(stack.folder, file));
  return `# yaml-language-server: $schema=${path.join(packageRoot, 'schema', 'kintsugi.schema.json')}
# Disaster recovery of ${stack.project}, as found running by: kintsugi plan init
# Read it, change it, then: kintsugi plan check
version: 1
zone: ${flow(zone)} # times are shown in it

stack:
  project: ${flow(stack.project)}
  folder: ${flow(within(folder, stack.folder))} # of the Compose files, relative to this file
  files: ${flow(files.length > 0 ? files : ['docker-compose.yml'])}
  runOnce: ${flow(runOnce)} # end by design; never started again by a recovery
  keepRunning: [] # depend on the database, and may stay up while it is restored

database:
  service: ${flow(service)}
  name: ${flow(database)}
  user: ${flow(user)} # a superuser
${password === null ? '  # no password: the server trusts its network' : `  password: ${flow(password)} # a reference, never the value`}

# When the application is back: each must answer 200.
${health.length > 0 ? `health:\n${health.map((each) => `  - ${flow({ ...each, within: '60s' })}`).join('\n')}` : 'health: [] # - { name: api, url: "http://127.0.0.1:8000/api/health", within: 60s }'}

# How soon it must be back (RTO), how much may be lost (RPO).
objectives:
  default: { rto: 4h, rpo: 24h }
  databaseCorruption: { rto: 2h }

backups:
  folder: ./backups # better on another disk
  keepReplaced: 7d # for kintsugi undo
  floor: 0B # the smallest plausible backup: set it once you know
  # encryption: { passphrase: { env: KINTSUGI_BACKUP_PASSPHRASE } }

# How many people must agree before a recovery touches anything: none, one or two.
approvals: { P1: one, P2: one, P3: one, P4: one, drill: none }

# Who is called, best way first.
people: {}
#  primary: { name: Primary DBA, roles: [primary-dba], reach: [{ email: dba@example.com }] }

# Questions that every restored copy must answer rightly before it goes live.
checks: []
#  - name: no orders without a customer
#    sql: SELECT count(*) FROM orders WHERE customer_id IS NULL
#    expect: { equals: 0 }

# What must be so in the data, and how it is repaired: kintsugi check, kintsugi recover repair
# repairs: { packs: [timer-cards] }

# How the schema is migrated, and where the code is: for kintsugi recover migration | code, which go back to what was recorded
# with kintsugi deploys record after a deployment that went well
# migrations: { tool: alembic, service: backend, folder: /app }
# code: { repository: ., services: [backend] }
`;
}

/** A value on one line, quoted where YAML needs it. */
function flow(value: unknown): string {
  return stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trim();
}

/** A path relative to a folder where it is in or beside it. */
function within(folder: string, target: string): string {
  return path.relative(folder, target) || '.';
}
