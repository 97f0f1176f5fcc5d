// The way to a living agent for the command line: finds it by its data directory, proves the secret both ways, then one
// promise per command.
import { unreachable } from '@reknit/base';
import type { EngineEvent, Incident, Pause, StopOutcome, Why } from '@reknit/recovery';
import type { CloseReason, Network, Session, SessionHandlers } from '@reknit/runtime';
import { createNodeNetwork } from '@reknit/runtime/node';
import { AgentError } from './agent-error.js';
import { type AgentFile, readAgentFile, readSecret } from './agent-files.js';
import {
  type AgentStatus,
  type Command,
  decodeFrame,
  encodeFrame,
  newChallenge,
  prove,
  proves,
  type Results,
  type ToAgent,
} from './control-protocol.js';

export interface AgentConnection {
  status(): Promise<AgentStatus>;
  /** Oldest first. */
  incidents(): Promise<readonly Incident[]>;
  /** @param id or the beginning of exactly one */
  incident(id: string): Promise<Incident>;
  why(subject?: string): Promise<Why>;
  /** Stops the node in order and keeps it down for so long; then the agent starts it again. */
  plannedStop(subject: string, forMs: number, by?: string): Promise<StopOutcome>;
  /**
   * Stops the node in order, starts and verifies it; the result is the incident as it begins.
   * @param request.force though it costs the majority
   */
  restart(subject: string, request?: { readonly by?: string; readonly force?: boolean }): Promise<Incident>;
  /** `repair`: its data are had anew from its peers; `replace`: a spare takes its place. */
  mend(
    subject: string,
    request: { readonly action: 'repair' | 'replace'; readonly by?: string; readonly force?: boolean },
  ): Promise<Incident>;
  /** @param answer.fingerprint of the plan that was seen; absent: of the one that stands */
  approve(id: string, answer?: { readonly by?: string; readonly fingerprint?: string }): Promise<Incident>;
  reject(id: string, answer: { readonly by?: string; readonly reason: string }): Promise<Incident>;
  /** Nobody is paged for it any more. */
  acknowledge(id: string, by?: string): Promise<Incident>;
  /** Of one subject, or of everything. */
  setMode(request: ModeSetting): Promise<AgentStatus['modes']>;
  /** The agent only observes for so long: everything, or one subject. The result is every pause that holds then. */
  pause(forMs: number, scope?: PauseScope): Promise<readonly Pause[]>;
  /** Without a subject every pause ends. */
  resume(scope?: PauseScope): Promise<readonly Pause[]>;
  /** Stops all nodes in order; then the agent ends. */
  stopAll(by?: string): Promise<Readonly<Record<string, StopOutcome>>>;
  /** @param after only events after this sequence; 0: all that the agent still remembers */
  subscribe(onEvent: (event: EngineEvent) => void, after?: number): Promise<void>;
  /** Resolves once the connection has ended, whoever ended it. */
  readonly closed: Promise<void>;
  close(): void;
}

export interface ModeSetting extends PauseScope {
  /** `declared`: as the component's file says. */
  readonly mode: Extract<Command, { readonly kind: 'mode' }>['mode'];
  /** Wall-clock milliseconds, for a maintenance. */
  readonly until?: number;
}

export interface PauseScope {
  readonly subject?: string;
  readonly by?: string;
}

/** @throws AgentError 'not-running' or 'not-authenticated' */
export function connectAgent(dataDir: string, network: Network = createNodeNetwork()): Promise<AgentConnection> {
  const file = readAgentFile(dataDir);
  if (file === undefined) {
    return Promise.reject(
      new AgentError('not-running', `no agent has run in ${dataDir}: start one with  reknit up --data ${dataDir}`),
    );
  }
  const secret = readSecret(file.secretFile);
  return new Promise((resolve, reject) => new Connection(network, file, secret, { resolve, reject }));
}

interface Settle<Value> {
  readonly resolve: (value: Value) => void;
  readonly reject: (error: Error) => void;
}

type State =
  | { readonly kind: 'connecting'; readonly settle: Settle<AgentConnection> }
  | { readonly kind: 'proving'; readonly challenge: string; readonly settle: Settle<AgentConnection> }
  | { readonly kind: 'open' }
  | { readonly kind: 'closed' };

class Connection implements AgentConnection, SessionHandlers {
  readonly closed: Promise<void>;
  readonly #session: Session;
  readonly #secret: Uint8Array;
  readonly #pending: Map<number, Settle<unknown>> = new Map();
  #state: State;
  #nextId = 1;
  #onEvent: (event: EngineEvent) => void = () => undefined;
  #resolveClosed: () => void = () => undefined;

  constructor(network: Network, file: AgentFile, secret: Uint8Array, settle: Settle<AgentConnection>) {
    this.#secret = secret;
    this.#state = { kind: 'connecting', settle };
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    this.#session = network.connect(file.address, this);
  }

  status(): Promise<AgentStatus> {
    return this.#call({ kind: 'status' });
  }

  incidents(): Promise<readonly Incident[]> {
    return this.#call({ kind: 'incidents' });
  }

  incident(id: string): Promise<Incident> {
    return this.#call({ kind: 'incident', id });
  }

