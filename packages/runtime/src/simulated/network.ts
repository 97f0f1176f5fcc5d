// Sessions between simulated processes. Within a session frames arrive in order, except where a fault says otherwise:
// one may be lost, doubled or overtaken without the session breaking, which is harsher than TCP. Over a cut link
// nothing arrives, not even the news that a session ended; that news is repeated for a while, as TCP would.
import type { Millis } from '@reknit/base';
import { type Address, parseAddress } from '../address.js';
import type { CloseReason, Listener, Network, Session, SessionHandlers } from '../network.js';
import { type Carrier, Endpoint } from './endpoint.js';
import type { Link, Links } from './links.js';
import { CloseEvent, FrameEvent, type Receiver } from './network-events.js';
import { CallbackEvent, type PeersSee, type SimulatedProcess } from './process.js';
import type { Timeline } from './timeline.js';
import type { TracedMachine } from './trace.js';

const FRAME_HEADER_BYTES = 8;
/** How often and how long the end of a session is told again over a cut link: 16 s in all, about TCP's patience. */
const CLOSE_RETRY_MS = 200;
const CLOSE_ATTEMPTS_MAX = 80;

/** A frame that arrived: between which machines, when it was sent and when it was there. */
export type FrameListener = (from: string, to: string, sentAt: Millis, at: Millis, bytes: number) => void;

type Accept = (session: Session) => SessionHandlers;

/** What the network needs to know of machines. */
export interface Host extends TracedMachine {
  /** False without power: nothing answers, not even with a refusal. */
  readonly powered: boolean;
}

interface Bound {
  readonly process: SimulatedProcess;
  readonly accept: Accept;
}

export class SimulatedNetwork implements Carrier, Receiver {
  readonly links: Links;
  onFrame: FrameListener | undefined;
  readonly #timeline: Timeline;
  readonly #hostNamed: (name: string) => Host | undefined;
  readonly #bound: Map<string, Bound> = new Map();
  readonly #endpoints: Map<SimulatedProcess, Set<Endpoint>> = new Map();

  constructor(timeline: Timeline, links: Links, hostNamed: (name: string) => Host | undefined) {
    this.#timeline = timeline;
    this.links = links;
    this.#hostNamed = hostNamed;
  }

