/** @returns the task queue of a stack's host. @param plan the part of the plan that tells it. */
export function taskQueueOf(plan: { stack: { project: string }; temporal: { taskQueue?: string | undefined } }): string {
  return plan.temporal.taskQueue ?? `kintsugi-${plan.stack.project}`;
}

/** @returns the task queue of messages: a slow provider must not keep a recovery's steps waiting, nor the other way round. */
export function messagesQueueOf(plan: Parameters<typeof taskQueueOf>[0]): string {
  return `${taskQueueOf(plan)}-messages`;
}
