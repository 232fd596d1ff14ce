import type { WorkerContext } from '../context.ts';
import { restartDocker } from '../docker/daemon.ts';
import { mendNetworks } from '../docker/mend-networks.ts';
import { readRestarts, restartServices } from '../docker/restart-services.ts';
import { startStack } from '../docker/start-stack.ts';
import { freeDisk, planFreeDisk } from '../reclaim/free-disk.ts';
import { keepReserve } from '../reclaim/reserve.ts';
import { diagnoseStack } from './observe.ts';
import { surveyStack } from './stack.ts';

type Bind = <I, O>(step: (context: WorkerContext, input: I) => Promise<O>) => (input: I) => Promise<O>;

/** @returns the activities on a whole stack and its machine. */
export function stackActivities(bind: Bind) {
  return {
    surveyStack: bind(surveyStack),
    diagnoseStack: bind(diagnoseStack),
    planFreeDisk: bind(planFreeDisk),
    freeDisk: bind(freeDisk),
    keepReserve: bind(keepReserve),
    restartDocker: bind(restartDocker),
    mendNetworks: bind(mendNetworks),
    startStack: bind(startStack),
    restartServices: bind(restartServices),
    readRestarts: bind(readRestarts),
  };
}
