// What all guards of an engine share: the clock of record, the journal, the narration and the way into the store.
//
// Surprising: moments are wall-clock for people, but advance with the monotonic clock from the agent's start, so that
// a stepped clock cannot make a repair look shorter than it was.
import { FailureDetector } from '@reknit/failure-detector';
import type { Runtime, Timer } from '@reknit/runtime';
import { isBadSignal, type Signal } from '../detect/signal.js';
import type { Driver } from '../driver.js';
import type { FaultName } from '../faults/fault-class.js';
import { type Incident, isClosed } from '../incidents/incident.js';
import { compareProgress } from '../incidents/merge.js';
import { Publisher } from '../incidents/publisher.js';
import { recall, type SubjectMemory } from '../journal/entries.js';
import type { Journal } from '../journal/journal.js';
import type { Policy } from '../recover/actions.js';
import type { BackOffOptions } from '../recover/back-off.js';
import { DEFAULT_POLICY, type Kin } from '../recover/brakes.js';
import { Pager } from '../recover/page.js';
import type { StoreClient } from '../store-client.js';
import type { Member } from '../verify/checks.js';
import { ServiceWatch } from '../verify/service-watch.js';
import type { EngineEvent, EventAbout } from './events.js';
import { ENGINE_DEFAULTS, type EngineOptions, type EngineSettings } from './options.js';
import { Permits } from './permits.js';
import { Views } from './views.js';

/** Weeks of trouble. Beyond it a word may come twice, with its key. */
const PAGED_MAX = 1000;
/** The grain of detection, far below any silence that is suspicious. */
const CHECK_EVERY_MS = 100;

export class Desk {
  readonly runtime: Runtime;
  readonly driver: Driver;
  readonly store: StoreClient;
  readonly journal: Journal;
  readonly observer: string;
  /** Stable over this agent's lives. */
  readonly agentId: string;
  readonly permits: Permits;
  /** Whose heartbeats are late; fed by the health rounds of all subjects. */
  readonly detector: FailureDetector<string>;
  readonly views: Views;
  readonly settings: EngineSettings;
  readonly service: ServiceWatch;
  readonly pager: Pager;
  readonly #others: readonly Member[];
  readonly #publisher: Publisher;
  readonly #onEvent: ((event: EngineEvent) => void) | undefined;
  readonly #wallAtStart: number;
  readonly #nowAtStart: number;
  /** Every subject of this agent; the engine tells. */
  kin: () => readonly Kin[] = () => [];
  /** In its stamp: until then silences are not held against anybody. */
  accusesFrom = 0;
  /** Keys of pages in this agent's life: one for each turn of an incident that needs a human. */
  readonly #paged: Set<string> = new Set();
  #sequence = 0;
  #checking: Timer | undefined;

