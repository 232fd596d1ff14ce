/** Reviews of the plan: what the document asks for, and when. Pure. */
export const reviewNames = ['monthly', 'quarterly', 'annual'] as const;
export type ReviewName = (typeof reviewNames)[number];

const items: Readonly<Record<ReviewName, readonly string[]>> = {
  monthly: [
    'Add what went wrong since the last review as scenarios, or note that nothing did: kintsugi incident list',
    'See that the drill of the month passed and is signed off: kintsugi drill list',
    'See that the plan still fits what runs: kintsugi plan check',
  ],
  quarterly: [
    'Review and update the contacts: people, roles, telephone numbers, on-call rotation',
    'Try every contact: kintsugi notify test',
    'See who may start and approve: permissions and approvals of the plan',
  ],
  annual: [
    'Review the whole plan: objectives, severities, procedures, retention, off-site copies',
    'See that the annual test passed and that its actions are done: kintsugi drill list',
    'See that somebody can recover by hand, with the plan and the keys that are kept elsewhere: docs/recover-by-hand.md',
    'Have a copy of the plan where the backups are, and at another place',
  ],
};

/** @returns what is to be gone through; a wider review has all of the narrower ones. */
export function reviewItems(review: ReviewName): string[] {
  return reviewNames.slice(0, reviewNames.indexOf(review) + 1).flatMap((name) => items[name]);
}
