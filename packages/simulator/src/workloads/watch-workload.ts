// Watchers that see whatever happens to the store: of one key, of a prefix, of everything; from now or from history; with
// filters, previous versions and fragments. Their streams are cut again and again, read slowly, asked for progress marks, and
// opened again at any member where they ended: at the revision after the last one that they know to be complete.
import { fromBinaryString, type Millis, toBinaryString } from '@reknit/base';
import {
  createWatchCreateRequest,
  createWatchProgressRequest,
  createWatchRequest,
  decodeWatchResponse,
  type Event,
  EventType,
  encodeWatchRequest,
  FilterType,
  type KeyValue,
  type WatchResponse,
} from '@reknit/etcd-api';
import type { SeenEvent, SeenVersion, WatchLog, WatchSpec, WatchStep } from '../history/watch-log.js';
import { around, type Channel, type ClientStream, type ClientWorld } from './channel.js';

export interface WatchClient extends ClientWorld {
  readonly channel: Channel;
}

export interface WatchWorkloadOptions {
  readonly clients: readonly WatchClient[];
  /** Some keys, and the prefix that most of them have. */
  readonly keys: readonly string[];
  readonly prefix: string;
  readonly watchesPerStreamMax: number;
  /** Something else than the API allows. */
  readonly onProtocolError: (reason: string) => void;
}

const REOPEN_PAUSE: Millis = 100;
const CUT_AFTER: Millis = 3000;
const PROGRESS_EVERY: Millis = 300;
const STALL_EVERY: Millis = 2500;
const STALL: Millis = 400;

export class WatchWorkload {
  readonly #streams: readonly WatchStream[];

  constructor({ clients, keys, prefix, watchesPerStreamMax, onProtocolError }: WatchWorkloadOptions) {
    let id = 0;
    this.#streams = clients.map((client) => {
      const count = 1 + Math.floor(client.random() * watchesPerStreamMax);
      const specs = Array.from({ length: count }, () => drawSpec(client, ++id, keys, prefix));
      return new WatchStream(client, specs, onProtocolError);
    });
  }

  get logs(): readonly WatchLog[] {
    return this.#streams.flatMap((stream) => stream.logs);
  }

  start(): void {
    for (const stream of this.#streams) stream.start();
  }

  /** No more cuts and stalls: every stream comes to the end of what happened. */
  settle(): void {
    for (const stream of this.#streams) stream.settle();
  }

  /** Every watch is told that it has seen everything up to this revision. */
  isThrough(revision: number): boolean {
    return this.#streams.every((stream) => stream.isThrough(revision));
  }
}

function drawSpec({ random }: ClientWorld, id: number, keys: readonly string[], prefix: string): WatchSpec {
  const shape = random();
  const filter = random();
  const range =
    shape < 0.35
      ? { key: keys[Math.floor(random() * keys.length)]!, rangeEnd: '' }
      : shape < 0.65
        ? { key: prefix, rangeEnd: endOf(prefix) }
        : { key: '\0', rangeEnd: '\0' };
  return {
    id,
    ...range,
    without: filter < 0.1 ? 'puts' : filter < 0.2 ? 'deletes' : 'nothing',
    previous: random() < 0.3,
    fragment: random() < 0.3,
  };
}

const endOf = (prefix: string): string => prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);

/** One watch on a stream that comes and goes. */
interface Watch {
  readonly spec: WatchSpec;
  readonly steps: WatchStep[];
  /** 0: from now on, whenever that is. */
  next: number;
  phase: 'absent' | 'asked' | 'open';
}

class WatchStream {
  readonly #client: WatchClient;
  readonly #watches: ReadonlyMap<bigint, Watch>;
  readonly #onProtocolError: (reason: string) => void;
  #stream: ClientStream | undefined;
  /** Counts streams: what was planned for an earlier one is void. */
  #life = 0;
  #settled = false;

  constructor(client: WatchClient, specs: readonly WatchSpec[], onProtocolError: (reason: string) => void) {
    this.#client = client;
    this.#onProtocolError = onProtocolError;
    const watches = specs.map((spec): Watch => ({ spec, steps: [], next: client.random() < 0.5 ? 0 : 1, phase: 'absent' }));
    this.#watches = new Map(watches.map((watch) => [BigInt(watch.spec.id), watch]));
  }

