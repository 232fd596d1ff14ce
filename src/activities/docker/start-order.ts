import type { ServiceFacts } from '../../diagnosis/facts.ts';
import type { ComposeModel } from './compose.ts';
import { oneShots } from './services.ts';

/**
 * @param runOnce the services that the plan calls so, on top of those that Compose shows.
 * @returns the services of a stack, each after those that it depends on; else in the order of their names.
 */
export function servicesInOrder(model: ComposeModel, runOnce: readonly string[]): ServiceFacts[] {
  const once = oneShots(model, runOnce);
  const order: string[] = [];
  const visit = (name: string, above: readonly string[]): void => {
    const service = model.services[name];
    // Compose refuses circles; a name of another profile is none of this stack.
    if (service === undefined || order.includes(name) || above.includes(name)) return;
    for (const needed of sorted(service.depends_on ?? {})) visit(needed, [...above, name]);
    order.push(name);
  };
  for (const name of sorted(model.services)) visit(name, []);
  return order.map((name) => {
    const { depends_on: needs = {}, deploy, scale } = model.services[name] ?? {};
    return {
      name,
      runOnce: once.has(name),
      replicas: deploy?.replicas ?? scale ?? 1,
      needs: Object.fromEntries(
        Object.entries(needs)
          .filter(([needed]) => needed in model.services)
          .map(([needed, { condition }]) => [needed, condition]),
      ),
    };
  });
}

/** @returns the services in groups: those of one group need none of the same or a later group, so they may start side by side. */
export function startLevels(services: readonly ServiceFacts[]): ServiceFacts[][] {
  const level = new Map<string, number>();
  for (const { name, needs } of services) {
    level.set(name, Math.max(0, ...Object.keys(needs).map((needed) => (level.get(needed) ?? -1) + 1)));
  }
  const deepest = Math.max(0, ...level.values());
  return Array.from({ length: deepest + 1 }, (_none, at) => services.filter(({ name }) => level.get(name) === at)).filter(
    (group) => group.length > 0,
  );
}

function sorted(names: object): string[] {
  return Object.keys(names).toSorted((a, b) => a.localeCompare(b));
}