  constructor(options: EngineOptions) {
    const { runtime, driver, store, journal, observer, agentId = observer } = options;
    this.runtime = runtime;
    this.driver = driver;
    this.store = store;
    this.journal = journal;
    this.observer = observer;
    this.agentId = agentId;
    this.settings = { ...ENGINE_DEFAULTS, ...options.settings };
    this.permits = new Permits(journal, () => this.stamp(), options.killSwitch);
    this.views = new Views(runtime.clock);
    this.detector = new FailureDetector(
      { interval: this.settings.probeEveryMs, checkEvery: CHECK_EVERY_MS },
      runtime.clock.now(),
    );
    this.#onEvent = options.onEvent;
    this.#wallAtStart = runtime.clock.wall();
    this.#nowAtStart = runtime.clock.now();
    this.#others = (options.otherEndpoints ?? []).map((endpoint) => ({ subject: endpoint, endpoint, foreign: true }));
    this.service = new ServiceWatch(runtime.clock, store, [
      ...driver.subjects.filter((subject) => this.isMember(subject)).map((subject) => driver.endpoint(subject)),
      ...this.#others.map(({ endpoint }) => endpoint),
    ]);
    this.pager = new Pager({
      runtime,
      journal,
      channels: options.pages ?? [],
      onTold: ({ subject, incident }, text) => this.decide(subject, `${subject}: ${text} (incident ${incident})`),
    });
    this.#publisher = new Publisher(runtime.clock, store, {
      onPublished: (id, change) => journal.note({ kind: 'published', id, change }),
      onFurther: (incident) => journal.note({ kind: 'incident', incident }),
    });
  }

  stamp(): number {
    return this.#wallAtStart + (this.runtime.clock.now() - this.#nowAtStart);
  }

  recall(subject: string): SubjectMemory {
    return recall(this.journal.memory, subject);
  }

  /** Until a mark's end the subject owes nobody its presence. */
  isPlannedDown(subject: string): boolean {
    return (this.recall(subject).mark?.until ?? 0) > this.stamp();
  }

  /** What is declared for it, or the defaults. */
  policy(subject: string): Policy {
    return this.driver.policy?.(subject) ?? DEFAULT_POLICY;
  }

  backOff(subject: string): BackOffOptions {
    const { budget } = this.policy(subject);
    return budget === undefined ? this.settings.backOff : { ...this.settings.backOff, restartsMax: budget.repairs };
  }

  /** What its detectors hold against this life of it. */
  badSignals(subject: string, since: number): readonly Signal[] {
    return (this.driver.signals?.(subject) ?? []).filter((signal) => signal.at >= since && isBadSignal(signal));
  }

  /** Tells a human, at least once. @param turn makes it another word of the same incident */
  page({ id, subject, diagnosis }: Incident, text: string, turn: string): void {
    const verdict = diagnosis?.verdict;
    if (this.#paged.has(`${id}/${turn}`)) return;
    if (this.#paged.size >= PAGED_MAX) this.#paged.clear();
    this.#paged.add(`${id}/${turn}`);
    const page = { key: `${id}/${turn}`, at: this.stamp(), incident: id, subject, text };
    this.pager.page(verdict === undefined ? page : { ...page, verdict });
  }

  /** Whether it is one of the store's own, through which clients are served. */
  isMember(subject: string): boolean {
    return this.driver.checks?.(subject).has('canary') ?? true;
  }

  /** The others of its group: instances of one component, members of one store. */
  beside(subject: string): readonly Kin[] {
    const { group } = this.policy(subject);
    return this.kin().filter((kin) => kin.subject !== subject && kin.group === group);
  }

  members(): readonly Member[] {
    const expected = this.driver.subjects.filter((subject) => this.isMember(subject) && !this.isPlannedDown(subject));
    return [...expected.map((subject) => ({ subject, endpoint: this.driver.endpoint(subject) })), ...this.#others];
  }

  /** What is being mended now, and not left to a human. */
  underRepair(): readonly { readonly subject: string; readonly fault: FaultName }[] {
    return [...this.journal.memory.incidents.values()].flatMap((incident) => {
      const verdict = incident.diagnosis?.verdict;
      const isMending = !isClosed(incident) && verdict !== undefined && verdict !== 'not-enough-evidence';
      return isMending ? [{ subject: incident.subject, fault: verdict }] : [];
    });
  }

  /** Keeps the record, tells it, and sends it on its way to the store. */
  save(incident: Incident, change: 'phase' | 'progress', text: string): void {
    const known = this.journal.memory.incidents.get(incident.id);
    if (known !== undefined && compareProgress(incident, known) <= 0) return;
    this.journal.note({ kind: 'incident', incident });
    this.#publisher.publish(incident);
    this.#tell(
      incident.subject,
      text,
      change === 'phase' ? { kind: 'phase', phase: incident.phase.kind, incident } : { kind: 'progress', incident },
    );
  }

  /** What the controller writes for an agent that is gone: not this agent's to remember. */
  tellForeign(incident: Incident, text: string): void {
    this.#tell(incident.subject, text, { kind: 'phase', phase: incident.phase.kind, incident });
  }

  decide(subject: string | undefined, text: string): void {
    const at = this.stamp();
    this.journal.note({ kind: 'decision', decision: subject === undefined ? { at, text } : { at, subject, text } });
    this.#tell(subject, text, { kind: 'decision' });
  }

  /** What an earlier agent could not bring to the store. */
  publishBacklog(): void {
    const { incidents, published } = this.journal.memory;
    for (const incident of incidents.values())
      if (incident.change > (published.get(incident.id) ?? 0)) this.#publisher.publish(incident);
  }

  /** Looks at all heartbeats, over and over. */
  watchHeartbeats(): void {
    this.#checking = this.runtime.clock.after(CHECK_EVERY_MS, () => {
      this.detector.check(this.runtime.clock.now());
      this.watchHeartbeats();
    });
  }

  end(): void {
    this.#checking?.cancel();
    this.service.end();
    this.#publisher.end();
    this.pager.end();
  }

  #tell(subject: string | undefined, text: string, about: EventAbout): void {
    const event = { sequence: ++this.#sequence, at: this.stamp(), text, about };
    this.#onEvent?.(subject === undefined ? event : { ...event, subject });
  }
}
