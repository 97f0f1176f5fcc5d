// What the store holds of incidents, looked at again and again: the place where they outlive the agents that opened them.
import type { Millis } from '@reknit/base';
import { decodeIncident, INCIDENT_PREFIX, type Incident, isClosed, type StoreClient } from '@reknit/recovery';
import type { World } from '@reknit/runtime/simulated';

const LOOK_EVERY: Millis = 500;
const CALL_TIMEOUT: Millis = 2000;

export class IncidentsInStore {
  readonly #world: World;
  readonly #store: StoreClient;
  #seen: { readonly at: Millis; readonly incidents: readonly Incident[] } | undefined;

  constructor(world: World, store: StoreClient) {
    this.#world = world;
    this.#store = store;
  }

  begin(): void {
    this.#world.after(LOOK_EVERY, () => void this.#look(this.#world.now));
  }

  /** None is open, by a look that began after this moment. */
  areClosedSince(moment: Millis): boolean {
    return this.#seen !== undefined && this.#seen.at > moment && this.#seen.incidents.every(isClosed);
  }

  get open(): readonly Incident[] {
    return (this.#seen?.incidents ?? []).filter((incident) => !isClosed(incident));
  }

  async #look(at: Millis): Promise<void> {
    try {
      const keys = await this.#store.listKeys('_system', INCIDENT_PREFIX, { timeoutMs: CALL_TIMEOUT });
      const values = await Promise.all(keys.map(({ key }) => this.#store.get('_system', key, { timeoutMs: CALL_TIMEOUT })));
      const incidents = values.flatMap((found) => (found === undefined ? [] : [decodeIncident(found.value)]));
      this.#seen = { at, incidents: incidents.filter((incident) => incident !== undefined) };
    } catch {
      // It does not serve now: the next look.
    }
    this.begin();
  }
}
