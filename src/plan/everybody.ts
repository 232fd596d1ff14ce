/** Everybody in the plan, as a level of its own. Apart from the schema, which workflows need not load. */
export const everybody = 'all';
