/** Header of an activity that names the incident that it is done for. */
export const incidentHeader = 'kintsugi-incident';
