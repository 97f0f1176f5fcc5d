// What the controller does while it is one: finish the incidents of agents that are gone, and keep the archive of closed
// ones within its bound. Its term's end is the end of all of it: every write compares the epoch.
import type { Timer } from '@reknit/runtime';
import { isFinal } from '../incidents/incident.js';
import type { KeyMark, Write } from '../store-client.js';
import { Archive, type OpenRecord } from './archive.js';
import type { Candidacy } from './candidacy.js';
import { agentKey } from './keys.js';
import { Orphan, type OrphanContext } from './orphan.js';

/** A dead agent's session has lasted as long before anybody may take its work. */
const ROUND_EVERY_MS = 5000;
/** Final incidents kept in the store, about 8 kB each; the oldest go. */
export const FINAL_MAX = 1000;
/** Half of what etcd allows in a transaction. */
const DELETES_MAX = 64;
/** Each verifies for seconds and costs little; more wait. */
const ORPHANS_MAX = 8;

export interface DutiesOptions extends Omit<OrphanContext, 'commit'> {
  readonly candidacy: Candidacy;
  /** Whether this agent has it in hand. */
  readonly isOwn: (id: string) => boolean;
  /** Why nothing may be done now: the controller is held back like any agent. */
  readonly objection: () => string | undefined;
}

export class Duties {
  readonly #options: DutiesOptions;
  readonly #archive: Archive;
  readonly #underWay: Set<string> = new Set();
  #timer: Timer | undefined;

  constructor(options: DutiesOptions) {
    this.#options = options;
    this.#archive = new Archive(options.store);
  }

  begin(epoch: number): void {
    this.end();
    void this.#round(epoch);
  }

  end(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  async #round(epoch: number): Promise<void> {
    const mayWork = this.#options.candidacy.epoch() === epoch && this.#options.objection() === undefined;
    if (mayWork) await this.#work(epoch).catch(() => undefined);
    if (this.#options.candidacy.epoch() !== epoch) return;
    this.#timer = this.#options.clock.after(ROUND_EVERY_MS, () => void this.#round(epoch));
  }

  async #work(epoch: number): Promise<void> {
    const { open, final } = await this.#archive.look();
    await this.#forget(epoch, final.slice(0, Math.min(DELETES_MAX, Math.max(0, final.length - FINAL_MAX))));
    for (const record of open) if (this.#underWay.size < ORPHANS_MAX) void this.#finishIfOrphan(epoch, record);
  }

  async #forget(epoch: number, old: readonly KeyMark[]): Promise<void> {
    if (old.length === 0) return;
    const writes = old.map(({ key }): Write => ({ kind: 'delete', key }));
    await this.#options.candidacy.commit(epoch, old, writes);
  }

  async #finishIfOrphan(epoch: number, { incident, modRevision }: OpenRecord): Promise<void> {
    const { candidacy, isOwn, store, agentId, callTimeoutMs } = this.#options;
    if (this.#underWay.has(incident.id) || isOwn(incident.id) || isFinal(incident)) return;
    this.#underWay.add(incident.id);
    try {
      const { owner } = incident;
      const session =
        owner === undefined || owner === agentId
          ? undefined
          : await store.get('_system', agentKey(owner), { timeoutMs: callTimeoutMs });
      if (session !== undefined) return;
      const commit: OrphanContext['commit'] = async (when, writes) => {
        const outcome = await candidacy.commit(epoch, when, writes);
        return outcome.committed ? outcome.revision : undefined;
      };
      await new Orphan({ ...this.#options, commit }, incident, modRevision).finish();
    } catch {
      // The store did not answer: the next round, or the next controller, begins anew from what is written.
    } finally {
      this.#underWay.delete(incident.id);
    }
  }
}
