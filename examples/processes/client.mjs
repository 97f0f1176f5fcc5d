// Clients behind the smallest balancer there is: whoever fails once is left out until its health is good again. Nothing is sent a
// second time, so that every request that failed is counted.
import http from 'node:http';

const TIMEOUT_MS = 500;
const LOOK_AGAIN_MS = 50;

export class Clients {
  #servers;
  #workers;
  #next = 0;
  #running = true;
  sent = 0;
  failed = 0;

  /** @param workers how many requests are under way at a time */
  constructor(urls, workers) {
    this.#servers = urls.map((url) => ({ url, isOut: false }));
    this.#workers = Array.from({ length: workers }, () => this.#work());
  }

  async stop() {
    this.#running = false;
    await Promise.all(this.#workers);
  }

  async #work() {
    while (this.#running) {
      const server = this.#choose();
      const isAnswered = server !== undefined && (await get(server.url));
      this.sent++;
      if (isAnswered) continue;
      this.failed++;
      if (server === undefined) await sleep(LOOK_AGAIN_MS);
      else if (!server.isOut) void this.#leaveOut(server);
    }
  }

  #choose() {
    const inTurn = this.#servers.map((_, at) => this.#servers[(this.#next + at) % this.#servers.length]);
    this.#next++;
    return inTurn.find(({ isOut }) => !isOut);
  }

  async #leaveOut(server) {
    server.isOut = true;
    while (this.#running && !(await get(`${server.url}/health`))) await sleep(LOOK_AGAIN_MS);
    server.isOut = false;
  }
}

/** Whether it was answered, in time and well. */
export function get(url) {
  return new Promise((resolve) => {
    const request = http.get(url, { agent: false, timeout: TIMEOUT_MS }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode === 200));
      response.on('error', () => resolve(false));
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
  });
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
