/** What was read out of a damaged database before it was replaced, and what became of it. */

export interface SalvagedTable {
  readonly schema: string;
  readonly name: string;
  /** Path of the file, in PostgreSQL's text format of COPY; null where nothing could be read. */
  readonly file: string | null;
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
  /** Quoted columns of the file, in order; generated ones are left out. */
  readonly columns: readonly string[];
  /** Quoted columns of the primary key; empty if there is none. */
  readonly key: readonly string[];
  /** Whether every row of the table is in the file. */
  readonly whole: boolean;
  /** Pages, or single rows, that could not be read. */
  readonly unreadable: number;
  /** Numbers of the pages of which something could not be read; null: of none anything could. */
  readonly pages: readonly number[] | null;
  /** Rows that an index has on the pages that could not be read; null where no index tells. */
  readonly entriesLost: number | null;
  /** Rows that amcheck complains of: read, kept in a file of their own, never merged. */
  readonly doubtful: { readonly file: string; readonly rows: number } | null;
  /** Why nothing of it was read; null: something was. */
  readonly why: string | null;
}

export interface Salvage {
  readonly folder: string;
  readonly tables: number;
  readonly rows: number;
  readonly bytes: number;
  /** Those that are not whole. */
  readonly damaged: readonly SalvagedTable[];
  /** How many large objects there are: they are not salvaged. null where that could not be read. */
  readonly largeObjects: number | null;
  /** Why nothing at all could be read; null: something was. */
  readonly why: string | null;
}

/** What merging the salvaged rows into the restored copy did to one table. */
export interface MergedTable {
  readonly table: string;
  readonly whole: boolean;
  /** Rows that the backup had not: written since. */
  readonly inserted: number;
  /** Rows that are otherwise in the backup: changed since. */
  readonly changed: number;
  /** Rows of a whole table that only the backup had: deleted since. */
  readonly deleted: number;
  /** Rows of a damaged table that only the backup has: lost since, or deleted since. */
  readonly fromBackup: number;
  /** Keys of the first of them. */
  readonly keys: readonly string[];
  /** Rows that were left out since what they refer to is lost. */
  readonly orphans: number;
  /** Why its salvaged rows were not merged; null: they were. */
  readonly error: string | null;
}
