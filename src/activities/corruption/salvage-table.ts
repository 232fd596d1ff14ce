import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { writeAtomically } from '../../catalog/durable.ts';
import type { TableTrouble } from '../../corruption/examination.ts';
import type { SalvagedTable } from '../../corruption/salvage.ts';
import { attempt } from './attempt.ts';
import type { Relation } from './relations.ts';

/** Pages that are read at once; where one of them is broken, half of them, and so on. */
const pagesAtOnce = 1024;
/** More rows than a page of 32 kB can hold. */
const mostRows = 1200;

/**
 * Reads what is readable of one table into a file: whole ranges of pages first, then around the broken ones, row by row where only
 * some rows of a page are. Its file is closed, and its facts stand beside it, when it is done: an attempt that follows leaves it.
 */
export async function salvageTable(
  client: pg.Client,
  folder: string,
  relation: Relation,
  trouble: TableTrouble | null,
): Promise<SalvagedTable> {
  const file = path.join(folder, `${fileName(relation)}-${relation.oid}.copy`);
  const facts = `${file}.json`;
  const known = await readFile(facts, 'utf8').catch(() => null);
  if (known !== null) return JSON.parse(known) as SalvagedTable;
  const shape = await attempt(client, () => readShape(client, relation));
  const base = { schema: relation.schema, name: relation.name };
  const unread = (why: string): SalvagedTable => ({
    ...base,
    ...{
      file: null,
      rows: 0,
      bytes: 0,
      sha256: '',
      columns: [],
      key: [],
      whole: false,
      unreadable: relation.blocks,
      pages: null,
      entriesLost: null,
      doubtful: null,
      why,
    },
  });
  if (shape.error !== null) return unread(shape.error);
  const reader = new TableReader(
    client,
    relation,
    shape.value,
    await open(file, 'w', 0o600),
    await open(`${file}.doubtful`, 'w', 0o600),
  );
  try {
    await reader.read(trouble);
  } finally {
    await reader.close();
  }
  if (reader.doubtfulRows === 0) await rm(`${file}.doubtful`, { force: true });
  const salvaged: SalvagedTable = {
    ...base,
    file,
    rows: reader.rows,
    bytes: reader.bytes,
    sha256: await sha256(file),
    columns: shape.value.columns,
    key: shape.value.key,
    whole: (trouble === null || isUndamaged(trouble)) && reader.unreadable === 0 && reader.doubtfulRows === 0,
    unreadable: reader.unreadable,
    pages: reader.pages,
    entriesLost: null,
    doubtful: reader.doubtfulRows === 0 ? null : { file: `${file}.doubtful`, rows: reader.doubtfulRows },
    why: reader.rows === 0 ? reader.firstError : null,
  };
  await writeAtomically(facts, JSON.stringify(salvaged));
  return salvaged;
}

/** For people; the number beside it tells tables of odd names apart. */
function fileName({ schema, name }: Relation): string {
  return `${schema}.${name}`.replaceAll(/[^\w.-]/g, '_').slice(0, 150);
}

function isUndamaged({ fileMissing, readError, complaints, lostBlocks }: TableTrouble): boolean {
  return !fileMissing && readError === null && complaints.length === 0 && lostBlocks === 0;
}

interface Shape {
  readonly columns: readonly string[];
  readonly key: readonly string[];
  /** Whether a range of pages can be read without the others (PostgreSQL 14). */
  readonly ranges: boolean;
}

async function readShape(client: pg.Client, { oid }: Relation): Promise<Shape> {
  const { rows } = await client.query<Shape>(
    `SELECT ARRAY(SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = $1::oid AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum) AS columns,
            ARRAY(SELECT quote_ident(a.attname) FROM pg_constraint c, unnest(c.conkey) WITH ORDINALITY AS k(key, n), pg_attribute a
                   WHERE c.conrelid = $1::oid AND c.contype = 'p' AND a.attrelid = c.conrelid AND a.attnum = k.key ORDER BY k.n) AS key,
            current_setting('server_version_num')::int >= 140000 AS ranges`,
    [oid],
  );
  if (rows[0] === undefined) throw new TypeError('the server did not describe the table');
  return rows[0];
}

/** An error that is of the whole page or file, not of one row of it. */
const ofPage = /invalid page|could not (?:read|open|access) |page verification failed|checksum/i;

