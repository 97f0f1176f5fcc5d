// The incidents in `_system` as the controller sees them: which are final is remembered by their keys' revisions, so that
// a round reads the keys and only those records that changed.
import type { Millis } from '@reknit/base';
import { type Incident, isFinal } from '../incidents/incident.js';
import { INCIDENT_PREFIX } from '../incidents/incident-id.js';
import { decodeIncident } from '../incidents/merge.js';
import type { KeyMark, StoreClient } from '../store-client.js';

/** A list of keys is about 60 kB, a record about 8 kB. */
const CALL_TIMEOUT_MS: Millis = 2000;
/** Records read in one round: more wait for the next. */
const READ_MAX = 100;

export interface OpenRecord {
  readonly incident: Incident;
  readonly modRevision: number;
}

export interface ArchiveView {
  /** Not final. */
  readonly open: readonly OpenRecord[];
  /** The one that was written longest ago first. */
  readonly final: readonly KeyMark[];
}

export class Archive {
  readonly #store: StoreClient;
  /** By key. As many as there are keys. */
  #final: Map<string, number> = new Map();

  constructor(store: StoreClient) {
    this.#store = store;
  }

  async look(): Promise<ArchiveView> {
    const marks = await this.#store.listKeys('_system', INCIDENT_PREFIX, { timeoutMs: CALL_TIMEOUT_MS });
    const changed = marks.filter(({ key, modRevision }) => this.#final.get(key) !== modRevision);
    const records = await Promise.all(changed.slice(0, READ_MAX).map(({ key }) => this.#read(key)));
    const final = new Map(marks.filter((mark) => !changed.includes(mark)).map(({ key, modRevision }) => [key, modRevision]));
    for (const record of records)
      if (record !== undefined && record.incident === undefined) final.set(record.key, record.modRevision);
    this.#final = final;
    return {
      open: records.flatMap((record) =>
        record?.incident === undefined ? [] : [{ incident: record.incident, modRevision: record.modRevision }],
      ),
      final: [...final].map(([key, modRevision]) => ({ key, modRevision })).sort((a, b) => a.modRevision - b.modRevision),
    };
  }

  /** `incident` is undefined for what needs no more attention: final, or of a later version. */
  async #read(key: string): Promise<{ key: string; modRevision: number; incident: Incident | undefined } | undefined> {
    const found = await this.#store.get('_system', key, { timeoutMs: CALL_TIMEOUT_MS });
    if (found === undefined) return undefined;
    const incident = decodeIncident(found.value);
    const isOpen = incident !== undefined && !isFinal(incident);
    return { key, modRevision: found.modRevision, incident: isOpen ? incident : undefined };
  }
}
