import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parser } from '@prometheus-io/lezer-promql';
import { parse } from 'yaml';

/** An expression of a rule or a panel, and the templates that are filled from its result. */
export interface Expression {
  readonly where: string;
  readonly expr: string;
  readonly templates: readonly string[];
}

/** What an expression asks for. */
export interface Asked {
  readonly metric: string;
  /** Labels that it is filtered by, with the values that it is compared with by `=`. */
  readonly labels: readonly { readonly name: string; readonly value: string | null }[];
}

const file = (name: string) => fileURLToPath(new URL(`../../production/${name}`, import.meta.url));

export interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** @returns the rules of production/prometheus-rules.yml. */
export function alertRules(): Rule[] {
  const { groups } = parse(readFileSync(file('prometheus-rules.yml'), 'utf8')) as { groups: { rules: Rule[] }[] };
  return groups.flatMap(({ rules }) => rules);
}

interface Dashboard {
  readonly uid: string;
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly query: string | { readonly query: string } }[];
  };
  readonly panels: readonly {
    readonly id: number;
    readonly title: string;
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
    readonly targets: readonly { readonly refId: string; readonly expr: string; readonly legendFormat: string }[];
  }[];
}

/** @returns production/grafana-dashboard.json. */
export function dashboard(): Dashboard {
  return JSON.parse(readFileSync(file('grafana-dashboard.json'), 'utf8')) as Dashboard;
}

/** @returns every expression of rules and dashboard. Grafana's variables stand for a name. */
export function allExpressions(): Expression[] {
  const ofRules = alertRules().map(({ alert, expr, annotations }) => ({
    where: alert,
    expr,
    templates: Object.values(annotations).flatMap((text) => [...text.matchAll(/\$labels\.(\w+)/g)].map(([, name = '']) => name)),
  }));
  const ofPanels = dashboard().panels.flatMap(({ title, targets }) =>
    targets.map(({ expr, legendFormat }) => ({
      where: title,
      expr: expr.replaceAll('$stack', 'any'),
      templates: [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, name = '']) => name),
    })),
  );
  return [...ofRules, ...ofPanels];
}

/** @returns where Prometheus' own grammar does not understand an expression; empty if it does. */
export function syntaxFaults(expr: string): string[] {
  const faults: string[] = [];
  parser.parse(expr).iterate({
    enter: ({ type, from, to }) => {
      if (type.isError) faults.push(`at ${from}: ${expr.slice(from, to + 10)}`);
    },
  });
  return faults;
}

/** @returns every metric that an expression asks for, and the labels that it groups and joins by. */
export function askedBy(expr: string): { readonly metrics: readonly Asked[]; readonly groupings: readonly string[] } {
  const metrics: Asked[] = [];
  const groupings: string[] = [];
  parser.parse(expr).iterate({
    enter: ({ name, node }) => {
      const text = expr.slice(node.from, node.to);
      if (name === 'GroupingLabels') groupings.push(...(text.match(/[a-z_]+/gi) ?? []));
      if (name !== 'VectorSelector') return;
      const [metric = ''] = /^[\w:]+/.exec(text) ?? [];
      const labels = [...text.matchAll(/(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"/g)].map(([, label = '', operator, value = '']) => ({
        name: label,
        value: operator === '=' ? value : null,
      }));
      metrics.push({ metric, labels });
    },
  });
  return { metrics, groupings };
}
