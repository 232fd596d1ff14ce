import { createLogUpdate } from 'log-update';
import { clockWithSeconds } from '../../text/time.ts';
import type { CliContext } from '../context.ts';
import { changes } from '../render/changes.ts';
import { renderChecklist } from '../render/checklist.ts';
import type { Observation } from './observation.ts';

/** Where a watched run is shown. */
export interface Display {
  show(seen: Observation): void;
  /** Shows the last state, which stays on the screen. */
  readonly last: (seen: Observation) => void;
  close(): void;
}

/** @returns a checklist that is drawn again in place on a terminal; one line for each change elsewhere; JSON with `--json`. */
export function createDisplay(context: CliContext, zone: string): Display {
  if (context.json) return jsonDisplay(context);
  return context.screen.isLive ? liveDisplay(context) : lineDisplay(context, zone);
}

function liveDisplay({ screen }: CliContext): Display {
  const update = createLogUpdate(process.stdout);
  let seen: Observation | undefined;
  const draw = (foot: readonly string[]) => {
    if (seen === undefined) return;
    const columns = process.stdout.columns ?? screen.columns;
    const lines = [...renderChecklist(seen, { now: Date.now(), colors: screen.colors, columns }), ...foot];
    update(screen.fit(lines.join('\n')));
  };
  const running = [screen.colors.dim('Ctrl-C leaves it running. kintsugi watch · kintsugi cancel')];
  // Waiting must never look hung: the time goes on even while nothing answers.
  const timer = setInterval(() => draw(running), 250);
  return {
    show(next) {
      seen = next;
      draw(running);
    },
    last(next) {
      seen = next;
      draw([]);
    },
    close() {
      clearInterval(timer);
      update.done();
    },
  };
}

function lineDisplay({ say }: CliContext, zone: string): Display {
  let before: Observation | null = null;
  const show = (seen: Observation) => {
    if (before === null) say(`${seen.workflowId} · ${seen.runId}`);
    for (const { at, text } of changes(before, seen)) say(`${clockWithSeconds(at ?? Date.now(), zone)}  ${text}`);
    before = seen;
  };
  return { show, last: show, close: () => undefined };
}

function jsonDisplay(context: CliContext): Display {
  let before = '';
  const show = (seen: Observation) => {
    const text = JSON.stringify(seen);
    if (text === before) return;
    before = text;
    context.answer({ type: 'progress', ...seen });
  };
  return { show, last: show, close: () => undefined };
}