  why(subject?: string): Promise<Why> {
    return this.#call(subject === undefined ? { kind: 'why' } : { kind: 'why', subject });
  }

  async plannedStop(subject: string, forMs: number, by = 'operator'): Promise<StopOutcome> {
    return (await this.#call({ kind: 'planned-stop', subject, forMs, by })).outcome;
  }

  async restart(subject: string, { by = 'operator', force = false } = {}): Promise<Incident> {
    return (await this.#call({ kind: 'restart', subject, by, force })).incident;
  }

  async mend(
    subject: string,
    {
      action,
      by = 'operator',
      force = false,
    }: { readonly action: 'repair' | 'replace'; readonly by?: string; readonly force?: boolean },
  ): Promise<Incident> {
    return (await this.#call({ kind: 'mend', action, subject, by, force })).incident;
  }

  async approve(
    id: string,
    { by = 'operator', ...seen }: { readonly by?: string; readonly fingerprint?: string } = {},
  ): Promise<Incident> {
    return (await this.#call({ kind: 'approve', id, by, ...seen })).incident;
  }

  async reject(id: string, { by = 'operator', reason }: { readonly by?: string; readonly reason: string }): Promise<Incident> {
    return (await this.#call({ kind: 'reject', id, by, reason })).incident;
  }

  async acknowledge(id: string, by = 'operator'): Promise<Incident> {
    return (await this.#call({ kind: 'acknowledge', id, by })).incident;
  }

  async setMode({ by = 'operator', ...setting }: ModeSetting): Promise<AgentStatus['modes']> {
    return (await this.#call({ kind: 'mode', by, ...setting })).modes;
  }

  async pause(forMs: number, { by = 'operator', ...scope }: PauseScope = {}): Promise<readonly Pause[]> {
    return (await this.#call({ kind: 'pause', forMs, by, ...scope })).pauses;
  }

  async resume({ by = 'operator', ...scope }: PauseScope = {}): Promise<readonly Pause[]> {
    return (await this.#call({ kind: 'resume', by, ...scope })).pauses;
  }

  async stopAll(by = 'operator'): Promise<Readonly<Record<string, StopOutcome>>> {
    return (await this.#call({ kind: 'stop-all', by })).outcomes;
  }

  async subscribe(onEvent: (event: EngineEvent) => void, after = 0): Promise<void> {
    this.#onEvent = onEvent;
    await this.#call({ kind: 'subscribe', after });
  }

  close(): void {
    this.#session.close();
  }

  onFrame(frame: Uint8Array): void {
    const message = decodeFrame(frame) ?? {};
    const state = this.#state;
    switch (state.kind) {
      case 'connecting':
        return this.#prove(state.settle, message);
      case 'proving':
        return this.#welcome(state, message);
      case 'open':
        return this.#receive(message);
      case 'closed':
        return;
      default:
        return unreachable(state);
    }
  }

  onClose(reason: CloseReason): void {
    const state = this.#state;
    this.#state = { kind: 'closed' };
    if (state.kind === 'connecting')
      state.settle.reject(new AgentError('not-running', `the agent does not answer (${reason}): it has ended`));
    if (state.kind === 'proving') state.settle.reject(new AgentError('lost', 'the agent ended the connection'));
    for (const { reject } of this.#pending.values())
      reject(new AgentError('lost', 'the connection to the agent ended before its answer'));
    this.#pending.clear();
    this.#resolveClosed();
  }

  #prove(settle: Settle<AgentConnection>, message: Readonly<Record<string, unknown>>): void {
    if (typeof message.challenge !== 'string') return this.close();
    const challenge = newChallenge();
    this.#state = { kind: 'proving', challenge, settle };
    this.#send({ challenge, proof: prove(this.#secret, 'client', message.challenge) });
  }

  #welcome({ challenge, settle }: Extract<State, { kind: 'proving' }>, message: Readonly<Record<string, unknown>>): void {
    if (!proves(this.#secret, 'agent', challenge, message.proof)) {
      settle.reject(
        new AgentError(
          'not-authenticated',
          'the agent and this command do not share a secret: another cluster uses this directory',
        ),
      );
      return this.close();
    }
    this.#state = { kind: 'open' };
    settle.resolve(this);
  }

  #receive(message: Readonly<Record<string, unknown>>): void {
    // The agent has proved the secret: what it sends has the shape that this version of the protocol gives it.
    if (message.event !== undefined) return this.#onEvent(message.event as EngineEvent);
    const pending = this.#pending.get(message.id as number);
    if (pending === undefined) return;
    this.#pending.delete(message.id as number);
    if (typeof message.error === 'string') pending.reject(new AgentError('refused', message.error));
    else pending.resolve(message.result);
  }

  #call<Kind extends Command['kind']>(command: Extract<Command, { readonly kind: Kind }>): Promise<Results[Kind]> {
    if (this.#state.kind !== 'open') return Promise.reject(new AgentError('lost', 'the connection to the agent has ended'));
    const id = this.#nextId++;
    return new Promise<Results[Kind]>((resolve, reject) => {
      this.#pending.set(id, { resolve: resolve as (value: unknown) => void, reject });
      this.#send({ id, command });
    });
  }

  #send(message: ToAgent): void {
    this.#session.send([encodeFrame(message)]);
  }
}
