import { defineQuery, defineUpdate } from '@temporalio/workflow';
import { type ChoiceInput, type DecisionInput, messages, type Progress } from './contract.ts';

export const progressQuery = defineQuery<Progress>(messages.progress);
export const approveUpdate = defineUpdate<string, [DecisionInput]>(messages.approve);
export const refuseUpdate = defineUpdate<string, [DecisionInput]>(messages.refuse);
export const proceedUpdate = defineUpdate<string, [ChoiceInput]>(messages.proceed);
