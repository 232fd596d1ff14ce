import type { Explanation } from './explain.ts';
import { packs } from './packs/index.ts';
import { isRowRule, type Repairs, type Rule, readPack } from './repairs.ts';

/**
 * @returns all rules of a plan, those of its packs first, in the order in which they are to be repaired: each after the ones that
 *   it names, else as written. Rules that wait for each other come last (`ruleFaults` refuses such a plan).
 */
export function rulesOf({ packs: chosen, rules, objects }: Repairs): Rule[] {
  const ofPacks = chosen.map((name) => readPack(packs[name]));
  const all: Rule[] = [...ofPacks.flatMap((pack) => [...pack.rules, ...pack.objects]), ...rules, ...objects];
  return inOrder(all);
}

function inOrder(rules: readonly Rule[]): Rule[] {
  const waiting = [...rules];
  const ordered: Rule[] = [];
  while (waiting.length > 0) {
    const at = waiting.findIndex(({ after }) => !after.some((name) => waiting.some((other) => other.name === name)));
    if (at < 0) return [...ordered, ...waiting];
    ordered.push(...waiting.splice(at, 1));
  }
  return ordered;
}

/**
 * @param only names of rules. @returns those and all that must be repaired before them, in order: a repair that comes too early is
 *   refused by the table's own triggers (known-faults row 9).
 */
export function withNeeded(rules: readonly Rule[], only: readonly string[]): Rule[] {
  const names = new Set<string>();
  const add = (name: string): void => {
    if (names.has(name)) return;
    names.add(name);
    for (const before of rules.find((rule) => rule.name === name)?.after ?? []) add(before);
  };
  for (const name of only) add(name);
  return rules.filter(({ name }) => names.has(name));
}

/** @returns what is wrong with the rules of a plan that no single field shows, each with its place. */
export function ruleFaults(repairs: Repairs): Explanation[] {
  const all = rulesOf(repairs);
  const places = [
    ...repairs.rules.map((rule, at) => ({ rule: rule as Rule, path: ['repairs', 'rules', at] })),
    ...repairs.objects.map((rule, at) => ({ rule: rule as Rule, path: ['repairs', 'objects', at] })),
  ];
  return places.flatMap(({ rule, path }) => [
    ...named(rule, path, all),
    ...(isRowRule(rule) ? ofRows(rule, path) : ofObjects(rule, path)),
  ]);
}

type Path = readonly PropertyKey[];

function named(rule: Rule, path: Path, all: readonly Rule[]): Explanation[] {
  const twice = all.filter(({ name }) => name === rule.name).length > 1;
  const at = all.indexOf(rule);
  return [
    ...(twice
      ? [{ path: [...path, 'name'], message: `“${rule.name}” is there twice`, mend: 'rules are told apart by their name' }]
      : []),
    ...rule.after.flatMap((name, index) => {
      const other = all.findIndex((each) => each.name === name);
      const place = [...path, 'after', index];
      if (other < 0) return [{ path: place, message: `there is no rule “${name}”`, mend: `one of ${quoted(all, rule)}` }];
      return other < at
        ? []
        : [{ path: place, message: `“${name}” itself comes after “${rule.name}”`, mend: 'take one of them out' }];
    }),
  ];
}

function quoted(all: readonly Rule[], but: Rule): string {
  return all.flatMap((rule) => (rule === but ? [] : [`“${rule.name}”`])).join(', ') || 'none: it is the only one';
}

function ofRows(rule: Extract<Rule, { table: string }>, path: Path): Explanation[] {
  const { where, find, still, repair } = rule;
  const faults: Explanation[] = [];
  if ((where === undefined) === (find === undefined))
    faults.push({
      path,
      message: `“${rule.name}” needs where or find${find === undefined ? '' : ', not both'}`,
      mend: 'where: a condition over a row; find: a SELECT of primary keys',
    });
  if (still !== undefined && find === undefined)
    faults.push({ path: [...path, 'still'], message: 'goes with find only', mend: 'where is asked again by itself' });
  if (repair === undefined) {
    for (const field of ['keeps', 'unchanged'] as const)
      if (rule[field].length > 0)
        faults.push({ path: [...path, field], message: 'means nothing without a repair', mend: 'add repair, or leave it out' });
  } else if (repair !== 'delete' && 'set' in repair) {
    if (Object.keys(repair.set).length === 0)
      faults.push({ path: [...path, 'repair', 'set'], message: 'sets nothing', mend: 'name a column and an expression' });
    const kept = rule.keeps.find((column) => column in repair.set);
    if (kept !== undefined)
      faults.push({
        path: [...path, 'repair', 'set', kept],
        message: `“${kept}” is under keeps, too`,
        mend: 'keep it in one of the two',
      });
  }
  return faults;
}

function ofObjects(rule: Exclude<Rule, { table: string }>, path: Path): Explanation[] {
  return rule.objects.flatMap(({ kind, name, table }, at) =>
    (kind === 'function') === (table === undefined)
      ? []
      : [
          {
            path: [...path, 'objects', at],
            message: kind === 'function' ? `the function “${name}” is on no table` : `the ${kind} “${name}” needs its table`,
            mend: kind === 'function' ? 'leave table out' : 'table: the table that it is on',
          },
        ],
  );
}
