/** Backups by how often they are taken, finest first. One backup serves every tier that is due. Apart from the schema, which workflows need not load. */
export const tierNames = ['hourly', 'daily', 'weekly', 'monthly'] as const;
export type Tier = (typeof tierNames)[number];