class TableReader {
  rows = 0;
  bytes = 0;
  doubtfulRows = 0;
  unreadable = 0;
  /** Pages of which something could not be read. */
  readonly pages: number[] = [];
  firstError: string | null = null;
  #doubtfulBytes = 0;
  readonly #client: pg.Client;
  readonly #relation: Relation;
  readonly #shape: Shape;
  readonly #file: FileHandle;
  readonly #doubtful: FileHandle;

  constructor(client: pg.Client, relation: Relation, shape: Shape, file: FileHandle, doubtful: FileHandle) {
    this.#client = client;
    this.#relation = relation;
    this.#shape = shape;
    this.#file = file;
    this.#doubtful = doubtful;
  }

  async read(trouble: TableTrouble | null): Promise<void> {
    if (trouble === null || isUndamaged(trouble)) {
      const { error } = await this.#copy('true');
      if (error === null) return;
    }
    const bad = new Map<number, Set<number> | null>();
    for (const { block, row } of trouble?.badRows ?? []) {
      if (row === null) bad.set(block, null);
      else if (bad.has(block)) bad.get(block)?.add(row);
      else bad.set(block, new Set([row]));
    }
    const step = this.#shape.ranges ? pagesAtOnce : 16;
    for (let from = 0; from < this.#relation.blocks; from += step) {
      await this.#readRange(from, Math.min(this.#relation.blocks, from + step), bad);
    }
  }

  async #readRange(from: number, to: number, bad: ReadonlyMap<number, ReadonlySet<number> | null>): Promise<void> {
    const suspicious = [...bad.keys()].some((block) => block >= from && block < to);
    if (!suspicious) {
      const { error } = await this.#copy(this.#pages(from, to));
      if (error === null) return;
      this.firstError ??= error;
      if (to - from === 1 && ofPage.test(error)) {
        this.unreadable += 1;
        this.pages.push(from);
        return;
      }
    }
    if (to - from > 1) {
      const middle = Math.floor((from + to) / 2);
      await this.#readRange(from, middle, bad);
      await this.#readRange(middle, to, bad);
      return;
    }
    await this.#readRows(from, bad.get(from));
  }

  /** @param bad places that amcheck complains of; null: of the whole page; undefined: of none. */
  async #readRows(block: number, bad: ReadonlySet<number> | null | undefined): Promise<void> {
    for (let place = 1; place <= mostRows; place += 1) {
      const isDoubtful = bad === null || bad?.has(place) === true;
      const { error } = await this.#copy(`ctid = '(${block},${place})'`, isDoubtful);
      if (error === null) continue;
      this.firstError ??= error;
      this.unreadable += 1;
      if (!this.pages.includes(block)) this.pages.push(block);
      // The other rows of the page would fail alike.
      if (ofPage.test(error) && !/toast/i.test(error)) return;
    }
  }

  #pages(from: number, to: number): string {
    if (this.#shape.ranges) return `ctid >= '(${from},0)' AND ctid < '(${to},0)'`;
    return `ctid = ANY (ARRAY(SELECT format('(%s,%s)', block, place)::tid FROM generate_series(${from}, ${to - 1}) AS block, generate_series(1, ${mostRows}) AS place))`;
  }

  /** Appends the rows that fulfil a condition; what came before an error is taken off again. */
  async #copy(where: string, doubtful = false): Promise<{ error: string | null }> {
    const file = doubtful ? this.#doubtful : this.#file;
    const begin = doubtful ? this.#doubtfulBytes : this.bytes;
    let position = begin;
    const copied = await attempt(this.#client, async () => {
      const stream = this.#client.query(
        copyTo(`COPY (SELECT ${this.#shape.columns.join(', ')} FROM ONLY ${this.#relation.quoted} WHERE ${where}) TO STDOUT`),
      );
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        await file.write(chunk, 0, chunk.length, position);
        position += chunk.length;
      }
      return stream.rowCount;
    });
    if (copied.error !== null) {
      await file.truncate(begin);
      return { error: copied.error };
    }
    if (doubtful) {
      this.#doubtfulBytes = position;
      this.doubtfulRows += copied.value;
    } else {
      this.bytes = position;
      this.rows += copied.value;
    }
    return { error: null };
  }

  async close(): Promise<void> {
    await this.#file.sync();
    await this.#file.close();
    await this.#doubtful.close();
  }
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
