// Waits for what the agent makes of a fault: its incidents as they stand, from its own events.
import { type EngineEvent, type Incident, isClosed, sameProcess } from '@reknit/recovery';
import type { ProcessIdentity } from '@reknit/runtime';

const NONE: ReadonlySet<string> = new Set();

export class IncidentWatch {
  readonly #latest: Map<string, Incident> = new Map();
  readonly #waiters: Set<() => void> = new Set();

  note({ about }: EngineEvent): void {
    if (about.kind === 'decision') return;
    this.#latest.set(about.incident.id, about.incident);
    for (const waiter of [...this.#waiters]) waiter();
  }

  /** As they stand now, in the order in which they were first heard of. */
  get all(): readonly Incident[] {
    return [...this.#latest.values()];
  }

  /** The incident of this process's end, as far as it is known. @param past those of earlier troubles of the same life */
  of(process: ProcessIdentity, past: ReadonlySet<string> = NONE): Incident | undefined {
    return this.all.find(({ id, patient }) => !past.has(id) && sameProcess(patient.process ?? patient.boot?.process, process));
  }

  /** Of what is over by now: a process may have had its troubles before it ends. */
  get past(): ReadonlySet<string> {
    return new Set(this.all.filter(isClosed).map(({ id }) => id));
  }

  get open(): readonly Incident[] {
    return this.all.filter((incident) => !isClosed(incident));
  }

  /** Its last record; or what there is once the time is up. */
  async closed(process: ProcessIdentity, withinMs: number, past: ReadonlySet<string> = NONE): Promise<Incident | undefined> {
    await this.until(() => {
      const incident = this.of(process, past);
      return incident !== undefined && isClosed(incident);
    }, withinMs);
    return this.of(process, past);
  }

  /** Resolves once it holds, looked at with every event; or once the time is up, with false. */
  until(holds: () => boolean, withinMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (held: boolean): void => {
        clearTimeout(timer);
        this.#waiters.delete(check);
        resolve(held);
      };
      const check = (): void => {
        if (holds()) settle(true);
      };
      const timer = setTimeout(() => settle(holds()), withinMs);
      this.#waiters.add(check);
      check();
    });
  }
}
