import type { Pack } from '../repairs.ts';
import type { packNames } from './names.ts';
import { timerCards } from './timer-cards.ts';

/** @see packNames */
export const packs: Readonly<Record<(typeof packNames)[number], Pack>> = { 'timer-cards': timerCards };
