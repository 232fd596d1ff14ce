/**
 * A report as parts that every form can show: the HTML and the Markdown form are made from the same document, so they can't say
 * different things. A section without anything to show is left out.
 */

export type Tone = 'good' | 'bad' | 'doubt' | 'soft';

export interface ReportDocument {
  readonly title: string;
  readonly badge: { readonly text: string; readonly tone: Tone };
  readonly lead: string;
  /** Shown in one line. */
  readonly facts: readonly string[];
  readonly tiles: readonly Tile[];
  readonly sections: readonly Section[];
  /** Small print. */
  readonly foot: string;
}

/** What a manager reads: one value under a name. */
export interface Tile {
  readonly name: string;
  readonly value: string;
  readonly text: string;
  readonly verdict?: { readonly text: string; readonly tone: Tone };
  /** How much of what was promised was used up; over 1 it was missed. */
  readonly gauge?: number;
}

export interface Section {
  readonly title: string;
  readonly blocks: readonly Block[];
}

export type Block =
  | { readonly kind: 'heading'; readonly text: string; readonly badge?: { readonly text: string; readonly tone: Tone } }
  | { readonly kind: 'text'; readonly text: string; readonly tone?: Tone }
  | { readonly kind: 'facts'; readonly rows: readonly (readonly [name: string, text: string])[] }
  /** `toDo`: each with a box to tick. */
  | { readonly kind: 'list'; readonly items: readonly string[]; readonly toDo?: boolean }
  | { readonly kind: 'code'; readonly lines: readonly string[] }
  | TableBlock
  | { readonly kind: 'picture'; readonly picture: Picture }
  | { readonly kind: 'chart'; readonly chart: Chart };

/** A row is left out when it has no cells; a table when it has no rows. */
export interface TableBlock {
  readonly kind: 'table';
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

/** `tone` colours the mark where there is one, else the text. Lines of a text are kept; what is `short` is never broken. */
export type Cell =
  | string
  | { readonly text: string; readonly mark?: string; readonly tone?: Tone; readonly look?: 'short' | 'strong' };

/** Lanes over one stretch, of time as a rule: instants are milliseconds since 1970. It has no Markdown form: its tables tell the same. */
export interface Picture {
  readonly label: string;
  readonly from: number;
  readonly until: number;
  readonly ticks: readonly { readonly at: number; readonly text: string }[];
  readonly lanes: readonly Lane[];
  /** An instant that everything is held against, such as the end of an objective. */
  readonly limit: { readonly at: number } | null;
  /** What the colours mean. */
  readonly legend: readonly { readonly look: Look | 'limit'; readonly text: string }[];
}

/** Values, a column each, on a scale of time or in their order (columns.ts). It has no Markdown form, as a picture has none. */
export interface Chart {
  readonly label: string;
  readonly from: number;
  readonly until: number;
  readonly ticks: Picture['ticks'];
  readonly columns: readonly { readonly at: number; readonly value: number; readonly look: Look; readonly title: string }[];
  /** A value that everything is held against, such as an objective; drawn only where it is in reach of the values. */
  readonly limit: number | null;
  /** @returns a value as people read it: for the scale. */
  readonly say: (value: number) => string;
  readonly legend: Picture['legend'];
}

export interface Lane {
  readonly name: string;
  readonly bars: readonly { readonly from: number; readonly until: number; readonly look: Look; readonly title: string }[];
  readonly dots: readonly { readonly at: number; readonly look: Look; readonly title: string }[];
}

export type Look = 'good' | 'bad' | 'doubt' | 'soft' | 'work' | 'quiet';

/** @returns the section; its blocks that have nothing to show are left out. */
export function section(title: string, ...blocks: readonly (Block | null)[]): Section {
  return { title, blocks: blocks.filter((block) => block !== null).filter(hasContent) };
}

function hasContent(block: Block): boolean {
  if (block.kind === 'table' || block.kind === 'facts') return block.rows.length > 0;
  if (block.kind === 'list') return block.items.length > 0;
  if (block.kind === 'code') return block.lines.length > 0;
  if (block.kind === 'picture') return block.picture.lanes.length > 0;
  if (block.kind === 'chart') return block.chart.columns.length > 0;
  return block.text !== '';
}
