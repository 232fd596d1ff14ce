/** Parts of Markdown. Names and messages of others are escaped by the library, not by us. */
import type { BlockContent, PhrasingContent, Root, Table } from 'mdast';
import { gfmTableToMarkdown } from 'mdast-util-gfm-table';
import { toMarkdown } from 'mdast-util-to-markdown';

/** @returns GitHub-flavoured Markdown. */
export function markdownOf(children: Root['children']): string {
  return toMarkdown({ type: 'root', children }, { bullet: '-', extensions: [gfmTableToMarkdown()] });
}

export function heading(depth: 1 | 2 | 3, text: string): BlockContent {
  return { type: 'heading', depth, children: phrase(text) };
}

export function paragraph(text: string): BlockContent {
  return { type: 'paragraph', children: phrase(text) };
}

export function code(lines: readonly string[]): BlockContent {
  return { type: 'code', value: lines.join('\n') };
}

export function list(items: readonly string[]): BlockContent {
  return {
    type: 'list',
    spread: false,
    children: items.map((item) => ({
      type: 'listItem',
      spread: false,
      children: [{ type: 'paragraph', children: phrase(item) }],
    })),
  };
}

/** @returns null of a table without rows. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): Table | null {
  if (rows.length === 0) return null;
  const row = (cells: readonly string[]): Table['children'][number] => ({
    type: 'tableRow',
    children: cells.map((cell) => ({ type: 'tableCell', children: phrase(cell) })),
  });
  return { type: 'table', children: [row(head), ...rows.map(row)] };
}

/** Line ends would end a table's row. */
function phrase(text: string): PhrasingContent[] {
  return [{ type: 'text', value: text.replaceAll(/\s*\n\s*/g, ' ') }];
}
