// What a member says of itself in answer to `/reknit/vitals`. Members of other versions say less: what is missing is unknown.
import type { StoreAlarm, Vitals } from '@reknit/recovery';

export interface NodeVitals {
  readonly vitals: Vitals;
  /** Of its syncs of the log, 99 in 100 took no longer. */
  readonly logSyncP99Ms: number | undefined;
  /** How long its oldest sync under way has been under way. */
  readonly logPendingMs: number;
  /** Its wall clock. */
  readonly wall: number | undefined;
  readonly alarms: readonly NodeAlarm[];
}

export interface NodeAlarm {
  readonly alarm: StoreAlarm;
  /** Whom it is about; undefined: the one who says it. */
  readonly member: string | undefined;
  readonly detail: string;
}

/** Undefined where the answer is not that of a member. */
export function parseVitals(body: string): NodeVitals | undefined {
  const said = parseObject(body);
  if (said === undefined) return undefined;
  const { loopDelayMs, logSyncMs, suspectedPeers, logSyncP99Ms, logPendingMs, wall, store } = said;
  if (typeof loopDelayMs !== 'number' || typeof logSyncMs !== 'number' || !Array.isArray(suspectedPeers)) return undefined;
  return {
    vitals: { loopDelayMs, logSyncMs, suspectedPeers: suspectedPeers.map(String) },
    logSyncP99Ms: numberIn(logSyncP99Ms),
    logPendingMs: numberIn(logPendingMs) ?? 0,
    wall: numberIn(wall),
    alarms: Array.isArray(store) ? store.flatMap(alarmIn) : [],
  };
}

const numberIn = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);

/** Of each the name is checked, so that a newer member's alarm is left out rather than taken for another. */
const ALARMS: Readonly<Record<StoreAlarm, true>> = {
  nospace: true,
  corrupt: true,
  rot: true,
  torn: true,
  'lost-write': true,
  clock: true,
  'wrong-directory': true,
  diverged: true,
  config: true,
};
const isAlarm = (name: unknown): name is StoreAlarm => typeof name === 'string' && Object.hasOwn(ALARMS, name);

function alarmIn(entry: unknown): readonly NodeAlarm[] {
  if (typeof entry !== 'object' || entry === null) return [];
  const { alarm, member, detail } = entry as Readonly<Record<string, unknown>>;
  return isAlarm(alarm) ? [{ alarm, member: typeof member === 'string' ? member : undefined, detail: String(detail) }] : [];
}

function parseObject(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}
