/** What an examination of a database found. Only what is not well is told, so that it is small enough for a workflow's history. */

/** An index that is not well, or a unique one over rows that are not. */
export interface IndexTrouble {
  readonly schema: string;
  readonly name: string;
  /** What is wrong with its structure or against its table, in PostgreSQL's words; null: nothing. */
  readonly error: string | null;
  /** False: a CREATE INDEX CONCURRENTLY that did not end. */
  readonly valid: boolean;
  /** Groups of rows that are equal where the index allows one row only. */
  readonly duplicates: number;
  /** Rows that are too many: what would have to go so that the index can be built. */
  readonly surplus: number;
  /** Of the system catalogs, or of a TOAST table: rebuilt under a lock. */
  readonly system: boolean;
  readonly exclusion: boolean;
}

/** A constraint that rows of its table break, or that was never checked. */
export interface ConstraintTrouble {
  readonly name: string;
  readonly kind: 'check' | 'foreign key' | 'not null';
  /** Rows that break it. */
  readonly violations: number;
  readonly validated: boolean;
  /** Why it could not be checked; null: it was. */
  readonly error: string | null;
}

/** A table that is not well, or one of its indexes or constraints. */
export interface TableTrouble {
  readonly schema: string;
  readonly name: string;
  readonly kind: 'table' | 'materialized view' | 'catalog';
  /** Its file, or that of its TOAST table, is not there. */
  readonly fileMissing: boolean;
  /** Why it could not be read from its beginning to its end, every value; null: it could. */
  readonly readError: string | null;
  /** What amcheck says of its pages and rows; the first few. */
  readonly complaints: readonly string[];
  /** Rows that amcheck complains of, by page and place; without a place: the whole page. */
  readonly badRows: readonly { readonly block: number; readonly row: number | null }[];
  /** Pages that are empty or cut off although an index has rows there. */
  readonly lostBlocks: number;
  readonly indexes: readonly IndexTrouble[];
  readonly constraints: readonly ConstraintTrouble[];
}

export interface Examination {
  readonly exists: boolean;
  /** Why no session can be had on the database; null: it can. */
  readonly unreachable: string | null;
  /** Faults of the system catalogs: what they say of each other, and of the files. */
  readonly catalog: readonly string[];
  readonly tables: readonly TableTrouble[];
  readonly looked: { readonly tables: number; readonly indexes: number; readonly constraints: number };
  readonly checksums: { readonly on: boolean; readonly failures: number };
  /** What could not be looked at, and why. */
  readonly unseen: readonly string[];
}