  get logs(): readonly WatchLog[] {
    return [...this.#watches.values()];
  }

  start(): void {
    this.#open();
  }

  settle(): void {
    this.#settled = true;
    if (this.#stream !== undefined) this.#everySoOften(this.#life, PROGRESS_EVERY, () => this.#askForProgress());
  }

  isThrough(revision: number): boolean {
    return [...this.#watches.values()].every(({ phase, next }) => phase === 'open' && next > revision);
  }

  #open(): void {
    const { channel, random } = this.#client;
    const life = ++this.#life;
    this.#stream = channel.open('/etcdserverpb.Watch/Watch', {
      onMessage: (response) => this.#onResponse(decodeWatchResponse(response)),
      onClose: () => this.#onClose(),
    });
    for (const watch of this.#watches.values()) this.#create(watch);
    if (this.#settled) return this.#everySoOften(life, PROGRESS_EVERY, () => this.#askForProgress());
    if (random() < 0.6) this.#everySoOften(life, PROGRESS_EVERY * (1 + 4 * random()), () => this.#askForProgress());
    if (random() < 0.3) this.#everySoOften(life, STALL_EVERY, () => this.#settled || this.#stream?.stall(STALL * 2 * random()));
    this.#client.clock.after(around(this.#client, CUT_AFTER), () => this.#cut(life));
  }

  #create(watch: Watch): void {
    const { key, rangeEnd, without, previous, fragment, id } = watch.spec;
    watch.phase = 'asked';
    this.#stream?.send(
      encodeWatchRequest(
        createWatchRequest({
          createRequest: createWatchCreateRequest({
            key: fromBinaryString(key),
            rangeEnd: fromBinaryString(rangeEnd),
            startRevision: watch.next,
            filters: without === 'nothing' ? [] : [without === 'puts' ? FilterType.NOPUT : FilterType.NODELETE],
            prevKv: previous,
            fragment,
            watchId: BigInt(id),
            progressNotify: this.#client.random() < 0.3,
          }),
        }),
      ),
    );
  }

  #everySoOften(life: number, mean: Millis, action: () => void): void {
    this.#client.clock.after(around(this.#client, mean), () => {
      if (life !== this.#life || this.#stream === undefined) return;
      action();
      this.#everySoOften(life, mean, action);
    });
  }

  #askForProgress(): void {
    this.#stream?.send(encodeWatchRequest(createWatchRequest({ progressRequest: createWatchProgressRequest() })));
  }

  #cut(life: number): void {
    if (life !== this.#life || this.#settled) return;
    this.#stream?.cancel();
    this.#onClose();
  }

  #onClose(): void {
    this.#stream = undefined;
    this.#life++;
    for (const watch of this.#watches.values()) {
      if (watch.phase === 'open') watch.steps.push({ kind: 'cut', at: this.#client.clock.now() });
      watch.phase = 'absent';
    }
    this.#client.channel.move();
    this.#client.clock.after(around(this.#client, REOPEN_PAUSE), () => this.#open());
  }

  #onResponse(response: WatchResponse): void {
    const { watchId, events, header, canceled, created } = response;
    if (watchId === -1n && !canceled) return this.#onStreamProgress(header?.revision ?? 0);
    const watch = this.#watches.get(watchId);
    if (watch === undefined) return this.#onProtocolError(`a response for watch ${watchId}: ${response.cancelReason}`);
    if (created) this.#onCreated(watch, header?.revision ?? 0);
    if (canceled) return this.#onCanceled(watch, response);
    if (events.length > 0) this.#onEvents(watch, events, response.fragment);
    else if (!created) this.#onProgress([watch], header?.revision ?? 0);
  }

  #onCreated(watch: Watch, revision: number): void {
    if (watch.phase !== 'asked') return this.#onProtocolError(`watch ${watch.spec.id} is created though it is ${watch.phase}`);
    watch.phase = 'open';
    const at = this.#client.clock.now();
    watch.steps.push({ kind: 'created', at, member: this.#client.channel.member, from: watch.next, revision });
    if (watch.next === 0) watch.next = revision + 1;
  }

  #onCanceled(watch: Watch, { compactRevision, cancelReason }: WatchResponse): void {
    if (compactRevision === 0) return this.#onProtocolError(`watch ${watch.spec.id} is canceled: ${cancelReason}`);
    watch.steps.push({ kind: 'compacted', at: this.#client.clock.now(), revision: compactRevision });
    watch.next = compactRevision;
    this.#create(watch);
  }

  #onEvents(watch: Watch, events: readonly Event[], more: boolean): void {
    watch.steps.push({ kind: 'events', at: this.#client.clock.now(), events: events.map(seenEvent), more });
    const last = events.at(-1)?.kv?.modRevision ?? 0;
    watch.next = Math.max(watch.next, more ? last : last + 1);
  }

  /** Of one that was asked for again after a compaction the server may not know yet when it speaks of the others. */
  #onStreamProgress(revision: number): void {
    this.#onProgress(
      [...this.#watches.values()].filter(({ phase }) => phase === 'open'),
      revision,
    );
  }

  #onProgress(watches: readonly Watch[], revision: number): void {
    for (const watch of watches) {
      if (watch.phase !== 'open') {
        this.#onProtocolError(`a progress mark though watch ${watch.spec.id} is ${watch.phase}`);
        continue;
      }
      watch.steps.push({ kind: 'progress', at: this.#client.clock.now(), revision });
      watch.next = Math.max(watch.next, revision + 1);
    }
  }
}

const seenEvent = ({ type, kv, prevKv }: Event): SeenEvent => ({
  kind: type === EventType.PUT ? 'put' : 'delete',
  key: kv === undefined ? '' : toBinaryString(kv.key),
  now: seenVersion(kv),
  before: prevKv === undefined ? undefined : seenVersion(prevKv),
});

const seenVersion = (kv: KeyValue | undefined): SeenVersion => ({
  value: kv === undefined ? '' : toBinaryString(kv.value),
  createRevision: kv?.createRevision ?? 0,
  modRevision: kv?.modRevision ?? 0,
  version: kv?.version ?? 0,
  lease: kv?.lease ?? 0n,
});
