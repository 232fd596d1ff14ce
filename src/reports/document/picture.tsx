import type { VNode } from 'preact';
import type { Lane, Picture } from './document.ts';

/**
 * Lanes over one stretch of time, as SVG that stands in the page. Places are percentages and names are text of the page, so it is
 * as readable on a phone as on paper.
 */
export function PictureBlock({ picture }: { picture: Picture }): VNode {
  const { label, lanes, ticks, limit, legend } = picture;
  const x = placeOn(picture);
  return (
    <figure class="picture" role="img" aria-label={label}>
      {lanes.map((lane) => (
        <div class="lane" key={lane.name}>
          <span class="name">{lane.name}</span>
          <svg width="100%" height="18" aria-hidden="true">
            <line class="base" x1="0" x2="100%" y1="9" y2="9" />
            {limit === null ? null : <line class="limit" x1={x(limit.at)} x2={x(limit.at)} y1="0" y2="18" />}
            <LaneMarks lane={lane} picture={picture} />
          </svg>
        </div>
      ))}
      <div class="lane axis">
        <span class="name" />
        <Axis ticks={ticks} place={x} />
      </div>
      <Legend legend={legend} />
    </figure>
  );
}

/** The scale below. */
export function Axis({ ticks, place }: { ticks: Picture['ticks']; place: (at: number) => string }): VNode {
  return (
    <svg width="100%" height="26" aria-hidden="true">
      {ticks.map(({ at, text }) => (
        <g key={at}>
          <line class="tick" x1={place(at)} x2={place(at)} y1="0" y2="5" />
          <text x={place(at)} y="18" text-anchor={anchorAt(place(at))}>
            {text}
          </text>
        </g>
      ))}
    </svg>
  );
}

/** A text at an edge must not reach beyond it. */
function anchorAt(place: string): 'start' | 'middle' | 'end' {
  const percent = Number.parseFloat(place);
  if (percent < 10) return 'start';
  return percent > 90 ? 'end' : 'middle';
}

/** What the colours mean. */
export function Legend({ legend }: Pick<Picture, 'legend'>): VNode {
  return (
    <figcaption class="soft">
      {legend.map(({ look, text }) => (
        <span key={text}>
          <i class={look} />
          {text}
        </span>
      ))}
    </figcaption>
  );
}

function LaneMarks({ lane, picture }: { lane: Lane; picture: Picture }): VNode {
  const x = placeOn(picture);
  const whole = picture.until - picture.from;
  return (
    <>
      {lane.bars.map(({ from, until, look, title }) => (
        <rect
          key={`${from} ${title}`}
          class={look}
          x={x(from)}
          width={`${Math.max(0.4, ((Math.min(until, picture.until) - from) / whole) * 100).toFixed(2)}%`}
          y="3"
          height="12"
          rx="2"
        >
          <title>{title}</title>
        </rect>
      ))}
      {lane.dots.map(({ at, look, title }) => (
        <circle key={`${at} ${title}`} class={look} cx={x(at)} cy="9" r="4.5">
          <title>{title}</title>
        </circle>
      ))}
    </>
  );
}

export function placeOn({ from, until }: Pick<Picture, 'from' | 'until'>): (at: number) => string {
  const whole = Math.max(1, until - from);
  return (at) => `${(Math.min(1, Math.max(0, (at - from) / whole)) * 100).toFixed(2)}%`;
}
