import type { ContainerFacts, ServiceFacts, StackFacts } from './facts.ts';

/** @returns whether a container runs and is not known to be ill. */
export function isWell({ state, health }: Pick<ContainerFacts, 'state' | 'health'>): boolean {
  return state === 'running' && health !== 'unhealthy';
}

/** @returns the containers that should be up and are not, and the services that have none. What ends by design is not among them. */
export function downOf({ services, containers }: Pick<StackFacts, 'services' | 'containers'>): {
  containers: ContainerFacts[];
  missing: string[];
} {
  const long = services.filter(({ runOnce, replicas }) => !runOnce && replicas > 0).map(({ name }) => name);
  return {
    containers: containers.filter((container) => long.includes(container.service) && !isWell(container)),
    missing: long.filter((name) => !containers.some(({ service }) => service === name)),
  };
}

/** @returns the names of the services that need one of `names`, directly or through others. */
export function dependentsOn({ services }: Pick<StackFacts, 'services'>, names: readonly string[]): string[] {
  const found = new Set<string>();
  // They are in the order in which they start: what a service needs comes before it.
  for (const { name, needs } of services)
    if (Object.keys(needs).some((needed) => names.includes(needed) || found.has(needed))) found.add(name);
  return [...found].filter((name) => !names.includes(name));
}

/** @returns the names of the services that `name` needs, directly or through others, in the order in which they start. */
export function neededBy({ services }: Pick<StackFacts, 'services'>, name: string): string[] {
  const found = new Set([name]);
  for (const service of services.toReversed())
    if (found.has(service.name)) for (const needed of Object.keys(service.needs)) found.add(needed);
  return services.map((service) => service.name).filter((each) => each !== name && found.has(each));
}

type Started = Pick<ContainerFacts, 'service' | 'startedAt'>;

/**
 * A migration that failed in a service which runs once is mostly helped otherwise, and that service stays as it ended.
 *
 * @returns whether everything that waits for such a service was started after it.
 */
export function isOutlived(
  once: Started,
  { services, containers }: { readonly services: readonly ServiceFacts[]; readonly containers: readonly Started[] },
): boolean {
  const waiting = services.filter(({ needs }) => once.service in needs).map(({ name }) => name);
  const later = ({ startedAt }: Started) => Date.parse(startedAt) > Date.parse(once.startedAt);
  return waiting.length > 0 && waiting.every((name) => containers.some((each) => each.service === name && later(each)));
}
