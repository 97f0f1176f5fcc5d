// The agent's control socket. Only who proves the cluster's secret is heard; a follower that does not read is dropped
// rather than kept in memory.

import { unreachable } from '@reknit/base';
import type { Clock, Listener, Network, Session, SessionHandlers, Timer } from '@reknit/runtime';
import {
  asCommand,
  type Command,
  decodeFrame,
  encodeFrame,
  type FromAgent,
  newChallenge,
  prove,
  proves,
  type Results,
} from './control-protocol.js';
import type { EventLog } from './event-log.js';

/** People and scripts of one machine. */
const SESSIONS_MAX = 64;
const AUTHENTICATE_WITHIN_MS = 3000;
/** Hundreds of events: a follower that far behind has stopped reading. */
const BUFFERED_BYTES_MAX = 8 * 1024 * 1024;

export interface ControlServerOptions {
  readonly network: Network;
  readonly clock: Clock;
  readonly address: string;
  readonly secret: Uint8Array;
  readonly events: EventLog;
  /** Rejections are told to the client. */
  readonly execute: (command: Exclude<Command, { readonly kind: 'subscribe' }>) => Promise<Results[keyof Results]>;
}

export interface ControlServer {
  close(): void;
}

export function startControlServer(options: ControlServerOptions): Promise<ControlServer> {
  const sessions = new Set<ControlSession>();
  const accept = (session: Session): SessionHandlers => {
    const control = new ControlSession(session, options, () => void sessions.delete(control));
    if (sessions.size >= SESSIONS_MAX) session.close();
    else sessions.add(control);
    return control;
  };
  return new Promise((resolve, reject) => {
    const listener: Listener = options.network.listen(options.address, accept, (error) => {
      if (error !== undefined) return reject(error);
      resolve({
        close: () => {
          listener.close();
          for (const session of sessions) session.close();
        },
      });
    });
  });
}

type State =
  | { readonly kind: 'challenged'; readonly challenge: string; readonly timer: Timer }
  | { readonly kind: 'open'; unfollow: () => void }
  | { readonly kind: 'closed' };

class ControlSession implements SessionHandlers {
  readonly #session: Session;
  readonly #options: ControlServerOptions;
  readonly #onClosed: () => void;
  #state: State;

  constructor(session: Session, options: ControlServerOptions, onClosed: () => void) {
    this.#session = session;
    this.#options = options;
    this.#onClosed = onClosed;
    const challenge = newChallenge();
    this.#state = { kind: 'challenged', challenge, timer: options.clock.after(AUTHENTICATE_WITHIN_MS, () => this.close()) };
    this.#send({ challenge });
  }

  close(): void {
    this.#session.close();
  }

  onFrame(frame: Uint8Array): void {
    const message = decodeFrame(frame);
    const state = this.#state;
    switch (state.kind) {
      case 'challenged':
        return this.#authenticate(state, message);
      case 'open':
        return this.#answer(message);
      case 'closed':
        return;
      default:
        return unreachable(state);
    }
  }

  onClose(): void {
    if (this.#state.kind === 'challenged') this.#state.timer.cancel();
    if (this.#state.kind === 'open') this.#state.unfollow();
    this.#state = { kind: 'closed' };
    this.#onClosed();
  }

  #authenticate(
    { challenge, timer }: Extract<State, { kind: 'challenged' }>,
    message: Readonly<Record<string, unknown>> | undefined,
  ): void {
    const { secret } = this.#options;
    if (typeof message?.challenge !== 'string' || !proves(secret, 'client', challenge, message.proof)) {
      this.#send({ error: 'not authenticated: the cluster secret differs' });
      return this.close();
    }
    timer.cancel();
    this.#state = { kind: 'open', unfollow: () => undefined };
    this.#send({ proof: prove(secret, 'agent', message.challenge) });
  }

  #answer(message: Readonly<Record<string, unknown>> | undefined): void {
    const id = message?.id;
    if (typeof id !== 'number') return this.close();
    const command = asCommand(message?.command);
    if (command === undefined) return this.#send({ id, error: 'unknown command, or one with wrong arguments' });
    if (command.kind === 'subscribe') return this.#subscribe(id, command.after);
    this.#options.execute(command).then(
      (result) => this.#send({ id, result }),
      (error: unknown) => this.#send({ id, error: error instanceof Error ? error.message : String(error) }),
    );
  }

  #subscribe(id: number, after: number): void {
    if (this.#state.kind !== 'open') return;
    this.#state.unfollow();
    this.#send({ id, result: { subscribed: true } });
    this.#state.unfollow = this.#options.events.follow(after, (event) => this.#send({ event }));
  }

  #send(message: FromAgent): void {
    if (this.#session.bufferedBytes > BUFFERED_BYTES_MAX) return this.close();
    this.#session.send([encodeFrame(message)]);
  }
}
