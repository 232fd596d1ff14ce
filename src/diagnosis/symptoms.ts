/**
 * Texts in logs that speak for a procedure: the document's own, and those of its kind. Data, not code. To add one is to add a row.
 *
 * A weight is the chance that the procedure is the right one when a text is all that is known.
 */
import type { Remedy } from './facts.ts';

export interface Symptom {
  /** Stable name. */
  readonly name: string;
  readonly pattern: RegExp;
  /** Whose log holds it. */
  readonly of: 'database' | 'any';
  readonly remedy: Remedy;
  readonly weight: number;
  /** What it means, for people. */
  readonly meaning: string;
  /** How often it may be there before it counts; a single duplicate key is an ordinary day. */
  readonly atLeast?: number;
  /** Whether it counts only where the line names the plan's database: others are none of its. */
  readonly namesDatabase?: boolean;
  /** Whether it is written again and again as long as it is so: then silence says that it is over. */
  readonly lasts?: boolean;
}

export const symptoms: readonly Symptom[] = [
  // The database as a whole is away.
  {
    name: 'databaseMissing',
    pattern: /database "[^"]+" does not exist/,
    of: 'any',
    remedy: 'restore',
    weight: 0.5,
    meaning: 'clients ask for a database that is not there',
    namesDatabase: true,
  },
  {
    name: 'databaseDropped',
    pattern: /statement:\s*DROP DATABASE/i,
    of: 'database',
    remedy: 'restore',
    weight: 0.3,
    meaning: 'a database was dropped',
    namesDatabase: true,
  },
  // Broken files.
  {
    name: 'invalidPage',
    pattern: /invalid page in block \d+|page verification failed/,
    of: 'database',
    remedy: 'corruption',
    weight: 0.9,
    meaning: 'a page of a table or index is damaged',
  },
  {
    name: 'unreadableBlock',
    pattern:
      /could not (?:read|open) (?:block|file "(?:base|global)\/)|could not access status of transaction|read only \d+ of \d+ bytes/,
    of: 'database',
    remedy: 'corruption',
    weight: 0.85,
    meaning: 'files of the database can’t be read',
  },
  {
    name: 'brokenIndex',
    pattern: /right sibling's left-link|could not find (?:tuple|left sibling)|unexpected zero page|heap tid from (?:index|table)/,
    of: 'database',
    remedy: 'corruption',
    weight: 0.85,
    meaning: 'an index does not fit its table',
  },
  {
    name: 'missingChunk',
    pattern: /missing chunk number \d+ for toast value|cache lookup failed for|invalid memory alloc request size/,
    of: 'database',
    remedy: 'corruption',
    weight: 0.75,
    meaning: 'a table holds what can’t be read any more',
  },
  // The schema.
  {
    name: 'relationMissing',
    pattern: /(?<!of )relation "[^"]+" does not exist/,
    of: 'any',
    remedy: 'deletion',
    weight: 0.45,
    meaning: 'a table that the application needs is not there',
    atLeast: 2,
  },
  {
    name: 'columnMissing',
    pattern: /column "?[\w.]+"? (?:of relation "[^"]+" )?does not exist/,
    of: 'any',
    remedy: 'migration',
    weight: 0.5,
    meaning: 'the application and the schema don’t fit: a column is missing',
    atLeast: 2,
  },
  {
    name: 'alembic',
    pattern:
      /alembic\.util\.exc\.CommandError|alembic\.script\.revision\.\w+|Can't locate revision identified by|Multiple head revisions are present|Target database is not up to date/,
    of: 'any',
    remedy: 'migration',
    weight: 0.85,
    meaning: 'a migration failed',
  },
  {
    name: 'alreadyExists',
    pattern:
      /(?:relation|constraint|trigger|type|column|index) "[^"]+"(?: for relation "[^"]+")?(?: of relation "[^"]+")? already exists/,
    of: 'any',
    remedy: 'migration',
    weight: 0.45,
    meaning: 'something of a migration is there already',
  },
  // The data.
  {
    name: 'duplicateKey',
    pattern: /duplicate key value violates unique constraint/,
    of: 'database',
    remedy: 'repair',
    weight: 0.25,
    meaning: 'rows come twice',
    atLeast: 10,
  },
  {
    name: 'couldNotCreateUnique',
    pattern: /could not create unique index/,
    of: 'database',
    remedy: 'repair',
    weight: 0.7,
    meaning: 'there are rows twice where none may be',
  },
  {
    name: 'foreignKey',
    pattern: /violates foreign key constraint/,
    of: 'database',
    remedy: 'repair',
    weight: 0.25,
    meaning: 'rows point to others that are not there',
    atLeast: 10,
  },
  {
    name: 'deadlock',
    pattern: /deadlock detected/,
    of: 'database',
    remedy: 'none',
    weight: 0.2,
    meaning: 'sessions wait for one another; the server ends one of them each time',
    atLeast: 10,
  },
  // The machine.
  {
    name: 'diskFull',
    pattern: /No space left on device/,
    of: 'any',
    remedy: 'cascade',
    weight: 0.85,
    meaning: 'a disk is full',
  },
  {
    name: 'outOfMemory',
    pattern: /out of memory|Cannot allocate memory|was terminated by signal 9/i,
    of: 'any',
    remedy: 'cascade',
    weight: 0.45,
    meaning: 'memory ran out',
  },
  {
    name: 'tooManyConnections',
    pattern: /too many (?:clients already|connections for)|remaining connection slots are reserved/,
    of: 'any',
    remedy: 'service',
    weight: 0.5,
    meaning: 'all connections of the server are taken',
    atLeast: 3,
    lasts: true,
  },
  {
    name: 'hostUnknown',
    pattern:
      /could not translate host name|Name or service not known|Temporary failure in name resolution|getaddrinfo (?:ENOTFOUND|EAI_AGAIN)/,
    of: 'any',
    remedy: 'cascade',
    weight: 0.4,
    meaning: 'services don’t find one another: a network is broken',
    atLeast: 2,
    lasts: true,
  },
  {
    name: 'passwordRefused',
    pattern: /password authentication failed for user/,
    of: 'any',
    remedy: 'none',
    weight: 0.5,
    meaning: 'a password is refused: compare .env with the server’s; a restore would not change it',
    atLeast: 3,
    lasts: true,
  },
];

/** @returns the row of a name. */
export function symptomOf(name: string): Symptom | undefined {
  return symptoms.find((symptom) => symptom.name === name);
}
