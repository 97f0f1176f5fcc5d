import { crc32c, utf8Encode } from '@reknit/base';

/**
 * The same for the same fault, whoever writes it down: agents whose journals merge later meet under one id.
 * @param onset wall-clock milliseconds, as the observer that owns the subject knows it
 */
export function incidentId(subject: string, bootId: string, onset: number): string {
  const moment = Math.round(onset);
  const check = crc32c(utf8Encode(`${subject}|${bootId}|${moment}`))
    .toString(16)
    .padStart(8, '0');
  return `${subject}-${moment.toString(36)}-${check}`;
}

export const INCIDENT_PREFIX = 'reknit/incidents/';
export const incidentKey = (id: string): string => `${INCIDENT_PREFIX}${id}`;
