import type { VNode } from 'preact';
import { renderPage } from '../html/shell.tsx';
import { ChartBlock } from './chart.tsx';
import type { Block, Cell, ReportDocument, Section, TableBlock, Tile } from './document.ts';
import { PictureBlock } from './picture.tsx';

/** @returns a document as one page. */
export function renderDocumentAsHtml(document: ReportDocument): string {
  const { title, badge, lead, facts, tiles, sections, foot } = document;
  return renderPage(
    `${title}: ${badge.text}`,
    <>
      <header>
        <h1>
          {title} <span class={`badge ${badge.tone}`}>{badge.text}</span>
        </h1>
        <p class="lead">{lead}</p>
        <p class="soft">{facts.join(' · ')}</p>
      </header>
      {tiles.length === 0 ? null : (
        <section class="tiles" aria-label="Summary">
          {tiles.map((tile) => (
            <TileBox key={tile.name} tile={tile} />
          ))}
        </section>
      )}
      {sections
        .filter(({ blocks }) => blocks.length > 0)
        .map((section) => (
          <SectionPart key={section.title} section={section} />
        ))}
      <p class="soft">{foot}</p>
    </>,
  );
}

function TileBox({ tile: { name, value, text, verdict, gauge } }: { tile: Tile }): VNode {
  return (
    <div class="tile">
      <h3>{name}</h3>
      <strong>{value}</strong>
      {gauge === undefined ? null : (
        <div class={gauge <= 1 ? 'gauge' : 'gauge over'}>
          <i style={{ width: `${(Math.min(1, gauge) * 100).toFixed(1)}%` }} />
        </div>
      )}
      <p class="soft">
        {text}
        {verdict === undefined ? null : (
          <>
            {text === '' ? '' : ' · '}
            <span class={verdict.tone}>{verdict.text}</span>
          </>
        )}
      </p>
    </div>
  );
}

function SectionPart({ section: { title, blocks } }: { section: Section }): VNode {
  return (
    <section>
      <h2>{title}</h2>
      {blocks.map((block, at) => (
        <BlockPart key={`${block.kind} ${at}`} block={block} />
      ))}
    </section>
  );
}

function BlockPart({ block }: { block: Block }): VNode {
  switch (block.kind) {
    case 'heading':
      return (
        <h3>
          {block.text} {block.badge === undefined ? null : <span class={`badge ${block.badge.tone}`}>{block.badge.text}</span>}
        </h3>
      );
    case 'text':
      return <p class={block.tone}>{block.text}</p>;
    case 'facts':
      return (
        <dl>
          {block.rows.map(([name, text]) => (
            <>
              <dt>{name}</dt>
              <dd>{text}</dd>
            </>
          ))}
        </dl>
      );
    case 'list':
      return (
        <ul class={block.toDo === true ? 'todo' : undefined}>
          {block.items.map((item) => (
            <li key={item}>{item}</li>
          ))}
        </ul>
      );
    case 'code':
      return <pre>{block.lines.join('\n')}</pre>;
    case 'table':
      return <TablePart table={block} />;
    case 'picture':
      return <PictureBlock picture={block.picture} />;
    case 'chart':
      return <ChartBlock chart={block.chart} />;
  }
}

function TablePart({ table: { columns, rows } }: { table: TableBlock }): VNode {
  return (
    <table>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column}>{column}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row, at) => (
          <tr key={`${at}`}>
            {row.map((cell, column) => (
              <TableCell key={columns[column]} name={columns[column] ?? ''} cell={cell} />
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Only what has such a word may be broken anywhere; else a narrow column would break names. */
const longWord = /[^\s-]{25}/;

/** On a narrow screen a cell tells its column's name by itself; what stands out needs none. */
function TableCell({ name, cell }: { name: string; cell: Cell }): VNode {
  const { text, mark, tone, look } = typeof cell === 'string' ? { text: cell } : cell;
  if (text === '') return <td />;
  const named = look === undefined ? name : undefined;
  const fits = longWord.test(text) ? undefined : 'fit';
  const looks = [look, fits, mark === undefined ? tone : undefined].filter((each) => each !== undefined).join(' ');
  return (
    <td class={looks || undefined} data-name={named}>
      {mark === undefined ? null : <span class={tone}>{mark} </span>}
      {text}
    </td>
  );
}
