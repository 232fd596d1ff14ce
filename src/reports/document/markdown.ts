import type { BlockContent } from 'mdast';
import type { Block, Cell, ReportDocument, Section, Tile } from './document.ts';
import { code, heading, list, markdownOf, paragraph, table } from './markdown-parts.ts';

/** @returns a document as GitHub-flavoured Markdown. */
export function renderDocumentAsMarkdown({ title, badge, lead, facts, tiles, sections, foot }: ReportDocument): string {
  return markdownOf([
    heading(1, `${title}: ${badge.text}`),
    paragraph(lead),
    list([...facts, ...tiles.map(tileText)]),
    ...sections.flatMap(sectionText),
    paragraph(foot),
  ]);
}

function tileText({ name, value, text, verdict }: Tile): string {
  const said = [value, text, verdict?.text ?? ''].filter((part) => part !== '').join(' · ');
  return `${name}: ${said}`;
}

function sectionText({ title, blocks }: Section): BlockContent[] {
  const content = blocks.flatMap((block) => blockText(block) ?? []);
  return content.length === 0 ? [] : [heading(2, title), ...content];
}

function blockText(block: Block): BlockContent | null {
  switch (block.kind) {
    case 'heading':
      return heading(3, block.badge === undefined ? block.text : `${block.text}: ${block.badge.text}`);
    case 'text':
      return paragraph(block.text);
    case 'facts':
      return list(block.rows.map(([name, text]) => `${name}: ${text}`));
    case 'list':
      return list(block.toDo === true ? block.items.map((item) => `☐ ${item}`) : block.items);
    case 'code':
      return code(block.lines);
    case 'table':
      return table(
        block.columns,
        block.rows.map((row) => row.map(cellText)),
      );
    case 'picture':
    case 'chart':
      return null;
  }
}

function cellText(cell: Cell): string {
  if (typeof cell === 'string') return inOneLine(cell);
  return inOneLine(cell.mark === undefined ? cell.text : `${cell.mark} ${cell.text}`);
}

function inOneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, '; ');
}
