// A word to a human: what it says, and how it gets there. It is journalled before it is sent and again once somebody has
// taken it, so that it arrives at least once; the key lets the other end drop what comes twice.
import type { Millis } from '@reknit/base';
import type { Runtime, Timer } from '@reknit/runtime';
import type { Journal } from '../journal/journal.js';

export interface Page {
  /** The same for the same word: the incident, and which of its turns. */
  readonly key: string;
  readonly at: number;
  readonly incident: string;
  readonly subject: string;
  readonly verdict?: string;
  readonly text: string;
}

/** How pages leave: a webhook, a command. Rejects when it was not taken. */
export interface PageChannel {
  /** For `why` and the log. */
  readonly name: string;
  send(page: Page): Promise<void>;
}

export interface PagerOptions {
  readonly runtime: Pick<Runtime, 'clock'>;
  readonly journal: Journal;
  /** All of them are told. */
  readonly channels: readonly PageChannel[];
  readonly onTold: (page: Page, text: string) => void;
}

const RETRY_FIRST_MS: Millis = 1000;
/** A human is not reached sooner by asking more often. */
const RETRY_CAP_MS: Millis = 5 * 60_000;

export class Pager {
  readonly #options: PagerOptions;
  /** By page and channel, of pages that another channel has not taken yet. */
  readonly #told: Set<string> = new Set();
  #timer: Timer | undefined;
  #sending = false;
  #failures = 0;
  #ended = false;

  constructor(options: PagerOptions) {
    this.#options = options;
  }

  /** Durable when it returns. */
  page(page: Page): void {
    const { journal, channels } = this.#options;
    if (channels.length === 0 || this.#ended) return;
    journal.commit({ kind: 'page', page });
    this.begin();
  }

  /** Somebody has seen it: what was not told yet need not be. */
  forget(incident: string): void {
    const { journal } = this.#options;
    for (const { key, incident: of } of [...journal.memory.pages.values()])
      if (of === incident) journal.note({ kind: 'paged', key });
  }

  /** What was left untold by an earlier agent, too. */
  begin(): void {
    if (!this.#sending && !this.#ended) void this.#sendAll();
  }

  end(): void {
    this.#ended = true;
    this.#timer?.cancel();
  }

  async #sendAll(): Promise<void> {
    const { journal, runtime } = this.#options;
    this.#sending = true;
    this.#timer?.cancel();
    const tried = new Set<string>();
    let failed = false;
    for (let next = this.#next(tried); next !== undefined; next = this.#next(tried)) {
      tried.add(next.key);
      const told = await this.#send(next);
      if (this.#ended) return;
      if (told) journal.note({ kind: 'paged', key: next.key });
      else failed = true;
    }
    this.#sending = false;
    this.#failures = failed ? this.#failures + 1 : 0;
    if (!failed || this.#ended) return;
    const delay = Math.min(RETRY_CAP_MS, RETRY_FIRST_MS * 2 ** Math.min(this.#failures - 1, 20));
    this.#timer = runtime.clock.after(delay, () => this.begin());
  }

  /** One that came while others were sent, too. */
  #next(tried: ReadonlySet<string>): Page | undefined {
    return [...this.#options.journal.memory.pages.values()].find(({ key }) => !tried.has(key));
  }

  /** True once every channel has taken it. */
  async #send(page: Page): Promise<boolean> {
    let all = true;
    for (const channel of this.#options.channels) {
      const mark = `${page.key} ${channel.name}`;
      if (this.#told.has(mark)) continue;
      try {
        await channel.send(page);
        this.#told.add(mark);
        this.#options.onTold(page, `a human was told by ${channel.name}`);
      } catch (error) {
        all = false;
        const reason = error instanceof Error ? error.message : String(error);
        if (this.#failures === 0)
          this.#options.onTold(page, `${channel.name} did not take the page, it is tried again: ${reason}`);
      }
    }
    if (all) for (const channel of this.#options.channels) this.#told.delete(`${page.key} ${channel.name}`);
    return all;
  }
}