  /** The network as this process uses it; its sessions and listeners end with it. */
  attach(process: SimulatedProcess): Network {
    this.#endpoints.set(process, new Set());
    process.onEnd((_exit, peers) => this.#detach(process, peers));
    return {
      listen: (address, accept, ready) => this.#listen(process, address, accept, ready),
      connect: (address, handlers) => this.#connect(process, address, handlers),
    };
  }

  transmit(from: Endpoint, frame: Uint8Array): void {
    const { faults, prng } = this.links;
    const link = from.link!;
    const now = this.#timeline.now;
    from.busyUntil = Math.max(now, from.busyUntil) + (frame.length + FRAME_HEADER_BYTES) / faults.bytesPerMs;
    if (link.local) {
      this.#deliver(from, link, frame, this.#inOrder(from, this.links.arrival(link, from.busyUntil)));
      return;
    }
    if (link.cut) {
      this.#lostToCut(from);
      return;
    }
    if (prng.chance(faults.loss)) {
      from.process.record('frame-lost', frame.length);
      return;
    }
    if (prng.chance(faults.clog)) this.clog(link, from.process.machine, 2 * faults.clogMs * prng.next());
    const arrival = this.links.arrival(link, from.busyUntil);
    if (prng.chance(faults.reorder)) {
      from.process.record('frame-reordered', frame.length);
      this.#deliver(from, link, frame, arrival + prng.next() * faults.reorderMsMax);
    } else this.#deliver(from, link, frame, this.#inOrder(from, arrival));
    if (prng.chance(faults.duplication)) {
      from.process.record('frame-duplicated', frame.length);
      this.#deliver(from, link, frame.slice(), this.links.arrival(link, arrival));
    }
  }

  unsentBytes(from: Endpoint): number {
    return Math.max(0, Math.ceil((from.busyUntil - this.#timeline.now) * this.links.faults.bytesPerMs));
  }

  forget(endpoint: Endpoint): void {
    this.#endpoints.get(endpoint.process)?.delete(endpoint);
  }

  announceClose(from: Endpoint): void {
    if (from.peer === undefined || from.announced) return;
    from.announced = true;
    const link = from.link!;
    const arrival = this.#inOrder(from, this.links.arrival(link, Math.max(from.busyUntil, this.#timeline.now)));
    this.#timeline.at(arrival, new CloseEvent(this, link, from.peer, 'ended'));
  }

  frameArrives(event: FrameEvent): void {
    const { link, target } = event;
    const sender = target.peer!;
    if (link.cut) this.#lostToCut(sender);
    else if (!this.#isPowered(target)) return;
    else if (target.state === 'closed') this.announceClose(target);
    else if (!link.local && this.links.prng.chance(this.links.faults.damage)) this.#damaged(target);
    else {
      this.onFrame?.(
        sender.process.machine.name,
        target.process.machine.name,
        event.sentAt,
        this.#timeline.now,
        event.frame.length,
      );
      target.process.dispatch(event);
    }
  }

  closeArrives(event: CloseEvent): void {
    if (!event.link.cut) event.target.process.dispatch(event);
    else if (++event.attempts <= CLOSE_ATTEMPTS_MAX) this.#timeline.at(this.#timeline.now + CLOSE_RETRY_MS, event);
  }

  clog(link: Link, from: TracedMachine, duration: Millis): void {
    this.#timeline.trace.record(this.#timeline.now, from, 'clog', 0);
    link.cloggedUntil = Math.max(link.cloggedUntil, this.#timeline.now + duration);
  }

  #listen(process: SimulatedProcess, address: string, accept: Accept, ready: (error: Error | undefined) => void): Listener {
    const key = boundKey(process.machine, parseAddress(address));
    if (!process.alive) return { close: () => {} };
    if (this.#bound.has(key)) {
      const timer = process.after(0, 'callback', () => ready(new Error(`listen EADDRINUSE: address already in use ${address}`)));
      return { close: () => timer.cancel() };
    }
    const bound: Bound = { process, accept };
    this.#bound.set(key, bound);
    const timer = process.after(0, 'callback', () => ready(undefined));
    return {
      close: () => {
        timer.cancel();
        if (this.#bound.get(key) === bound) this.#bound.delete(key);
      },
    };
  }

  #connect(process: SimulatedProcess, text: string, handlers: SessionHandlers): Session {
    const address = parseAddress(text);
    const endpoint = new Endpoint(process, this, text, 'connecting');
    endpoint.handlers = handlers;
    if (!process.alive) return endpoint;
    process.record('connect', 0);
    this.#endpoints.get(process)!.add(endpoint);
    const host = this.#hostOf(process, address);
    const failure = host === undefined ? 0 : this.links.faults.connectMsMax;
    this.#timeline.callAt(this.#timeline.now + failure, () => {
      if (endpoint.state === 'connecting') this.#closeAs(endpoint, 'failed');
    });
    if (host !== undefined) this.#knock(endpoint, host, boundKey(host, address));
    return endpoint;
  }

  /** The way there, the listener's answer, and the way back; each may be cut. */
  #knock(endpoint: Endpoint, host: Host, key: string): void {
    const there = this.links.link(endpoint.process.machine, host);
    const back = this.links.link(host, endpoint.process.machine);
    this.#timeline.callAt(this.links.arrival(there, this.#timeline.now), () => {
      if (there.cut || back.cut || !host.powered) return;
      const bound = this.#bound.get(key);
      const answered = this.links.arrival(back, this.#timeline.now);
      const acceptor = bound === undefined ? undefined : this.#accept(endpoint, bound, back, answered);
      this.#timeline.callAt(answered, () => this.#answered(endpoint, acceptor, there));
    });
  }

  #answered(endpoint: Endpoint, acceptor: Endpoint | undefined, there: Link): void {
    const { process } = endpoint;
    if (acceptor === undefined) {
      if (endpoint.state !== 'connecting') return;
      process.record('refuse', 0);
      this.#closeAs(endpoint, 'refused');
      return;
    }
    endpoint.peer = acceptor;
    endpoint.link = there;
    if (endpoint.state === 'closed') this.announceClose(endpoint);
    else process.dispatch(new CallbackEvent(process, 'open', () => endpoint.open()));
  }

