import type { VNode } from 'preact';
import type { Chart } from './document.ts';
import { Axis, Legend, placeOn } from './picture.tsx';

const height = 120;
/** Room above the highest column for the scale's own text. */
const headroom = 16;

/** An objective so much higher than all values would press them to the ground. */
const furthestLimit = 4;

/**
 * Values over time as columns of SVG. As in a picture, places along the time are percentages, so that it needs no view box and its
 * letters keep their size on a phone.
 */
export function ChartBlock({ chart }: { chart: Chart }): VNode {
  const { label, columns, ticks, limit, legend, say } = chart;
  const x = placeOn(chart);
  const highest = Math.max(1e-9, ...columns.map(({ value }) => value));
  const isNear = limit !== null && limit <= furthestLimit * highest;
  const top = isNear ? Math.max(highest, limit) : highest;
  const y = (value: number) => Math.round(height - (value / top) * (height - headroom));
  return (
    <figure class="picture chart-of-values" role="img" aria-label={label}>
      <svg class="plot" width="100%" height={height} aria-hidden="true">
        {[1, 0.5].map((part) => (
          <line key={part} class="tick" x1="0" x2="100%" y1={y(top * part)} y2={y(top * part)} />
        ))}
        <line class="base" x1="0" x2="100%" y1={height} y2={height} />
        {columns.map(({ at, value, look, title }) => (
          <line
            key={`${at} ${title}`}
            class={`column ${look}`}
            x1={x(at)}
            x2={x(at)}
            y1={height}
            y2={Math.min(height - 2, y(value))}
          >
            <title>{title}</title>
          </line>
        ))}
        {isNear ? <line class="limit" x1="0" x2="100%" y1={y(limit)} y2={y(limit)} /> : null}
        {[1, 0.5].map((part) => (
          <text key={part} class="scale" x="0" y={y(top * part) - 3}>
            {say(top * part)}
          </text>
        ))}
      </svg>
      <Axis ticks={ticks} place={x} />
      <Legend legend={legend} />
    </figure>
  );
}
