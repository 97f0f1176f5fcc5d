// What becomes of one incident, told as it happens, until the engine has done what it can.
import type { AgentConnection } from '@reknit/host/agent';
import { type EngineEvent, type Incident, isClosed } from '@reknit/recovery';
import { narrate } from '../output/narration.js';
import type { Terminal } from '../output/terminal.js';

/** Hears what the agent says of one incident, from now on. */
export class Follower {
  readonly #agent: AgentConnection;
  readonly #terminal: Terminal;
  readonly #heard: EngineEvent[] = [];
  #onEvent: (event: EngineEvent) => void = (event) => void this.#heard.push(event);

  private constructor(agent: AgentConnection, terminal: Terminal) {
    this.#agent = agent;
    this.#terminal = terminal;
  }

  /** Before the request, so that nothing is missed. */
  static async on(agent: AgentConnection, terminal: Terminal): Promise<Follower> {
    const follower = new Follower(agent, terminal);
    const since = Date.now();
    await agent.subscribe((event) => {
      if (event.at >= since) follower.#onEvent(event);
    });
    return follower;
  }

  /** @returns its last record; if the agent ends meanwhile, the last that was heard of it */
  end(begun: Incident): Promise<Incident> {
    return new Promise((resolve) => {
      let latest = begun;
      this.#onEvent = (event) => {
        if (event.about.kind === 'decision' || event.about.incident.id !== begun.id) return;
        latest = event.about.incident;
        narrate(this.#terminal, event);
        if (isClosed(latest)) resolve(latest);
      };
      for (const event of this.#heard) this.#onEvent(event);
      void this.#agent.closed.then(() => resolve(latest));
    });
  }
}
