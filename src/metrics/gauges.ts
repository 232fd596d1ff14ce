import { Gauge, type Registry } from 'prom-client';
import { definitions, type MetricName } from './definitions.ts';
import type { Measures } from './measures.ts';

/**
 * Makes every gauge of a stack in a registry.
 *
 * @returns what sets them: what was measured before and is not any more is taken away, so that no old value is taken for a new one.
 */
export function createGauges(registry: Registry, stack: string): (measures: Measures) => void {
  const gauges = (Object.keys(definitions) as MetricName[]).map((name) => {
    const [help, labels] = definitions[name];
    // Every one has a label: one without any would be 0 while nothing is known.
    return { name, gauge: new Gauge({ name, help, labelNames: ['stack', ...labels], registers: [registry] }) };
  });
  return (measures) => {
    for (const { name, gauge } of gauges) {
      gauge.reset();
      for (const { value, labels } of measures[name] ?? []) gauge.set({ stack, ...labels }, value);
    }
  };
}
