import type { ContainerFacts, StackFacts } from './facts.ts';

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
