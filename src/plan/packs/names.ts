/** Packs of rules that come with Kintsugi. */
export const packNames = ['timer-cards'] as const;
