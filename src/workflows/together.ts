import { CancellationScope } from '@temporalio/workflow';

/**
 * Runs all side by side; when one fails, the others are cancelled and waited for, so that nothing still works when the clean-up
 * begins.
 *
 * @returns what each returned, in order. @throws the first failure.
 */
export async function together<T extends readonly unknown[]>(
  ...work: { readonly [At in keyof T]: () => Promise<T[At]> }
): Promise<T> {
  const scope = new CancellationScope();
  return scope.run(async () => {
    const running = work.map((start) => start());
    try {
      return (await Promise.all(running)) as unknown as T;
    } catch (error) {
      scope.cancel();
      await Promise.allSettled(running);
      throw error;
    }
  });
}