  #accept(connector: Endpoint, { process, accept }: Bound, back: Link, answered: Millis): Endpoint {
    const acceptor = new Endpoint(process, this, `${connector.process.machine.name}:0`, 'open');
    acceptor.peer = connector;
    acceptor.link = back;
    acceptor.arrivalFloor = answered;
    this.#endpoints.get(process)!.add(acceptor);
    process.dispatch(
      new CallbackEvent(process, 'accept', () => {
        acceptor.handlers = accept(acceptor);
      }),
    );
    return acceptor;
  }

  #deliver(from: Endpoint, link: Link, frame: Uint8Array, arrival: Millis): void {
    this.#timeline.at(arrival, new FrameEvent(this, link, from.peer!, frame, this.#timeline.now));
  }

  #inOrder(from: Endpoint, arrival: Millis): Millis {
    from.arrivalFloor = Math.max(from.arrivalFloor, arrival);
    return from.arrivalFloor;
  }

  #lostToCut(sender: Endpoint): void {
    sender.process.record('frame-cut', 0);
    this.#breakLater(sender, () => sender.link!.cut);
  }

  #breakLater(endpoint: Endpoint, isBroken: () => boolean): void {
    const { breakAfterMs } = this.links.faults;
    if (breakAfterMs === undefined || endpoint.breaking || endpoint.state === 'closed') return;
    endpoint.breaking = true;
    this.#timeline.callAt(this.#timeline.now + breakAfterMs, () => {
      endpoint.breaking = false;
      if (endpoint.state !== 'closed' && isBroken()) this.#closeAs(endpoint, 'failed');
    });
  }

  #damaged(target: Endpoint): void {
    target.process.record('frame-damaged', 0);
    this.#closeAs(target, 'malformed');
  }

  /** From an event of the world. At this end, in an event of its process; the other end hears of it as far as the links allow. */
  #closeAs(endpoint: Endpoint, reason: CloseReason): void {
    const close = (): void => {
      if (endpoint.state === 'closed') return;
      this.announceClose(endpoint);
      endpoint.closeFromAfar(reason);
    };
    endpoint.process.dispatch(new CallbackEvent(endpoint.process, 'close', close));
  }

  #detach(process: SimulatedProcess, peers: PeersSee): void {
    for (const [key, bound] of this.#bound) if (bound.process === process) this.#bound.delete(key);
    const endpoints = this.#endpoints.get(process)!;
    this.#endpoints.delete(process);
    for (const endpoint of endpoints) {
      endpoint.shut();
      if (peers === 'ended') this.announceClose(endpoint);
      else if (endpoint.peer !== undefined) this.#breakLater(endpoint.peer, () => true);
    }
  }

  #isPowered(endpoint: Endpoint): boolean {
    return this.#hostNamed(endpoint.process.machine.name)?.powered ?? false;
  }

  #hostOf(process: SimulatedProcess, address: Address): Host | undefined {
    const own = address.kind === 'unix' || LOCAL_HOSTS.has(address.host);
    return this.#hostNamed(own ? process.machine.name : address.host);
  }
}

const LOCAL_HOSTS: ReadonlySet<string> = new Set(['', 'localhost', '127.0.0.1', '::1', '0.0.0.0', '::']);

const boundKey = (machine: TracedMachine, address: Address): string =>
  address.kind === 'unix' ? `${machine.name} unix:${address.path}` : `${machine.name}:${address.port}`;
