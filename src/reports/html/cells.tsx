import type { VNode } from 'preact';

/** Cells that tell their column's name by themselves where the screen is too narrow for columns. */
export function Cells({ cells }: { cells: readonly (readonly [name: string, text: string, look?: string])[] }): VNode {
  return (
    <>
      {cells.map(([name, text, look]) => (
        <td key={name} class={look} data-name={name || undefined}>
          {text}
        </td>
      ))}
    </>
  );
}
